// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/reader.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/formats/cut_tail.h"
#include "core/formats/onnx/onnx_reader.h"
#include "core/formats/openvino/openvino_reader.h"
#include "core/formats/probe.h"
#include "core/formats/tensorflow/recognize.h"
#include "core/formats/tensorflow/tensorflow_reader.h"
#include "core/formats/tflite/tflite_reader.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <future>
#include <limits>
#include <new>

namespace halftone {

namespace {

/// Protobuf addresses bytes with an int.
constexpr int64_t kMaxProtobufBytes = std::numeric_limits<int32_t>::max();

std::string fileName(const std::string& path) {
    return displayText(std::filesystem::path(path).filename().string());
}

LargeBlock readBytes(const std::string& path, int64_t maxBytes) {
    std::error_code unknown; // readFile() says why
    const auto size = std::filesystem::is_regular_file(path, unknown) ? std::filesystem::file_size(path, unknown) : 0;
    if (!unknown && size > static_cast<uintmax_t>(kMaxProtobufBytes) && size <= static_cast<uintmax_t>(maxBytes))
        throw Error(
            ErrorCode::Limit,
            fmt::format("{} has {} bytes; a single ONNX file can have at most {}. Save the model with external data.",
                        displayText(path), size, kMaxProtobufBytes),
            displayText(path));
    return readLargeFile(path, static_cast<size_t>(std::clamp<int64_t>(maxBytes, 0, kMaxProtobufBytes)));
}

enum class Format { Onnx, TensorFlow, Tflite, OpenVino };

/// By the content. Throws what refuseForeign() does.
Format formatOf(std::span<const std::byte> bytes) {
    if (isTflite(bytes))
        return Format::Tflite;
    if (isOpenVino(bytes))
        return Format::OpenVino;
    if (tensorFlowKind(bytes) != TensorFlowKind::None)
        return Format::TensorFlow;
    refuseForeign(bytes);
    return Format::Onnx;
}

ModelFile readAs(Format format, std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits,
                 const InputShapes& shapes) {
    switch (format) {
    case Format::Onnx: return readOnnx(bytes, path, limits, shapes);
    case Format::TensorFlow: return readTensorFlow(bytes, limits, shapes);
    case Format::Tflite: return readTflite(bytes, limits, shapes);
    case Format::OpenVino: return readOpenVino(bytes, path, limits, shapes);
    }
    throw Error(ErrorCode::Internal, "A model format is out of range. Please report this.");
}

} // namespace

ModelFile readModel(const std::string& path, const ReadLimits& limits, const InputShapes& shapes) {
    const LargeBlock block = readBytes(path, limits.fileBytes);
    const std::span<const std::byte> bytes = block.bytes();
    try {
        const Format format = formatOf(bytes);
        std::future<std::string> sha256 = std::async([&] { return sha256Of(bytes); }); // as long as parsing
        ModelFile file = readAs(format, bytes, path, limits, shapes);
        file.path = path;
        file.sizeBytes += static_cast<int64_t>(bytes.size());
        file.sha256 = sha256.get();
        return cutUnsupportedTail(std::move(file));
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("{}: {}", fileName(path), error.message()),
                    error.where().empty() ? fileName(path) : error.where());
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::Limit,
                    fmt::format("{} does not fit into the memory of this machine. Close other programs or choose a "
                                "smaller model.",
                                fileName(path)),
                    fileName(path));
    }
}

void requireInputSizes(const ModelFile& file) {
    for (const ValueId id : file.graph.inputs) {
        const Value& input = file.graph.value(id);
        const bool open = std::any_of(input.shape.begin() + (input.shape.empty() ? 0 : 1), input.shape.end(),
                                      [](int64_t dim) { return dim < 0; });
        if (!open)
            continue;
        std::vector<std::string> dims;
        for (size_t i = 0; i < input.shape.size(); ++i)
            dims.push_back(input.shape[i] >= 0 ? std::to_string(input.shape[i]) : i == 0 ? "1" : "?");
        const std::string shown = displayText(input.name);
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: The file leaves the size of its input \"{}\" open. Give it with --shape {}={}, a "
                                "number in place of each ?.",
                                fileName(file.path), shown, shown, join(dims, ",")),
                    shown);
    }
}

} // namespace halftone
