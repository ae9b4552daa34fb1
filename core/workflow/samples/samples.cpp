// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/samples.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/model_input.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace halftone {

bool Samples::tryFill(int64_t index, std::span<float> dst) const {
    try {
        fill(index, dst);
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Usage || error.code() == ErrorCode::Internal)
            throw;
        const std::scoped_lock lock(m_noting);
        m_damaged.emplace(index, error.message());
        return false;
    }
}

std::map<int64_t, std::string> Samples::damaged() const {
    const std::scoped_lock lock(m_noting);
    return m_damaged;
}

std::vector<int64_t> evenlySpread(int64_t count, int64_t size) {
    count = std::min(count, size);
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < count; ++i)
        chosen.push_back(i * size / count);
    return chosen;
}

std::vector<int64_t> evenlySpread(int64_t count, const std::vector<int64_t>& from) {
    std::vector<int64_t> chosen = evenlySpread(count, std::ssize(from));
    for (int64_t& index : chosen)
        index = from[static_cast<size_t>(index)];
    return chosen;
}

std::vector<int64_t> spreadFromTheStart(const std::vector<int64_t>& from) {
    constexpr double kGoldenRatio = 0.6180339887498949; // its multiples fall evenly between 0 and 1
    std::vector<std::pair<double, int64_t>> placed;
    for (size_t i = 0; i < from.size(); ++i) {
        const double multiple = static_cast<double>(i) * kGoldenRatio;
        placed.emplace_back(multiple - std::floor(multiple), from[i]);
    }
    std::ranges::sort(placed);
    std::vector<int64_t> order;
    for (const auto& [place, index] : placed)
        order.push_back(index);
    return order;
}

PictureInput pictureInput(const std::vector<Shape>& inputs) {
    if (const auto channels = inputs.size() == 1 ? channelDimension(inputs[0]) : std::nullopt) {
        const Shape& shape = inputs[0];
        const bool last = *channels == 3;
        const size_t height = last ? 1 : 2;
        return {static_cast<int>(shape[*channels]), static_cast<int>(shape[height]),
                static_cast<int>(shape[height + 1]), last};
    }
    std::vector<std::string> shapes;
    for (const Shape& shape : inputs)
        shapes.push_back(shapeText(shape));
    throw Error(ErrorCode::Unsupported,
                fmt::format("Pictures need a network with one input N x 1 or 3 channels x height x width, or with the "
                            "channels last; this one has {}. Give arrays (.npz) with the names of its inputs, or no "
                            "data.",
                            shapes.empty() ? "no input" : join(shapes, " and ")));
}

DataSamples::DataSamples(std::shared_ptr<const Dataset> dataset, int labelOffset, int64_t maxSamples)
    : m_dataset(std::move(dataset)), m_labelOffset(labelOffset),
      m_chosen(evenlySpread(maxSamples > 0 ? maxSamples : m_dataset->size(), m_dataset->size())) {}

PictureSamples::PictureSamples(std::shared_ptr<const PictureDataset> dataset, const Preprocessing& preprocessing,
                               const std::vector<Shape>& inputs, int64_t maxSamples)
    : DataSamples(dataset, preprocessing.labelOffset, maxSamples), m_pictures(std::move(dataset)),
      m_preprocessing(preprocessing), m_input(pictureInput(inputs)) {
    checkPreprocessing(m_preprocessing, m_input.channels);
}

void PictureSamples::fill(int64_t index, std::span<float> dst) const {
    prepare(picture(index), m_preprocessing, dst);
}

void PictureSamples::prepare(const Picture& picture, const Preprocessing& preprocessing, std::span<float> dst) const {
    const auto [channels, height, width, channelsLast] = m_input;
    if (!channelsLast || channels == 1) {
        preprocess(picture, preprocessing, channels, height, width, dst);
        return;
    }
    std::vector<float> planes(dst.size());
    preprocess(picture, preprocessing, channels, height, width, planes);
    const auto step = static_cast<size_t>(channels);
    const size_t pixels = planes.size() / step;
    for (size_t c = 0; c < step; ++c)
        for (size_t i = 0; i < pixels; ++i)
            dst[i * step + c] = planes[c * pixels + i];
}

Picture PictureSamples::shown(int64_t index) const {
    std::vector<float> planes(static_cast<size_t>(m_input.channels) * static_cast<size_t>(m_input.height) *
                              static_cast<size_t>(m_input.width));
    preprocess(picture(index), m_preprocessing, m_input.channels, m_input.height, m_input.width, planes);
    return undoPreprocessing(planes, m_preprocessing, m_input.channels, m_input.height, m_input.width);
}

void RandomSamples::fillFurther(size_t input, int64_t index, std::span<float> dst) const {
    const uint64_t seed = m_seed + static_cast<uint64_t>(index);
    fillByMeaning(input < m_inputs.size() ? m_inputs[input] : NetworkInput{}, seed, dst);
}

} // namespace halftone
