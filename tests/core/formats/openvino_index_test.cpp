// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO operators that find, mark, replace, sort or rearrange elements, and those that make truths.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/ir_maker.h"

#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

std::string listed(const Shape& shape) {
    std::string text;
    for (const int64_t dim : shape)
        text += (text.empty() ? "" : ",") + std::to_string(dim);
    return text;
}

/// The outputs of one layer over an input x, with the constants that `more` makes behind it.
template <class More>
std::vector<Tensor> layerOn(const std::string& type, const std::string& data, const Shape& shape,
                            const std::vector<float>& x, const More& more, const std::string& opset = "opset1",
                            int outputs = 1) {
    IrMaker maker;
    std::vector<int> inputs{maker.parameter("x", listed(shape))};
    for (const int each : more(maker))
        inputs.push_back(each);
    const int y = maker.layer("y", type, data, inputs, outputs, opset);
    for (int i = 0; i < outputs; ++i)
        maker.result(y, i);
    return compute(readIr(maker), Tensor::fromFloats(shape, x)).outputs;
}

using Ids = std::vector<int>;

int integers(IrMaker& maker, const std::string& name, const Shape& shape, const std::vector<int64_t>& values) {
    return maker.constant(name, "i64", listed(shape), values);
}

} // namespace

TEST_CASE("OpenVINO: Gather takes batches and positions from the end") {
    const std::vector<float> x = numbers(12);
    const auto more = [](IrMaker& maker) {
        return Ids{integers(maker, "i", {2, 2}, {-1, 0, 1, 1}), integers(maker, "a", {}, {-1})};
    };
    checkEqual(layerOn("Gather", "batch_dims=\"1\"", {2, 2, 3}, x, more, "opset8")[0], {2, 2, 2},
               {x[2], x[0], x[5], x[3], x[7], x[7], x[10], x[10]});
    checkEqual(layerOn("Gather", "batch_dims=\"-1\"", {2, 3}, numbers(6), more, "opset8")[0], {2, 2},
               {x[2], x[0], x[4], x[4]});
}

TEST_CASE("OpenVINO: elements and parts by their positions") {
    const std::vector<float> x{0, 1, 2, 3, 4, 5};
    checkEqual(layerOn("GatherElements", "axis=\"1\"", {2, 3}, x,
                       [](IrMaker& maker) {
                           return Ids{integers(maker, "i", {2, 2}, {2, 0, 1, 1})};
                       })[0],
               {2, 2}, {2, 0, 4, 4});
    const auto positions = [](IrMaker& maker) { return Ids{integers(maker, "i", {1, 2, 1}, {1, 0})}; };
    checkEqual(layerOn("GatherND", "batch_dims=\"0\"", {2, 3}, x, positions, "opset8")[0], {1, 2, 3},
               {3, 4, 5, 0, 1, 2});
    const auto shared = [](IrMaker& maker) { return Ids{integers(maker, "i", {1, 2, 1}, {2, 0})}; };
    checkEqual(layerOn("GatherND", "batch_dims=\"2\"", {1, 2, 3}, x, shared, "opset5")[0], {2}, {2, 3});
    checkEqual(layerOn("GatherND", "batch_dims=\"2\"", {1, 2, 3}, x, shared, "opset8")[0], {1, 2}, {2, 3});
}

TEST_CASE("OpenVINO: parts are replaced by updates") {
    const std::vector<float> x{0, 1, 2, 3, 4, 5};
    checkEqual(layerOn("ScatterUpdate", "", {2, 3}, x,
                       [](IrMaker& maker) {
                           return Ids{maker.integers("i", {2, 0}), maker.floats("u", "2,2", {10, 20, 30, 40}),
                                      integers(maker, "a", {}, {1})};
                       })[0],
               {2, 3}, {20, 1, 10, 40, 4, 30});
    const auto elements = [](IrMaker& maker) {
        return Ids{integers(maker, "i", {2, 1}, {1, 1}), maker.floats("u", "2,1", {10, 20}),
                   integers(maker, "a", {}, {1})};
    };
    checkEqual(layerOn("ScatterElementsUpdate", "", {2, 3}, x, elements, "opset3")[0], {2, 3}, {0, 10, 2, 3, 20, 5});
    checkEqual(layerOn("ScatterElementsUpdate", "reduction=\"sum\"", {2, 3}, x, elements, "opset12")[0], {2, 3},
               {0, 11, 2, 3, 24, 5});
    checkEqual(layerOn("ScatterNDUpdate", "", {2, 3}, x,
                       [](IrMaker& maker) {
                           return Ids{integers(maker, "i", {1, 1}, {-1}), maker.floats("u", "1,3", {7, 8, 9})};
                       })[0],
               {2, 3}, {0, 1, 2, 7, 8, 9});
}

TEST_CASE("OpenVINO: sums, the best values, and elements in reversed order") {
    const std::vector<float> x{1, 5, 3, -2, -7, -4};
    const auto axis = [](IrMaker& maker) { return Ids{integers(maker, "a", {}, {1})}; };
    checkEqual(layerOn("CumSum", "exclusive=\"true\" reverse=\"false\"", {2, 3}, x, axis, "opset3")[0], {2, 3},
               {0, 1, 6, 0, -2, -9});
    const auto top = layerOn(
        "TopK", "axis=\"-1\" mode=\"min\" sort=\"value\" index_element_type=\"i64\"", {2, 3}, x,
        [](IrMaker& maker) { return Ids{integers(maker, "k", {}, {2})}; }, "opset11", 2);
    checkEqual(top[0], {2, 2}, {1, 3, -7, -4});
    checkEqual(top[1], {2, 2}, {0, 2, 1, 2});
    checkEqual(layerOn("Reverse", "mode=\"index\"", {2, 3}, x,
                       [](IrMaker& maker) { return Ids{maker.integers("a", {1})}; })[0],
               {2, 3}, {3, 5, 1, -4, -7, -2});
    checkEqual(layerOn(
                   "Einsum", "equation=\"ij,kj->ik\"", {2, 3}, x,
                   [](IrMaker& maker) {
                       return Ids{maker.floats("w", "1,3", {1, 10, 100})};
                   },
                   "opset7")[0],
               {2, 1}, {351, -472});
}

