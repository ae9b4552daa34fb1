// SPDX-License-Identifier: GPL-3.0-or-later
// Collects the steps of a plan while nodes are lowered, converts values where two steps disagree on their form, and
// lays out the memory in the end.
#pragma once

#include "core/engine/plan/memory_plan.h"
#include "core/engine/plan/plan_impl.h"
#include "core/engine/plan/precision_choice.h"
#include "core/graph/graph.h"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halftone::engine {

/// One physical copy of a value: where it lies and how. Codes carry the grid they lie on.
struct Form {
    Desc desc;
    int buffer = -1; // arena buffer, or constant when `constant` is set
    bool constant = false;
    size_t offsetBytes = 0; // of a view into the buffer
    std::optional<QuantParams> quant;
    std::string_view letters = {}; // of the dimensions, where they are not those of an activation
    int gridBuffer = -1;           // arena buffer that holds the RunTimeGrid of codes on a grid at run time
};

/// Row-major, as the file has it: of fp32 values, or, for any other type, the bytes of all elements, which no oneDNN
/// kernel reads.
Desc plainDesc(const Value& value);

struct Arg {
    int id = 0; // DNNL_ARG_*
    Form form;
};

class Builder {
public:
    Builder(const Graph& graph, PrecisionChoice choice, bool timesKernels, bool blocksChannels);

    /// Where several kernels can do a step they are run against each other.
    bool timesKernels() const { return m_timesKernels; }

    /// Float convolutions keep blocks of channels, see prefersBlocks() in conv_desc.h.
    bool blocksChannels() const { return m_blocksChannels; }

    const Graph& graph() const { return m_graph; }
    bool int8(NodeId node) const { return m_choice.computes[static_cast<size_t>(node)]; }
    bool storedAsCodes(ValueId value) const { return m_choice.stored[static_cast<size_t>(value)]; }
    /// It is rounded to its grid in fp32.
    bool rounded(ValueId value) const { return m_choice.rounded[static_cast<size_t>(value)]; }
    const Shape& shape(ValueId value) const { return m_graph.value(value).shape; }

    /// The node that is being lowered. Set before each lowering; conversions name it.
    void beginNode(NodeId node) { m_node = node; }
    NodeId currentNode() const { return m_node; }
    const Node& node() const { return m_graph.node(m_node); }
    /// What the current node reads and writes where that is no code: f32, or the type of a bf16 or fp16 plan.
    DataType floatType() const;
    /// What a layer that can convert its result writes: its own float type where a reader computes in it, else f32.
    DataType resultType(ValueId output) const;
    /// Of the current node's arithmetic, in the report's words: "fp32", "int8", "bf16", "fp16".
    std::string precision() const;

    /// The form that the producer wrote. Constants are placed on first use as plainDesc() says; those
    /// of all float types as fp32.
    Form form(ValueId value);
    /// The value in exactly this layout, type and grid; adds a conversion step when it does not exist so. `need` says
    /// what wants it, for the conversion's reason: "the kernel brgconv:avx2 of conv1 reads nhwc".
    Form require(ValueId value, const Desc& desc, const std::optional<QuantParams>& quant, const std::string& need);
    /// The current node's float type in the layout that it has; codes and strided views become channels-last.
    Form requireFloat(ValueId value, const std::string& need);

    /// From here on readers of this value, which may be a constant, get it rounded to its grid: at every inference a
    /// step of its own reads fp32 and writes fp32, as the FakeQuantize operators of training tools do.
    void roundToGrid(ValueId value);

    /// A new buffer for the node's output.
    Form define(ValueId value, const Desc& desc, const std::optional<QuantParams>& quant);
    /// The output shares the memory of `form`.
    void alias(ValueId value, Form form);
    /// Nobody needs the memory of `form` after the current node. Converted copies of a value never count as needed: a
    /// later reader can convert it again.
    bool isDeadAfter(const Form& form) const;
    /// A copy of `form` in a buffer of its own.
    Form copy(const Form& form, ValueId value, const std::string& why);
    /// Forgets forms that lie in this buffer: they were overwritten.
    void overwritten(int buffer, ValueId newOwner);
    Form temporary(const Desc& desc);

