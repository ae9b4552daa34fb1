// What a network is fed: preprocessed pictures, or random numbers of the right shape.
#pragma once

#include "core/data/dataset.h"
#include "core/data/preprocess.h"
#include "core/graph/tensor.h"

#include <memory>
#include <span>
#include <vector>

namespace halftone {

class Samples {
public:
    virtual ~Samples() = default;
    virtual int64_t size() const = 0;
    /// One sample for the network's first input, without the batch dimension.
    virtual void fill(int64_t index, std::span<float> dst) const = 0;
    /// The same for an input beyond the first; usually samples are the same for all.
    virtual void fillFurther(size_t /*input*/, int64_t index, std::span<float> dst) const { fill(index, dst); }
};

/// Pictures of `dataset` for a network with this input (N,C,H,W). Throws Error{Unsupported} when the network's inputs
/// are no pictures, Error{Usage} when the preprocessing does not fit.
class PictureSamples : public Samples {
public:
    /// At most `maxSamples` (0: all), spread evenly: data sets are often sorted by class.
    PictureSamples(std::shared_ptr<const Dataset> dataset, const Preprocessing& preprocessing,
                   const std::vector<Shape>& inputs, int64_t maxSamples);

    int64_t size() const override { return static_cast<int64_t>(m_chosen.size()); }
    void fill(int64_t index, std::span<float> dst) const override;

    const SampleInfo& info(int64_t index) const { return m_dataset->sample(m_chosen[static_cast<size_t>(index)]); }
    const Dataset& dataset() const { return *m_dataset; }
    /// Class of the network's output that is right for this sample.
    int64_t expectedClass(int64_t index) const { return info(index).label + m_preprocessing.labelOffset; }

private:
    std::shared_ptr<const Dataset> m_dataset;
    Preprocessing m_preprocessing;
    int m_channels, m_height, m_width;
    std::vector<int64_t> m_chosen;
};

/// Numbers evenly spread over [0, 1), the same for the same seed and index.
class RandomSamples : public Samples {
public:
    RandomSamples(int64_t count, uint64_t seed) : m_count(count), m_seed(seed) {}
    int64_t size() const override { return m_count; }
    void fill(int64_t index, std::span<float> dst) const override;

private:
    int64_t m_count;
    uint64_t m_seed;
};

/// `count` of `size` indices, evenly spread, in order.
std::vector<int64_t> evenlySpread(int64_t count, int64_t size);

} // namespace halftone
