// SPDX-License-Identifier: GPL-3.0-or-later
// What TensorFlow's operators compute, against plain loops over NHWC.
#include "core/graph/infer.h"
#include "tests/core/formats/graph_maker.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

using Floats = std::vector<float>;

Tensor noiseTensor(const Shape& shape, uint32_t seed) {
    size_t count = 1;
    for (const int64_t dim : shape)
        count *= static_cast<size_t>(dim);
    return Tensor::fromFloats(shape, noiseOf(count, seed));
}

void checkClose(const Tensor& actual, const Shape& shape, const Floats& wanted) {
    CHECK(actual.shape == shape);
    const Floats values = actual.toFloats();
    REQUIRE(values.size() == wanted.size());
    for (size_t i = 0; i < values.size(); ++i)
        if (std::abs(values[i] - wanted[i]) > 1e-5F * std::max(1.0F, std::abs(wanted[i]))) {
            INFO("element " << i);
            CHECK(values[i] == wanted[i]);
        }
}

/// One dimension of a window: where it begins for the first result, and how many results there are.
struct Extent {
    int64_t results, before;
};

Extent extentOf(int64_t size, int64_t kernel, int64_t stride, int64_t dilation, const std::string& padding) {
    const int64_t window = (kernel - 1) * dilation + 1;
    if (padding == "VALID")
        return {(size - window) / stride + 1, 0};
    const int64_t results = (size + stride - 1) / stride;
    return {results, std::max<int64_t>(0, (results - 1) * stride + window - size) / 2};
}

struct Window {
    int64_t kernel = 3, stride = 1, dilation = 1;
    std::string padding = "SAME";
};

/// x [1,H,W,C]. visit(y, x element index) for each pair that a window joins; -1 outside the picture.
template <class F> void slide(const Shape& x, const Window& window, F&& visit) {
    const Extent rows = extentOf(x[1], window.kernel, window.stride, window.dilation, window.padding);
    const Extent columns = extentOf(x[2], window.kernel, window.stride, window.dilation, window.padding);
    for (int64_t row = 0; row < rows.results; ++row)
        for (int64_t column = 0; column < columns.results; ++column)
            for (int64_t kh = 0; kh < window.kernel; ++kh)
                for (int64_t kw = 0; kw < window.kernel; ++kw) {
                    const int64_t h = row * window.stride - rows.before + kh * window.dilation;
                    const int64_t w = column * window.stride - columns.before + kw * window.dilation;
                    if (h >= 0 && h < x[1] && w >= 0 && w < x[2])
                        visit(row * columns.results + column, h * x[2] + w, kh * window.kernel + kw);
                }
}

Shape resultShape(const Shape& x, const Window& window, int64_t channels) {
    return {1, extentOf(x[1], window.kernel, window.stride, window.dilation, window.padding).results,
            extentOf(x[2], window.kernel, window.stride, window.dilation, window.padding).results, channels};
}

Floats conv(const Shape& shape, const Floats& x, const Floats& weights, int64_t channels, const Window& window) {
    const Shape result = resultShape(shape, window, channels);
    Floats y(static_cast<size_t>(result[1] * result[2] * channels), 0);
    slide(shape, window, [&](int64_t to, int64_t from, int64_t tap) {
        for (int64_t c = 0; c < shape[3]; ++c)
            for (int64_t o = 0; o < channels; ++o)
                y[static_cast<size_t>(to * channels + o)] +=
                    x[static_cast<size_t>(from * shape[3] + c)] *
                    weights[static_cast<size_t>((tap * shape[3] + c) * channels + o)];
    });
    return y;
}

/// x [1,H,W,C] -> conv "conv" with weights w.
GraphMaker convGraph(const Shape& x, const std::vector<int64_t>& weights, const Window& window,
                     const char* op = "Conv2D") {
    GraphMaker graph;
    graph.placeholder("x", x);
    graph.noise("w", weights, 3);
    graphdef::NodeDef& node = graph.node(op, "conv", {"x", "w"});
    set(node, "strides", std::vector<int64_t>{1, window.stride, window.stride, 1});
    set(node, "dilations", std::vector<int64_t>{1, window.dilation, window.dilation, 1});
    set(node, "padding", window.padding.c_str());
    return graph;
}

Tensor outputFor(const GraphMaker& graph, const Tensor& x) {
    return outputOf(graph, {{"x", x}});
}

