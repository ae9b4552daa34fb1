// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/inline_branches.h"

#include "core/formats/onnx/message_names.h"
#include "core/formats/onnx/outline.h"

namespace halftone::onnx_format {

namespace {

constexpr int kMostWithBranches = 200'000; // of the whole graph: branches within branches can double it again and again

class BranchInliner {
public:
    explicit BranchInliner(onnx::GraphProto& graph)
        : m_graph(graph), m_guards(static_cast<size_t>(graph.node_size())) {}

    std::vector<std::vector<Guard>> run() && {
        for (int i = 0; i < m_graph.node_size(); ++i) // new layers come at the end, and may be an If too
            inlineAt(i);
        return std::move(m_guards);
    }

private:
    void inlineAt(int position) {
        const onnx::NodeProto node = m_graph.node(position);
        if (node.op_type() != "If" || !isDefaultDomain(node.domain()) || node.input_size() != 1)
            return;
        const onnx::GraphProto *then = graphOf(node, "then_branch"), *otherwise = graphOf(node, "else_branch");
        const auto fits = [&](const onnx::GraphProto* branch) {
            return branch && branch->output_size() == node.output_size() && branch->input_size() == 0 &&
                   branch->sparse_initializer_size() == 0;
        };
        if (!fits(then) || !fits(otherwise) || node.output_size() == 0 ||
            m_graph.node_size() + then->node_size() + otherwise->node_size() > kMostWithBranches)
            return;
        const std::string base = baseNameOf(node);
        const std::vector<std::string> whenTrue = moved(*then, base + "/then/", position, {node.input(0), true, base});
        const std::vector<std::string> whenFalse =
            moved(*otherwise, base + "/else/", position, {node.input(0), false, base});
        for (int i = 0; i < node.output_size(); ++i) {
            onnx::NodeProto& choice = i == 0 ? *m_graph.mutable_node(position) : *m_graph.add_node();
            choice.Clear();
            choice.set_op_type("If");
            choice.set_domain(kBranchDomain);
            choice.set_name(i == 0 ? node.name() : base + "/" + std::to_string(i + 1));
            for (const std::string& operand :
                 {node.input(0), whenTrue[static_cast<size_t>(i)], whenFalse[static_cast<size_t>(i)]})
                choice.add_input(operand);
            choice.add_output(node.output(i));
            if (i > 0)
                m_guards.push_back(m_guards[static_cast<size_t>(position)]);
        }
    }

    /// The names of the branch's results in the graph.
    std::vector<std::string> moved(const onnx::GraphProto& branch, const std::string& prefix, int position,
                                   const Guard& guard) {
        Names names;
        for (const onnx::TensorProto& weight : branch.initializer())
            names[weight.name()] = prefix + weight.name();
        for (const onnx::NodeProto& node : branch.node())
            for (const std::string& output : node.output())
                if (!output.empty())
                    names[output] = prefix + output;
        for (const onnx::TensorProto& weight : branch.initializer()) {
            onnx::TensorProto& copy = *m_graph.add_initializer();
            copy = weight;
            copy.set_name(names.at(weight.name()));
        }
        std::vector<Guard> guards = m_guards[static_cast<size_t>(position)];
        guards.push_back(guard);
        for (const onnx::NodeProto& node : branch.node()) {
            onnx::NodeProto& copy = *m_graph.add_node();
            copy = node;
            if (!node.name().empty())
                copy.set_name(prefix + node.name());
            rename(copy, names);
            for (std::string& output : *copy.mutable_output())
                if (!output.empty())
                    output = names.at(output);
            m_guards.push_back(guards);
        }
        std::vector<std::string> results;
        for (const onnx::ValueInfoProto& output : branch.output()) {
            const auto found = names.find(output.name());
            results.push_back(found == names.end() ? output.name() : found->second);
        }
        return results;
    }

    onnx::GraphProto& m_graph;
    std::vector<std::vector<Guard>> m_guards;
};

} // namespace

std::vector<std::vector<Guard>> inlineBranches(onnx::GraphProto& graph) {
    return BranchInliner(graph).run();
}

} // namespace halftone::onnx_format
