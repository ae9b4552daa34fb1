// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/builder.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/kernels/kernels.h"
#include "core/engine/kernels/run_time_grid.h"
#include "core/graph/element.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace halftone::engine {

namespace {

/// oneDNN 3.2's reorder forgets the zero point for some shapes when it also transposes blocks of 8 by 8 elements: from
/// u8 nhwc to f32 nchw with 64 channels of 7x7, for one. Few channels never make such blocks.
bool mayLoseZeroPoint(const Form& from, const Desc& to, const std::optional<QuantParams>& grid) {
    const auto shifted = [](const std::optional<QuantParams>& params) { return params && params->zeroPoint() != 0; };
    if (from.quant == grid || (!shifted(from.quant) && !shifted(grid)) || isBlocked(from.desc) || isBlocked(to) ||
        layoutName(from.desc) == layoutName(to))
        return false;
    const Shape dims = to.get_dims();
    return dims.size() < 3 || dims[1] >= 8 || !isRowMajor(from.desc) ||
           !sameLayout(to, channelsLast(dims, to.get_data_type()));
}

} // namespace

Desc plainDesc(const Value& value) {
    if (value.type == ElementType::F32)
        return rowMajor(value.shape, DataType::f32);
    return rowMajor({checkedMul(elementCount(value.shape), static_cast<int64_t>(sizeOf(value.type)), "tensor")},
                    DataType::u8);
}

PortInfo Builder::port(ValueId value, const Form& form) const {
    const Value& v = m_graph.value(value);
    const std::string shown = displayText(v.name);
    if (v.type != ElementType::F32 && !(v.constant && isFloatType(v.type)))
        return {shown, std::string(name(v.type)), "row-major"};
    return {shown, typeName(form.desc.get_data_type()), layoutName(form.desc, form.letters)};
}

Builder::Builder(const Graph& graph, PrecisionChoice choice, bool timesKernels, bool blocksChannels)
    : m_graph(graph), m_choice(std::move(choice)), m_timesKernels(timesKernels), m_blocksChannels(blocksChannels),
      m_producers(graph.producers()), m_consumers(graph.consumers()), m_forms(graph.values().size()),
      m_impl(std::make_unique<Plan::Impl>()) {
    m_impl->stream = dnnl::stream(cpuEngine());
}

int Builder::newBuffer(size_t bytes) {
    const int now = static_cast<int>(m_impl->infos.size());
    m_buffers.push_back({bytes, now, now});
    return static_cast<int>(m_buffers.size()) - 1;
}

void Builder::touch(const Form& form) {
    if (form.constant)
        return;
    BufferLife& life = m_buffers[static_cast<size_t>(form.buffer)];
    life.last = std::max(life.last, static_cast<int>(m_impl->infos.size()));
}

Form Builder::form(ValueId value) {
    auto& forms = m_forms[static_cast<size_t>(value)];
    if (forms.empty()) {
        const Value& v = m_graph.value(value);
        if (!v.constant)
            throw Error(ErrorCode::Internal, fmt::format("The value {} was read before it was computed.", v.name));
        std::vector<float> store;
        if (isFloatType(v.type))
            forms.push_back(constant(rowMajor(v.shape, DataType::f32), v.constant->floats(store).data()));
        else
            forms.push_back(constant(plainDesc(v), v.constant->bytes.data()));
    }
    return forms.front();
}

DataType Builder::floatType() const {
    return m_node == kNoNode ? DataType::f32 : m_choice.floats[static_cast<size_t>(m_node)];
}

DataType Builder::resultType(ValueId output) const {
    const DataType own = floatType();
    for (const NodeId consumer : m_consumers[static_cast<size_t>(output)])
        if (m_choice.floats[static_cast<size_t>(consumer)] == own)
            return own;
    return DataType::f32;
}

std::string Builder::precision() const {
    return int8(m_node) ? "int8" : precisionName(floatType());
}

Form Builder::requireFloat(ValueId value, const std::string& need) {
    Form natural = form(value);
    if (natural.desc.get_data_type() == floatType() && (isDense(natural.desc) || isBlocked(natural.desc)))
        return natural;
    return require(value, channelsLast(shape(value), floatType()), std::nullopt, need);
}

Form Builder::require(ValueId value, const Desc& desc, const std::optional<QuantParams>& quant,
                      const std::string& need) {
    form(value); // places constants
    auto& forms = m_forms[static_cast<size_t>(value)];
    for (const Form& candidate : forms)
        if (sameLayout(candidate.desc, desc) && candidate.quant == quant) {
            Form found = candidate;
            found.desc = desc;
            return found;
        }
    if (quant && quant->atRunTime)
        return quantizedAtRunTime(value, desc, *quant, need);
    const Form from = forms.front();
    const bool typeDiffers = from.desc.get_data_type() != desc.get_data_type() || from.quant != quant;
    const bool layoutDiffers = layoutName(from.desc) != layoutName(desc);
    const StepInfo::Kind kind = typeDiffers
                                    ? (layoutDiffers ? StepInfo::Kind::ConvertBoth : StepInfo::Kind::ConvertType)
                                    : StepInfo::Kind::ConvertLayout;
    const Form converted = convert(value, from, desc, quant, kind, need);
    m_forms[static_cast<size_t>(value)].push_back(converted);
    return converted;
}

