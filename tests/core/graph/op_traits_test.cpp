// SPDX-License-Identifier: GPL-3.0-or-later
// Every operator's traits against what its shape rule and its evaluation do.
#include "core/graph/op_traits.h"
#include "core/graph/shape_rules.h"
#include "tests/core/graph/nodes.h"

#include <algorithm>
#include <set>

using namespace halftone;
using namespace halftone::test;

namespace {

/// An operator with all operands that it takes, and where its output channels lie.
struct Example {
    Op op;
    std::vector<Tensor> operands;
    size_t channels = 1; // the dimension of the result
};

Tensor noise(Shape shape) {
    static Random random(1);
    return random.tensor(std::move(shape));
}

Tensor bools(Shape shape) {
    std::vector<std::byte> bytes(static_cast<size_t>(counting(shape).elements()), std::byte{1});
    return Tensor::fromBytes(ElementType::Bool, std::move(shape), std::move(bytes));
}

Tensor codes(Shape shape) {
    std::vector<std::byte> bytes(static_cast<size_t>(counting(shape).elements()), std::byte{7});
    return Tensor::fromBytes(ElementType::U8, std::move(shape), std::move(bytes));
}

Resize resize(ResizeMode mode, ResizeCoordinates coordinates) {
    Resize op;
    op.mode = mode;
    op.coordinates = coordinates;
    op.sizes = {1, 2, 6, 6};
    op.roi = {0, 0, 0, 0, 1, 1, 1, 1};
    return op;
}

std::vector<Example> examples() {
    const Shape picture{1, 2, 4, 4};
    const Conv conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}};
    const auto transposed = [](int64_t groups) {
        return ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, groups, {}};
    };
    const auto pool = [](PoolKind kind, bool global) {
        if (global)
            return Pool{kind, true, {}, {}, {}, {}, false};
        return Pool{kind, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, false};
    };
    Recurrent lstm;
    lstm.activations = {{UnaryKind::Sigmoid}, {UnaryKind::Tanh}, {UnaryKind::Tanh}};
    std::vector<Example> all{
        {conv, {noise(picture), noise({3, 2, 3, 3}), noise({3})}},
        {transposed(1), {noise(picture), noise({2, 3, 2, 2}), noise({3})}},
        {transposed(2), {noise(picture), noise({2, 3, 2, 2}), noise({6})}},
        {FullyConnected{}, {noise({2, 4}), noise({3, 4}), noise({3})}},
        {MatMul{}, {noise({2, 3, 4}), noise({2, 4, 5})}},
        {Gemm{}, {noise({2, 4}), noise({4, 3}), noise({3})}},
        {BatchNorm{}, {noise(picture), noise({2}), noise({2}), noise({2}), floats({2}, {1, 2})}},
        {Normalize{{1, 2, 3}}, {noise(picture)}},
        {Lrn{3}, {noise(picture)}},
        {Softmax{}, {noise(picture)}},
        {Reduce{ReduceKind::Sum, {1}}, {noise(picture)}},
        {ArgReduce{true, 1}, {noise(picture)}},
        {Reshape{{4, 8}}, {noise(picture)}},
        {Flatten{}, {noise(picture)}},
        {Squeeze{{0}}, {noise(picture)}},
        {Squeeze{{0}, true}, {noise(picture)}},
        {Transpose{{0, 2, 3, 1}}, {noise(picture)}},
        {Concat{1}, {noise(picture), noise(picture)}},
        {Slice{{1}, {3}, {2}, {1}}, {noise(picture)}},
        {Pad{{0, 0, 1, 1, 0, 0, 1, 1}}, {noise(picture)}},
        {Pad{{0, 0, 1, 1, 0, 0, 1, 1}, 0.5F}, {noise(picture)}},
        {Gather{1}, {noise(picture), ints({3}, {1, 0, 1})}},
        {Expand{{3, 2, 4, 4}}, {noise(picture)}},
        {Tile{{1, 2, 1, 1}}, {noise(picture)}},
        {resize(ResizeMode::Nearest, ResizeCoordinates::HalfPixel), {noise(picture)}},
        {resize(ResizeMode::Linear, ResizeCoordinates::HalfPixel), {noise(picture)}},
        {resize(ResizeMode::Nearest, ResizeCoordinates::TfCropAndResize), {noise(picture)}},
        {GridSample{}, {noise(picture), noise({1, 3, 3, 2})}},
        {RoiAlign{2, 2, 1}, {noise(picture), floats({1, 4}, {0, 0, 2, 2}), ints({1}, {0})}},
        {Det{}, {noise(picture)}},
        {GatherElements{1}, {noise(picture), ints({1, 1, 1, 1}, {1})}},
        {GatherNd{}, {noise(picture), ints({1, 2}, {0, 1})}},
        {ScatterElements{1}, {noise(picture), ints({1, 1, 1, 1}, {1}), noise({1, 1, 1, 1})}},
        {ScatterNd{}, {noise(picture), ints({1, 3}, {0, 1, 1}), noise({1, 4})}},
        {CumSum{1}, {noise(picture)}},
        {TopValues{1, 1}, {noise(picture)}},
        {lstm,
         {noise({3, 1, 2}), noise({1, 12, 2}), noise({1, 12, 3}), noise({1, 24}), noise({1, 1, 3}), noise({1, 1, 3}),
          noise({1, 9})}},
        {Where{}, {bools(picture), noise(picture), noise(picture)}},
        {ShapeOf{}, {noise(picture)}},
        {QuantizeLinear{ElementType::U8, 1}, {noise(picture), floats({}, {0.1F}), codes({})}},
        {DequantizeLinear{}, {codes(picture), floats({}, {0.1F}), codes({})}},
        {Cast{ElementType::S64}, {noise(picture)}},
        {Identity{}, {noise(picture)}},
    };
    for (const PoolKind kind : {PoolKind::Max, PoolKind::AverageIncludePad, PoolKind::AverageExcludePad})
        for (const bool global : {false, true})
            all.push_back({pool(kind, global), {noise(picture)}});
    for (const UnaryKind kind : {UnaryKind::Relu, UnaryKind::Sigmoid, UnaryKind::Abs})
        all.push_back({Unary{kind, 0, 0}, {noise(picture)}});
    for (const BinaryKind kind : {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Mul, BinaryKind::PRelu})
        all.push_back({Binary{kind, {}}, {noise(picture), noise(picture)}});
    return all;
}