Floats mapped(const Tensor& x, float (*f)(float)) {
    Floats values = x.toFloats();
    std::ranges::transform(values, values.begin(), f);
    return values;
}

} // namespace

TEST_CASE("convolutions pad as TensorFlow does, the extra element at the end") {
    for (const Window& window : {Window{3, 1, 1, "SAME"}, Window{3, 2, 1, "SAME"}, Window{3, 2, 1, "VALID"},
                                 Window{2, 2, 1, "SAME"}, Window{3, 1, 2, "SAME"}, Window{5, 3, 1, "SAME"}}) {
        INFO(window.kernel << " " << window.stride << " " << window.dilation << " " << window.padding);
        const Shape shape{1, 9, 8, 3};
        const Tensor x = noiseTensor(shape, 1);
        const GraphMaker graph = convGraph(shape, {window.kernel, window.kernel, 3, 4}, window);
        const size_t taps = static_cast<size_t>(window.kernel * window.kernel * 12);
        checkClose(outputFor(graph, x), resultShape(shape, window, 4),
                   conv(shape, x.toFloats(), noiseOf(taps, 3), 4, window));
    }
}

TEST_CASE("depthwise convolutions number their results by channel first") {
    const Shape shape{1, 6, 7, 3};
    const Window window{3, 2, 1, "SAME"};
    const Tensor x = noiseTensor(shape, 1);
    const Floats given = x.toFloats(), weights = noiseOf(9 * 6, 3);
    const Shape result = resultShape(shape, window, 6);
    Floats y(static_cast<size_t>(result[1] * result[2] * 6), 0);
    slide(shape, window, [&](int64_t to, int64_t from, int64_t tap) {
        for (size_t c = 0; c < 3; ++c)
            for (size_t m = 0; m < 2; ++m)
                y[static_cast<size_t>(to) * 6 + c * 2 + m] +=
                    given[static_cast<size_t>(from) * 3 + c] * weights[(static_cast<size_t>(tap) * 3 + c) * 2 + m];
    });
    checkClose(outputFor(convGraph(shape, {3, 3, 3, 2}, window, "DepthwiseConv2dNative"), x), result, y);
}

TEST_CASE("explicit paddings and NCHW give what the same convolution in NHWC gives") {
    const Shape shape{1, 6, 5, 3};
    GraphMaker nhwc = convGraph(shape, {3, 3, 3, 4}, {3, 2, 1, "EXPLICIT"});
    set(nhwc.find("conv"), "explicit_paddings", std::vector<int64_t>{0, 0, 1, 2, 0, 1, 0, 0});
    GraphMaker padded;
    padded.placeholder("x", shape);
    padded.noise("w", {3, 3, 3, 4}, 3);
    padded.integers("paddings", {0, 0, 1, 2, 0, 1, 0, 0});
    attribute(padded.find("paddings"), "value").mutable_tensor()->mutable_tensor_shape()->mutable_dim(0)->set_size(4);
    attribute(padded.find("paddings"), "value").mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(2);
    padded.node("Pad", "pad", {"x", "paddings"});
    graphdef::NodeDef& valid = padded.node("Conv2D", "conv", {"pad", "w"});
    set(valid, "strides", std::vector<int64_t>{1, 2, 2, 1});
    set(valid, "padding", "VALID");
    const Tensor x = noiseTensor(shape, 1);
    const Tensor wanted = outputFor(padded, x);
    checkClose(outputFor(nhwc, x), wanted.shape, wanted.toFloats());

    GraphMaker nchw;
    nchw.placeholder("x", shape);
    nchw.noise("w", {3, 3, 3, 4}, 3);
    nchw.integers("first", {0, 3, 1, 2});
    nchw.integers("last", {0, 2, 3, 1});
    nchw.node("Transpose", "turned", {"x", "first"});
    graphdef::NodeDef& node = nchw.node("Conv2D", "conv", {"turned", "w"});
    set(node, "strides", std::vector<int64_t>{1, 1, 2, 2});
    set(node, "padding", "EXPLICIT");
    set(node, "explicit_paddings", std::vector<int64_t>{0, 0, 0, 0, 1, 2, 0, 1});
    set(node, "data_format", "NCHW");
    nchw.floats("b", {4}, {1, 2, 3, 4});
    set(nchw.node("BiasAdd", "bias", {"conv", "b"}), "data_format", "NCHW");
    nchw.node("Transpose", "y", {"bias", "last"});
    Floats shifted = wanted.toFloats();
    for (size_t i = 0; i < shifted.size(); ++i)
        shifted[i] += static_cast<float>(i % 4 + 1);
    checkClose(outputFor(nchw, x), wanted.shape, shifted);
}

