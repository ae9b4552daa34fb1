// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/smoothing.h"

#include "core/graph/op_traits.h"
#include "core/quantize/batch_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

namespace halftone {

namespace {

constexpr std::string_view kEnding = "_smooth";
constexpr double kCodes = 255, kWeightCodes = 127;
constexpr std::array kExponents{0.35, 0.5, 0.65, 0.8, 0.95};
/// A channel that hardly ever shows is not made larger than so small a part of the largest allows.
constexpr float kSmallestPart = 1e-5F;

/// Who reads an activation.
struct Readers {
    std::vector<NodeId> products; // fully connected layers, each with weights of its own
    bool others = false;          // or it is an output of the network
};

bool multipliesOwnWeights(const Graph& graph, const Node& node, ValueId x,
                          const std::vector<std::vector<NodeId>>& consumers) {
    if (!std::holds_alternative<FullyConnected>(node.op) || node.inputs[0] != x || node.keptInFp32 ||
        std::ranges::count(node.inputs, x) > 1)
        return false;
    const ValueId weights = node.inputs[1];
    return graph.isConstant(weights) && consumers[static_cast<size_t>(weights)].size() == 1 &&
           graph.value(weights).shape[1] == graph.value(x).shape.back();
}

Readers readersOf(const Graph& graph, ValueId x, const std::vector<std::vector<NodeId>>& consumers) {
    Readers readers{{}, graph.isOutput(x)};
    for (const NodeId id : consumers[static_cast<size_t>(x)])
        if (multipliesOwnWeights(graph, graph.node(id), x, consumers))
            readers.products.push_back(id);
        else
            readers.others = true;
    return readers;
}

/// What max|x| and max|w| of each channel give with this exponent, their geometric mean 1.
std::vector<float> factorsFor(std::span<const float> activations, std::span<const float> weights, double exponent) {
    const auto floored = [](std::span<const float> values, size_t i) {
        return static_cast<double>(std::max(values[i], kSmallestPart * std::ranges::max(values)));
    };
    std::vector<double> logs;
    double sum = 0;
    for (size_t i = 0; i < activations.size(); ++i)
        sum += logs.emplace_back(exponent * std::log(floored(activations, i)) -
                                 (1 - exponent) * std::log(floored(weights, i)));
    std::vector<float> factors;
    for (const double log : logs)
        factors.push_back(static_cast<float>(std::exp(log - sum / static_cast<double>(logs.size()))));
    return factors;
}

/// The products of one activation.
class Products {
public:
    Products(const Graph& graph, const Readers& readers, const ChannelExtents& channels) : m_channels(channels) {
        for (const NodeId id : readers.products)
            m_weights.push_back(graph.value(graph.node(id).inputs[1]).constant->toFloats());
        const size_t size = channels.lo.size();
        m_largest.resize(size);
        m_squares.resize(size);
        for (const std::vector<float>& weights : m_weights)
            for (size_t i = 0; i < weights.size(); ++i) {
                m_largest[i % size] = std::max(m_largest[i % size], std::abs(weights[i]));
                m_squares[i % size] += double{weights[i]} * double{weights[i]};
            }
    }

