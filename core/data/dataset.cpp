// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/dataset_kinds.h"
#include "core/data/pickle.h"
#include "core/data/text/text_dataset.h"
#include "core/data/text/text_list.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <string_view>

namespace halftone {

namespace {

namespace fs = std::filesystem;

constexpr size_t headBytes = 4096;
constexpr const char* knownKinds =
    "a folder of pictures, recordings or arrays, a file,label CSV, a table of texts, a tar or zip of "
    "pictures, CIFAR, IDX, .npz or .npy";

std::string readHead(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string head(headBytes, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (!file.is_open() || file.bad())
        throw Error(ErrorCode::Io,
                    fmt::format("{}: cannot open the data set: {}.", displayText(path), std::strerror(errno)),
                    displayText(path));
    head.resize(static_cast<size_t>(file.gcount()));
    return head;
}

std::string readGzipHeadText(const std::string& path) {
    const std::vector<std::byte> bytes = readGzipHead(path, headBytes);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool isIdx(std::string_view head) {
    return head.size() >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0E && head[3] != 0;
}
bool isTar(std::string_view head) {
    return head.size() > 262 && head.substr(257).starts_with("ustar");
}
bool isSound(std::string_view head) {
    return (head.starts_with("RIFF") && head.substr(std::min<size_t>(8, head.size())).starts_with("WAVE")) ||
           head.starts_with("fLaC") || head.starts_with("OggS");
}
bool isText(std::string_view head) {
    return std::none_of(head.begin(), head.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
    });
}

[[noreturn]] void throwUnknown(const std::string& path, const std::string& what) {
    throw Error(ErrorCode::BadInput, fmt::format("{} is {}. Choose {}.", displayText(path), what, knownKinds),
                displayText(path));
}

void refuseLabels(const std::string& path, const std::string& labelsPath) {
    if (!labelsPath.empty())
        throw Error(ErrorCode::Usage,
                    fmt::format("{} holds its own labels; leave out the label file {}.", displayText(path),
                                displayText(labelsPath)),
                    displayText(path));
}

std::unique_ptr<Dataset> openFolder(const std::string& path, const std::string& labelsPath) {
    if (auto cifar = openCifarFolder(path)) {
        refuseLabels(path, labelsPath);
        return cifar;
    }
    if (auto idx = openIdxFolder(path, labelsPath))
        return idx;
    if (auto pictures = openImageFolder(path, labelsPath))
        return pictures;
    if (auto sounds = openSoundFolder(path, labelsPath))
        return sounds;
    if (auto arrays = openArrayFolder(path, labelsPath))
        return arrays;
    throw Error(
        ErrorCode::BadInput,
        fmt::format("{}: holds no pictures (.png, .jpg), no recordings (.wav, .flac, .ogg) and no arrays (.npz, "
                    ".npy), nor do its sub-folders. Choose the folder that holds them or the class folders.",
                    displayText(path)),
        displayText(path));
}

/// `head`: the first header, whose name tells CIFAR's own archives. Others are not searched for CIFAR's files: that
/// would unpack them twice.
std::unique_ptr<Dataset> openTar(const std::string& path, const std::string& labelsPath, std::string_view head) {
    if (head.starts_with("cifar-10") || head.starts_with("./cifar-10"))
        if (auto cifar = openCifarArchive(path)) {
            refuseLabels(path, labelsPath);
            return cifar;
        }
    return openImageArchive(path, labelsPath);
}

std::unique_ptr<Dataset> openFile(const std::string& path, const std::string& labelsPath,
                                  const std::string& tokenizerPath) {
    const std::string head = readHead(path);
    const std::string_view start(head);
    if (start.empty())
        throwUnknown(path, "empty");
    if (start.starts_with("\x93NUMPY"))
        return openNpy(path, labelsPath);
    if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06")) {
        auto npz = openNpz(path, labelsPath);
        return npz ? std::move(npz) : openImageArchive(path, labelsPath);
    }
    if (start.starts_with("\x1F\x8B")) {
        const std::string unpacked = readGzipHeadText(path);
        if (isTar(unpacked))
            return openTar(path, labelsPath, unpacked);
        if (isIdx(unpacked))
            return openIdx(path, labelsPath);
        throwUnknown(path, "gzip data that holds neither a tar archive nor IDX pictures");
    }
    if (isTar(start))
        return openTar(path, labelsPath, start);
    if (isSound(start)) {
        refuseLabels(path, labelsPath);
        return openSoundFile(path);
    }
    if (isIdx(start))
        return openIdx(path, labelsPath);
    if (isPickle(start)) {
        refuseLabels(path, labelsPath);
        return openCifarFile(path);
    }
    if (start.starts_with("\x89PNG") || start.starts_with("\xFF\xD8\xFF"))
        throwUnknown(path, "one picture");
    if (start.starts_with("<"))
        throwUnknown(path, "HTML or XML text");
    if (isText(start)) {
        refuseLabels(path, labelsPath);
        const std::string extension = fs::path(path).extension().string();
        if (looksLikeTexts(start) || extension == ".txt" || extension == ".tsv")
            return openTexts(path, tokenizerPath);
        return openCsv(path);
    }
    if (std::error_code failure; fs::path(path).extension() == ".bin" || fs::file_size(path, failure) % 3073 == 0 ||
                                 fs::file_size(path, failure) % 3074 == 0) {
        refuseLabels(path, labelsPath);
        return openCifarFile(path);
    }
    throwUnknown(path, "not a data set Halftone knows");
}

} // namespace

Dataset::Dataset(std::string path, std::string kind, std::vector<SampleInfo> samples,
                 std::vector<std::string> classNames)
    : m_path(std::move(path)), m_kind(std::move(kind)), m_samples(std::move(samples)),
      m_classNames(std::move(classNames)) {
    if (m_samples.empty())
        throw Error(ErrorCode::BadInput, fmt::format("{}: the data set holds no samples.", displayText(m_path)),
                    displayText(m_path));
}

std::unique_ptr<Dataset> openDataset(const std::string& path, const std::string& labelsPath,
                                     const std::string& tokenizerPath) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (!fs::exists(status))
        throw Error(ErrorCode::Io,
                    fmt::format("{}: there is no such data set: {}.", displayText(path),
                                failure ? failure.message() : "no such file or folder"),
                    displayText(path));
    if (fs::is_directory(status))
        return openFolder(path, labelsPath);
    if (!fs::is_regular_file(status))
        throwUnknown(path, "a device, pipe or socket");
    return openFile(path, labelsPath, tokenizerPath);
}

std::unique_ptr<PictureDataset> openPictures(const std::string& path, const std::string& labelsPath) {
    std::unique_ptr<Dataset> dataset = openDataset(path, labelsPath);
    if (dataset->sampleKind() != SampleKind::Picture)
        throw Error(ErrorCode::Unsupported,
                    fmt::format("{}: holds {}, not pictures.", displayText(path), wordFor(dataset->sampleKind(), 2)),
                    displayText(path));
    return std::unique_ptr<PictureDataset>(static_cast<PictureDataset*>(dataset.release()));
}

} // namespace halftone
