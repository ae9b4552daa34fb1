// SPDX-License-Identifier: GPL-3.0-or-later
// Samples that are arrays, one for each input of a network: texts as ids, sounds as samples of pressure, features.
#pragma once

#include "core/data/dataset.h"
#include "core/data/npy.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// An array that every sample of a data set has.
struct ArrayInfo {
    std::string name;             // empty where the data set has no name for it
    std::vector<int64_t> shape;   // of one sample; -1 where samples differ
    std::vector<int64_t> longest; // the largest extents, or those that are enough for most samples
};

/// Row-major.
struct SampleArray {
    std::vector<int64_t> shape;
    std::vector<float> values;
    int64_t whole = 0; // the extent before it was cut; 0: it was not
};

class ArrayDataset : public Dataset {
public:
    SampleKind sampleKind() const override { return SampleKind::Sample; }
    const std::vector<ArrayInfo>& arrays() const { return m_arrays; }
    /// Array `which` of a sample. Extents that differ between samples are cut at `longest` by those that know how (a
    /// text keeps its last special token); the others give all. Throws Error naming the sample when it is damaged.
    virtual SampleArray array(int64_t index, size_t which, int64_t longest) const = 0;
    /// What a shorter sample is filled up with.
    virtual float padding(size_t /*which*/) const { return 0; }

protected:
    /// Throws as Dataset.
    ArrayDataset(const std::string& path, std::string kind, std::vector<SampleInfo> samples,
                 std::vector<std::string> classNames, std::vector<ArrayInfo> arrays)
        : Dataset(path, std::move(kind), std::move(samples), std::move(classNames)), m_arrays(std::move(arrays)) {}

private:
    std::vector<ArrayInfo> m_arrays;
};

struct NamedArray {
    std::string name;
    NpyArray array;
};

/// The arrays of an .npz file, those `wanted` where that is given, sorted by name. Throws Error naming file and array.
std::vector<NamedArray> readNpz(const std::string& path, const std::function<bool(std::string_view file)>& wanted = {});

/// Arrays whose first dimension counts the samples, as an .npz file or a folder of .npy files holds them. An array
/// "labels", "label", "targets", "y", "y_test" or "y_train" of one whole number a sample is the labels. Throws
/// Error{BadInput} that names an array without samples, or with another number of them.
std::unique_ptr<Dataset> openArrays(const std::string& path, const char* kind, std::vector<NamedArray> arrays,
                                    const std::string& labelsPath);

} // namespace halftone
