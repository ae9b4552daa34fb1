// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/engine/lower/builder.h"

#include <algorithm>
#include <cstring>

namespace halftone::engine {

Form Builder::constant(const Desc& desc, const void* data) {
    m_impl->persistent.emplace_back(desc.get_size());
    if (desc.get_size() > 0)
        std::memcpy(m_impl->persistent.back().data(), data, desc.get_size());
    m_impl->memory.weightsBytes += static_cast<int64_t>(desc.get_size());
    return {desc, static_cast<int>(m_impl->persistent.size()) - 1, true, 0, std::nullopt};
}

Form Builder::packedConstant(const Desc& plain, const void* data, const Desc& packed) {
    m_impl->persistent.push_back(AlignedBytes::uninitialized(packed.get_size())); // the reorder writes all of it
    m_impl->memory.weightsBytes += static_cast<int64_t>(packed.get_size());
    dnnl::memory from(plain, cpuEngine(), const_cast<void*>(data));
    dnnl::memory to(packed, cpuEngine(), m_impl->persistent.back().data());
    dnnl::reorder(from, to).execute(m_impl->stream, from, to);
    m_impl->stream.wait();
    return {packed, static_cast<int>(m_impl->persistent.size()) - 1, true, 0, std::nullopt};
}

std::span<std::byte> Builder::codeSpace(size_t wanted) {
    size_t bytes = wanted;
    if (m_codes.empty()) // at once for the largest layer: growing would leave holes too
        for (const Value& value : m_graph.values())
            if (value.constant && value.quant)
                bytes = std::max(bytes, static_cast<size_t>(value.constant->elements()));
    if (m_codes.size() < bytes)
        m_codes = std::vector<std::byte>(bytes);
    return std::span(m_codes).first(wanted);
}

Form Builder::scalarFloat(float value) {
    return constant(rowMajor({1}, DataType::f32), &value);
}
Form Builder::scalarInt(int32_t value) {
    return constant(rowMajor({1}, DataType::s32), &value);
}

Form Builder::packedWeights(ValueId weights, const Desc& plain, const void* data, const Desc& packed,
                            std::string_view letters, const std::string& why) {
    Form form = packedConstant(plain, data, packed);
    form.letters = letters;
    const ElementType fileType = m_graph.value(weights).constant->type;
    OneTimeConversion once;
    const bool typeDiffers = name(fileType) != typeName(packed.get_data_type());
    const bool layoutDiffers = !sameLayout(plain, packed);
    if (!typeDiffers && !layoutDiffers)
        return form;
    once.kind = typeDiffers ? (layoutDiffers ? StepInfo::Kind::ConvertBoth : StepInfo::Kind::ConvertType)
                            : StepInfo::Kind::ConvertLayout;
    once.value = displayText(m_graph.value(weights).name);
    once.consumer = node().name;
    once.fromType = std::string(name(fileType));
    once.toType = typeName(packed.get_data_type());
    once.fromLayout = layoutName(plain, letters);
    once.toLayout = layoutName(packed, letters);
    once.bytes = static_cast<int64_t>(m_graph.value(weights).constant->bytes.size() + packed.get_size());
    once.why = why;
    m_impl->oneTime.push_back(std::move(once));
    return form;
}

} // namespace halftone::engine