Form Builder::quantizedAtRunTime(ValueId value, const Desc& desc, const QuantParams& quant, const std::string& need) {
    Form from = form(value);
    if (from.quant || from.desc.get_data_type() != DataType::f32 || !isDense(from.desc))
        from = require(value, Desc(desc.get_dims(), DataType::f32, desc.get_strides()), std::nullopt, need);
    const Desc codes(desc.get_dims(), DataType::u8, from.desc.get_strides());
    Form to{codes, newBuffer(codes.get_size()), false, 0, quant};
    to.gridBuffer = newBuffer(sizeof(RunTimeGrid));
    const Form grid{rowMajor({static_cast<int64_t>(sizeof(RunTimeGrid))}, DataType::u8), to.gridBuffer};
    StepInfo info;
    info.kind = StepInfo::Kind::ConvertType;
    info.op = "DynamicQuantize";
    info.name = fmt::format("{} to {}", displayText(m_graph.value(value).name), typeName(DataType::u8));
    info.kernel = "halftone:dynamic-quantize";
    info.inputs = {port(value, from)};
    info.outputs = {port(value, to)};
    info.bytes = static_cast<int64_t>(2 * from.desc.get_size() + codes.get_size()); // read for the range and the codes
    info.why = need + " Its range is found at every inference.";
    info.producer = producerName(value);
    info.consumer = m_node == kNoNode ? "" : m_graph.node(m_node).name;
    const int64_t count = elementCount(m_graph.value(value).shape);
    addKernel(
        std::move(info), {from, to, grid},
        [count](const std::vector<std::byte*>& at) {
            return [count, src = reinterpret_cast<const float*>(at[0]), dst = reinterpret_cast<uint8_t*>(at[1]),
                    found = reinterpret_cast<RunTimeGrid*>(at[2])] { quantizeAtRunTime(count, src, dst, *found); };
        },
        kNoValue, to);
    if (!sameLayout(codes, desc)) {
        const int found = to.gridBuffer;
        to = convert(value, to, desc, quant, StepInfo::Kind::ConvertLayout, need);
        to.gridBuffer = found;
    }
    m_forms[static_cast<size_t>(value)].push_back(to);
    return to;
}

