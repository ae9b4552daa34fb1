// SPDX-License-Identifier: GPL-3.0-or-later
// One function a kind of data set; only dataset.cpp calls them, once it knows the kind.
// Each takes what openDataset takes and throws as it does.
#pragma once

#include "core/data/dataset.h"

namespace halftone {

/// Null when the folder holds no pictures, nor do its sub-folders; likewise the next two.
std::unique_ptr<Dataset> openImageFolder(const std::string& path, const std::string& labelsPath);
std::unique_ptr<Dataset> openSoundFolder(const std::string& path, const std::string& labelsPath);
std::unique_ptr<Dataset> openArrayFolder(const std::string& path, const std::string& labelsPath);
std::unique_ptr<Dataset> openSoundFile(const std::string& path);
std::unique_ptr<Dataset> openImageArchive(const std::string& path, const std::string& labelsPath);
std::unique_ptr<Dataset> openCsv(const std::string& path);
std::unique_ptr<Dataset> openCifarFile(const std::string& path);
/// Null when the folder holds no CIFAR files.
std::unique_ptr<Dataset> openCifarFolder(const std::string& path);
/// Null when the archive holds no CIFAR files.
std::unique_ptr<Dataset> openCifarArchive(const std::string& path);
std::unique_ptr<Dataset> openIdx(const std::string& path, const std::string& labelsPath);
/// Null when the folder holds neither "t10k-images-idx3-ubyte" nor "train-images-idx3-ubyte", gzip or not.
std::unique_ptr<Dataset> openIdxFolder(const std::string& path, const std::string& labelsPath);
/// Null when the zip file holds no .npy arrays.
std::unique_ptr<Dataset> openNpz(const std::string& path, const std::string& labelsPath);
std::unique_ptr<Dataset> openNpy(const std::string& path, const std::string& labelsPath);

/// A list of labels from an IDX (gzip or not) or .npy file.
std::vector<int64_t> readLabelList(const std::string& path);

} // namespace halftone