TEST_CASE("windows with impossible attributes are refused") {
    const auto refusalWith = [](const std::string& key, const std::vector<int64_t>& values) {
        GraphMaker graph = convGraph({1, 6, 5, 3}, {3, 3, 3, 4}, {3, 1, 1, "SAME"});
        set(graph.find("conv"), key, values);
        return unsupportedIn(graph);
    };
    CHECK_REFUSAL(refusalWith("strides", {1, 1, 1}), "bad-input", "3 numbers in its attribute strides");
    CHECK_REFUSAL(refusalWith("strides", {}), "bad-input", "0 numbers");
    CHECK_REFUSAL(refusalWith("strides", {1, 0, 1, 1}), "bad-input", "impossible value 0");
    CHECK_REFUSAL(refusalWith("strides", {1, 1, 1, 2}), "unsupported", "over the batch or the channels");
    CHECK_REFUSAL(refusalWith("dilations", {1, -1, 1, 1}), "bad-input", "impossible value -1");
    GraphMaker graph = convGraph({1, 6, 5, 3}, {3, 3, 3, 4}, {3, 1, 1, "EXPLICIT"});
    set(graph.find("conv"), "explicit_paddings", std::vector<int64_t>{0, 0, 1});
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "needs 8");
    set(graph.find("conv"), "padding", "same");
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "\"same\"");
    set(graph.find("conv"), "padding", int64_t{1});
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "not a text");
    GraphMaker format = convGraph({1, 6, 5, 3}, {3, 3, 3, 4}, {3, 1, 1, "SAME"});
    set(format.find("conv"), "data_format", "NHWD");
    CHECK_REFUSAL(unsupportedIn(format), "unsupported", "NHWD");
    CHECK_REFUSAL(refusalOf(convGraph({1, 6, 5, 3}, {3, 3, 2, 4}, {})), "bad-input", "weights for 2 channels");
}

TEST_CASE("averages count real elements only, and pools keep the layout of the file") {
    const Shape shape{1, 5, 5, 2};
    const Tensor x = noiseTensor(shape, 1);
    const Floats given = x.toFloats();
    const Window window{3, 2, 1, "SAME"};
    Floats sums(18, 0), counts(18, 0), maxima(18, -2);
    slide(shape, window, [&](int64_t to, int64_t from, int64_t) {
        for (size_t c = 0; c < 2; ++c) {
            const size_t at = static_cast<size_t>(to) * 2 + c;
            const float value = given[static_cast<size_t>(from) * 2 + c];
            sums[at] += value;
            counts[at] += 1;
            maxima[at] = std::max(maxima[at], value);
        }
    });
    for (size_t i = 0; i < sums.size(); ++i)
        sums[i] /= counts[i];
    for (const std::string op : {"AvgPool", "MaxPool"}) {
        GraphMaker graph;
        graph.placeholder("x", shape);
        graphdef::NodeDef& node = graph.node(op, "pool", {"x"});
        set(node, "ksize", std::vector<int64_t>{1, 3, 3, 1});
        set(node, "strides", std::vector<int64_t>{1, 2, 2, 1});
        set(node, "padding", "SAME");
        checkClose(outputFor(graph, x), {1, 3, 3, 2}, op == "AvgPool" ? sums : maxima);
    }
}

TEST_CASE("a convolution between SpaceToBatchND and BatchToSpaceND is one with holes in its kernel") {
    for (const int64_t size : {8, 9}) {
        const Shape shape{1, size, size, 3};
        const int64_t extra = (4 + size) % 2; // the padded size must be a multiple of the block
        GraphMaker graph;
        graph.placeholder("x", shape);
        graph.noise("w", {3, 3, 3, 4}, 3);
        graph.integers("block", {2, 2});
        graph.integers("paddings", {2, 2 + extra, 2, 2 + extra});
        graph.integers("crops", {0, extra, 0, extra});
        graph.node("SpaceToBatchND", "spread", {"x", "block", "paddings"});
        graphdef::NodeDef& node = graph.node("Conv2D", "conv", {"spread", "w"});
        set(node, "strides", std::vector<int64_t>{1, 1, 1, 1});
        set(node, "padding", "VALID");
        graph.floats("b", {4}, {0, 0, 0, 0});
        graph.node("BiasAdd", "bias", {"conv", "b"});
        graph.node("BatchToSpaceND", "y", {"bias", "block", "crops"});
        const Tensor x = noiseTensor(shape, 1);
        const Window window{3, 1, 2, "SAME"};
        checkClose(outputFor(graph, x), {1, size, size, 4}, conv(shape, x.toFloats(), noiseOf(108, 3), 4, window));
        const Graph network = read(graph).graph;
        for (const Node& layer : network.nodes())
            CHECK_FALSE(std::holds_alternative<Slice>(layer.op));

        graph.node("Relu", "early", {"spread"});
        CHECK_REFUSAL(refusalOf(graph), "unsupported", "early");
    }
}

