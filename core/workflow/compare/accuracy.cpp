// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/compare/accuracy.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/profile/statistics.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/compare/changed_samples.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/samples/finite_pairs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// Running distance of two outputs over all samples.
struct Distance {
    double signal = 0, noise = 0, dot = 0, otherSquares = 0, maxAbs = 0;

    void add(std::span<const float> reference, std::span<const float> other) {
        forFinitePairs(reference, other, [&](double a, double b) {
            signal += a * a;
            noise += (a - b) * (a - b);
            dot += a * b;
            otherSquares += b * b;
            maxAbs = std::max(maxAbs, std::abs(a - b));
        });
    }
    OutputDistance result() const {
        OutputDistance distance;
        if (noise > 0 && signal > 0)
            distance.sqnrDb = 10 * std::log10(signal / noise);
        distance.cosine = signal > 0 && otherSquares > 0 ? dot / std::sqrt(signal * otherSquares) : noise == 0;
        distance.maxAbs = maxAbs;
        return distance;
    }
};

bool isNan(float value) {
    return std::isnan(value);
}
bool isFinite(float value) {
    return std::isfinite(value);
}

/// Something is left of an fp32 output to compare with: of classes all, of others at least one value.
bool isComparable(std::span<const float> reference, int64_t classes) {
    return classes > 0 ? std::ranges::none_of(reference, isNan) : std::ranges::any_of(reference, isFinite);
}

/// NaN, or infinity where the reference is finite.
bool failsWhereFinite(std::span<const float> reference, std::span<const float> other) {
    for (size_t i = 0; i < reference.size(); ++i)
        if (std::isfinite(reference[i]) && !std::isfinite(other[i]))
            return true;
    return false;
}

/// What one plan got right so far, and how close it is to fp32.
struct Tally {
    int64_t top1 = 0, top5 = 0, agreeing = 0;
    int64_t failed = 0; // samples that it gives NaN or infinity for where fp32 does not
    std::string firstFailed;
    Distance distance;
};

/// Samples whose fp32 output could not be compared with anything.
struct LeftOut {
    int64_t samples = 0;
    std::string first;
};

std::vector<Diagnostic> failures(const LeftOut& leftOut, const std::vector<MeasuredPlan>& plans,
                                 const std::vector<Tally>& tallies, int64_t compared) {
    std::vector<Diagnostic> found;
    if (leftOut.samples > 0)
        found.push_back({Severity::Warning, "outputs-not-finite", leftOut.first,
                         fmt::format("In fp32 the output is not a number (NaN) for {} of {} pictures, first for {}: "
                                     "these were left out of the accuracy. Check the preprocessing and the model.",
                                     leftOut.samples, leftOut.samples + compared, leftOut.first)});
    for (size_t i = 1; i < plans.size(); ++i)
        if (tallies[i].failed > 0)
            found.push_back({Severity::Warning, "outputs-not-finite", tallies[i].firstFailed,
                             fmt::format("In {} the output holds NaN or infinity where that of fp32 does not, for {} "
                                         "of {} pictures, first for {}. Such values count as 0.",
                                         plans[i].precision, tallies[i].failed, compared, tallies[i].firstFailed)});
    return found;
}

TopK topK(const std::vector<MeasuredPlan>& plans, const std::vector<Tally>& tallies, int64_t Tally::*hits,
          int64_t samples) {
    TopK result;
    for (size_t i = 0; i < plans.size(); ++i) {
        const int64_t right = tallies[i].*hits;
        result.share[plans[i].precision] = static_cast<double>(right) / static_cast<double>(samples);
        result.ci95[plans[i].precision] = wilson(right, samples);
    }
    return result;
}

/// Names of the network's classes, which are the labels moved by an offset; a class without a label has no name.
std::vector<std::string> namesOfClasses(const PictureSamples& samples, int64_t classes) {
    const std::vector<std::string>& labels = samples.dataset().classNames();
    if (labels.empty())
        return {};
    std::vector<std::string> names(static_cast<size_t>(classes));
    for (size_t label = 0; label < labels.size(); ++label)
        if (const int64_t at = static_cast<int64_t>(label) + samples.labelOffset(); at >= 0 && at < classes)
            names[static_cast<size_t>(at)] = labels[label];
    return names;
}

} // namespace

int64_t classCount(const Shape& shape, int64_t batch) {
    if (shape.size() < 2 || shape[0] != batch)
        return 0;
    if (std::count_if(shape.begin() + 1, shape.end(), [](int64_t dim) { return dim != 1; }) != 1)
        return 0;
    return *std::find_if(shape.begin() + 1, shape.end(), [](int64_t dim) { return dim != 1; });
}

int64_t argMax(std::span<const float> values) {
    int64_t best = -1;
    for (size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i]) && (best < 0 || values[i] > values[static_cast<size_t>(best)]))
            best = static_cast<int64_t>(i);
    return best;
}

bool inTop(std::span<const float> values, int64_t label, int64_t k) {
    const float score = values[static_cast<size_t>(label)];
    return !std::isnan(score) &&
           std::count_if(values.begin(), values.end(), [&](float value) { return value > score; }) < k;
}