std::vector<TensorType> typesOf(const std::vector<Tensor>& tensors) {
    std::vector<TensorType> types;
    for (const Tensor& tensor : tensors)
        types.push_back({tensor.type, tensor.shape});
    return types;
}

/// The results for the first `count` operands; those beyond are like the last one.
std::vector<Tensor> evaluated(const Example& example, size_t count) {
    std::vector<std::optional<Tensor>> inputs(example.operands.begin(), example.operands.end());
    inputs.resize(count, example.operands.back());
    return evaluate(Graph{}, Node{"layer", example.op, {}, {}, {}}, inputs);
}

std::vector<Tensor> evaluated(const Example& example) {
    return evaluated(example, example.operands.size());
}

/// The values of the operands that may lie on grids, and the 0 of paddings.
std::set<double> valuesOnGrids(const Example& example) {
    std::set<double> values{0};
    for (size_t i = 0; i < example.operands.size(); ++i)
        if (mayLieOnGrid(example.op, i))
            for (const double value : example.operands[i].toDoubles())
                values.insert(value);
    return values;
}

/// `tensor` with what belongs to index 1 of `dimension` increased by 1.
Tensor increased(const Tensor& tensor, size_t dimension) {
    std::vector<float> values = tensor.toFloats();
    size_t behind = 1;
    for (size_t i = dimension + 1; i < tensor.shape.size(); ++i)
        behind *= static_cast<size_t>(tensor.shape[i]);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] += i / behind % static_cast<size_t>(tensor.shape[dimension]) == 1;
    return floats(tensor.shape, values);
}

/// The indices of `dimension` at which the results differ.
std::set<size_t> changedAlong(const Tensor& before, const Tensor& after, size_t dimension) {
    const std::vector<double> a = before.toDoubles(), b = after.toDoubles();
    size_t behind = 1;
    for (size_t i = dimension + 1; i < before.shape.size(); ++i)
        behind *= static_cast<size_t>(before.shape[i]);
    std::set<size_t> changed;
    for (size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i])
            changed.insert(i / behind % static_cast<size_t>(before.shape[dimension]));
    return changed;
}

} // namespace

TEST_CASE("there is an example of every operator") {
    std::set<size_t> kinds;
    for (const Example& example : examples())
        kinds.insert(example.op.index());
    kinds.insert(Op(Opaque{}).index()); // which cannot be evaluated
    CHECK(kinds.size() == std::variant_size_v<OpVariant>);
}

TEST_CASE("operators take as many operands as their traits say, and no others") {
    for (const Example& example : examples()) {
        const Arity arity = arityOf(example.op);
        INFO(opName(example.op));
        CHECK(evaluated(example, arity.least).size() == evaluated(example).size());
        const auto refuses = [&](size_t count) {
            return failureOf([&] { evaluated(example, count); }).mentions("inputs and takes");
        };
        CHECK(refuses(arity.least - 1));
        if (arity.most == Arity::kAny)
            CHECK_NOTHROW(evaluated(example, arity.least + 5));
        else {
            CHECK(example.operands.size() == arity.most);
            CHECK(refuses(arity.most + 1));
        }
    }
}