TEST_CASE("normalizations of every form compute the same") {
    const Shape shape{1, 4, 4, 3};
    const Tensor x = noiseTensor(shape, 1);
    const Floats gamma{1, 2, 0.5F}, beta{0, -1, 3}, mean{0.25F, -0.5F, 0}, variance{1, 0.25F, 4};
    Floats wanted = x.toFloats();
    for (size_t i = 0; i < wanted.size(); ++i)
        wanted[i] = (wanted[i] - mean[i % 3]) / std::sqrt(variance[i % 3] + 1e-3F) * gamma[i % 3] + beta[i % 3];
    const auto base = [&] {
        GraphMaker graph;
        graph.placeholder("x", shape);
        graph.floats("gamma", {3}, gamma);
        graph.floats("beta", {3}, beta);
        graph.floats("mean", {3}, mean);
        graph.floats("variance", {3}, variance);
        return graph;
    };
    GraphMaker fused = base();
    graphdef::NodeDef& node = fused.node("FusedBatchNormV3", "bn", {"x", "gamma", "beta", "mean", "variance"});
    set(node, "is_training", false);
    set(node, "epsilon", 1e-3F);
    checkClose(outputFor(fused, x), shape, wanted);
    node.clear_attr();
    CHECK_REFUSAL(unsupportedIn(fused), "unsupported", "training mode"); // TensorFlow's default
    set(node, "is_training", false);
    fused.node("Relu", "second", {"bn:1"});
    CHECK_REFUSAL(refusalOf(fused), "unsupported", "for training");

    GraphMaker old = base();
    graphdef::NodeDef& global =
        old.node("BatchNormWithGlobalNormalization", "bn", {"x", "mean", "variance", "beta", "gamma"});
    set(global, "variance_epsilon", 1e-3F);
    set(global, "scale_after_normalization", true);
    checkClose(outputFor(old, x), shape, wanted);
    set(global, "scale_after_normalization", false);
    Floats unscaled = wanted;
    for (size_t i = 0; i < unscaled.size(); ++i)
        unscaled[i] = (unscaled[i] - beta[i % 3]) / gamma[i % 3] + beta[i % 3];
    checkClose(outputFor(old, x), shape, unscaled);

    GraphMaker written = base();
    written.number("epsilon", 1e-3F);
    written.node("Add", "add", {"variance", "epsilon"});
    written.node("Rsqrt", "rsqrt", {"add"});
    written.node("Mul", "mul", {"rsqrt", "gamma"});
    written.node("Mul", "mul_1", {"x", "mul"});
    written.node("Mul", "mul_2", {"mean", "mul"});
    written.node("Sub", "sub", {"beta", "mul_2"});
    written.node("Add", "add_1", {"mul_1", "sub"});
    checkClose(outputFor(written, x), shape, wanted);

    // Behind a convolution it is one node, which a pass folds.
    GraphMaker behind = convGraph(shape, {3, 3, 3, 3}, {3, 1, 1, "SAME"});
    behind.floats("factor", {3}, gamma);
    behind.floats("shift", {3}, beta);
    behind.node("Mul", "scaled", {"conv", "factor"});
    behind.node("Sub", "y", {"scaled", "shift"});
    const Graph graph = read(behind).graph;
    CHECK(std::holds_alternative<BatchNorm>(nodeNamed(graph, "y").op));
    CHECK(nodeNamed(graph, "y").origins == std::vector<std::string>{"scaled", "y"});
    Floats both = conv(shape, x.toFloats(), noiseOf(81, 3), 3, {3, 1, 1, "SAME"});
    for (size_t i = 0; i < both.size(); ++i)
        both[i] = both[i] * gamma[i % 3] - beta[i % 3];
    checkClose(outputFor(behind, x), shape, both);
}