    /// Nothing where the activation or the weights are 0 throughout.
    std::optional<std::vector<float>> factors(double worthDb) const {
        std::vector<float> reach;
        for (size_t i = 0; i < m_channels.lo.size(); ++i)
            reach.push_back(std::max(-m_channels.lo[i], m_channels.hi[i]));
        if (m_channels.rows == 0 || !(std::ranges::max(reach) > 0) || !(std::ranges::max(m_largest) > 0))
            return std::nullopt;
        const double without = error(std::vector<float>(reach.size(), 1.0F));
        double best = without * std::pow(10, -worthDb / 10);
        std::optional<std::vector<float>> found;
        for (const double exponent : kExponents) {
            std::vector<float> tried = factorsFor(reach, m_largest, exponent);
            if (const double left = error(tried); left < best) {
                best = left;
                found = std::move(tried);
            }
        }
        return found;
    }

private:
    /// The sum of squares of what a row's products are wrong by: a value is off by step / sqrt(12).
    double error(const std::vector<float>& factors) const {
        double lo = 0, hi = 0, ofActivations = 0, ofRows = 0, ofWeights = 0;
        for (size_t i = 0; i < factors.size(); ++i) {
            const auto factor = double{factors[i]};
            lo = std::min(lo, double{m_channels.lo[i]} / factor);
            hi = std::max(hi, double{m_channels.hi[i]} / factor);
            ofActivations += factor * factor * m_squares[i];
            ofRows += m_channels.squares[i] / static_cast<double>(m_channels.rows) / (factor * factor);
        }
        const double step = (hi - lo) / kCodes;
        for (const std::vector<float>& weights : m_weights)
            for (size_t first = 0; first < weights.size(); first += factors.size()) {
                float largest = 0;
                for (size_t i = 0; i < factors.size(); ++i)
                    largest = std::max(largest, std::abs(weights[first + i]) * factors[i]);
                const double weightStep = double{largest} / kWeightCodes;
                ofWeights += weightStep * weightStep;
            }
        return (step * step * ofActivations + ofWeights * ofRows) / 12;
    }

    const ChannelExtents& m_channels;
    std::vector<std::vector<float>> m_weights;
    std::vector<float> m_largest;  // magnitude of the weights of each channel
    std::vector<double> m_squares; // their sum
};

void multiplyColumns(Graph& graph, NodeId id, std::span<const float> factors) {
    Value& weights = graph.value(graph.node(id).inputs[1]);
    std::vector<float> values = weights.constant->toFloats();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] *= factors[i % factors.size()];
    weights.constant = Tensor::fromFloats(weights.shape, values);
    weights.type = ElementType::F32;
}

std::vector<float> reciprocals(std::span<const float> values) {
    std::vector<float> result;
    for (const float value : values)
        result.push_back(1 / value);
    return result;
}

/// The fully connected layer that makes `x` divides it. Its numbers are others then, and so is its name.
void divideWithin(Graph& graph, ValueId x, NodeId producer, const Tensor& divisors) {
    graph.value(x).name = graph.uniqueValueName(graph.value(x).name + std::string(kEnding));
    const ValueId operand = graph.addConstant(graph.node(producer).name + "_smoothing", divisors);
    Node& node = graph.node(producer);
    const size_t own = traitsOf(node.op).operands.most;
    node.inputs.resize(std::max(node.inputs.size(), own), kNoValue);
    std::get<FullyConnected>(node.op).postOps.push_back(MulInput{static_cast<int>(node.inputs.size())});
    node.inputs.push_back(operand);
}

void divideBetween(Graph& graph, ValueId x, const std::vector<NodeId>& products, const Tensor& divisors) {
    const std::string name = graph.value(x).name;
    const ValueId operand = graph.addConstant(name + "_smoothing", divisors);
    Value divided{graph.uniqueValueName(name + std::string(kEnding)), ElementType::F32, graph.value(x).shape, {}, {}};
    const ValueId result = graph.addValue(std::move(divided));
    // The file has no such layer.
    graph.addNode(
        {graph.uniqueNodeName(name + std::string(kEnding)), Binary{BinaryKind::Mul, {}}, {x, operand}, {result}, {}});
    for (const NodeId id : products)
        graph.node(id).inputs[0] = result;
}

const MulInput* lastMul(const Node& node) {
    const auto* product = std::get_if<FullyConnected>(&node.op);
    return product && !product->postOps.empty() ? std::get_if<MulInput>(&product->postOps.back()) : nullptr;
}

} // namespace

