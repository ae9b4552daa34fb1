// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays saved by numpy.save (.npy) and numpy.savez (.npz, a zip file of .npy members).
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/array_dataset.h"
#include "core/data/dataset_kinds.h"
#include "core/data/labels.h"
#include "core/data/picture_array.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace halftone {

namespace {

struct ArrayNames {
    const char *images, *labels;
};
/// The first one that a file holds is taken: a test set before a training set.
constexpr ArrayNames arrayNames[] = {{"images.npy", "labels.npy"},
                                     {"x_test.npy", "y_test.npy"},
                                     {"test_images.npy", "test_labels.npy"},
                                     {"x_train.npy", "y_train.npy"},
                                     {"train_images.npy", "train_labels.npy"}};

/// The layout of pictures in an array: bytes of shape N,H,W or N,H,W,C. Absent for any other array, but bytes with the
/// channels first are refused: they are pictures, and would be taken for numbers that are ready for a network.
std::optional<PictureArrayLayout> layoutOf(const NpyArray& array, const std::string& where) {
    const std::vector<int64_t>& shape = array.shape;
    if (array.descr != "|u1" || (shape.size() != 3 && shape.size() != 4))
        return std::nullopt;
    const int64_t channels = shape.size() == 4 ? shape[3] : 1, height = shape[1], width = shape[2];
    if (shape.size() == 4 && channels != 1 && channels != 3 && (shape[1] == 1 || shape[1] == 3))
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: pictures must have the shape N,H,W or N,H,W,C with 1 or 3 channels last, but its "
                                "shape is {}. Save it in that form.",
                                where, shapeText(shape)),
                    where);
    if ((channels != 1 && channels != 3) || height == 0 || width == 0 || height > maxPicturePixels ||
        width > maxPicturePixels / height)
        return std::nullopt;
    return PictureArrayLayout{static_cast<int>(height),
                              static_cast<int>(width),
                              static_cast<int>(channels),
                              false,
                              0,
                              static_cast<size_t>(height * width * channels)};
}

std::vector<int64_t> labelsOf(const NpyArray& array, const std::string& where) {
    if (array.shape.empty() || (array.shape.size() == 2 && array.shape[1] != 1) || array.shape.size() > 2)
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: labels must have the shape N, but it is {}. Save one number a picture.", where,
                                shapeText(array.shape)),
                    where);
    return toIntegers(array, where);
}

std::unique_ptr<Dataset> pictures(const std::string& path, const char* kind, NpyArray array,
                                  const PictureArrayLayout& layout, const std::vector<int64_t>& labels,
                                  const std::string& labelsWhere) {
    const int64_t count = array.shape[0];
    if (!labelsWhere.empty())
        checkLabels(labels, count, SampleKind::Picture, labelsWhere);
    return std::make_unique<PictureArray>(path, kind, std::move(array.bytes), layout, count, labels);
}

bool isArray(std::string_view name) {
    return name.ends_with(".npy");
}

} // namespace

std::unique_ptr<Dataset> openNpy(const std::string& path, const std::string& labelsPath) {
    NpyArray array = loadNpy(path);
    const auto layout = layoutOf(array, displayText(path));
    if (!layout) {
        std::vector<NamedArray> one;
        one.push_back({"", std::move(array)});
        return openArrays(path, "arrays-npy", std::move(one), labelsPath);
    }
    std::vector<int64_t> labels;
    if (!labelsPath.empty())
        labels = readLabelList(labelsPath);
    return pictures(path, "npy", std::move(array), *layout, labels, displayText(labelsPath));
}

std::vector<NamedArray> readNpz(const std::string& path, const std::function<bool(std::string_view file)>& wanted) {
    std::vector<NamedArray> arrays;
    for (const ArchiveMember& member :
         readArchive(path, [&](std::string_view name) { return isArray(name) && (!wanted || wanted(name)); })) {
        const std::string name = member.name.substr(0, member.name.size() - 4);
        arrays.push_back({name, parseNpy(member.bytes, displayText(path) + ": " + displayText(member.name))});
    }
    return arrays;
}

std::unique_ptr<Dataset> openNpz(const std::string& path, const std::string& labelsPath) {
    std::set<std::string, std::less<>> names;
    readArchive(path, [&](std::string_view name) {
        if (isArray(name))
            names.emplace(name);
        return false;
    });
    if (names.empty())
        return nullptr;
    const auto known =
        std::ranges::find_if(arrayNames, [&](const ArrayNames& pair) { return names.contains(pair.images); });
    if (known == std::end(arrayNames))
        return openArrays(path, "arrays-npz", readNpz(path), labelsPath);
    // Of several sets, as Keras saves them, and of whatever lies beside pictures, nothing else is read.
    std::vector<NamedArray> arrays =
        readNpz(path, [&](std::string_view file) { return file == known->images || file == known->labels; });
    const auto find = [&](std::string_view file) {
        return std::ranges::find(arrays, file.substr(0, file.size() - 4), &NamedArray::name);
    };
    const auto images = find(known->images), ownLabels = find(known->labels);
    const auto layout = layoutOf(images->array, displayText(path) + ": " + known->images);
    if (!layout)
        return openArrays(path, "arrays-npz", std::move(arrays), labelsPath);
    std::vector<int64_t> labels;
    std::string labelsWhere = displayText(labelsPath);
    if (!labelsPath.empty()) {
        labels = readLabelList(labelsPath);
    } else if (ownLabels != arrays.end()) {
        labelsWhere = displayText(path) + ": " + known->labels;
        labels = labelsOf(ownLabels->array, labelsWhere);
    }
    return pictures(path, "npz", std::move(images->array), *layout, labels, labelsWhere);
}

} // namespace halftone
