// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays of pictures saved by numpy.save (.npy) and numpy.savez (.npz, a zip file of .npy members).
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/dataset_kinds.h"
#include "core/data/npy.h"
#include "core/data/picture_array.h"

#include <algorithm>
#include <fmt/format.h>

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

/// The layout of pictures in an array; refuses everything but uint8 of shape N,H,W or N,H,W,C.
PictureArrayLayout layoutOf(const NpyArray& array, const std::string& where) {
    const std::vector<int64_t>& shape = array.shape;
    const auto refuse = [&](std::string_view reason) {
        return Error(ErrorCode::BadInput,
                     fmt::format("{}: {}, but its type is {} and its shape {}. Save it in that form.", where, reason,
                                 array.descr, shapeText(shape)),
                     where);
    };
    if (array.descr != "|u1")
        throw refuse("pictures must be unsigned bytes, 0 to 255");
    const int64_t channels = shape.size() == 4 ? shape[3] : 1;
    if ((shape.size() != 3 && shape.size() != 4) || (channels != 1 && channels != 3))
        throw refuse("pictures must have the shape N,H,W or N,H,W,C with 1 or 3 channels last");
    const int64_t height = shape[1], width = shape[2];
    if (height == 0 || width == 0 || height > maxPicturePixels || width > maxPicturePixels / height)
        throw refuse(fmt::format("pictures must have between 1 and {} million pixels", maxPicturePixels / 1'000'000));
    return {static_cast<int>(height),
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

} // namespace

std::unique_ptr<Dataset> openNpy(const std::string& path, const std::string& labelsPath) {
    NpyArray array = loadNpy(path);
    const PictureArrayLayout layout = layoutOf(array, displayText(path));
    const int64_t count = array.shape[0];
    std::vector<int64_t> labels;
    if (!labelsPath.empty()) {
        labels = readLabelList(labelsPath);
        checkLabels(labels, count, displayText(labelsPath));
    }
    return std::make_unique<PictureArray>(path, "npy", std::move(array.bytes), layout, count, labels);
}

std::unique_ptr<Dataset> openNpz(const std::string& path, const std::string& labelsPath) {
    const std::string where = displayText(path);
    std::vector<std::string> names;
    const auto members = readArchive(path, [&](std::string_view name) {
        if (name.ends_with(".npy"))
            names.push_back(displayText(name));
        return std::ranges::any_of(
            arrayNames, [&](const ArrayNames& known) { return name == known.images || name == known.labels; });
    });
    if (names.empty())
        return nullptr;
    const auto member = [&](std::string_view name) {
        return std::find_if(members.begin(), members.end(), [&](const ArchiveMember& m) { return m.name == name; });
    };
    const auto known =
        std::ranges::find_if(arrayNames, [&](const ArrayNames& pair) { return member(pair.images) != members.end(); });
    if (known == std::end(arrayNames)) {
        names.resize(std::min<size_t>(names.size(), 10));
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: has no array \"images\", only {}. Save the pictures as \"images\" and their labels "
                        "as \"labels\".",
                        where, join(names, ", ")),
            where);
    }
    const auto images = member(known->images), ownLabels = member(known->labels);
    const std::string imagesWhere = where + ": " + known->images;
    NpyArray array = parseNpy(images->bytes, imagesWhere);
    const PictureArrayLayout layout = layoutOf(array, imagesWhere);
    const int64_t count = array.shape[0];
    std::vector<int64_t> labels;
    if (!labelsPath.empty()) {
        labels = readLabelList(labelsPath);
        checkLabels(labels, count, displayText(labelsPath));
    } else if (ownLabels != members.end()) {
        const std::string labelsWhere = where + ": " + known->labels;
        labels = labelsOf(parseNpy(ownLabels->bytes, labelsWhere), labelsWhere);
        checkLabels(labels, count, labelsWhere);
    }
    return std::make_unique<PictureArray>(path, "npz", std::move(array.bytes), layout, count, labels);
}

} // namespace halftone
