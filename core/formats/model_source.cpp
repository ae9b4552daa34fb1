// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/model_source.h"

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
#include "core/formats/unsupported.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>
#include <limits>
#include <new>
#include <set>
#include <utility>

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

std::unique_ptr<ModelSource> openAs(Format format, std::span<const std::byte> bytes, const std::string& path,
                                    const ReadLimits& limits) {
    switch (format) {
    case Format::Onnx: return openOnnx(bytes, path, limits);
    case Format::TensorFlow: return openTensorFlow(bytes, limits);
    case Format::Tflite: return openTflite(bytes, limits);
    case Format::OpenVino: return openOpenVino(bytes, path, limits);
    }
    throw Error(ErrorCode::Internal, "A model format is out of range. Please report this.");
}

/// Runs `work`; what it throws names the file.
template <class Work> auto naming(const std::string& path, Work&& work) {
    try {
        return work();
    } catch (const Error& error) {
        if (path.empty()) // it never was a file
            throw;
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

/// The symbol of a dimension that has no name in the file.
std::string sizeSymbol(const ModelInput& input, size_t dimension) {
    return fmt::format("{}.{}", input.name, dimension);
}

/// The sizes of a model, found one by one.
class Binder {
public:
    Binder(const ModelFacts& facts, const Sizes& sizes) : m_facts(facts), m_sizes(sizes) {
        for (const ModelInput& input : facts.inputs)
            m_bound.inputs.push_back(shapeOf(input));
        requireAll();
        requireKnown();
    }

    const BoundSizes& sizes() const { return m_bound; }
    /// "batch 1", and the other sizes of the file that were replaced; empty where none was.
    const std::vector<std::string>& replaced() const { return m_replaced; }
    /// What they were replaced by.
    const std::vector<std::string>& replacements() const { return m_replacements; }

private:
    Shape shapeOf(const ModelInput& input) {
        Shape shape;
        for (const Size& size : input.shape)
            shape.push_back(numberOf(size, input, shape.size()));
        while (input.anyRank) {
            const Size size{std::nullopt, sizeSymbol(input, shape.size())};
            if (!m_sizes.contains(size.symbol))
                break;
            shape.push_back(numberOf(size, input, shape.size()));
        }
        if (input.anyRank && shape.size() < 2) // the batch alone says nothing
            throw Error(ErrorCode::Unsupported,
                        fmt::format("The file does not say which shape the input \"{0}\" has. Give it with --shape "
                                    "{0}=1,224,224,3 and the size of your pictures.",
                                    input.name),
                        input.name);
        return shape;
    }

    int64_t numberOf(const Size& size, const ModelInput& input, size_t dimension) {
        const bool isNew = m_symbols.insert(size.symbol).second;
        const auto given = m_sizes.find(size.symbol);
        if (given == m_sizes.end() && !size.number) {
            if (isNew) {
                m_openWords.push_back(
                    fmt::format("\"{}\" (dimension {} of \"{}\")", size.symbol, dimension, input.name));
                m_openOptions.push_back(fmt::format("--size {}=N", size.symbol));
            }
            return 1;
        }
        const int64_t number = given == m_sizes.end() ? *size.number : given->second;
        if (number < 0)
            throw Error(ErrorCode::Usage, fmt::format("The size \"{}\" is {}.", size.symbol, number));
        if (size.symbol == m_facts.batch && m_bound.batch.to == 0)
            m_bound.batch = {size.number.value_or(number), number};
        m_bound.bySymbol.emplace(size.symbol, number);
        if (isNew && size.number && *size.number != number) {
            m_replaced.push_back(fmt::format("{} {}", size.symbol, *size.number));
            m_replacements.push_back(fmt::format("{} {}", size.symbol, number));
        }
        return number;
    }

    void requireAll() const {
        if (m_openWords.empty())
            return;
        throw Error(ErrorCode::BadInput,
                    fmt::format("The file leaves sizes of its inputs open: {}. Give {} with {}, a number in place of "
                                "{}N.",
                                join(m_openWords, ", "), m_openWords.size() == 1 ? "it" : "them",
                                join(m_openOptions, " "), m_openWords.size() == 1 ? "" : "each "),
                    m_facts.inputs.front().name);
    }

    void requireKnown() const {
        for (const auto& [symbol, number] : m_sizes)
            if (!m_symbols.contains(symbol))
                throw Error(ErrorCode::Usage,
                            fmt::format("The model has no size \"{}\"; its sizes are {}.", displayText(symbol),
                                        join({m_symbols.begin(), m_symbols.end()}, ", ")));
    }

    const ModelFacts& m_facts;
    const Sizes& m_sizes;
    BoundSizes m_bound;
    std::set<std::string> m_symbols;
    std::vector<std::string> m_openWords, m_openOptions, m_replaced, m_replacements;
};

} // namespace

bool ModelFacts::freeBatch() const {
    return std::ranges::any_of(inputs, [&](const ModelInput& input) {
        return std::ranges::any_of(input.shape, [&](const Size& size) { return !size.number && size.symbol == batch; });
    });
}

void ModelSource::setInputs(std::vector<ModelInput> inputs) {
    const auto first =
        std::ranges::find_if(inputs, [](const ModelInput& input) { return input.anyRank || !input.shape.empty(); });
    if (first != inputs.end()) {
        const Size batch = first->anyRank ? Size{{}, sizeSymbol(*first, 0)} : first->shape.front();
        m_facts.batch = batch.symbol.empty() ? "batch" : batch.symbol;
        for (ModelInput& input : inputs)
            for (size_t i = 0; i < input.shape.size(); ++i) {
                Size& size = input.shape[i];
                // Where all is fixed, first dimensions of the same size are the batch too; others are not (states).
                const bool isBatch = i == 0 && (!size.number || (batch.symbol.empty() && size.number == batch.number));
                if (size.symbol.empty())
                    size.symbol = isBatch ? m_facts.batch : sizeSymbol(input, i);
            }
    }
    m_facts.inputs = std::move(inputs);
}

int64_t BoundModel::batchSize() const {
    const auto found = sizes.find(batch);
    return found == sizes.end() ? 1 : found->second;
}

Sizes BoundModel::chosenSizes() const {
    Sizes chosen = sizes;
    for (const ModelInput& input : inputs)
        for (const Size& size : input.shape)
            if (const auto found = chosen.find(size.symbol); found != chosen.end() && found->second == size.number)
                chosen.erase(found);
    chosen.erase(batch);
    return chosen;
}

std::unique_ptr<ModelSource> openModel(const std::string& path, const ReadLimits& limits) {
    LargeBlock block = readBytes(path, limits.fileBytes);
    return naming(path, [&] {
        const std::span<const std::byte> bytes = block.bytes();
        const Format format = formatOf(bytes);
        std::future<std::string> sha256 = std::async([&] { return sha256Of(bytes); }); // as long as parsing
        std::unique_ptr<ModelSource> source = openAs(format, bytes, path, limits);
        source->m_facts.path = path;
        source->m_facts.sizeBytes += static_cast<int64_t>(bytes.size());
        source->m_facts.sha256 = sha256.get();
        if (format == Format::Tflite) // the others have parsed them into something else
            source->m_bytes = std::move(block);
        return source;
    });
}

BoundModel ModelSource::bind(const Sizes& sizes) {
    return naming(m_facts.path, [&] {
        const Binder binder(m_facts, sizes);
        BoundModel model{m_facts, binder.sizes().bySymbol, {}};
        try {
            read(binder.sizes(), model);
            model = cutUnsupportedTail(std::move(model));
            if (unsupportedIn(model.graph).empty()) // they are refused with a better reason
                model.graph = infer(std::move(model.graph));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::BadInput || binder.replaced().empty())
                throw;
            throw Error(ErrorCode::Unsupported,
                        fmt::format("The network is made for {} and cannot be bound to {}. Choose its own size, or "
                                    "export it with an open one. {}",
                                    join(binder.replaced(), ", "), join(binder.replacements(), ", "), error.message()),
                        error.where());
        }
        return model;
    });
}