TEST_CASE("OpenVINO: positions of constants, and positions as marks") {
    IrMaker maker;
    const int x = maker.parameter("x", "2", "i64"), depth = integers(maker, "d", {}, {3}),
              on = maker.floats("on", "", {4}), off = maker.floats("off", "", {0.5F});
    maker.result(maker.layer("y", "OneHot", "axis=\"-1\"", {x, depth, on, off}));
    const int marks = maker.floats("marks", "2,2", {0, 2, 3, 0});
    maker.result(maker.layer("z", "NonZero", "output_type=\"i32\"", {marks}, 1, "opset3"));
    const auto outputs = compute(readIr(maker), Tensor::fromInt64s({2}, std::vector<int64_t>{2, -1})).outputs;
    checkEqual(outputs[0], {2, 3}, {0.5, 0.5, 4, 0.5, 0.5, 0.5});
    checkEqual(outputs[1], {2, 2}, {0, 1, 1, 0});
}

TEST_CASE("OpenVINO: tensors are repeated and spread to larger ones") {
    const std::vector<float> x{1, 2};
    checkEqual(layerOn("Tile", "", {2}, x,
                       [](IrMaker& maker) {
                           return Ids{maker.integers("r", {2, 1})};
                       })[0],
               {2, 2}, {1, 2, 1, 2});
    checkEqual(layerOn("Tile", "", {1, 2}, x, [](IrMaker& maker) { return Ids{maker.integers("r", {2})}; })[0], {1, 4},
               {1, 2, 1, 2});
    const auto to = [](IrMaker& maker) { return Ids{maker.integers("s", {2, 3}), maker.integers("a", {0})}; };
    checkEqual(layerOn("Broadcast", "mode=\"explicit\"", {2}, x, to, "opset3")[0], {2, 3}, {1, 1, 1, 2, 2, 2});
}

TEST_CASE("OpenVINO: a symmetric pad mirrors the edges, too") {
    const auto pads = [](int64_t most) {
        return [most](IrMaker& maker) { return Ids{maker.integers("b", {0, most}), maker.integers("e", {1, 1})}; };
    };
    const std::vector<float> x{1, 2, 3, 4, 5, 6};
    checkEqual(layerOn("Pad", "pad_mode=\"symmetric\"", {2, 3}, x, pads(2), "opset12")[0], {3, 6},
               {2, 1, 1, 2, 3, 3, 5, 4, 4, 5, 6, 6, 5, 4, 4, 5, 6, 6});
    IrMaker maker;
    std::vector<int> inputs{maker.parameter("x", "2,3")};
    for (const int each : pads(4)(maker))
        inputs.push_back(each);
    maker.result(maker.layer("y", "Pad", "pad_mode=\"symmetric\"", inputs, 1, "opset12"));
    CHECK_REFUSAL(refusalOfIr(maker), "bad-input", "mirrors 4 and 1 of 3 elements");
}

TEST_CASE("OpenVINO: blocks of channels become pixels in each order, and back") {
    const std::vector<float> x{0, 1, 2, 3, 4, 5, 6, 7};
    const auto nothing = [](IrMaker&) { return Ids{}; };
    checkEqual(layerOn("DepthToSpace", "block_size=\"2\" mode=\"blocks_first\"", {1, 8, 1, 1}, x, nothing)[0],
               {1, 2, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7});
    checkEqual(layerOn("DepthToSpace", "block_size=\"2\" mode=\"depth_first\"", {1, 8, 1, 1}, x, nothing)[0],
               {1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
    checkEqual(layerOn("SpaceToDepth", "block_size=\"2\" mode=\"blocks_first\"", {1, 2, 2, 2}, x, nothing)[0],
               {1, 8, 1, 1}, {0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("OpenVINO: numbers that are none, and truths that are combined") {
    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> x{1, infinity, -infinity, std::numeric_limits<float>::quiet_NaN()};
    const auto nothing = [](IrMaker&) { return Ids{}; };
    checkEqual(layerOn("IsNaN", "", {4}, x, nothing, "opset10")[0], {4}, {0, 0, 0, 1});
    checkEqual(layerOn("IsFinite", "", {4}, x, nothing, "opset10")[0], {4}, {1, 0, 0, 0});
    checkEqual(layerOn("IsInf", "detect_negative=\"false\"", {4}, x, nothing, "opset10")[0], {4}, {0, 1, 0, 0});
    IrMaker maker;
    const int in = maker.parameter("x", "2,2"), half = maker.floats("half", "", {0.5F}),
              above = maker.layer("above", "Greater", "", {in, half}), axis = maker.integers("axis", {1});
    maker.result(maker.layer("all", "ReduceLogicalAnd", "keep_dims=\"false\"", {above, axis}));
    maker.result(maker.layer("any", "ReduceLogicalOr", "keep_dims=\"true\"", {above, axis}));
    maker.result(maker.layer("none", "BitwiseNot", "", {above}, 1, "opset13"));
    const auto outputs = compute(readIr(maker), Tensor::fromFloats({2, 2}, std::vector<float>{1, 0, 1, 1})).outputs;
    checkEqual(outputs[0], {2}, {0, 1});
    checkEqual(outputs[1], {2, 1}, {1, 1});
    checkEqual(outputs[2], {2, 2}, {0, 1, 0, 0});
}
