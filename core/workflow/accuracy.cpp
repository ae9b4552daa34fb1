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

/// The first output is [N, classes] or [N, classes, 1, 1 ...].
bool isClassifier(const Shape& shape) {
    return shape.size() >= 2 && shape[1] > 1 &&
           std::all_of(shape.begin() + 2, shape.end(), [](int64_t dim) { return dim == 1; });
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

Accuracy compareAccuracy(Plan& fp32, Plan& int8, const PictureSamples& samples, Stages& stages) {
    Accuracy result;
    result.samples = samples.size();
    const Shape& shape = fp32.outputShape(0);
    const bool classifier = isClassifier(shape);
    const bool labelled = samples.dataset().labelled() && classifier;
    const int64_t classes = classifier ? shape[1] : 0;
    Hits fp32Hits, int8Hits;
    int64_t agreeing = 0;
    Distance distance;
    const auto visit = [&](size_t first, size_t count) {
        std::ranges::copy(fp32.input(0), int8.input(0).begin());
        fp32.run();
        int8.run();
        const size_t each = fp32.output(0).size() / static_cast<size_t>(shape.empty() ? 1 : shape[0]);
        for (size_t i = 0; i < count; ++i) {
            const auto reference = fp32.output(0).subspan(i * each, each), other = int8.output(0).subspan(i * each, each);
            distance.add(reference, other);
            if (!classifier)
                continue;
            const auto index = static_cast<int64_t>(first + i);
            const int64_t a = argMax(reference), b = argMax(other);
            agreeing += a == b;
            const int64_t label = labelled ? samples.expectedClass(index) : -1;
            if (a != b)
                result.changed.push_back({samples.info(index).name, label, a, b});
            if (!labelled)
                continue;
            if (label < 0 || label >= classes)
                throw Error(ErrorCode::BadInput,
                            fmt::format("The picture {} has the class {}, but the network has {} classes. Check the "
                                        "labels and the label offset.",
                                        samples.info(index).name, label, classes),
                            samples.info(index).name);
            fp32Hits.top1 += a == label;
            int8Hits.top1 += b == label;
            fp32Hits.top5 += inTop(reference, label, 5);
            int8Hits.top5 += inTop(other, label, 5);
        }
    };
    forEachBatch(fp32, samples, evenlySpread(samples.size(), samples.size()), stages, visit);
    if (classifier)
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
