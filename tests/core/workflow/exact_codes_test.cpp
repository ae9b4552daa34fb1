// SPDX-License-Identifier: GPL-3.0-or-later
// Quantized files layer by layer: every code that a plan computes is the one that exact arithmetic of the file gives
// for the same inputs, but where the exact value lies as nearly between two codes as fp32 can tell. (End to end no such
// bound holds for anybody: one code that a tie sends the other way changes hundreds of others before the end of a
// MobileNet.)
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/quantize/quantize.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/golden.h"
#include "tests/support/quantized_onnx.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

using namespace halftone;
using namespace halftone::test;

namespace {

/// In quanta: sums of some thousand products in fp32 are wrong by less.
constexpr double kTie = 1e-3;

bool hasWeights(const Op& op) {
    return std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op);
}

float roundedTo(const QuantParams& grid, float x, size_t channel = 0) {
    const float scale = grid.scales[channel];
    const int32_t zeroPoint = grid.zeroPoints[channel];
    return dequantize(quantize(x, scale, zeroPoint, grid.storage), scale, zeroPoint);
}

/// A quantized network as it is deployed on this CPU, or simulated with the codes of the file, and what it computed.
struct Ran {
    Graph graph;
    std::map<std::string, std::pair<QuantParams, std::vector<float>>> onGrids; // by name
    std::vector<float> output;
};

Ran ran(const LoadedModel& model, Precision precision, const std::vector<float>& input) {
    const MachineInfo machine = machineInfo();
    const bool deployed = precision == Precision::Int8;
    Ran result{adoptGrids(*model.onGrids, deployed ? weightLimitFor(machine, {}) : WeightLimit::Full).graph, {}, {}};
    if (deployed && !machine.int8DotProduct)
        result.graph = withUnsignedCodes(std::move(result.graph));
    useThreads(1);
    Plan plan = compile(result.graph, {precision}, Job());
    std::ranges::copy(input, plan.input(0).begin());
    plan.runCaptured([&](ValueId id, std::span<const float> elements) {
        const Value& value = result.graph.value(id);
        if (value.quant)
            result.onGrids[value.name] = {*value.quant, {elements.begin(), elements.end()}};
    });
    result.output.assign(plan.output(0).begin(), plan.output(0).end());
    return result;
}

/// goldenInput(), but nothing as near to where rounding to the input's grid changes that fp32 divisions may differ.
std::vector<float> inputFor(const LoadedModel& model) {
    const Value& value = model.onGrids->value(model.onGrids->inputs.at(0));
    std::vector<float> input = goldenInput(value.shape);
    for (float& x : input)
        if (const float scale = value.quant ? value.quant->scale() : 1;
            std::abs(x / scale - std::floor(x / scale) - 0.5F) < 0.001F)
            x += 0.01F * scale;
    return input;
}

/// The numbers that the layer of the file computes with as weights: on some CPUs not all are those of the file.
std::vector<float> weightsOf(const Graph& graph, const std::string& layer) {
    for (const Node& node : graph.nodes()) {
        if (!hasWeights(node.op) || !std::ranges::count(node.origins, layer))
            continue;
        const Value& weights = graph.value(node.inputs[1]);
        std::vector<float> values = weights.constant->toFloats();
        if (!weights.quant)
            return values;
        const size_t perScale = values.size() / weights.quant->scales.size();
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = roundedTo(*weights.quant, values[i], i / perScale);
        return values;
    }
    return {};
}

/// Compares codes as they come, and lets the reference go on with those of the plan.
class CodeCheck {
public:
    explicit CodeCheck(const Ran& plan) : m_plan(plan) {}

    std::vector<int> operator()(const RoundedTensor& tensor) {
        for (const std::string& name : tensor.names)
            if (const auto found = m_plan.onGrids.find(name); found != m_plan.onGrids.end())
                if (const auto shift = shiftTo(found->second.first, tensor))
                    return compare(tensor, name, found->second.first, *shift, found->second.second);
        unseen.insert(tensor.names.front());
        return {};
    }

    std::set<std::string> unseen; // tensors that the plan has not on the grid of the file
    size_t codes = 0, ties = 0;   // ties: rounded the other way

private:
    /// Codes may be shifted from s8 to u8.
    static std::optional<int> shiftTo(const QuantParams& grid, const RoundedTensor& tensor) {
        const int shift = lowestCode(grid.storage) - tensor.lowest;
        const bool same = !grid.axis && grid.scale() == static_cast<float>(tensor.scale) &&
                          grid.zeroPoint() == tensor.zeroPoint + shift &&
                          highestCode(grid.storage) == tensor.highest + shift;
        return same ? std::optional(shift) : std::nullopt;
    }