TEST_CASE("elementwise operators compute on both layouts alike") {
    const Shape shape{1, 2, 3, 4};
    const Tensor x = noiseTensor(shape, 1);
    const auto wantedOf = [&](float (*f)(float)) { return mapped(x, f); };
    const std::vector<std::pair<std::string, Floats>> operators = {
        {"Relu", wantedOf([](float v) { return std::max(v, 0.0F); })},
        {"Relu6", wantedOf([](float v) { return std::min(std::max(v, 0.0F), 6.0F); })},
        {"LeakyRelu", wantedOf([](float v) { return v < 0 ? 0.2F * v : v; })},
        {"Elu", wantedOf([](float v) { return v < 0 ? std::expm1(v) : v; })},
        {"Sigmoid", wantedOf([](float v) { return 1 / (1 + std::exp(-v)); })},
        {"Tanh", wantedOf([](float v) { return std::tanh(v); })},
        {"Square", wantedOf([](float v) { return v * v; })},
        {"Neg", wantedOf([](float v) { return -v; })},
    };
    for (const auto& [op, wanted] : operators) {
        INFO(op);
        GraphMaker graph;
        graph.placeholder("x", shape);
        graph.node(op, "y", {"x"});
        checkClose(outputFor(graph, x), shape, wanted);
    }
}

TEST_CASE("operands of fewer dimensions meet the last ones of the file") {
    const Shape shape{1, 2, 3, 4};
    GraphMaker graph = convGraph(shape, {1, 1, 4, 4}, {1, 1, 1, "VALID"});
    graph.noise("row", {3, 4}, 5); // W and C
    graph.node("SquaredDifference", "y", {"conv", "row"});
    const Tensor x = noiseTensor(shape, 1);
    Floats wanted = conv(shape, x.toFloats(), noiseOf(16, 3), 4, {1, 1, 1, "VALID"});
    const Floats row = noiseOf(12, 5);
    for (size_t i = 0; i < wanted.size(); ++i)
        wanted[i] = (wanted[i] - row[i % 12]) * (wanted[i] - row[i % 12]);
    checkClose(outputFor(graph, x), shape, wanted);
}

TEST_CASE("layers that move elements do so in the order of the file") {
    const Shape shape{1, 2, 3, 4};
    GraphMaker base = convGraph(shape, {1, 1, 4, 4}, {1, 1, 1, "VALID"}); // so that the tensor is channels first inside
    const Tensor x = noiseTensor(shape, 1);
    const Floats y = conv(shape, x.toFloats(), noiseOf(16, 3), 4, {1, 1, 1, "VALID"});
    const auto at = [&](size_t h, size_t w, size_t c) { return y[(h * 3 + w) * 4 + c]; };

    GraphMaker reshaped = base;
    reshaped.integers("shape", {-1, 6});
    reshaped.node("Reshape", "z", {"conv", "shape"});
    checkClose(outputFor(reshaped, x), {4, 6}, y);

    GraphMaker turned = base;
    turned.integers("perm", {0, 2, 3, 1});
    turned.node("Transpose", "z", {"conv", "perm"});
    Floats wanted;
    for (size_t w = 0; w < 3; ++w)
        for (size_t c = 0; c < 4; ++c)
            for (size_t h = 0; h < 2; ++h)
                wanted.push_back(at(h, w, c));
    checkClose(outputFor(turned, x), {1, 3, 4, 2}, wanted);

    GraphMaker summed = base;
    summed.integers("axes", {1, -1});
    summed.node("Sum", "z", {"conv", "axes"});
    wanted.assign(3, 0);
    for (size_t w = 0; w < 3; ++w)
        for (size_t h = 0; h < 2; ++h)
            for (size_t c = 0; c < 4; ++c)
                wanted[w] += at(h, w, c);
    checkClose(outputFor(summed, x), {1, 3}, wanted);

    GraphMaker joined = base;
    joined.integer("axis", -1);
    joined.node("ConcatV2", "both", {"conv", "x", "axis"});
    joined.integer("width", 2);
    joined.node("Split", "parts", {"axis", "both"});
    set(joined.find("parts"), "num_split", int64_t{4});
    joined.node("Relu", "z", {"parts:1"});
    wanted.clear();
    for (size_t i = 0; i < 6; ++i)
        for (size_t c = 2; c < 4; ++c)
            wanted.push_back(std::max(y[i * 4 + c], 0.0F));
    checkClose(outputFor(joined, x), {1, 2, 3, 2}, wanted);

    GraphMaker cut = base;
    cut.integers("begin", {0, 1, 0, 1});
    cut.integers("size", {-1, 1, 2, -1});
    cut.node("Slice", "z", {"conv", "begin", "size"});
    wanted.clear();
    for (size_t w = 0; w < 2; ++w)
        for (size_t c = 1; c < 4; ++c)
            wanted.push_back(at(1, w, c));
    checkClose(outputFor(cut, x), {1, 1, 2, 3}, wanted);

    GraphMaker strided = base; // x[..., ::-1, 2]
    strided.integers("begin", {0, 0, 2});
    strided.integers("end", {0, 0, 0});
    strided.integers("strides", {1, -1, 1});
    graphdef::NodeDef& node = strided.node("StridedSlice", "z", {"conv", "begin", "end", "strides"});
    set(node, "ellipsis_mask", int64_t{1});
    set(node, "begin_mask", int64_t{2});
    set(node, "end_mask", int64_t{2});
    set(node, "shrink_axis_mask", int64_t{4});
    wanted.clear();
    for (size_t h = 0; h < 2; ++h)
        for (size_t w = 3; w-- > 0;)
            wanted.push_back(at(h, w, 2));
    checkClose(outputFor(strided, x), {1, 2, 3}, wanted);

    GraphMaker softmax = base;
    softmax.node("Softmax", "z", {"conv"});
    wanted.clear();
    for (size_t i = 0; i < 6; ++i) {
        float sum = 0;
        for (size_t c = 0; c < 4; ++c)
            sum += std::exp(y[i * 4 + c]);
        for (size_t c = 0; c < 4; ++c)
            wanted.push_back(std::exp(y[i * 4 + c]) / sum);
    }
    checkClose(outputFor(softmax, x), shape, wanted);

    GraphMaker squeezed = base;
    squeezed.integers("axes", {1, 2});
    set(squeezed.node("Mean", "mean", {"conv", "axes"}), "keep_dims", true);
    set(squeezed.node("Squeeze", "z", {"mean"}), "squeeze_dims", std::vector<int64_t>{1, -2});
    wanted.assign(4, 0);
    for (size_t i = 0; i < y.size(); ++i)
        wanted[i % 4] += y[i] / 6;
    checkClose(outputFor(squeezed, x), {1, 4}, wanted);
}

