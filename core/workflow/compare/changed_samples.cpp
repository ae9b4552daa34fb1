// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/compare/changed_samples.h"

#include "core/base/base64.h"
#include "core/base/error.h"
#include "core/data/encode.h"
#include "core/data/resize.h"
#include "core/profile/statistics.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/samples/finite_pairs.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace halftone {

namespace {

constexpr size_t kScores = 5;
constexpr int kPictureSide = 96, kPictureQuality = 80;

/// |int8 - fp32| / |fp32|; the numerator alone where all of fp32 is 0.
double distanceOf(std::span<const float> fp32, std::span<const float> int8) {
    double noise = 0, signal = 0;
    forFinitePairs(fp32, int8, [&](double a, double b) {
        signal += a * a;
        noise += (b - a) * (b - a);
    });
    return std::sqrt(signal > 0 ? noise / signal : noise);
}

/// The largest finite values, the first of equals first.
std::vector<Score> largest(std::span<const float> values) {
    std::vector<int64_t> order;
    for (size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i]))
            order.push_back(static_cast<int64_t>(i));
    const size_t count = std::min(kScores, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(),
                      [&](int64_t a, int64_t b) {
                          const float x = values[static_cast<size_t>(a)], y = values[static_cast<size_t>(b)];
                          return x > y || (x == y && a < b);
                      });
    std::vector<Score> scores;
    for (size_t i = 0; i < count; ++i)
        scores.push_back({order[i], values[static_cast<size_t>(order[i])]});
    return scores;
}

/// A small JPEG of what the network is shown, base64; "" where that cannot be drawn. Pictures are never enlarged.
std::string thumbnail(const DataSamples& samples, int64_t index) {
    std::optional<Picture> drawn = samples.drawn(index);
    if (!drawn)
        return {};
    Picture picture = std::move(*drawn);
    const int longest = std::max(picture.width, picture.height);
    if (longest > kPictureSide) {
        const int width = std::max(1, picture.width * kPictureSide / longest),
                  height = std::max(1, picture.height * kPictureSide / longest);
        picture = resizeAndCrop(picture, width, height, {0, 0, width, height});
    }
    return toBase64(encodeJpeg(picture, kPictureQuality));
}

/// What is lost of the meaning comes first, then the distance. Of equals the earlier sample comes first, so that a
/// report repeats.
constexpr auto kMovedMore = [](const auto& a, const auto& b) {
    const auto key = [](const auto& entry) {
        return std::tuple(entry.sample.kept.value_or(0), -entry.sample.distance, entry.index);
    };
    return key(a) < key(b);
};

} // namespace

const char* ChangedSamples::kindOf(int64_t label, int64_t fp32, int64_t int8) const {
    if (!m_classes)
        return "";
    if (fp32 == int8)
        return "same";
    if (!m_labelled)
        return "flipped";
    return fp32 == label ? "right-to-wrong" : int8 == label ? "wrong-to-right" : "wrong-to-wrong";
}

void ChangedSamples::add(int64_t index, std::span<const float> fp32, std::span<const float> int8,
                         std::optional<double> kept) {
    const double distance = distanceOf(fp32, int8);
    const int64_t label = m_labelled ? m_samples.expectedClass(index) : -1;
    const int64_t before = m_classes ? argMax(fp32) : -1, after = m_classes ? argMax(int8) : -1;
    if (m_labelled) {
        m_split.rightToWrong += before == label && after != label;
        m_split.wrongToRight += before != label && after == label;
    }
    const bool changed = before != after;
    if (!changed && distance == 0)
        return;
    Entry entry{
        index,
        {m_samples.info(index).name, label, before, after, kindOf(label, before, after), distance, {}, {}, kept}};
    if (!changed && m_moved.size() == kMoved && !kMovedMore(entry, m_moved.front()))
        return;
    if (m_classes)
        entry.sample.top = {{"fp32", largest(fp32)}, {"int8", largest(int8)}};
    if (changed) {
        m_changed.push_back(std::move(entry));
        return;
    }
    if (m_moved.size() == kMoved) {
        std::ranges::pop_heap(m_moved, kMovedMore);
        m_moved.pop_back();
    }
    m_moved.push_back(std::move(entry));
    std::ranges::push_heap(m_moved, kMovedMore);
}

std::vector<ChangedSample> ChangedSamples::listed(std::vector<Entry> entries,
                                                  const std::function<void()>& drawn) const {
    std::ranges::sort(entries, kMovedMore);
    std::vector<ChangedSample> result;
    for (Entry& entry : entries) {
        if (result.size() < kDetailed) {
            entry.sample.picture = thumbnail(m_samples, entry.index);
            drawn();
        } else {
            entry.sample.top.clear();
        }
        result.push_back(std::move(entry.sample));
    }
    return result;
}

void ChangedSamples::finish(Accuracy& accuracy, Stages& stages) && {
    const size_t all = std::min(m_changed.size(), kDetailed) + m_moved.size();
    size_t done = 0;
    const auto drawn = [&] { stages.progress(static_cast<double>(++done) / static_cast<double>(all)); };
    accuracy.changed = listed(std::move(m_changed), drawn);
    accuracy.moved = listed(std::move(m_moved), drawn);
    stages.progress(1);
    if (!m_labelled)
        return;
    m_split.pValue = mcNemar(m_split.rightToWrong, m_split.wrongToRight);
    accuracy.mcnemar = m_split;
}

} // namespace halftone
