// SPDX-License-Identifier: GPL-3.0-or-later
// Samples that are arrays: which array goes into which input, and how lengths are brought together.
#pragma once

#include "core/base/diagnostic.h"
#include "core/data/array_dataset.h"
#include "core/formats/sizes.h"
#include "core/workflow/samples/samples.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace halftone {

/// Where an input of a network comes from.
struct InputSource {
    enum class Kind {
        Array,   // of the data set
        Lengths, // a mask: 1 as far as the sample goes, 0 where it is filled up
        Meaning  // nobody gives it (fillByMeaning)
    };
    Kind kind = Kind::Meaning;
    size_t array = 0;   // of Array; of Lengths the one whose length it is
    bool alone = false; // the array holds all of an input that has no dimension for the batch, or is the batch of one
};

/// An array for each input: by name (ends after the last '/' or '.' and case aside), else the only array for the only
/// input that needs numbers. Masks that nobody gives follow the length of an array that differs. Throws Error{BadInput}
/// naming an array that fits no input, or none that does.
std::vector<InputSource> matchArrays(const std::vector<NetworkInput>& inputs, const ArrayDataset& dataset);

class ArraySamples : public DataSamples {
public:
    /// Extents that differ between samples are filled up (ArrayDataset::padding) or cut to those of the network. Throws
    /// as matchArrays, and Error{BadInput} naming array, shape and the shape wanted where they do not fit. `batch` is
    /// that of the network.
    ArraySamples(const std::shared_ptr<const ArrayDataset>& dataset, std::vector<NetworkInput> inputs, int64_t batch,
                 int labelOffset, int64_t maxSamples, uint64_t seed);

    void fill(int64_t index, std::span<float> dst) const override { fillFurther(0, index, dst); }
    void fillFurther(size_t input, int64_t index, std::span<float> dst) const override;

    /// Which inputs are filled by what they mean, and how many samples were cut so far; empty where neither.
    std::vector<Diagnostic> notes() const;

private:
    std::vector<int64_t> shapeOfSample(size_t input) const;

    std::shared_ptr<const ArrayDataset> m_arrays;
    std::vector<NetworkInput> m_inputs;
    std::vector<InputSource> m_sources;
    int64_t m_batch;
    uint64_t m_seed;
    mutable std::mutex m_counting;
    mutable std::map<int64_t, int64_t> m_cut; // longest extent by sample that was cut
};

/// The sizes that a file leaves open and the data tells, but for those in `known` and the batch: extents of the arrays,
/// and where these differ between samples the longest one.
Sizes sizesOfArrays(const std::vector<ModelInput>& inputs, const std::string& batch, const Sizes& known,
                    const ArrayDataset& dataset);

} // namespace halftone
