// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/engine/kernels/kernels.h"
#include "core/engine/lower/builder.h"
#include "core/graph/infer.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace halftone::engine {

namespace {

constexpr int kEnd = std::numeric_limits<int>::max();

/// The elements of an fp32 memory without gaps.
std::optional<Activation> ungapped(const dnnl::memory& memory) {
    const Desc desc = memory.get_desc();
    const int64_t block = desc.get_data_type() == DataType::f32 ? channelBlock(desc) : 0;
    if (block == 0)
        return std::nullopt;
    return Activation{{static_cast<const float*>(memory.get_data_handle()), desc.get_size() / sizeof(float)}, block};
}

} // namespace

StepInfo Builder::describe(const std::string& kernel, const std::string& precision, const std::vector<ValueId>& sources,
                           const std::vector<Form>& sourceForms, const std::vector<Form>& results) const {
    const Node& current = node();
    StepInfo info;
    info.name = current.name;
    info.op = opName(current.op);
    if (const PostOps* postOps = postOpsOf(current.op))
        for (const PostOp& postOp : *postOps)
            info.op += std::holds_alternative<AddInput>(postOp)     ? "+Add"
                       : std::holds_alternative<PReluInput>(postOp) ? "+PRelu"
                       : std::holds_alternative<MulInput>(postOp)   ? "+Mul"
                                                                    : "+" + opName(Op(std::get<Unary>(postOp)));
    info.kernel = kernel;
    info.precision = precision;
    info.origins = current.origins;
    for (size_t i = 0; i < sources.size(); ++i) {
        info.inputs.push_back(port(sources[i], sourceForms[i]));
        info.bytes += static_cast<int64_t>(sourceForms[i].desc.get_size());
        if (sourceForms[i].constant)
            info.weightsBytes += static_cast<int64_t>(sourceForms[i].desc.get_size());
    }
    for (size_t i = 0; i < results.size(); ++i) {
        info.outputs.push_back(port(current.outputs.at(i), results[i]));
        info.bytes += static_cast<int64_t>(results[i].desc.get_size());
    }
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
    std::vector<dnnl_exec_arg_t> execArgs;
    PendingStep pending;
    for (const Arg& arg : args) {
        touch(arg.form);
        const size_t memory = addMemory(arg.form);
        execArgs.push_back({arg.id, m_impl->memories[memory].get()});
        if (arg.id == DNNL_ARG_DST && observed != kNoValue) {
            action.results.push_back({observed, {}, {}});
            pending.resultMemories.push_back(memory);
        }
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

void Builder::addKernel(StepInfo info, const std::vector<Form>& forms, Bind bind,
                        const std::vector<std::pair<ValueId, Form>>& results) {
    for (const Form& form : forms)
        touch(form);
    PendingStep pending{forms, std::move(bind), {}};
    Action action;
    for (const auto& [value, form] : results)
        if (value != kNoValue) {
            action.results.push_back({value, {}, {}});
            pending.resultMemories.push_back(addMemory(form));
        }
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
        for (size_t j = 0; j < m_pending[i].resultMemories.size(); ++j) {
            Computed& result = m_impl->actions[i].results[j];
            result.memory = m_impl->memories[m_pending[i].resultMemories[j]];
            result.inPlace = ungapped(result.memory);
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
