// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tflite/tensors.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/dequantized.h"
#include "core/formats/tflite/schema_generated.h"
#include "core/graph/element.h"
#include "core/graph/name_index.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone::tflite_format {

namespace {

constexpr size_t kMaxRank = 64;

struct Type {
    const char* name;
    std::optional<ElementType> element;
};

const Type kTypes[] = {{"FLOAT32", ElementType::F32},
                       {"FLOAT16", ElementType::F16},
                       {"INT32", ElementType::S32},
                       {"UINT8", ElementType::U8},
                       {"INT64", ElementType::S64},
                       {"STRING", {}},
                       {"BOOL", ElementType::Bool},
                       {"INT16", ElementType::S16},
                       {"COMPLEX64", {}},
                       {"INT8", ElementType::S8},
                       {"FLOAT64", ElementType::F64},
                       {"COMPLEX128", {}},
                       {"UINT64", ElementType::U64},
                       {"RESOURCE", {}},
                       {"VARIANT", {}},
                       {"UINT32", ElementType::U32},
                       {"UINT16", ElementType::U16},
                       {"INT4", {}},
                       {"BFLOAT16", ElementType::BF16},
                       {"INT2", {}},
                       {"UINT4", {}},
                       {"FLOAT8_E4M3FN", {}},
                       {"FLOAT8_E5M2", {}}};

[[noreturn]] void refuse(const std::string& what, const std::string& cause) {
    throw Error(ErrorCode::BadInput,
                fmt::format("{} {}. The file is damaged or was exported wrongly; export it again.", what, cause), what);
}

Shape shapeOf(const schema::Tensor& tensor, const std::string& what) {
    Shape shape;
    if (!tensor.shape())
        return shape;
    if (tensor.shape()->size() > kMaxRank)
        refuse(what, fmt::format("has {} dimensions; at most {} make sense", tensor.shape()->size(), kMaxRank));
    shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    const auto* signature = tensor.shape_signature(); // says which dimensions the shape only guesses
    for (size_t i = 0; signature && signature->size() == shape.size() && i < shape.size(); ++i)
        if (signature->Get(static_cast<flatbuffers::uoffset_t>(i)) < 0)
            shape[i] = -1;
    for (const int64_t dim : shape)
        if (dim < -1)
            refuse(what, fmt::format("has the dimension {}", dim));
    return shape;
}

std::optional<Scales> scalesOf(const schema::Tensor& tensor, const TensorInfo& info, const std::string& what) {
    const schema::Quantization* quantization = tensor.quantization();
    if (!quantization || !quantization->scale() || quantization->scale()->size() == 0)
        return std::nullopt;
    if (!info.type || isFloatType(*info.type) || *info.type == ElementType::Bool)
        return std::nullopt; // a note of the training, without meaning for this type
    Scales result;
    result.scales.assign(quantization->scale()->begin(), quantization->scale()->end());
    if (quantization->zero_point())
        result.zeroPoints.assign(quantization->zero_point()->begin(), quantization->zero_point()->end());
    if (result.zeroPoints.size() <= 1 && result.zeroPoints.size() < result.scales.size())
        result.zeroPoints.resize(result.scales.size(), result.zeroPoints.empty() ? 0 : result.zeroPoints.front());
    if (result.scales.size() > 1) {
        result.axis = quantization->quantized_dimension();
        if (*result.axis < 0 || static_cast<size_t>(*result.axis) >= info.shape.size() ||
            info.shape[static_cast<size_t>(*result.axis)] != static_cast<int64_t>(result.scales.size()))
            refuse(what, fmt::format("has {} scales, which dimension {} of {} does not fit", result.scales.size(),
                                     *result.axis, shapeText(info.shape)));
    }
    gridOf(*info.type, result.scales, result.zeroPoints, result.axis, what); // checks the values
    return result;
}

} // namespace

std::string typeName(int8_t code) {
    return code < 0 || static_cast<size_t>(code) >= std::size(kTypes) ? fmt::format("number {}", code)
                                                                      : kTypes[code].name;
}

