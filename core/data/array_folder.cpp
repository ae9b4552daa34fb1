// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of arrays: one .npy file an input with all samples, or one .npz or .npy file a sample.
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/array_dataset.h"
#include "core/data/class_folders.h"
#include "core/data/dataset_kinds.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

namespace fs = std::filesystem;

/// Every sample in a file of its own; all are kept as they are stored.
class ArrayFolder final : public ArrayDataset {
public:
    ArrayFolder(const std::string& path, LabelledNames names, std::vector<ArrayInfo> infos,
                std::vector<std::vector<NpyArray>> samples)
        : ArrayDataset(path, "array-folder", std::move(names.samples), std::move(names.classNames), std::move(infos)),
          m_samples(std::move(samples)) {}

    SampleArray array(int64_t index, size_t which, int64_t /*longest*/) const override {
        const NpyArray& array = m_samples.at(static_cast<size_t>(index)).at(which);
        return {array.shape, toFloats(array)};
    }

private:
    std::vector<std::vector<NpyArray>> m_samples;
};

bool hasArrayName(std::string_view name) {
    return name.ends_with(".npy") || name.ends_with(".npz");
}

std::vector<NamedArray> arraysOf(const std::string& file) {
    if (file.ends_with(".npz"))
        return readNpz(file);
    std::vector<NamedArray> one;
    one.push_back({"", loadNpy(file)});
    return one;
}

/// "input_ids.npy" and "attention_mask.npy" rather than "0001.npy" and "0002.npy".
bool areInputs(const std::vector<std::string>& files) {
    const auto endsInDigit = [](const std::string& file) {
        const std::string stem = fs::path(file).stem().string();
        return !stem.empty() && stem.back() >= '0' && stem.back() <= '9';
    };
    const auto inFolder = [](const std::string& file) { return file.find('/') != std::string::npos; };
    return files.size() <= 64 && std::ranges::all_of(files, [](const auto& file) { return file.ends_with(".npy"); }) &&
           std::ranges::none_of(files, inFolder) && !std::ranges::all_of(files, endsInDigit);
}

/// Adds the arrays of one more file, which must have the same names and numbers of dimensions.
void widen(std::vector<ArrayInfo>& infos, const std::vector<NamedArray>& arrays, const std::string& file) {
    const auto refuse = [&](const std::string& what) {
        return Error(
            ErrorCode::BadInput,
            fmt::format("{}: {}. Each file must hold the same arrays, those of one sample.", displayText(file), what),
            displayText(file));
    };
    if (arrays.size() != infos.size())
        throw refuse(fmt::format("holds {} arrays, the first file {}", arrays.size(), infos.size()));
    for (size_t i = 0; i < arrays.size(); ++i) {
        ArrayInfo& info = infos[i];
        const std::vector<int64_t>& shape = arrays[i].array.shape;
        if (arrays[i].name != info.name)
            throw refuse(fmt::format("has no array {}", displayText(info.name)));
        if (shape.size() != info.shape.size())
            throw refuse(fmt::format("the array {} has {} dimensions, in the first file {}", displayText(info.name),
                                     shape.size(), info.shape.size()));
        for (size_t d = 0; d < shape.size(); ++d) {
            if (info.shape[d] != shape[d])
                info.shape[d] = -1;
            info.longest[d] = std::max(info.longest[d], shape[d]);
        }
    }
}

} // namespace

std::unique_ptr<Dataset> openArrayFolder(const std::string& path, const std::string& labelsPath) {
    const ClassFolders found = listClassFolders(path, hasArrayName);
    if (found.files.empty())
        return nullptr;
    const auto pathOf = [&](const std::string& file) { return (fs::path(path) / file).string(); };
    if (areInputs(found.files)) {
        std::vector<NamedArray> arrays;
        for (const std::string& file : found.files)
            arrays.push_back({fs::path(file).stem().string(), loadNpy(pathOf(file))});
        return openArrays(path, "array-folder", std::move(arrays), labelsPath);
    }
    LabelledNames names = labelsOf(path, found, labelsPath);
    std::vector<ArrayInfo> infos;
    std::vector<std::vector<NpyArray>> samples;
    for (const std::string& file : found.files) {
        std::vector<NamedArray> arrays = arraysOf(pathOf(file));
        if (samples.empty())
            for (const NamedArray& each : arrays)
                infos.push_back({each.name, each.array.shape, each.array.shape});
        else
            widen(infos, arrays, pathOf(file));
        samples.emplace_back();
        for (NamedArray& each : arrays)
            samples.back().push_back(std::move(each.array));
    }
    return std::make_unique<ArrayFolder>(path, std::move(names), std::move(infos), std::move(samples));
}

} // namespace halftone