std::vector<Shape> shapesOf(const ModelFacts& facts, const Sizes& sizes) {
    return naming(facts.path, [&] { return Binder(facts, sizes).sizes().inputs; });
}

Sizes sizesOf(const ModelFacts& facts, const GivenSizes& given, int64_t batch) {
    Sizes sizes = given.sizes;
    if (!facts.batch.empty())
        sizes.emplace(facts.batch, batch);
    std::vector<std::string> names;
    for (const ModelInput& input : facts.inputs)
        names.push_back(input.name);
    for (const auto& [name, shape] : given.shapes) {
        if (name.empty() && names.size() != 1)
            throw Error(
                ErrorCode::Usage,
                fmt::format("A shape without a name fits a network with one input; this one has {}: {}. Give it "
                            "as --shape NAME={}.",
                            names.size(), join(names, ", "), fmt::join(shape, ",")));
        const auto found = name.empty() ? names.begin() : std::ranges::find(names, displayText(name));
        if (found == names.end())
            throw Error(
                ErrorCode::Usage,
                fmt::format("A shape was given for the input \"{}\", which the network does not have; its inputs "
                            "are {}.",
                            displayText(name), join(names, ", ")));
        const ModelInput& input = facts.inputs[static_cast<size_t>(found - names.begin())];
        if (!input.anyRank && input.shape.size() != shape.size())
            throw Error(ErrorCode::Usage,
                        fmt::format("The shape {} was given for the input \"{}\", which has {} dimensions.",
                                    shapeText(shape), input.name, input.shape.size()),
                        input.name);
        for (size_t i = 0; i < shape.size(); ++i) {
            const std::string symbol = input.anyRank ? sizeSymbol(input, i) : input.shape[i].symbol;
            if (symbol == facts.batch)
                continue;
            const auto [entry, isNew] = sizes.emplace(symbol, shape[i]);
            if (!isNew && entry->second != shape[i])
                throw Error(ErrorCode::Usage,
                            fmt::format("The size \"{}\" is given as {} and as {}. Dimensions of one name have one "
                                        "size.",
                                        symbol, entry->second, shape[i]),
                            input.name);
        }
    }
    return sizes;
}

} // namespace halftone