    std::vector<int> compare(const RoundedTensor& tensor, const std::string& name, const QuantParams& grid, int shift,
                             const std::vector<float>& values) {
        REQUIRE(values.size() == tensor.exact.size());
        std::vector<int> ours;
        std::string firstWrong;
        size_t wrongHere = 0;
        for (size_t i = 0; i < values.size(); ++i) {
            // Results of fp32 layers are rounded by those that read them as codes.
            ours.push_back(quantize(values[i], grid.scale(), grid.zeroPoint(), grid.storage) - shift);
            const int difference = std::abs(ours.back() - tensor.code(i));
            if (difference == 0)
                continue;
            const bool tie = difference == 1 && tensor.distanceToTie(i) <= kTie;
            ties += tie;
            wrongHere += !tie;
            if (!tie && wrongHere < 4)
                firstWrong += fmt::format("at {}: {} instead of {}; ", i, ours.back(), tensor.exact[i]);
        }
        codes += values.size();
        INFO(name << " " << firstWrong);
        CHECK(wrongHere == 0);
        return ours;
    }

    const Ran& m_plan;
};

void checkOutput(const Ran& plan, const std::vector<double>& wanted) {
    REQUIRE(plan.output.size() == wanted.size());
    double largest = 0, difference = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        largest = std::max(largest, std::abs(wanted[i]));
        difference = std::max(difference, std::abs(wanted[i] - plan.output[i]));
    }
    CHECK(largest > 0);
    CHECK(difference <= 1e-5 * largest);
}

void checkCodes(const CodeCheck& check) {
    CHECK(check.unseen == std::set<std::string>{});
    CHECK(check.codes > 1000);
    CHECK(static_cast<double>(check.ties) <= 5e-5 * static_cast<double>(check.codes) + 2);
}

struct OnnxFile {
    const char* name;
    /// By as much exact arithmetic from the first layer to the last differs from the other runtime on the last grid,
    /// where that rounded ties the other way.
    int quanta;
};
const OnnxFile kOnnxFiles[] = {{"resnet20_cifar10_qdq_s8s8_pc", 0},     {"resnet20_cifar10_qop_u8s8_pc", 0},
                               {"resnet20_cifar10jpeg_qdq_s8s8_pc", 0}, {"resnet56_cifar10_qdq_u8s8_pt", 4},
                               {"mlperftiny_resnet8_qdq", 0},           {"mobilenet_v1_0.25_128_qdq", 1},
                               {"mobilenet_v2_1.0_224_qdq", 2},         {"tf2_mobilenet_v2_1.0_224_ptq_qdq", 6}};

/// The codes on the network's last grid, less that of the largest: what a softmax leaves of them. The grid is that of
/// `last`.
std::vector<int> lastCodes(std::vector<double> output, bool softmax, const RoundedTensor& last) {
    for (double& y : output)
        y = (softmax ? std::log(y) : y) / last.scale;
    const double largest = *std::ranges::max_element(output);
    std::vector<int> codes;
    for (const double y : output) {
        codes.push_back(static_cast<int>(std::lround(y - largest)));
        CHECK(std::abs(y - largest - codes.back()) < 0.02);
    }
    return codes;
}

/// What the rows of a convolution's weights were divided by to bring channels to one grid: 1 elsewhere.
std::vector<double> rowFactors(const Graph& graph, const Node& node, const Graph& plan) {
    std::vector<double> factors;
    for (const Node& planned : plan.nodes()) {
        if (!std::holds_alternative<Conv>(node.op) || !std::holds_alternative<Conv>(planned.op) ||
            !std::ranges::count(planned.origins, node.origins.front()))
            continue;
        const auto largest = [&](const Value& weights) {
            const std::vector<float> values = weights.constant->toFloats();
            const size_t rows = static_cast<size_t>(weights.shape[0]);
            std::vector<double> result(rows);
            for (size_t i = 0; i < values.size(); ++i) {
                double& row = result[i / (values.size() / rows)];
                row = std::max(row, std::abs(static_cast<double>(values[i])));
            }
            return result;
        };
        factors = largest(graph.value(node.inputs[1]));
        const std::vector<double> now = largest(plan.value(planned.inputs[1]));
        for (size_t row = 0; row < factors.size(); ++row)
            factors[row] = now[row] > 0 ? factors[row] / now[row] : 1;
    }
    return factors;
}