TEST_CASE("a pad with a value and a mirrored one know the dimensions of the file") {
    const Shape shape{1, 3, 2, 1};
    const Tensor x = Tensor::fromFloats(shape, Floats{1, 2, 3, 4, 5, 6});
    GraphMaker graph;
    graph.placeholder("x", shape);
    graph.noise("w", {1, 1, 1, 1});
    graph.integers("paddings", {0, 0, 1, 0, 0, 1, 0, 0});
    graph.number("value", 9);
    graph.node("PadV2", "z", {"x", "paddings", "value"});
    checkClose(outputFor(graph, x), {1, 4, 3, 1}, {9, 9, 9, 1, 2, 9, 3, 4, 9, 5, 6, 9});
    graph.proto.mutable_node()->RemoveLast();
    graph.node("MirrorPad", "z", {"x", "paddings"});
    set(graph.find("z"), "mode", "REFLECT");
    checkClose(outputFor(graph, x), {1, 4, 3, 1}, {3, 4, 3, 1, 2, 1, 3, 4, 3, 5, 6, 5});
    set(graph.find("z"), "mode", "SYMMETRIC");
    CHECK_REFUSAL(unsupportedIn(graph), "unsupported", "SYMMETRIC");
}

TEST_CASE("the arithmetic of shapes is done while reading, for any batch") {
    GraphMaker graph;
    graph.placeholder("x", {-1, 2, 3, 4});
    graph.node("Shape", "shape", {"x"});
    graph.integers("zero", {0});
    graph.integers("one", {1});
    graphdef::NodeDef& slice = graph.node("StridedSlice", "batch", {"shape", "zero", "one", "one"});
    set(slice, "shrink_axis_mask", int64_t{1});
    graph.integer("rest", -1);
    graph.node("Pack", "target", {"batch", "rest"});
    graph.node("Reshape", "flat", {"x", "target"});
    graph.noise("w", {24, 5}, 2);
    graph.node("MatMul", "y", {"flat", "w"});
    const ReadModel file = read(graph);
    CHECK(file.graph.nodes().size() == 2);
    const Graph four = file.at(4);
    CHECK(four.value(four.outputs.front()).shape == Shape{4, 5});
}

