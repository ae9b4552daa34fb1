// SPDX-License-Identifier: GPL-3.0-or-later
// What a network is fed: samples of the user's data, or random numbers that obey what the inputs mean.
#pragma once

#include "core/data/dataset.h"
#include "core/data/preprocess.h"
#include "core/workflow/samples/network_inputs.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace halftone {

/// Reading is safe from several threads.
class Samples {
public:
    virtual ~Samples() = default;
    virtual int64_t size() const = 0;
    /// One sample for the network's first input, without the batch dimension. Throws Error naming it when it cannot be
    /// read.
    virtual void fill(int64_t index, std::span<float> dst) const = 0;
    /// The same for an input beyond the first. Of an input without a dimension for the batch the whole.
    virtual void fillFurther(size_t /*input*/, int64_t index, std::span<float> dst) const { fill(index, dst); }

    /// As fill, but a sample that cannot be read (damaged, missing, too large, of an unsupported kind) gives false and
    /// is noted. Defects and wrong options are thrown all the same.
    bool tryFill(int64_t index, std::span<float> dst) const;
    /// What tryFill met so far: why, by sample.
    std::map<int64_t, std::string> damaged() const;

private:
    mutable std::mutex m_noting;
    mutable std::map<int64_t, std::string> m_damaged;
};

/// What a network takes as a picture: N,C,H,W, or N,H,W,C where its file has the channels last.
struct PictureInput {
    int channels = 0, height = 0, width = 0;
    bool channelsLast = false;
};

/// The single input of a network with these inputs. Throws Error{Unsupported} when it is no picture of 1 or 3 channels.
PictureInput pictureInput(const std::vector<Shape>& inputs);

/// Samples of the user's data: at most so many, spread evenly, because data sets are often sorted by class.
class DataSamples : public Samples {
public:
    int64_t size() const override { return static_cast<int64_t>(m_chosen.size()); }
    const SampleInfo& info(int64_t index) const { return m_dataset->sample(chosen(index)); }
    const Dataset& dataset() const { return *m_dataset; }
    SampleKind kind() const { return m_dataset->sampleKind(); }
    /// Class of the network's output that is right for this sample.
    int64_t expectedClass(int64_t index) const { return info(index).label + m_labelOffset; }
    int labelOffset() const { return m_labelOffset; }
    /// What the network is shown, where that can be drawn. Throws as fill.
    virtual std::optional<Picture> drawn(int64_t /*index*/) const { return std::nullopt; }

protected:
    /// `maxSamples`: 0 for all.
    DataSamples(std::shared_ptr<const Dataset> dataset, int labelOffset, int64_t maxSamples);
    /// The place in the data set.
    int64_t chosen(int64_t index) const { return m_chosen[static_cast<size_t>(index)]; }

private:
    std::shared_ptr<const Dataset> m_dataset;
    int m_labelOffset;
    std::vector<int64_t> m_chosen;
};

/// Pictures of `dataset` for a network with this input. Throws Error{Unsupported} when the network's inputs
/// are no pictures, Error{Usage} when the preprocessing does not fit.
class PictureSamples : public DataSamples {
public:
    PictureSamples(std::shared_ptr<const PictureDataset> dataset, const Preprocessing& preprocessing,
                   const std::vector<Shape>& inputs, int64_t maxSamples);

    void fill(int64_t index, std::span<float> dst) const override;

    /// As the data set holds it. Throws as fill.
    Picture picture(int64_t index) const { return m_pictures->picture(chosen(index)); }
    /// A picture as one sample of the network's input, in a way that may be another than that of these samples. Throws
    /// Error{Usage} where that does not fit the network.
    void prepare(const Picture& picture, const Preprocessing& preprocessing, std::span<float> dst) const;
    /// The sample after resizing and cropping, mean and deviation undone. Throws as fill.
    Picture shown(int64_t index) const;
    std::optional<Picture> drawn(int64_t index) const override { return shown(index); }
    const Preprocessing& preprocessing() const { return m_preprocessing; }
    const PictureInput& input() const { return m_input; }

private:
    std::shared_ptr<const PictureDataset> m_pictures;
    Preprocessing m_preprocessing;
    PictureInput m_input;
};

/// Random numbers, the same for the same seed and index: of an input that is described what it means (fillByMeaning),
/// else evenly spread over [0, 1).
class RandomSamples : public Samples {
public:
    RandomSamples(int64_t count, uint64_t seed, std::vector<NetworkInput> inputs = {})
        : m_count(count), m_seed(seed), m_inputs(std::move(inputs)) {}
    int64_t size() const override { return m_count; }
    void fill(int64_t index, std::span<float> dst) const override { fillFurther(0, index, dst); }
    void fillFurther(size_t input, int64_t index, std::span<float> dst) const override;

private:
    int64_t m_count;
    uint64_t m_seed;
    std::vector<NetworkInput> m_inputs;
};

/// `count` of `size` indices, evenly spread, in order.
std::vector<int64_t> evenlySpread(int64_t count, int64_t size);
/// `count` of these, evenly spread, in order.
std::vector<int64_t> evenlySpread(int64_t count, const std::vector<int64_t>& from);
/// These in an order of which every beginning is spread evenly, for those who may have to stop early.
std::vector<int64_t> spreadFromTheStart(const std::vector<int64_t>& from);

} // namespace halftone