    /// Constant memory for weights, biases and scales, filled now.
    Form constant(const Desc& desc, const void* data);
    /// The same in the layout that a primitive chose.
    Form packedConstant(const Desc& plain, const void* data, const Desc& packed);
    Form scalarFloat(float value);
    Form scalarInt(int32_t value);
    /// Packs plain weights into the layout that a primitive chose, and notes the one-time conversion.
    Form packedWeights(ValueId weights, const Desc& plain, const void* data, const Desc& packed,
                       std::string_view letters, const std::string& why);

    /// Memory for the codes of weights until they are packed, the same for all layers: blocks of many sizes that come
    /// and go would leave holes beside the packed weights, which count in the memory that a plan needs.
    std::span<std::byte> codeSpace(size_t bytes);

    /// `form` of this value in another layout, converted at every inference.
    Form reordered(ValueId value, const Form& form, const Desc& desc, const std::string& why);

    /// Describes a compute step of the current node. `precision` is that of its arithmetic.
    StepInfo describe(const std::string& kernel, const std::string& precision, const std::vector<ValueId>& sources,
                      const std::vector<Form>& sourceForms, const Form& result) const {
        return describe(kernel, precision, sources, sourceForms, std::vector{result});
    }
    /// `results` as the node's outputs.
    StepInfo describe(const std::string& kernel, const std::string& precision, const std::vector<ValueId>& sources,
                      const std::vector<Form>& sourceForms, const std::vector<Form>& results) const;

    void addPrimitive(StepInfo info, const dnnl::primitive& primitive, const Desc& scratchpad,
                      const std::vector<Arg>& args, ValueId observed);
    /// A kernel of our own. `bind` gets the address of each form and returns what to execute.
    using Bind = std::function<std::function<void()>(const std::vector<std::byte*>& pointers)>;
    void addKernel(StepInfo info, const std::vector<Form>& forms, Bind bind, ValueId observed, const Form& result) {
        addKernel(std::move(info), forms, std::move(bind), std::vector{std::pair(observed, result)});
    }
    /// With the results to be observed, each where it lies; kNoValue for one that is not.
    void addKernel(StepInfo info, const std::vector<Form>& forms, Bind bind,
                   const std::vector<std::pair<ValueId, Form>>& results);

    /// Notes where the current node's results lie now, for Plan::runCaptured.
    void captureResults();

    /// The node that makes a value, and the first that reads it; "" where there is none.
    std::string producerName(ValueId value) const;
    std::string readerName(ValueId value) const;

    /// Network inputs come first; outputs are brought into row-major buffers that live to the end.
    void addInputs();
    void addOutputs();
    std::unique_ptr<Plan::Impl> finish();

private:
    struct PendingArg {
        size_t memory; // index into Impl::memories
        Form form;
    };
    struct PendingStep {
        std::vector<Form> forms;
        Bind bind;                          // null for primitives
        std::vector<size_t> resultMemories; // of Action::results
    };

    PortInfo port(ValueId value, const Form& form) const;
    int newBuffer(size_t bytes);
    void touch(const Form& form);
    size_t addMemory(const Form& form);
    std::byte* address(const Form& form, const MemoryPlan& memory) const;
    Form convert(ValueId value, const Form& from, const Desc& desc, const std::optional<QuantParams>& quant,
                 StepInfo::Kind kind, const std::string& why);
    Form quantizedAtRunTime(ValueId value, const Desc& desc, const QuantParams& quant, const std::string& need);

    const Graph& m_graph;
    PrecisionChoice m_choice;
    bool m_timesKernels, m_blocksChannels;
    NodeId m_node = kNoNode;
    std::vector<NodeId> m_producers;
    std::vector<std::vector<NodeId>> m_consumers;
    std::vector<std::vector<Form>> m_forms; // by ValueId; the first is the producer's
    std::vector<BufferLife> m_buffers;
    std::unique_ptr<Plan::Impl> m_impl;
    std::vector<PendingStep> m_pending;
    std::vector<PendingArg> m_pendingArgs;
    std::vector<size_t> m_captureMemories; // of Impl::captures
    std::vector<Form> m_inputForms, m_outputForms;
    size_t m_scratchpadBytes = 0;
    std::vector<std::byte> m_codes;
};

} // namespace halftone::engine