TEST_CASE("sums of many tensors and products of matrices") {
    GraphMaker graph;
    graph.placeholder("x", {1, 3});
    graph.floats("a", {3}, {1, 2, 3});
    graph.node("AddN", "sum", {"x", "x", "a"});
    graph.floats("w", {2, 3}, {1, 0, 1, 0, 1, -1});
    set(graph.node("MatMul", "y", {"sum", "w"}), "transpose_b", true);
    checkClose(outputFor(graph, Tensor::fromFloats({1, 3}, Floats{1, 1, 1})), {1, 2}, {8, -1});
}

TEST_CASE("a convolution backwards is the sum of what the convolution forwards would read") {
    for (const Window& window :
         {Window{3, 2, 1, "SAME"}, Window{2, 2, 1, "VALID"}, Window{3, 1, 1, "SAME"}, Window{4, 2, 1, "SAME"}}) {
        INFO(window.kernel << " " << window.stride << " " << window.padding);
        const Shape forward{1, 8, 7, 2}; // of the result
        const Shape shape = resultShape(forward, window, 3);
        GraphMaker graph;
        graph.placeholder("x", shape);
        graph.noise("w", {window.kernel, window.kernel, 2, 3}, 3);
        graph.integers("sizes", forward);
        graphdef::NodeDef& node = graph.node("Conv2DBackpropInput", "y", {"sizes", "w", "x"});
        set(node, "strides", std::vector<int64_t>{1, window.stride, window.stride, 1});
        set(node, "padding", window.padding.c_str());
        const Tensor x = noiseTensor(shape, 1);
        const Floats given = x.toFloats(), weights = noiseOf(static_cast<size_t>(window.kernel * window.kernel * 6), 3);
        Floats y(112, 0);
        slide(forward, window, [&](int64_t from, int64_t to, int64_t tap) {
            for (size_t m = 0; m < 2; ++m)
                for (size_t c = 0; c < 3; ++c)
                    y[static_cast<size_t>(to) * 2 + m] +=
                        given[static_cast<size_t>(from) * 3 + c] * weights[(static_cast<size_t>(tap) * 2 + m) * 3 + c];
        });
        checkClose(outputFor(graph, x), forward, y);
        graph.find("sizes") = graph.integers("other", {1, 20, 7, 2});
        graph.proto.mutable_node()->RemoveLast();
        graph.find("other").set_name("sizes");
        CHECK_REFUSAL(refusalOf(graph), "bad-input", "says 20");
    }
}

TEST_CASE("pictures are resized by the three maps of coordinates") {
    // A row 0, 1, 2, 3 to 8 pixels, and 3 pixels of it to 2.
    struct Case {
        const char* op;
        bool corners, centers;
        Floats wanted;
    };
    for (const Case& each :
         {Case{"ResizeBilinear", false, false, {0, 0.5F, 1, 1.5F, 2, 2.5F, 3, 3}},
          Case{"ResizeBilinear", true, false, {0, 3.0F / 7, 6.0F / 7, 9.0F / 7, 12.0F / 7, 15.0F / 7, 18.0F / 7, 3}},
          Case{"ResizeBilinear", false, true, {0, 0.25F, 0.75F, 1.25F, 1.75F, 2.25F, 2.75F, 3}},
          Case{"ResizeNearestNeighbor", false, false, {0, 0, 1, 1, 2, 2, 3, 3}},
          Case{"ResizeNearestNeighbor", true, false, {0, 0, 1, 1, 2, 2, 3, 3}},
          Case{"ResizeNearestNeighbor", false, true, {0, 0, 1, 1, 2, 2, 3, 3}}}) {
        INFO(each.op << " " << each.corners << " " << each.centers);
        GraphMaker graph;
        graph.placeholder("x", {1, 1, 4, 1});
        graph.integers("size", {1, 8});
        graphdef::NodeDef& node = graph.node(each.op, "y", {"x", "size"});
        set(node, "align_corners", each.corners);
        set(node, "half_pixel_centers", each.centers);
        checkClose(outputFor(graph, Tensor::fromFloats({1, 1, 4, 1}, Floats{0, 1, 2, 3})), {1, 1, 8, 1}, each.wanted);
    }
    GraphMaker graph;
    graph.placeholder("x", {1, 1, 5, 1});
    graph.integers("size", {1, 3});
    set(graph.node("ResizeNearestNeighbor", "y", {"x", "size"}), "half_pixel_centers", true);
    // (o + 0.5) * 5 / 3, rounded down: 0, 2, 4
    checkClose(outputFor(graph, Tensor::fromFloats({1, 1, 5, 1}, Floats{0, 1, 2, 3, 4})), {1, 1, 3, 1}, {0, 2, 4});
}

