// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/dynamic_layers.h"

#include "core/formats/onnx/subgraphs.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace halftone::onnx_format {

namespace {

constexpr int kNowhere = -1;

struct Chain {
    int quantizer = kNowhere, product = kNowhere, end = kNowhere;
    std::vector<int> inside; // but for the quantizer
    std::string weightScale, bias;
};

class Search {
public:
    Search(const onnx::GraphProto& graph, const Outline& outline) : m_graph(graph), m_outline(outline) {
        for (const onnx::TensorProto& weight : graph.initializer())
            m_constants.insert(weight.name());
        for (int i = 0; i < graph.node_size(); ++i) {
            if (is(i, "Constant"))
                m_constants.insert(graph.node(i).output(0));
            for (const std::string& name : graph.node(i).output())
                m_makers.emplace(name, i);
            for (const std::string& name : graph.node(i).input())
                m_readers[name].push_back(i);
            for (const std::string& name : valuesFromOutside(graph.node(i)))
                m_readers[name].push_back(kNowhere);
        }
        for (const onnx::ValueInfoProto& output : graph.output())
            m_readers[output.name()].push_back(kNowhere);
    }

    DynamicLayers found() {
        std::vector<Chain> chains;
        for (int i = 0; i < m_graph.node_size(); ++i)
            if (auto chain = chainFrom(i))
                chains.push_back(std::move(*chain));
        DynamicLayers layers;
        for (const Chain& chain : chains)
            if (std::ranges::all_of(readersOf(chain.quantizer), [&](int reader) { return isIn(chains, reader); })) {
                layers.quantizers.insert(chain.quantizer);
                layers.inside.insert(chain.inside.begin(), chain.inside.end());
                layers.ends.emplace(chain.end, layerOf(chain));
            }
        return layers;
    }

private:
    const onnx::NodeProto& node(int position) const { return m_graph.node(position); }
    bool is(int position, std::string_view op) const {
        return position != kNowhere && node(position).op_type() == op && isDefaultDomain(node(position).domain());
    }
    static std::string input(const onnx::NodeProto& node, int index) {
        return index < node.input_size() ? node.input(index) : "";
    }
    int maker(const std::string& value) const {
        const auto found = m_makers.find(value);
        return found == m_makers.end() ? kNowhere : found->second;
    }
    bool isConstant(const std::string& value) const { return m_constants.contains(value); }
    const std::vector<int>& readers(const std::string& value) const {
        static const std::vector<int> kNone;
        const auto found = m_readers.find(value);
        return found == m_readers.end() ? kNone : found->second;
    }
    std::vector<int> readersOf(int position) const {
        std::vector<int> all;
        for (const std::string& output : node(position).output())
            all.insert(all.end(), readers(output).begin(), readers(output).end());
        return all;
    }
    /// The only layer that reads the first result, where there is just one.
    int onlyReader(int position) const {
        const std::vector<int>& all = readers(node(position).output(0));
        return all.size() == 1 ? all.front() : kNowhere;
    }
    /// The operand of a layer of two that is not this one.
    std::string other(int position, const std::string& operand) const {
        return input(node(position), 0) == operand ? input(node(position), 1) : input(node(position), 0);
    }
    static bool isIn(const std::vector<Chain>& chains, int position) {
        return std::ranges::any_of(chains, [&](const Chain& chain) {
            return position == chain.product || std::ranges::find(chain.inside, position) != chain.inside.end();
        });
    }

    /// com.microsoft's MatMulIntegerToFloat is all of it but the quantizer.
    std::optional<Chain> wholeProduct(int product) const {
        const onnx::NodeProto& layer = node(product);
        Chain chain{maker(input(layer, 0)), product, product, {}, input(layer, 3), input(layer, 6)};
        const bool fits = is(chain.quantizer, "DynamicQuantizeLinear") && node(chain.quantizer).output_size() == 3 &&
                          input(layer, 0) == node(chain.quantizer).output(0) &&
                          input(layer, 2) == node(chain.quantizer).output(1) &&
                          input(layer, 4) == node(chain.quantizer).output(2) && isConstant(input(layer, 1)) &&
                          isConstant(chain.weightScale) && (input(layer, 5).empty() || isConstant(input(layer, 5)));
        return fits ? std::optional(std::move(chain)) : std::nullopt;
    }