/// Lets a layer of the network as it was read compute with the weights of the plan. Fully connected layers hold those
/// of a matrix product the other way round.
void takeWeights(const Graph& graph, const Node& node, const Graph& plan, std::map<ValueId, Tensor>& values) {
    const auto* gemm = std::get_if<Gemm>(&node.op);
    const bool turned = std::holds_alternative<MatMul>(node.op) || (gemm && !gemm->transB);
    if (!hasWeights(node.op) && !gemm && !turned)
        return;
    const std::vector<float> weights = weightsOf(plan, node.origins.front());
    if (weights.empty())
        return;
    const Shape& shape = graph.value(node.inputs[1]).shape;
    std::vector<float> asRead = weights;
    const size_t rows = static_cast<size_t>(shape[0]), columns = weights.size() / rows;
    for (size_t i = 0; turned && i < weights.size(); ++i)
        asRead[i] = weights[i % columns * rows + i / columns];
    const std::vector<double> factors = rowFactors(graph, node, plan);
    for (size_t i = 0; i < factors.size() * columns; ++i)
        asRead[i] = static_cast<float>(asRead[i] * factors[i / columns]);
    values[node.inputs[1]] = Tensor::fromFloats(shape, asRead);
}

/// The network as it was read, layer by layer in double: rounds where a tensor has a grid.
std::vector<double> runAsRead(Graph graph, const Ran& plan, const std::vector<float>& input,
                              const QuantizedOnnx::Rounding& rounding) {
    std::map<ValueId, Tensor> values;
    const auto round = [&](ValueId id, const Node* maker, std::vector<std::string> names) {
        const Value& value = graph.value(id);
        const bool staysReal = graph.isOutput(id) && !std::holds_alternative<Identity>(maker->op);
        if (!value.quant || value.constant || staysReal)
            return;
        // Channels with scales of their own have one zero point, and are on one grid in the plan.
        const std::vector<float>& scales = value.quant->scales;
        RoundedTensor tensor{std::move(names),
                             *std::ranges::max_element(scales),
                             value.quant->zeroPoint(),
                             lowestCode(value.quant->storage),
                             highestCode(value.quant->storage),
                             {}};
        std::vector<float> numbers = values.at(id).toFloats();
        const size_t run =
            numbers.size() / static_cast<size_t>(value.shape[0] * (scales.size() > 1 ? value.shape[1] : 1));
        const auto scaleOf = [&](size_t at) { return scales[at / run % scales.size()]; };
        for (size_t i = 0; i < numbers.size(); ++i)
            tensor.exact.push_back(numbers[i] / static_cast<double>(scaleOf(i)) + tensor.zeroPoint);
        const std::vector<int> other = rounding(tensor);
        for (size_t i = 0; i < numbers.size(); ++i)
            numbers[i] = dequantize(other.empty() ? tensor.code(i) : other[i], scaleOf(i), tensor.zeroPoint);
        values[id] = Tensor::fromFloats(value.shape, numbers);
    };
    values[graph.inputs.at(0)] = Tensor::fromFloats(graph.value(graph.inputs[0]).shape, input);
    round(graph.inputs.at(0), nullptr, {graph.value(graph.inputs[0]).name});
    for (const Node& node : graph.nodes()) {
        takeWeights(graph, node, plan.graph, values);
        std::vector<std::optional<Tensor>> operands;
        for (const ValueId id : node.inputs)
            operands.push_back(id == kNoValue        ? std::nullopt
                               : values.contains(id) ? std::optional(values.at(id))
                                                     : graph.value(id).constant);
        const std::vector<Tensor> results = evaluate(graph, node, operands);
        for (size_t i = 0; i < results.size(); ++i)
            values[node.outputs[i]] = results[i];
        std::vector<std::string> names{graph.value(node.outputs.front()).name};
        if (std::holds_alternative<Identity>(node.op))
            names.push_back(graph.value(node.inputs.front()).name);
        for (const Node& reader : graph.nodes())
            if (std::holds_alternative<Identity>(reader.op) && reader.inputs.front() == node.outputs.front())
                names.push_back(graph.value(reader.outputs.front()).name);
        round(node.outputs.front(), &node, std::move(names));
    }
    return values.at(graph.outputs.front()).toDoubles();
}

