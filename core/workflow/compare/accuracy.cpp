// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/compare/accuracy.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/profile/statistics.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/compare/changed_samples.h"
#include "core/workflow/judge/output_judge.h"
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
bool isComparable(std::span<const float> reference, bool classes) {
    return classes ? std::ranges::none_of(reference, isNan) : std::ranges::any_of(reference, isFinite);
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
    std::unique_ptr<OutputJudge> judge; // null where there are classes, or only numbers
};

/// Samples whose fp32 output could not be compared with anything.
struct LeftOut {
    int64_t samples = 0;
    std::string first;
};

std::vector<Diagnostic> failures(const LeftOut& leftOut, const std::vector<MeasuredPlan>& plans,
                                 const std::vector<Tally>& tallies, int64_t compared, SampleKind kind) {
    std::vector<Diagnostic> found;
    if (leftOut.samples > 0)
        found.push_back({Severity::Warning, "outputs-not-finite", leftOut.first,
                         fmt::format("In fp32 the output is not a number (NaN) for {} of {} {}, first for {}: these "
                                     "were left out of the accuracy. Check the preprocessing and the model.",
                                     leftOut.samples, leftOut.samples + compared,
                                     wordFor(kind, leftOut.samples + compared), leftOut.first)});
    for (size_t i = 1; i < plans.size(); ++i)
        if (tallies[i].failed > 0)
            found.push_back({Severity::Warning, "outputs-not-finite", tallies[i].firstFailed,
                             fmt::format("In {} the output holds NaN or infinity where that of fp32 does not, for {} "
                                         "of {} {}, first for {}. Such values count as 0.",
                                         plans[i].precision, tallies[i].failed, compared, wordFor(kind, compared),
                                         tallies[i].firstFailed)});
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
std::vector<std::string> namesOfClasses(const DataSamples& samples, int64_t classes) {
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

void checkClasses(const DataSamples& samples, const Shape& output) {
    const int64_t classes = output.empty() ? 0 : classCount(output, output[0]);
    if (classes == 0 || !samples.dataset().labelled())
        return;
    for (int64_t i = 0; i < samples.size(); ++i) {
        const int64_t label = samples.expectedClass(i);
        if (label < 0 || label >= classes)
            throw Error(ErrorCode::BadInput,
                        fmt::format("The {} {} has the label {} (offset included), but the network has the classes "
                                    "0 to {}. Check the labels and the label offset.",
                                    wordFor(samples.kind(), 1), samples.info(i).name, label, classes - 1),
                        samples.info(i).name);
    }
}

ComparedAccuracy compareAccuracy(const std::vector<MeasuredPlan>& plans, const DataSamples& samples,
                                 const JudgedOutput& judged, const std::vector<int64_t>& indices, Stages& stages,
                                 Answers* answers) {
    Accuracy result;
    result.judgedAs = judged.kind;
    result.output = judged.name;
    result.judgedWhy = judged.why;
    Plan& fp32 = *plans.front().plan;
    const bool classes = judged.kind == OutputKind::Classes;
    if (classes)
        checkClasses(samples, fp32.outputShape(judged.output));
    const size_t batch = samplesIn(fp32.inputShape(0));
    const bool labelled = samples.dataset().labelled() && classes;
    if (answers)
        *answers = {{}, {}, classes ? judged.classes() : 0};
    std::vector<Tally> tallies(plans.size());
    for (size_t which = 1; which < plans.size(); ++which)
        tallies[which].judge = makeJudge(judged);
    LeftOut leftOut;
    ChangedSamples changed(samples, classes, labelled);
    const auto compare = [&](size_t which, const JudgedRow& row, int64_t sample) {
        Tally& tally = tallies[which];
        if (failsWhereFinite(row.fp32, row.other) && tally.failed++ == 0)
            tally.firstFailed = samples.info(sample).name;
        tally.distance.add(row.fp32, row.other);
        const std::optional<double> kept = tally.judge ? std::optional(tally.judge->add(row)) : std::nullopt;
        if (plans[which].precision == "int8")
            changed.add(sample, row.fp32, row.other, kept);
        if (!classes)
            return;
        const int64_t predicted = argMax(row.other);
        tally.agreeing += predicted == argMax(row.fp32);
        if (!labelled)
            return;
        const int64_t label = samples.expectedClass(sample);
        if (which == 0 && answers) {
            answers->samples.push_back(sample);
            answers->classes.push_back(predicted);
        }
        tally.top1 += predicted == label;
        tally.top5 += inTop(row.other, label, 5);
    };
    stages.part(1 - kDrawing);
    OutputRow exact(judged, batch), other(judged, batch);
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> rows) {
        for (const MeasuredPlan& plan : plans) {
            for (size_t input = 0; plan.plan != &fp32 && input < fp32.inputCount(); ++input)
                std::ranges::copy(fp32.input(input), plan.plan->input(input).begin());
            plan.plan->run();
        }
        for (size_t row = 0; row < rows.size(); ++row) {
            const std::span<const float> reference = exact.of(fp32, row);
            if (!isComparable(reference, classes)) {
                if (leftOut.samples++ == 0)
                    leftOut.first = samples.info(rows[row]).name;
                continue;
            }
            std::span<const float> mask;
            if (judged.mask) {
                const std::span<const float> all = fp32.input(*judged.mask);
                mask = all.subspan(row * (all.size() / batch), all.size() / batch);
            }
            for (size_t which = 0; which < plans.size(); ++which)
                compare(which, {reference, which == 0 ? reference : other.of(*plans[which].plan, row), mask},
                        rows[row]);
            ++result.samples;
        }
    });
    std::vector<Diagnostic> diagnostics = failures(leftOut, plans, tallies, result.samples, samples.kind());
    if (result.samples == 0)
        return {std::nullopt, std::move(diagnostics)};

    for (size_t i = 1; i < plans.size(); ++i) {
        Closeness& closeness = result.byPrecision[plans[i].precision];
        closeness.outputs = tallies[i].distance.result();
        if (classes)
            closeness.agreement = static_cast<double>(tallies[i].agreeing) / static_cast<double>(result.samples);
        if (tallies[i].judge)
            closeness.measures = tallies[i].judge->result();
    }
    result.agreement = result.byPrecision.at("int8").agreement;
    result.outputs = result.byPrecision.at("int8").outputs;
    stages.part(kDrawing);
    std::move(changed).finish(result, stages);
    if (labelled) {
        result.classNames = namesOfClasses(samples, judged.classes());
        result.top1 = topK(plans, tallies, &Tally::top1, result.samples);
        if (judged.classes() > 5) // of five classes or fewer, top-5 says nothing
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
