#include "core/engine/builder.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/kernels.h"
#include "core/graph/element.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace halftone::engine {

namespace {

constexpr int kEnd = std::numeric_limits<int>::max();

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

/// The elements of an fp32 memory without gaps.
std::optional<Activation> ungapped(const dnnl::memory& memory) {
    const Desc desc = memory.get_desc();
    const int64_t block = desc.get_data_type() == DataType::f32 ? channelBlock(desc) : 0;
    if (block == 0)
        return std::nullopt;
    return Activation{{static_cast<const float*>(memory.get_data_handle()), desc.get_size() / sizeof(float)}, block};
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
      m_producers(graph.producers()), m_consumers(graph.consumers()), m_forms(graph.values().size()), m_impl(std::make_unique<Plan::Impl>()) {
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

std::string Builder::precision() const { return int8(m_node) ? "int8" : precisionName(floatType()); }

Form Builder::requireFloat(ValueId value, const std::string& need) {
    const Form natural = form(value);
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
    const Form from = forms.front();
    const bool typeDiffers = from.desc.get_data_type() != desc.get_data_type() || from.quant != quant;
    const bool layoutDiffers = layoutName(from.desc) != layoutName(desc);
    const StepKind kind = typeDiffers ? (layoutDiffers ? StepKind::ConvertBoth : StepKind::ConvertType)
                                      : StepKind::ConvertLayout;
    const Form converted = convert(value, from, desc, quant, kind, need);
    m_forms[static_cast<size_t>(value)].push_back(converted);
    return converted;
}

Form Builder::convert(ValueId value, const Form& from, const Desc& desc, const std::optional<QuantParams>& quant,
                      StepKind kind, const std::string& why) {
    if (mayLoseZeroPoint(from, desc, quant)) {
        // The layout is changed on codes: they are smaller.
        const auto dims = desc.get_dims();
        if (from.quant || !isDense(from.desc)) {
            const Desc moved(dims, from.desc.get_data_type(), desc.get_strides());
            return convert(value, convert(value, from, moved, from.quant, StepKind::ConvertLayout, why), desc, quant,
                           StepKind::ConvertType, why);
        }
        const Desc coded(dims, desc.get_data_type(), from.desc.get_strides());
        return convert(value, convert(value, from, coded, quant, StepKind::ConvertType, why), desc, quant,
                       StepKind::ConvertLayout, why);
    }
    Form to{desc, newBuffer(desc.get_size()), false, 0, quant, from.letters};
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
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
    return convert(value, form, desc, form.quant, StepKind::ConvertLayout, why);
}

void Builder::roundToGrid(ValueId value) {
    const QuantParams& grid = *m_graph.value(value).quant;
    Form src = requireFloat(value, "It is rounded to its grid.");
    if (grid.axis && (isBlocked(src.desc) || !isDense(src.desc)))
        src = require(value, rowMajor(shape(value), DataType::f32), std::nullopt,
                      "It is rounded to a grid for each channel.");
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

Form Builder::define(ValueId value, const Desc& desc, const std::optional<QuantParams>& quant) {
    const Form form{desc, newBuffer(desc.get_size()), false, 0, quant};
    m_forms[static_cast<size_t>(value)] = {form};
    return form;
}

Form Builder::temporary(const Desc& desc) { return {desc, newBuffer(desc.get_size()), false, 0, std::nullopt}; }

void Builder::alias(ValueId value, Form form) { m_forms[static_cast<size_t>(value)] = {std::move(form)}; }

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
    return convert(value, form, form.desc, form.quant, StepKind::Copy, why);
}

Form Builder::constant(const Desc& desc, const void* data) {
    m_impl->persistent.emplace_back(desc.get_size());
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

Form Builder::scalarFloat(float value) { return constant(rowMajor({1}, DataType::f32), &value); }
Form Builder::scalarInt(int32_t value) { return constant(rowMajor({1}, DataType::s32), &value); }

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
    once.kind = typeDiffers ? (layoutDiffers ? StepKind::ConvertBoth : StepKind::ConvertType)
                            : StepKind::ConvertLayout;
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

StepInfo Builder::describe(const std::string& kernel, const std::string& precision,
                           const std::vector<ValueId>& sources, const std::vector<Form>& sourceForms,
                           const Form& result) const {
    const Node& current = node();
    StepInfo info;
    info.name = current.name;
    info.op = opName(current.op);
    const auto addPostOps = [&](const PostOps& postOps) {
        for (const PostOp& postOp : postOps)
            info.op += std::holds_alternative<AddInput>(postOp) ? "+Add" : "+" + opName(Op(std::get<Unary>(postOp)));
    };
    std::visit(
        [&](const auto& op) {
            if constexpr (requires { op.postOps; })
                addPostOps(op.postOps);
        },
        current.op);
    info.kernel = kernel;
    info.precision = precision;
    info.origins = current.origins;
    for (size_t i = 0; i < sources.size(); ++i) {
        info.inputs.push_back(port(sources[i], sourceForms[i]));
        info.bytes += static_cast<int64_t>(sourceForms[i].desc.get_size());
        if (sourceForms[i].constant)
            info.weightsBytes += static_cast<int64_t>(sourceForms[i].desc.get_size());
    }
    info.outputs = {port(current.outputs.front(), result)};
    info.bytes += static_cast<int64_t>(result.desc.get_size());
    info.macs = macs(m_graph, current);
    info.paddingMacs = info.macs - macsInside(m_graph, current);
    if (precision == "fp32")
        info.why = m_choice.reasons[static_cast<size_t>(m_node)];
    return info;
}

size_t Builder::addMemory(const Form& form) {
    m_impl->memories.push_back(dnnl::memory(form.desc, cpuEngine(), DNNL_MEMORY_NONE));
    m_pendingArgs.push_back({m_impl->memories.size() - 1, form});
    return m_impl->memories.size() - 1;
}

void Builder::addPrimitive(StepInfo info, const dnnl::primitive& primitive, const Desc& scratchpad,
                           const std::vector<Arg>& args, ValueId observed) {
    Action action;
    action.observed = observed;
    std::vector<dnnl_exec_arg_t> execArgs;
    PendingStep pending;
    for (const Arg& arg : args) {
        touch(arg.form);
        const size_t memory = addMemory(arg.form);
        execArgs.push_back({arg.id, m_impl->memories[memory].get()});
        if (arg.id == DNNL_ARG_DST)
            pending.resultMemory = memory;
    }
    if (scratchpad.get_size() > 0) {
        m_scratchpadBytes = std::max(m_scratchpadBytes, scratchpad.get_size());
        const size_t memory = addMemory({scratchpad, -1, false, 0, std::nullopt});
        execArgs.push_back({DNNL_ARG_SCRATCHPAD, m_impl->memories[memory].get()});
    }
    m_impl->primitives.push_back(primitive);
    // The C call takes the arguments as they are; the C++ wrapper would allocate on every execution.
    action.execute = [handle = primitive.get(), stream = m_impl->stream.get(), execArgs] {
        const dnnl_status_t status =
            dnnl_primitive_execute(handle, stream, static_cast<int>(execArgs.size()), execArgs.data());
        if (status != dnnl_success)
            throw Error(ErrorCode::Internal, fmt::format("A oneDNN kernel failed with status {}.", int(status)));
    };
    m_impl->actions.push_back(std::move(action));
    m_impl->infos.push_back(std::move(info));
    m_pending.push_back(std::move(pending));
}

void Builder::addKernel(StepInfo info, const std::vector<Form>& forms, Bind bind, ValueId observed,
                        const Form& result) {
    for (const Form& form : forms)
        touch(form);
    PendingStep pending{forms, std::move(bind), addMemory(result)};
    Action action;
    action.observed = observed;
    m_impl->actions.push_back(std::move(action));
    m_impl->infos.push_back(std::move(info));
    m_pending.push_back(std::move(pending));
}

void Builder::captureResults() {
    for (const ValueId value : node().outputs) {
        if (m_graph.value(value).type != ElementType::F32)
            continue;
        const Form result = form(value);
        m_impl->captures.push_back({value, m_impl->actions.size(), {}, result.quant});
        m_captureMemories.push_back(addMemory(result));
    }
}

void Builder::addInputs() {
    for (const ValueId input : m_graph.inputs) {
        const Value& value = m_graph.value(input);
        const Form form = define(input, plainDesc(value), std::nullopt);
        m_buffers[static_cast<size_t>(form.buffer)].first = -1;
        m_buffers[static_cast<size_t>(form.buffer)].last = kEnd;
        m_inputForms.push_back(form);
        m_impl->inputs.push_back({value.type, value.shape, nullptr, form.desc.get_size(), input});
    }
}

void Builder::addOutputs() {
    m_node = kNoNode;
    for (const ValueId output : m_graph.outputs) {
        const Value& value = m_graph.value(output);
        const Form form = value.constant ? constant(plainDesc(value), value.constant->bytes.data())
                                         : require(output, plainDesc(value), std::nullopt,
                                                   "The network's output is given in the order of the file.");
        if (!form.constant)
            m_buffers[static_cast<size_t>(form.buffer)].last = kEnd;
        m_outputForms.push_back(form);
        m_impl->outputs.push_back({value.type, value.shape, nullptr, form.desc.get_size(), output});
    }
}

std::byte* Builder::address(const Form& form, const MemoryPlan& memory) const {
    if (form.constant)
        return m_impl->persistent[static_cast<size_t>(form.buffer)].data() + form.offsetBytes;
    if (form.buffer < 0)
        return m_impl->scratchpad.data();
    return m_impl->arena.data() + memory.offsets[static_cast<size_t>(form.buffer)] + form.offsetBytes;
}

std::unique_ptr<Plan::Impl> Builder::finish() {
    const MemoryPlan memory = planMemory(m_buffers);
    m_impl->arena = AlignedBytes(memory.arenaBytes);
    m_impl->scratchpad = AlignedBytes(m_scratchpadBytes);
    m_impl->memory.arenaBytes = static_cast<int64_t>(memory.arenaBytes);
    m_impl->memory.scratchpadBytes = static_cast<int64_t>(m_scratchpadBytes);
    for (const PendingArg& arg : m_pendingArgs)
        m_impl->memories[arg.memory].set_data_handle(address(arg.form, memory));
    for (size_t i = 0; i < m_pending.size(); ++i) {
        if (m_pending[i].bind) {
            std::vector<std::byte*> pointers;
            for (const Form& form : m_pending[i].forms)
                pointers.push_back(address(form, memory));
            m_impl->actions[i].execute = m_pending[i].bind(pointers);
        }
        if (m_pending[i].resultMemory != SIZE_MAX) {
            m_impl->actions[i].result = m_impl->memories[m_pending[i].resultMemory];
            m_impl->actions[i].inPlace = ungapped(m_impl->actions[i].result);
        }
    }
    for (size_t i = 0; i < m_captureMemories.size(); ++i)
        m_impl->captures[i].memory = m_impl->memories[m_captureMemories[i]];
    for (size_t i = 0; i < m_inputForms.size(); ++i)
        m_impl->inputs[i].data = address(m_inputForms[i], memory);
    for (size_t i = 0; i < m_outputForms.size(); ++i)
        m_impl->outputs[i].data = address(m_outputForms[i], memory);
    return std::move(m_impl);
}

} // namespace halftone::engine
