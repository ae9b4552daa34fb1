// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/limits.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace halftone::engine {

namespace {

/// Of a sample. Kernels keep sizes and places of windows in 32 bits, round them up to blocks, and divide by what is
/// left of them: describing a convolution that is larger kills the process by SIGFPE, SIGABRT or SIGSEGV from 2^31 on.
constexpr int64_t kMostElements = int64_t{1} << 30;

double gigabytes(int64_t bytes) {
    return static_cast<double>(bytes) / 1e9;
}

/// "the layer conv1 (Conv)" or "the network's input".
std::string makerOf(const Graph& graph, NodeId producer) {
    return producer == kNoNode ? "the network's input"
                               : fmt::format("the layer {} ({})", displayText(graph.node(producer).name),
                                             opName(graph.node(producer).op));
}

void refuseLargerThanMemory(const Graph& graph, int64_t elementBytes) {
    const int64_t memory = physicalMemory();
    const std::vector<NodeId> producers = graph.producers();
    for (size_t id = 0; id < producers.size(); ++id) {
        const Value& value = graph.values()[id];
        if (value.constant)
            continue; // it is here already
        const int64_t each = value.type == ElementType::F32 ? elementBytes : static_cast<int64_t>(sizeOf(value.type));
        const int64_t bytes = checkedMul(elementCount(value.shape), each, "The size of a tensor");
        if (bytes <= memory)
            continue;
        const std::string where = displayText(producers[id] == kNoNode ? value.name : graph.node(producers[id]).name);
        throw Error(ErrorCode::Limit,
                    fmt::format("The tensor {} ({}) of {} needs {:.0f} GB of memory, and this machine has {:.0f} GB. "
                                "Use a smaller batch or smaller inputs.",
                                displayText(value.name), shapeText(value.shape), makerOf(graph, producers[id]),
                                gigabytes(bytes), gigabytes(memory)),
                    where);
    }
}

/// What a window covers along one dimension of its input and of its result.
struct Reach {
    int64_t in = 0, out = 0, kernel = 1, stride = 1, dilation = 1, padBegin = 0, padEnd = 0;

    int64_t padded() const {
        return checkedAdd(checkedAdd(std::max(in, out), padBegin, "a tensor"), padEnd, "a tensor");
    }
    int64_t longest() const {
        const int64_t window = checkedAdd(checkedMul(kernel - 1, dilation, "a kernel"), 1, "a kernel");
        return std::max({window, padded(), stride});
    }
};

void refuseManyElements(const Graph& graph, const Node& node, const std::vector<Reach>& reaches) {
    if (reaches.empty())
        return;
    const std::string shown = displayText(node.name);
    int64_t all = std::max(graph.value(node.inputs.front()).shape[1], graph.value(node.output()).shape[1]);
    for (const Reach& reach : reaches) {
        const int64_t longest = reach.longest();
        if (longest <= kMostElements && all <= kMostElements)
            all *= reach.padded();
        all = std::max(all, longest);
    }
    if (all > kMostElements)
        throw Error(ErrorCode::Unsupported,
                    fmt::format("The layer {} ({}) cannot be run: its window moves over {} elements of a sample, "
                                "padding included, and the kernels count at most {}. Use smaller inputs.",
                                shown, opName(node.op), all, kMostElements),
                    shown);
}

struct Windows {
    const Graph& graph;
    const Node& node;

    template <class Op> std::vector<Reach> reaches(const Op& op, std::span<const int64_t> kernel) const {
        const Shape &in = graph.value(node.inputs.front()).shape, &out = graph.value(node.output()).shape;
        std::vector<Reach> reaches;
        for (size_t i = 0; i < op.strides.size(); ++i)
            reaches.push_back({in[i + 2], out[i + 2], kernel[i], op.strides[i], op.dilations[i], op.pads[i],
                               op.pads[i + op.strides.size()]});
        return reaches;
    }
    std::vector<Reach> operator()(const Conv& op) const {
        return reaches(op, std::span(graph.value(node.inputs[1]).shape).subspan(2));
    }
    std::vector<Reach> operator()(const ConvTranspose& op) const {
        return reaches(op, std::span(graph.value(node.inputs[1]).shape).subspan(2));
    }
    std::vector<Reach> operator()(const Pool& op) const {
        const Shape& in = graph.value(node.inputs.front()).shape;
        std::vector<Reach> whole;
        if (!op.global)
            return reaches(op, op.kernel);
        for (size_t i = 2; i < in.size(); ++i)
            whole.push_back({in[i]});
        return whole;
    }
    std::vector<Reach> operator()(const auto&) const { return {}; }
};

} // namespace

int64_t physicalMemory() {
    return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<int64_t>(sysconf(_SC_PAGESIZE));
}

void refuseExtremes(const Graph& graph, int64_t elementBytes) {
    if (std::ranges::any_of(graph.nodes(), [](const Node& node) { return std::holds_alternative<Opaque>(node.op); }))
        return; // which is refused by its name; the shapes behind it are not known
    refuseLargerThanMemory(graph, elementBytes);
    for (const Node& node : graph.nodes())
        refuseManyElements(graph, node, std::visit(Windows{graph, node}, node.op));
}

} // namespace halftone::engine