    std::optional<Chain> chainFrom(int product) const {
        if (node(product).domain() == "com.microsoft" && node(product).op_type() == "MatMulIntegerToFloat")
            return wholeProduct(product);
        if (!is(product, "MatMulInteger") && !is(product, "ConvInteger"))
            return std::nullopt;
        Chain chain;
        chain.product = product;
        chain.quantizer = maker(input(node(product), 0));
        const std::string weightPoint = input(node(product), 3);
        if (!is(chain.quantizer, "DynamicQuantizeLinear") || node(chain.quantizer).output_size() != 3 ||
            input(node(product), 0) != node(chain.quantizer).output(0) ||
            input(node(product), 2) != node(chain.quantizer).output(2) || !isConstant(input(node(product), 1)) ||
            !(weightPoint.empty() || isConstant(weightPoint)))
            return std::nullopt;
        int last = product;
        std::string wholeBias;
        const auto goOn = [&](std::string_view op) {
            const int next = onlyReader(last);
            if (!is(next, op))
                return false;
            chain.inside.push_back(last);
            last = next;
            return true;
        };
        if (is(onlyReader(last), "Add")) {
            wholeBias = other(onlyReader(last), node(last).output(0));
            goOn("Add");
        }
        if (!goOn("Cast") || !goOn("Mul"))
            return std::nullopt;
        chain.end = last;
        const std::string factor = other(last, node(chain.inside.back()).output(0));
        const int scales = maker(factor);
        const std::string& scale = node(chain.quantizer).output(1);
        if (!isProduct(scales, scale))
            return std::nullopt;
        chain.weightScale = other(scales, scale);
        if (!isConstant(chain.weightScale) || (!wholeBias.empty() && !takeBias(chain, wholeBias, scale)))
            return std::nullopt;
        const auto belongs = [&](int reader) {
            return reader == chain.end || std::ranges::find(chain.inside, reader) != chain.inside.end();
        };
        if (!std::ranges::all_of(readers(factor), belongs))
            return std::nullopt;
        chain.inside.push_back(scales);
        return chain;
    }

    bool isProduct(int position, const std::string& operand) const {
        return is(position, "Mul") && (input(node(position), 0) == operand || input(node(position), 1) == operand);
    }

    /// A bias in whole numbers is reshape(cast(floor(bias / (scale of x * scale of the weights)))).
    bool takeBias(Chain& chain, const std::string& whole, const std::string& scale) const {
        int at = maker(whole);
        for (const std::string_view op : {"Reshape", "Cast", "Floor"}) {
            if (!is(at, op) || onlyReader(at) == kNowhere)
                return false;
            chain.inside.push_back(at);
            at = maker(input(node(at), 0));
        }
        if (!is(at, "Div") || onlyReader(at) == kNowhere)
            return false;
        const int scales = maker(input(node(at), 1));
        if (!isProduct(scales, scale) || other(scales, scale) != chain.weightScale)
            return false;
        chain.inside.push_back(at);
        if (onlyReader(scales) == at) // a product of its own, not that of the sums
            chain.inside.push_back(scales);
        chain.bias = input(node(at), 0);
        return isConstant(chain.bias);
    }

    DynamicLayer layerOf(const Chain& chain) const {
        DynamicLayer layer;
        layer.product = node(chain.product);
        layer.product.set_domain(kDynamicDomain);
        layer.product.clear_input();
        layer.product.clear_output();
        const onnx::NodeProto& product = node(chain.product);
        const bool whole = chain.product == chain.end;
        for (const std::string& operand :
             {input(product, 0), input(product, 1), node(chain.quantizer).output(1), chain.weightScale,
              input(product, whole ? 4 : 2), input(product, whole ? 5 : 3), chain.bias})
            layer.product.add_input(operand);
        layer.product.add_output(node(chain.end).output(0));
        layer.name = m_outline.layerNames[static_cast<size_t>(chain.product)];
        std::vector<int> others = chain.inside;
        others.push_back(chain.quantizer);
        others.push_back(chain.end);
        for (const int other : others)
            if (other != chain.product && (other != chain.end || !whole))
                layer.others.push_back(m_outline.layerNames[static_cast<size_t>(other)]);
        return layer;
    }

    const onnx::GraphProto& m_graph;
    const Outline& m_outline;
    std::unordered_set<std::string> m_constants;
    std::unordered_map<std::string, int> m_makers;
    std::unordered_map<std::string, std::vector<int>> m_readers;
};

} // namespace

DynamicLayers dynamicLayersOf(const onnx::GraphProto& graph, const Outline& outline) {
    return Search(graph, outline).found();
}

} // namespace halftone::onnx_format