void checkClasses(const PictureSamples& samples, const Shape& output) {
    const int64_t classes = output.empty() ? 0 : classCount(output, output[0]);
    if (classes == 0 || !samples.dataset().labelled())
        return;
    for (int64_t i = 0; i < samples.size(); ++i) {
        const int64_t label = samples.expectedClass(i);
        if (label < 0 || label >= classes)
            throw Error(
                ErrorCode::BadInput,
                fmt::format("The picture {} has the label {} (offset included), but the network has the classes "
                            "0 to {}. Check the labels and the label offset.",
                            samples.info(i).name, label, classes - 1),
                samples.info(i).name);
    }
}

ComparedAccuracy compareAccuracy(const std::vector<MeasuredPlan>& plans, const PictureSamples& samples,
                                 const std::vector<int64_t>& indices, Stages& stages, Answers* answers) {
    Accuracy result;
    Plan& fp32 = *plans.front().plan;
    checkClasses(samples, fp32.outputShape(0));
    const size_t batch = samplesIn(fp32.inputShape(0));
    const int64_t classes = classCount(fp32.outputShape(0), static_cast<int64_t>(batch));
    const bool labelled = samples.dataset().labelled() && classes > 0;
    const size_t each = fp32.output(0).size() / batch;
    if (answers)
        *answers = {{}, {}, classes};
    std::vector<Tally> tallies(plans.size());
    LeftOut leftOut;
    ChangedSamples changed(samples, classes > 0, labelled);
    const auto compare = [&](size_t which, size_t row, int64_t sample) {
        const auto reference = fp32.output(0).subspan(row * each, each);
        const auto output = plans[which].plan->output(0).subspan(row * each, each);
        Tally& tally = tallies[which];
        if (failsWhereFinite(reference, output) && tally.failed++ == 0)
            tally.firstFailed = samples.info(sample).name;
        tally.distance.add(reference, output);
        if (plans[which].precision == "int8")
            changed.add(sample, reference, output);
        if (classes == 0)
            return;
        const int64_t predicted = argMax(output);
        tally.agreeing += predicted == argMax(reference);
        if (!labelled)
            return;
        const int64_t label = samples.expectedClass(sample);
        if (which == 0 && answers) {
            answers->samples.push_back(sample);
            answers->classes.push_back(predicted);
        }
        tally.top1 += predicted == label;
        tally.top5 += inTop(output, label, 5);
    };
    stages.part(1 - kDrawing);
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> rows) {
        for (const MeasuredPlan& plan : plans) {
            if (plan.plan != &fp32)
                std::ranges::copy(fp32.input(0), plan.plan->input(0).begin());
            plan.plan->run();
        }
        for (size_t row = 0; row < rows.size(); ++row) {
            if (!isComparable(fp32.output(0).subspan(row * each, each), classes)) {
                if (leftOut.samples++ == 0)
                    leftOut.first = samples.info(rows[row]).name;
                continue;
            }
            for (size_t which = 0; which < plans.size(); ++which)
                compare(which, row, rows[row]);
            ++result.samples;
        }
    });
    std::vector<Diagnostic> diagnostics = failures(leftOut, plans, tallies, result.samples);
    if (result.samples == 0)
        return {std::nullopt, std::move(diagnostics)};

    for (size_t i = 1; i < plans.size(); ++i) {
        Closeness& closeness = result.byPrecision[plans[i].precision];
        closeness.outputs = tallies[i].distance.result();
        if (classes > 0)
            closeness.agreement = static_cast<double>(tallies[i].agreeing) / static_cast<double>(result.samples);
    }
    result.agreement = result.byPrecision.at("int8").agreement;
    result.outputs = result.byPrecision.at("int8").outputs;
    stages.part(kDrawing);
    std::move(changed).finish(result, stages);
    if (labelled) {
        result.classNames = namesOfClasses(samples, classes);
        result.top1 = topK(plans, tallies, &Tally::top1, result.samples);
        if (classes > 5) // of five classes or fewer, top-5 says nothing
            result.top5 = topK(plans, tallies, &Tally::top5, result.samples);
    }
    return {std::move(result), std::move(diagnostics)};
}

std::optional<Diagnostic> warnOfLowAccuracy(int64_t right, int64_t samples, int64_t classes) {
    constexpr double kLeast = 0.25; // of what is above chance; small networks reach 0.4 with 1,000 classes
    if (samples == 0 || classes < 2)
        return std::nullopt;
    const Interval share = wilson(right, samples);
    const double chance = 1 / static_cast<double>(classes);
    const bool guessing = share.lo <= chance;
    if (!guessing && share.hi >= chance + kLeast * (1 - chance))
        return std::nullopt;
    return Diagnostic{Severity::Warning, guessing ? "guessing" : "low-accuracy", "",
                      fmt::format("fp32 is right on {} of {} pictures, {}. Check the preprocessing, the labels and the "
                                  "label offset.",
                                  right, samples,
                                  guessing ? "no better than guessing" : fmt::format("few for {} classes", classes))};
}

} // namespace halftone