TEST_CASE("blocks of channels and of pixels become each other") {
    GraphMaker graph;
    graph.placeholder("x", {1, 1, 2, 8});
    set(graph.node("DepthToSpace", "y", {"x"}), "block_size", int64_t{2});
    Floats values(16);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i);
    const Tensor x = Tensor::fromFloats({1, 1, 2, 8}, values);
    checkClose(outputFor(graph, x), {1, 2, 4, 2}, {0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15});
    set(graph.node("SpaceToDepth", "z", {"y"}), "block_size", int64_t{2});
    checkClose(outputFor(graph, x), {1, 1, 2, 8}, values);
    set(graph.find("z"), "block_size", int64_t{3});
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "block size 3");
}

TEST_CASE("local responses are normalized over channels on both sides, without dividing alpha") {
    GraphMaker graph;
    graph.placeholder("x", {1, 1, 1, 5});
    graphdef::NodeDef& node = graph.node("LRN", "y", {"x"});
    set(node, "depth_radius", int64_t{1});
    set(node, "alpha", 0.5F);
    set(node, "bias", 2.0F);
    set(node, "beta", 0.75F);
    const Floats values{1, -2, 3, 4, 0.5F};
    Floats wanted;
    for (int c = 0; c < 5; ++c) {
        float sum = 0;
        for (int i = std::max(c - 1, 0); i <= std::min(c + 1, 4); ++i)
            sum += values[static_cast<size_t>(i)] * values[static_cast<size_t>(i)];
        wanted.push_back(values[static_cast<size_t>(c)] / std::pow(2 + 0.5F * sum, 0.75F));
    }
    checkClose(outputFor(graph, Tensor::fromFloats({1, 1, 1, 5}, values)), {1, 1, 1, 5}, wanted);
}

TEST_CASE("positions of the largest values, repeats, choices and gathers") {
    const Shape shape{1, 2, 2, 3};
    const Floats values{3, 1, 2, 0, 5, 4, 9, 7, 8, 1, 1, 2};
    const Tensor x = Tensor::fromFloats(shape, values);
    const auto base = [&] {
        GraphMaker graph;
        graph.placeholder("x", shape);
        set(graph.node("MaxPool", "pool", {"x"}), "ksize", std::vector<int64_t>{1, 1, 1, 1}); // channels first inside
        set(graph.find("pool"), "strides", std::vector<int64_t>{1, 1, 1, 1});
        set(graph.find("pool"), "padding", "VALID");
        return graph;
    };
    GraphMaker best = base();
    best.integer("axis", -1);
    set(best.node("ArgMax", "y", {"pool", "axis"}), "output_type", graphdef::DT_INT32);
    checkClose(outputFor(best, x), {1, 2, 2}, {0, 1, 0, 2});
    GraphMaker least = base();
    least.integer("axis", 1);
    least.node("ArgMin", "y", {"pool", "axis"});
    checkClose(outputFor(least, x), {1, 2, 3}, {0, 0, 0, 0, 1, 1});
    GraphMaker tiled = base();
    tiled.integers("multiples", {1, 1, 2, 1});
    tiled.node("Tile", "y", {"pool", "multiples"});
    checkClose(outputFor(tiled, x), {1, 2, 4, 3},
               {3, 1, 2, 0, 5, 4, 3, 1, 2, 0, 5, 4, 9, 7, 8, 1, 1, 2, 9, 7, 8, 1, 1, 2});
    GraphMaker gathered = base();
    gathered.integers("indices", {1, 0});
    gathered.integer("axis", 3);
    gathered.node("GatherV2", "y", {"pool", "indices", "axis"});
    checkClose(outputFor(gathered, x), {1, 2, 2, 2}, {1, 3, 5, 0, 7, 9, 1, 1});
    GraphMaker chosen = base();
    chosen.floats("limits", {3}, {2, 2, 5});
    chosen.node("Greater", "condition", {"pool", "limits"});
    chosen.node("SelectV2", "y", {"condition", "pool", "limits"});
    checkClose(outputFor(chosen, x), shape, {3, 2, 5, 2, 5, 5, 9, 7, 8, 2, 2, 5});
}