ChannelObserver::ChannelObserver(const Graph& graph) : m_graph(graph) {
    const auto consumers = graph.consumers();
    for (const Node& node : graph.nodes()) {
        if (keepsGrid(node.op) || node.outputs.size() != 1)
            continue;
        const ValueId x = node.output();
        const Value& value = graph.value(x);
        if (value.constant || value.type != ElementType::F32 || value.shape.size() < 3 ||
            readersOf(graph, x, consumers).products.empty())
            continue;
        const auto size = static_cast<size_t>(value.shape.back());
        m_channels.emplace(x,
                           ChannelExtents{std::vector(size, 0.0F), std::vector(size, 0.0F), std::vector(size, 0.0), 0});
    }
}

void ChannelObserver::observe(ValueId value, std::span<const float> elements, int64_t channelBlock, int64_t samples) {
    const auto found = m_channels.find(value);
    if (found == m_channels.end())
        return;
    ChannelExtents& channels = found->second;
    const size_t size = channels.lo.size(), block = static_cast<size_t>(channelBlock);
    elements = firstSamples(elements, batchOf(m_graph), static_cast<size_t>(samples));
    for (size_t first = 0; first + block * size <= elements.size();
         first += block * size) // a run of the last dimension
        for (size_t channel = 0; channel < size; ++channel)
            for (size_t i = 0; i < block; ++i) {
                const float x = elements[first + channel * block + i];
                if (!std::isfinite(x))
                    continue;
                channels.lo[channel] = std::min(channels.lo[channel], x);
                channels.hi[channel] = std::max(channels.hi[channel], x);
                channels.squares[channel] += double{x} * double{x};
            }
    channels.rows += static_cast<int64_t>(elements.size() / size);
}

ChannelFactors smoothingFactors(const Graph& graph, const ChannelObserver& observer, double worthDb) {
    const auto consumers = graph.consumers();
    ChannelFactors all;
    for (const auto& [x, channels] : observer.channels())
        if (auto found = Products(graph, readersOf(graph, x, consumers), channels).factors(worthDb))
            all.emplace(graph.value(x).name, std::move(*found));
    return all;
}

Graph smooth(Graph graph, const ChannelFactors& factors) {
    if (factors.empty())
        return graph;
    const auto consumers = graph.consumers();
    const auto producers = graph.producers();
    const auto count = static_cast<ValueId>(graph.values().size());
    for (ValueId x = 0; x < count; ++x) {
        const auto found = factors.find(graph.value(x).name);
        if (found == factors.end() || graph.value(x).constant || graph.value(x).shape.empty() ||
            graph.value(x).shape.back() != std::ssize(found->second))
            continue;
        const Readers readers = readersOf(graph, x, consumers);
        if (readers.products.empty())
            continue;
        const Tensor divisors = Tensor::fromFloats({std::ssize(found->second)}, reciprocals(found->second));
        const NodeId producer = producers[static_cast<size_t>(x)];
        if (!readers.others && producer != kNoNode && std::holds_alternative<FullyConnected>(graph.node(producer).op))
            divideWithin(graph, x, producer, divisors);
        else
            divideBetween(graph, x, readers.products, divisors);
        for (const NodeId id : readers.products)
            multiplyColumns(graph, id, found->second);
    }
    graph.sortTopologically();
    return graph;
}

ChannelFactors factorsOf(const Graph& smoothed) {
    ChannelFactors factors;
    for (const Node& node : smoothed.nodes()) {
        const auto take = [&](ValueId divisors) {
            factors.emplace(nameBeforeSmoothing(smoothed.value(node.output()).name),
                            reciprocals(smoothed.value(divisors).constant->toFloats()));
        };
        if (const MulInput* mul = lastMul(node))
            take(node.inputs[static_cast<size_t>(mul->input)]);
        else if (node.origins.empty() && node.op == Op(Binary{BinaryKind::Mul, {}}) &&
                 smoothed.isConstant(node.inputs[1]))
            take(node.inputs[1]);
    }
    return factors;
}

std::string nameBeforeSmoothing(const std::string& activation) {
    return activation.substr(0, activation.rfind(kEnding));
}

} // namespace halftone