TEST_CASE("operators give as many results as their traits say, of the types and shapes that are inferred") {
    for (const Example& example : examples()) {
        INFO(opName(example.op));
        const Arity results = traitsOf(example.op).results;
        const std::vector<Tensor> made = evaluated(example);
        CHECK(made.size() >= results.least);
        CHECK(made.size() <= results.most);
        Operands operands;
        for (const TensorType& type : typesOf(example.operands))
            operands.emplace_back(type);
        CHECK(resultsOf(Node{"layer", example.op, {}, {}, {}}, operands) == typesOf(made));
    }
}

TEST_CASE("heavy operators are those that multiply and accumulate") {
    for (const Example& example : examples()) {
        INFO(opName(example.op));
        Operands operands;
        for (const TensorType& type : typesOf(example.operands))
            operands.emplace_back(type);
        CHECK(isHeavy(example.op) == (macsOf(example.op, operands, typesOf(evaluated(example))) > 0));
    }
}

TEST_CASE("what only moves values gives values of its operands, and what keeps grids stays between them") {
    for (const Example& example : examples()) {
        if (!keepsGrid(example.op))
            continue;
        INFO(opName(example.op));
        const std::set<double> given = valuesOnGrids(example);
        for (const Tensor& result : evaluated(example))
            for (const double value : result.toDoubles()) {
                if (onlyMoves(example.op))
                    CHECK(given.contains(value));
                CHECK(value <= std::max(*given.rbegin(), 0.5)); // the value of a Pad
                CHECK(value >= *given.begin());
            }
    }
}

TEST_CASE("what keeps the order leaves the bytes as they are") {
    for (const Example& example : examples())
        if (traitsOf(example.op).keepsOrder) {
            INFO(opName(example.op));
            CHECK(evaluated(example).front().bytes == example.operands.front().bytes);
        }
}

TEST_CASE("output channels lie along the dimension of the weights that the traits name") {
    for (const Example& example : examples()) {
        const OpTraits traits = traitsOf(example.op);
        INFO(opName(example.op));
        const Tensor before = evaluated(example).front();
        for (const WeightOperand& weights : traits.weights) {
            CHECK(mayLieOnGrid(example.op, weights.input));
            Example other = example;
            Tensor& tensor = other.operands.at(weights.input);
            tensor = increased(tensor, static_cast<size_t>(weights.outputDimension));
            CHECK(changedAlong(before, evaluated(other).front(), other.channels) == std::set<size_t>{1});
        }
        if (traits.bias) {
            CHECK(!mayLieOnGrid(example.op, *traits.bias));
            Example other = example;
            other.operands.at(*traits.bias) = increased(example.operands.at(*traits.bias), 0);
            CHECK(changedAlong(before, evaluated(other).front(), other.channels) == std::set<size_t>{1});
        }
    }
}

TEST_CASE("only operators without groups have weights that can be quantized") {
    for (const Example& example : examples())
        CHECK((traitsOf(example.op).weights.empty() || isInt8Candidate(example.op)));
    CHECK(whyNeverInt8(ConvTranspose{{1}, {1}, {0, 0}, {0}, 2, {}}) ==
          "ConvTranspose has groups, whose weights are not quantized.");
    CHECK(whyNeverInt8(ConvTranspose{{1}, {1}, {0, 0}, {0}, 1, {}}).empty());
    CHECK(whyNeverInt8(Softmax{}) == "Softmax needs the precision of fp32.");
    CHECK(whyNeverInt8(Binary{BinaryKind::Sub, {}}) == "Sub has no int8 kernel.");
    CHECK(whyNeverInt8(Binary{BinaryKind::Add, {}}).empty());
    CHECK(whyNeverBf16(Pad{{0, 0}, 1}) == "Pad computes in fp32.");
    CHECK(whyNeverBf16(Pad{{0, 0}, 0}).empty());
}

TEST_CASE("operands of fused additions may lie on grids, slopes and biases may not") {
    const Op conv = Conv{{1}, {1}, {0, 0}, 1, {Unary{UnaryKind::Relu, 0, 0}, AddInput{3}, PReluInput{4}}};
    CHECK(arityOf(conv).most == 5);
    std::vector<bool> onGrids;
    for (size_t i = 0; i < 5; ++i)
        onGrids.push_back(mayLieOnGrid(conv, i));
    CHECK(onGrids == std::vector<bool>{true, true, false, true, false});
    CHECK(operandsOnGrids(Node{"layer", conv, {5, 6, kNoValue, 7, 8}, {9}, {}}) == std::vector<ValueId>{5, 6, 7});
    CHECK(operandsOnGrids(Node{"layer", Gather{}, {5, 6}, {9}, {}}) == std::vector<ValueId>{5});
}