/// With whole kernels, which compare with those of the file.
LoadedModel loadedWithWholeKernels(const std::string& path) {
    std::vector<Pass> passes(standardPasses().begin(), standardPasses().end());
    std::erase_if(passes, [](const Pass& pass) { return pass.name == "crop-kernels"; });
    return loadModel(path, {}, 1, Job(), nullptr, passes);
}

} // namespace

TEST_CASE("Layers of quantized ONNX files give the codes of exact arithmetic, but where that is a tie") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const OnnxFile& file : kOnnxFiles) {
        const std::string path = dir + "/onnx/" + file.name + ".onnx";
        const LoadedModel model = loadModel(path, {}, 1, Job());
        REQUIRE(model.onGrids);
        const Shape& shape = model.onGrids->value(model.onGrids->inputs.at(0)).shape;
        const std::vector<float> input = inputFor(model);
        for (const Precision precision : {Precision::Int8, Precision::Int8Simulated}) {
            INFO(file.name << ", " << name(precision));
            const Ran plan = ran(model, precision, input);
            QuantizedOnnx reference(path);
            for (size_t layer = 0; layer < model.file.layers.size(); ++layer)
                if (const auto weights = weightsOf(plan.graph, model.file.layers[layer].name); !weights.empty())
                    reference.setWeights(layer, weights);
            CodeCheck check(plan);
            const std::vector<double> output = reference.run(input, shape, std::ref(check));
            checkCodes(check);
            checkOutput(plan, output);
        }
    }
}

TEST_CASE("Layers of quantized files of other formats give the codes of exact arithmetic too") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const std::string file :
         {"tflite/mlperftiny_resnet8_int8.tflite", "tflite/mobilenet_v1_0.25_128_quant.tflite",
          "tflite/mobilenet_v2_1.0_224_quant.tflite", "tflite/tf2_mobilenet_v2_1.0_224_ptq.tflite",
          "tflite/vww_96_int8.tflite", "tf/mlperftiny_resnet8_fakequant_perchannel.pb",
          "tf/mobilenet_v1_0.25_128_fakequant.pb", "ir/face-detection-adas-0001/FP16-INT8/face-detection-adas-0001.xml",
          "ir/head-pose-estimation-adas-0001/FP16-INT8/head-pose-estimation-adas-0001.xml",
          "ir/landmarks-regression-retail-0009/FP16-INT8/landmarks-regression-retail-0009.xml"}) {
        const LoadedModel model = loadedWithWholeKernels(dir + "/" + file);
        REQUIRE(model.onGrids);
        const Graph asRead = model.file.graph;
        const std::vector<float> input = inputFor(model);
        for (const Precision precision : {Precision::Int8, Precision::Int8Simulated}) {
            INFO(file << ", " << name(precision));
            const Ran plan = ran(model, precision, input);
            CodeCheck check(plan);
            const std::vector<double> output = runAsRead(asRead, plan, input, std::ref(check));
            checkCodes(check);
            checkOutput(plan, output);
        }
    }
}

TEST_CASE("Exact arithmetic of quantized ONNX files from end to end is as near to another runtime as ties let it be") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const OnnxFile& file : kOnnxFiles) {
        INFO(file.name);
        const std::string path = dir + "/onnx/" + file.name + ".onnx";
        const Graph graph = readModel(path).graph;
        const Shape& shape = graph.value(graph.inputs.at(0)).shape;
        RoundedTensor last;
        const std::vector<double> output =
            QuantizedOnnx(path).run(goldenInput(shape), shape, [&](const RoundedTensor& tensor) {
                last = tensor;
                return std::vector<int>{};
            });
        const std::vector<float> golden = readFloats(dir + "/golden/" + file.name + ".0.f32");
        REQUIRE(output.size() == golden.size());
        const bool softmax = std::holds_alternative<Softmax>(graph.nodes().back().op);
        const std::vector<int> exact = lastCodes(output, softmax, last),
                               other = lastCodes({golden.begin(), golden.end()}, softmax, last);
        int largest = 0;
        for (size_t i = 0; i < exact.size(); ++i)
            largest = std::max(largest, std::abs(exact[i] - other[i]));
        CHECK(largest <= file.quanta);
    }
}
