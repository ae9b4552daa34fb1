#include "core/workflow/samples.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>

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

PictureSamples::PictureSamples(std::shared_ptr<const Dataset> dataset, const Preprocessing& preprocessing,
                               const std::vector<Shape>& inputs, int64_t maxSamples)
    : m_dataset(std::move(dataset)), m_preprocessing(preprocessing) {
    const bool picture = inputs.size() == 1 && inputs[0].size() == 4 && (inputs[0][1] == 1 || inputs[0][1] == 3);
    if (!picture) {
        std::vector<std::string> shapes;
        for (const Shape& shape : inputs)
            shapes.push_back(shapeText(shape));
        throw Error(ErrorCode::Unsupported,
                    fmt::format("Pictures need a network with one input N x 1 or 3 channels x height x width; this one "
                                "has {}. Profile it without data.",
                                shapes.empty() ? "no input" : join(shapes, " and ")));
    }
    m_channels = static_cast<int>(inputs[0][1]);
    m_height = static_cast<int>(inputs[0][2]);
    m_width = static_cast<int>(inputs[0][3]);
    checkPreprocessing(m_preprocessing, m_channels);
    m_chosen = evenlySpread(maxSamples > 0 ? maxSamples : m_dataset->size(), m_dataset->size());
}

void PictureSamples::fill(int64_t index, std::span<float> dst) const {
    preprocess(m_dataset->picture(m_chosen[static_cast<size_t>(index)]), m_preprocessing, m_channels, m_height, m_width,
               dst);
}

Picture PictureSamples::shown(int64_t index) const {
    std::vector<float> values(static_cast<size_t>(m_channels) * static_cast<size_t>(m_height) *
                              static_cast<size_t>(m_width));
    fill(index, values);
    return undoPreprocessing(values, m_preprocessing, m_channels, m_height, m_width);
}

void RandomSamples::fill(int64_t index, std::span<float> dst) const {
    std::mt19937_64 random(m_seed + static_cast<uint64_t>(index));
    for (float& value : dst)
        value = static_cast<float>(random() >> 40) * 0x1p-24F;
}

} // namespace halftone
