#include "core/workflow/accuracy.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/profile/statistics.h"
#include "core/workflow/changed_samples.h"
#include "core/workflow/feed.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// Running distance of two outputs over all samples.
struct Distance {
    double signal = 0, noise = 0, dot = 0, otherSquares = 0, maxAbs = 0;

    void add(std::span<const float> reference, std::span<const float> other) {
        for (size_t i = 0; i < reference.size(); ++i) {
            const double a = reference[i], b = other[i];
            signal += a * a;
            noise += (a - b) * (a - b);
            dot += a * b;
            otherSquares += b * b;
            maxAbs = std::max(maxAbs, std::abs(a - b));
        }
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

bool allFinite(std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

/// What one plan got right so far, and how close it is to fp32.
struct Tally {
    int64_t top1 = 0, top5 = 0, agreeing = 0;
    Distance distance;
};

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
    return std::max_element(values.begin(), values.end()) - values.begin();
}

bool inTop(std::span<const float> values, int64_t label, int64_t k) {
    const float score = values[static_cast<size_t>(label)];
    return std::count_if(values.begin(), values.end(), [&](float value) { return value > score; }) < k;
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

Accuracy compareAccuracy(const std::vector<MeasuredPlan>& plans, const PictureSamples& samples,
                         const std::vector<int64_t>& indices, Stages& stages) {
    Accuracy result;
    Plan& fp32 = *plans.front().plan;
    checkClasses(samples, fp32.outputShape(0));
    const auto batch = static_cast<size_t>(fp32.inputShape(0)[0]);
    const int64_t classes = classCount(fp32.outputShape(0), fp32.inputShape(0)[0]);
    const bool labelled = samples.dataset().labelled() && classes > 0;
    const size_t each = fp32.output(0).size() / batch;
    std::vector<Tally> tallies(plans.size());
    ChangedSamples changed(samples, classes > 0, labelled);
    const auto compare = [&](size_t which, size_t row, int64_t sample) {
        const auto reference = fp32.output(0).subspan(row * each, each);
        const auto output = plans[which].plan->output(0).subspan(row * each, each);
        const std::string& precision = plans[which].precision;
        if (!allFinite(output))
            throw Error(
                ErrorCode::BadInput,
                fmt::format("For the picture {} an output in {} is not a finite number, so the precisions cannot "
                            "be compared. Check the preprocessing and the model.",
                            samples.info(sample).name, precision),
                samples.info(sample).name);
        Tally& tally = tallies[which];
        tally.distance.add(reference, output);
        if (precision == "int8")
            changed.add(sample, reference, output);
        if (classes == 0)
            return;
        const int64_t predicted = argMax(output);
        tally.agreeing += predicted == argMax(reference);
        if (!labelled)
            return;
        const int64_t label = samples.expectedClass(sample);
        tally.top1 += predicted == label;
        tally.top5 += inTop(output, label, 5);
    };
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> rows) {
        for (const MeasuredPlan& plan : plans) {
            if (plan.plan != &fp32)
                std::ranges::copy(fp32.input(0), plan.plan->input(0).begin());
            plan.plan->run();
        }
        for (size_t row = 0; row < rows.size(); ++row)
            for (size_t which = 0; which < plans.size(); ++which)
                compare(which, row, rows[row]);
        result.samples += static_cast<int64_t>(rows.size());
    });

    for (size_t i = 1; i < plans.size(); ++i) {
        Closeness& closeness = result.byPrecision[plans[i].precision];
        closeness.outputs = tallies[i].distance.result();
        if (classes > 0)
            closeness.agreement = static_cast<double>(tallies[i].agreeing) / static_cast<double>(result.samples);
    }
    result.agreement = result.byPrecision.at("int8").agreement;
    result.outputs = result.byPrecision.at("int8").outputs;
    std::move(changed).finish(result, stages);
    if (labelled) {
        result.classNames = namesOfClasses(samples, classes);
        result.top1 = topK(plans, tallies, &Tally::top1, result.samples);
        if (classes > 5) // of five classes or fewer, top-5 says nothing
            result.top5 = topK(plans, tallies, &Tally::top5, result.samples);
    }
    return result;
}

std::optional<Diagnostic> warnOfGuessing(double fp32Share, int64_t samples, int64_t classes) {
    const int64_t right = std::llround(fp32Share * static_cast<double>(samples));
    if (wilson(right, samples).lo * static_cast<double>(classes) > 1)
        return std::nullopt;
    return Diagnostic{Severity::Warning, "guessing", "",
                      fmt::format("The fp32 network is right on {} % of the pictures, no better than guessing. Check "
                                  "the preprocessing, the labels and the label offset.",
                                  percentage(fp32Share))};
}

} // namespace halftone