Tensors::Tensors(const schema::Model& model, const schema::SubGraph& network, std::span<const std::byte> file,
                 const ReadLimits& limits)
    : m_model(model), m_network(network), m_file(file), m_bytesLeft(limits.tensorBytes) {
    const auto* tensors = network.tensors();
    const size_t count = tensors ? tensors->size() : 0;
    if (static_cast<int64_t>(count) > limits.tensors)
        throw Error(ErrorCode::Limit, fmt::format("The network has {} tensors, more than the {} that are allowed.",
                                                  count, limits.tensors));
    NameIndex taken;
    taken.start();
    for (size_t i = 0; i < count; ++i) {
        const schema::Tensor* tensor = tensors->Get(static_cast<flatbuffers::uoffset_t>(i));
        TensorInfo info;
        const std::string given = tensor->name() ? tensor->name()->str() : std::string();
        info.name = taken.unique(given.empty() ? fmt::format("tensor_{}", i) : displayText(given));
        taken.add(info.name);
        const std::string what = fmt::format("The tensor \"{}\"", info.name);
        info.typeCode = tensor->type();
        if (info.typeCode >= 0 && static_cast<size_t>(info.typeCode) < std::size(kTypes))
            info.type = kTypes[info.typeCode].element;
        info.shape = shapeOf(*tensor, what);
        info.scales = scalesOf(*tensor, info, what);
        info.sparse = tensor->sparsity() != nullptr;
        info.variable = tensor->is_variable();
        info.hasData = !dataOf(*tensor, what).empty();
        m_infos.push_back(std::move(info));
    }
}

std::span<const std::byte> Tensors::dataOf(const schema::Tensor& tensor, const std::string& what) const {
    const auto* buffers = m_model.buffers();
    if (tensor.buffer() == 0)
        return {}; // the buffer that means "none"
    if (!buffers || tensor.buffer() >= buffers->size())
        refuse(what, fmt::format("refers to buffer {} of {}", tensor.buffer(), buffers ? buffers->size() : 0));
    const schema::Buffer* buffer = buffers->Get(tensor.buffer());
    if (buffer->offset() > 1) { // behind the part of the file that is organized
        if (buffer->offset() > m_file.size() || buffer->size() > m_file.size() - buffer->offset())
            refuse(what, fmt::format("lies at {} bytes with {}, beyond the end of the file", buffer->offset(),
                                     buffer->size()));
        return m_file.subspan(buffer->offset(), buffer->size());
    }
    if (!buffer->data())
        return {};
    return {reinterpret_cast<const std::byte*>(buffer->data()->data()), buffer->data()->size()};
}

std::optional<QuantParams> Tensors::grid(size_t index) const {
    const TensorInfo& info = m_infos[index];
    if (!info.scales)
        return std::nullopt;
    return gridOf(*info.type, info.scales->scales, info.scales->zeroPoints, info.scales->axis, info.name);
}

const Constant& Tensors::constant(size_t index) {
    const auto known = m_constants.find(index);
    return known != m_constants.end() ? known->second : m_constants.emplace(index, read(index)).first->second;
}

Constant Tensors::read(size_t index) {
    const TensorInfo& info = m_infos[index];
    const std::string what = fmt::format("The constant \"{}\"", info.name);
    if (!info.type)
        throw Error(
            ErrorCode::Unsupported,
            fmt::format("{} has the element type {}, which Halftone does not read.", what, typeName(info.typeCode)),
            what);
    const auto data = dataOf(*m_network.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index)), what);
    const int64_t elements = elementCount(info.shape, what);
    const int64_t wanted = checkedMul(elements, static_cast<int64_t>(sizeOf(*info.type)), what);
    if (static_cast<uint64_t>(wanted) != data.size())
        refuse(what, fmt::format("of shape {} has {} bytes and needs {}", shapeText(info.shape), data.size(), wanted));
    m_bytesLeft -= checkedMul(elements, static_cast<int64_t>(sizeof(float)), what);
    if (m_bytesLeft < 0)
        throw Error(ErrorCode::Limit, "The constants of the network need more memory than allowed.");
    Tensor tensor = Tensor::fromBytes(*info.type, info.shape, std::vector<std::byte>(data.begin(), data.end()));
    if (info.scales) {
        const Scales& scales = *info.scales;
        return {dequantized(tensor, scales.scales, scales.zeroPoints, scales.axis, what), grid(index)};
    }
    if (isFloatType(tensor.type) && tensor.type != ElementType::F32)
        tensor = castTensor(tensor, ElementType::F32);
    return {std::move(tensor), std::nullopt};
}

} // namespace halftone::tflite_format