Form Builder::convert(ValueId value, const Form& from, const Desc& desc, const std::optional<QuantParams>& quant,
                      StepInfo::Kind kind, const std::string& why) {
    if (mayLoseZeroPoint(from, desc, quant)) {
        // The layout is changed on codes: they are smaller.
        const auto dims = desc.get_dims();
        if (from.quant || !isDense(from.desc)) {
            const Desc moved(dims, from.desc.get_data_type(), desc.get_strides());
            return convert(value, convert(value, from, moved, from.quant, StepInfo::Kind::ConvertLayout, why), desc,
                           quant, StepInfo::Kind::ConvertType, why);
        }
        const Desc coded(dims, desc.get_data_type(), from.desc.get_strides());
        return convert(value, convert(value, from, coded, quant, StepInfo::Kind::ConvertType, why), desc, quant,
                       StepInfo::Kind::ConvertLayout, why);
    }
    Form to{desc, newBuffer(desc.get_size()), false, 0, quant, from.letters};
    dnnl::primitive_attr attr = userScratchpad();
    std::vector<Arg> args{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    const auto addGrid = [&](int arg, const std::optional<QuantParams>& grid) {
        if (!grid)
            return;
        attr.set_scales_mask(arg, 0);
        args.push_back({DNNL_ARG_ATTR_SCALES | arg, scalarFloat(grid->scale())});
        if (grid->zeroPoint() != 0) {
            attr.set_zero_points_mask(arg, 0);
            args.push_back({DNNL_ARG_ATTR_ZERO_POINTS | arg, scalarInt(grid->zeroPoint())});
        }
    };
    if (from.quant != quant) {
        addGrid(DNNL_ARG_FROM, from.quant);
        addGrid(DNNL_ARG_TO, quant);
    }
    const dnnl::reorder::primitive_desc pd(cpuEngine(), from.desc, cpuEngine(), desc, attr);
    StepInfo info;
    const std::string name = displayText(m_graph.value(value).name);
    info.kind = kind;
    info.op = "Reorder";
    info.name = fmt::format("{} to {} {}", name, typeName(desc.get_data_type()), layoutName(desc, to.letters));
    info.kernel = pd.impl_info_str();
    info.inputs = {port(value, from)};
    info.outputs = {port(value, to)};
    info.bytes = static_cast<int64_t>(from.desc.get_size() + desc.get_size());
    info.why = why;
    info.producer = producerName(value);
    info.consumer = m_node == kNoNode ? "" : m_graph.node(m_node).name;
    addPrimitive(std::move(info), dnnl::reorder(pd), pd.scratchpad_desc(), args, kNoValue);
    return to;
}

Form Builder::reordered(ValueId value, const Form& form, const Desc& desc, const std::string& why) {
    if (sameLayout(form.desc, desc))
        return form;
    return convert(value, form, desc, form.quant, StepInfo::Kind::ConvertLayout, why);
}

void Builder::roundToGrid(ValueId value) {
    const QuantParams& grid = *m_graph.value(value).quant;
    Form src = requireFloat(value, "It is rounded to its grid.");
    if ((grid.axis || grid.atRunTime) && (isBlocked(src.desc) || !isDense(src.desc)))
        src = require(value, rowMajor(shape(value), DataType::f32), std::nullopt,
                      grid.axis ? "It is rounded to a grid for each channel." : "Its range is found in one pass.");
    const Form dst = define(value, src.desc, std::nullopt);
    const std::string name = displayText(m_graph.value(value).name);
    StepInfo info;
    info.name = fmt::format("{} to its grid", name);
    info.op = "FakeQuantize";
    info.kernel = "halftone:fake-quantize";
    info.precision = "fp32";
    info.inputs = {port(value, src)};
    info.outputs = {port(value, dst)};
    info.bytes = static_cast<int64_t>(src.desc.get_size() + dst.desc.get_size());
    const auto count = static_cast<int64_t>(src.desc.get_size() / sizeof(float));
    if (grid.atRunTime) {
        const int64_t elements = elementCount(shape(value));
        addKernel(
            std::move(info), {src, dst},
            [elements](const std::vector<std::byte*>& pointers) {
                return [elements, from = reinterpret_cast<const float*>(pointers[0]),
                        to = reinterpret_cast<float*>(pointers[1])] { roundAtRunTime(elements, from, to); };
            },
            value, dst);
        return;
    }
    const int64_t run = grid.axis ? src.desc.get_strides()[static_cast<size_t>(*grid.axis)] : count;
    addKernel(
        std::move(info), {src, dst},
        [grid, run, count](const std::vector<std::byte*>& pointers) {
            return [grid, run, count, from = reinterpret_cast<const float*>(pointers[0]),
                    to = reinterpret_cast<float*>(pointers[1])] { fakeQuantize(grid, run, count, from, to); };
        },
        value, dst);
}

std::string Builder::producerName(ValueId value) const {
    const NodeId producer = m_producers[static_cast<size_t>(value)];
    return producer == kNoNode ? "" : m_graph.node(producer).name;
}

std::string Builder::readerName(ValueId value) const {
    const std::vector<NodeId>& readers = m_consumers[static_cast<size_t>(value)];
    return readers.empty() ? "" : m_graph.node(readers.front()).name;
}

Form Builder::define(ValueId value, const Desc& desc, const std::optional<QuantParams>& quant) {
    const Form form{desc, newBuffer(desc.get_size()), false, 0, quant};
    m_forms[static_cast<size_t>(value)] = {form};
    return form;
}

Form Builder::temporary(const Desc& desc) {
    return {desc, newBuffer(desc.get_size()), false, 0, std::nullopt};
}

void Builder::alias(ValueId value, Form form) {
    m_forms[static_cast<size_t>(value)] = {std::move(form)};
}

bool Builder::isDeadAfter(const Form& form) const {
    if (form.constant)
        return false;
    for (const Form& input : m_inputForms)
        if (input.buffer == form.buffer)
            return false;
    for (size_t value = 0; value < m_forms.size(); ++value) {
        const auto& forms = m_forms[value];
        if (forms.empty() || forms.front().constant || forms.front().buffer != form.buffer)
            continue;
        if (m_graph.isOutput(static_cast<ValueId>(value)))
            return false;
        for (const NodeId consumer : m_consumers[value])
            if (consumer > m_node)
                return false;
    }
    return true;
}

void Builder::overwritten(int buffer, ValueId newOwner) {
    for (size_t value = 0; value < m_forms.size(); ++value)
        if (static_cast<ValueId>(value) != newOwner)
            std::erase_if(m_forms[value], [&](const Form& f) { return !f.constant && f.buffer == buffer; });
}

Form Builder::copy(const Form& form, ValueId value, const std::string& why) {
    return convert(value, form, form.desc, form.quant, StepInfo::Kind::Copy, why);
}

} // namespace halftone::engine
