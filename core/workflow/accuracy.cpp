#include "core/workflow/accuracy.h"

#include "core/base/error.h"
#include "core/profile/statistics.h"
#include "core/workflow/feed.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

struct Hits {
    int64_t top1 = 0, top5 = 0;
};

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

/// Classes of an output with one row a sample: [N, classes], [N, classes, 1, 1], [N, 1, 1, classes]; 0 for others.
int64_t classCount(const Shape& shape, int64_t batch) {
    if (shape.size() < 2 || shape[0] != batch)
        return 0;
    if (std::count_if(shape.begin() + 1, shape.end(), [](int64_t dim) { return dim != 1; }) != 1)
        return 0;
    return *std::find_if(shape.begin() + 1, shape.end(), [](int64_t dim) { return dim != 1; });
}

bool allFinite(std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

TopK topK(int64_t fp32, int64_t int8, int64_t samples) {
    const double n = static_cast<double>(samples);
    return {{{"fp32", static_cast<double>(fp32) / n}, {"int8", static_cast<double>(int8) / n}},
            {{"fp32", wilson(fp32, samples)}, {"int8", wilson(int8, samples)}}};
}

} // namespace

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
            throw Error(ErrorCode::BadInput,
                        fmt::format("The picture {} has the label {} (offset included), but the network has the classes "
                                    "0 to {}. Check the labels and the label offset.",
                                    samples.info(i).name, label, classes - 1),
                        samples.info(i).name);
    }
}

Accuracy compareAccuracy(Plan& fp32, Plan& int8, const PictureSamples& samples, Stages& stages) {
    Accuracy result;
    result.samples = samples.size();
    checkClasses(samples, fp32.outputShape(0));
    const auto batch = static_cast<size_t>(fp32.inputShape(0)[0]);
    const int64_t classes = classCount(fp32.outputShape(0), fp32.inputShape(0)[0]);
    const bool labelled = samples.dataset().labelled() && classes > 0;
    const size_t each = fp32.output(0).size() / batch;
    Hits fp32Hits, int8Hits;
    int64_t agreeing = 0;
    Distance distance;
    const auto visit = [&](size_t first, size_t count) {
        std::ranges::copy(fp32.input(0), int8.input(0).begin());
        fp32.run();
        int8.run();
        for (size_t i = 0; i < count; ++i) {
            const auto reference = fp32.output(0).subspan(i * each, each), other = int8.output(0).subspan(i * each, each);
            const auto index = static_cast<int64_t>(first + i);
            if (!allFinite(reference) || !allFinite(other))
                throw Error(ErrorCode::BadInput,
                            fmt::format("For the picture {} an output is not a finite number, so fp32 and int8 cannot be "
                                        "compared. Check the preprocessing and the model.",
                                        samples.info(index).name),
                            samples.info(index).name);
            distance.add(reference, other);
            if (classes == 0)
                continue;
            const int64_t a = argMax(reference), b = argMax(other);
            agreeing += a == b;
            const int64_t label = labelled ? samples.expectedClass(index) : -1;
            if (a != b)
                result.changed.push_back({samples.info(index).name, label, a, b});
            if (!labelled)
                continue;
            fp32Hits.top1 += a == label;
            int8Hits.top1 += b == label;
            fp32Hits.top5 += inTop(reference, label, 5);
            int8Hits.top5 += inTop(other, label, 5);
        }
    };
    forEachBatch(fp32, samples, evenlySpread(samples.size(), samples.size()), stages, visit);
    if (classes > 0)
        result.agreement = static_cast<double>(agreeing) / static_cast<double>(result.samples);
    if (labelled) {
        result.top1 = topK(fp32Hits.top1, int8Hits.top1, result.samples);
        if (classes > 5) // of five classes or fewer, top-5 says nothing
            result.top5 = topK(fp32Hits.top5, int8Hits.top5, result.samples);
    }
    result.outputs = distance.result();
    return result;
}

} // namespace halftone
