// SPDX-License-Identifier: GPL-3.0-or-later
// The MNIST family's format: two zero bytes, element type, number of dimensions, big-endian dimensions,
// elements. Pictures are uint8 with 3 dimensions, labels uint8 with 1. http://yann.lecun.com/exdb/mnist/
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/array_bytes.h"
#include "core/data/dataset_kinds.h"
#include "core/data/labels.h"
#include "core/data/npy.h"
#include "core/data/picture_array.h"

#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr size_t maxIdxBytes = size_t{4} << 30;

std::vector<std::byte> readMaybeGzip(const std::string& path) {
    std::vector<std::byte> bytes = readFile(path, maxIdxBytes);
    const bool packed = bytes.size() > 1 && bytes[0] == std::byte{0x1F} && bytes[1] == std::byte{0x8B};
    return packed ? readGzip(path) : bytes;
}

struct IdxHeader {
    std::vector<int64_t> dims;
    size_t dataOffset = 0;
};

/// The header of an array of uint8 with `rank` dimensions whose elements are all there.
IdxHeader parseHeader(std::span<const std::byte> bytes, size_t rank, const char* content, const std::string& where) {
    const auto refuse = [&](const std::string& reason) {
        return Error(ErrorCode::BadInput,
                     fmt::format("{}: not an IDX file of {} ({}). Choose another file.", where, content, reason),
                     where);
    };
    const auto byteAt = [&](size_t i) { return std::to_integer<int64_t>(bytes[i]); };
    if (bytes.size() < 4 || byteAt(0) != 0 || byteAt(1) != 0)
        throw refuse("it does not begin as IDX files do");
    if (byteAt(2) != 8)
        throw refuse(fmt::format("its element type is 0x{:02X}, where 0x08, unsigned bytes, is wanted", byteAt(2)));
    if (byteAt(3) != static_cast<int64_t>(rank))
        throw refuse(fmt::format("its rank is {}, where {} is wanted", byteAt(3), rank));
    IdxHeader header{{}, 4 + 4 * rank};
    if (bytes.size() < header.dataOffset)
        throw refuse("it ends within its header");
    for (size_t i = 4; i < header.dataOffset; i += 4)
        header.dims.push_back(byteAt(i) << 24 | byteAt(i + 1) << 16 | byteAt(i + 2) << 8 | byteAt(i + 3));
    const int64_t wanted = arrayBytes(header.dims, 1, where);
    if (static_cast<uint64_t>(wanted) != bytes.size() - header.dataOffset)
        throw refuse(fmt::format("its shape {} needs {} bytes, but {} follow the header", shapeText(header.dims),
                                 wanted, bytes.size() - header.dataOffset));
    return header;
}

/// ".../t10k-images-idx3-ubyte.gz" -> ".../t10k-labels-idx1-ubyte.gz" or without ".gz"; empty when there is
/// none.
std::string labelsBeside(const std::string& path) {
    namespace fs = std::filesystem;
    std::string name = fs::path(path).filename().string();
    for (const auto& [from, to] : {std::pair{"images", "labels"}, std::pair{"idx3", "idx1"}}) {
        const size_t at = name.rfind(from);
        if (at == std::string::npos)
            return {};
        name.replace(at, std::string_view(from).size(), to);
    }
    const bool packed = name.ends_with(".gz");
    const std::string other = packed ? name.substr(0, name.size() - 3) : name + ".gz";
    for (const std::string& candidate : {name, other}) {
        const fs::path file = fs::path(path).parent_path() / candidate;
        std::error_code failure;
        if (fs::exists(file, failure))
            return file.string();
    }
    return {};
}

} // namespace

std::vector<int64_t> readLabelList(const std::string& path) {
    const std::string where = displayText(path);
    const std::vector<std::byte> bytes = readMaybeGzip(path);
    if (!bytes.empty() && bytes[0] == std::byte{0x93}) {
        const NpyArray array = parseNpy(bytes, where);
        return toIntegers(array, where);
    }
    const IdxHeader header = parseHeader(bytes, 1, "labels", where);
    std::vector<int64_t> labels;
    for (std::byte label : std::span(bytes).subspan(header.dataOffset))
        labels.push_back(std::to_integer<int64_t>(label));
    return labels;
}

std::unique_ptr<Dataset> openIdxFolder(const std::string& path, const std::string& labelsPath) {
    namespace fs = std::filesystem;
    for (const char* set : {"t10k", "train"})
        for (const char* packing : {"", ".gz"}) {
            const fs::path file = fs::path(path) / fmt::format("{}-images-idx3-ubyte{}", set, packing);
            std::error_code failure;
            if (fs::is_regular_file(file, failure))
                return openIdx(file.string(), labelsPath);
        }
    return nullptr;
}

std::unique_ptr<Dataset> openIdx(const std::string& path, const std::string& labelsPath) {
    const std::string where = displayText(path);
    std::vector<std::byte> bytes = readMaybeGzip(path);
    const IdxHeader header = parseHeader(bytes, 3, "pictures", where);
    const int64_t count = header.dims[0], height = header.dims[1], width = header.dims[2];
    if (height == 0 || width == 0 || height > maxPicturePixels / width)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: pictures of {} x {} pixels cannot be read. Choose another file.", where, width, height),
            where);
    std::vector<int64_t> labels;
    if (const std::string file = labelsPath.empty() ? labelsBeside(path) : labelsPath; !file.empty()) {
        labels = readLabelList(file);
        checkLabels(labels, count, SampleKind::Picture, displayText(file));
    }
    const PictureArrayLayout layout{
        static_cast<int>(height),           static_cast<int>(width), 1, false, header.dataOffset,
        static_cast<size_t>(height * width)};
    return std::make_unique<PictureArray>(path, "idx", std::move(bytes), layout, count, labels);
}

} // namespace halftone
