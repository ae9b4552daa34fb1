// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/dump.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace halftone {

namespace {

std::string unaryText(const Unary& op) {
    std::string name = opName(op);
    switch (op.kind) {
    case UnaryKind::LeakyRelu:
    case UnaryKind::Elu:
    case UnaryKind::Celu:
    case UnaryKind::ThresholdedRelu:
    case UnaryKind::Swish: return fmt::format("{}({})", name, op.alpha);
    case UnaryKind::Clip:
    case UnaryKind::HardSigmoid:
    case UnaryKind::Selu:
    case UnaryKind::Shrink:
    case UnaryKind::HardSwish: return fmt::format("{}({},{})", name, op.alpha, op.beta);
    default: return name;
    }
}

std::string postOpsText(const PostOps& postOps) {
    std::string text;
    for (const PostOp& postOp : postOps)
        if (const auto* unary = std::get_if<Unary>(&postOp))
            text += " +" + unaryText(*unary);
        else if (const auto* prelu = std::get_if<PReluInput>(&postOp))
            text += fmt::format(" +PRelu(#{})", prelu->input);
        else if (const auto* mul = std::get_if<MulInput>(&postOp))
            text += fmt::format(" +Mul(#{})", mul->input);
        else
            text += fmt::format(" +Add(#{})", std::get<AddInput>(postOp).input);
    return text;
}

std::string list(const std::vector<int64_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, ","));
}

constexpr const char* kModes[] = {"nearest", "linear", "cubic"}; // by ResizeMode

std::string resizeText(const Resize& op) {
    constexpr const char* kCoordinates[] = {"half-pixel", "half-pixel-symmetric", "pytorch-half-pixel", "align-corners",
                                            "asymmetric", "tf-half-pixel-for-nn", "tf-crop-and-resize"};
    constexpr const char* kRoundings[] = {"round-prefer-floor", "round-prefer-ceil", "floor", "ceil"};
    std::string text =
        fmt::format("{} {}", kModes[static_cast<size_t>(op.mode)], kCoordinates[static_cast<size_t>(op.coordinates)]);
    if (op.mode == ResizeMode::Nearest)
        text += fmt::format(" {}", kRoundings[static_cast<size_t>(op.rounding)]);
    if (op.mode == ResizeMode::Cubic)
        text += fmt::format(" a={}{}", op.cubicA, op.excludeOutside ? " exclude-outside" : "");
    if (op.coordinates == ResizeCoordinates::TfCropAndResize)
        text += fmt::format(" roi={} outside={}", fmt::join(op.roi, ","), op.extrapolation);
    return text + (op.scales.empty() ? fmt::format(" sizes={}", list(op.sizes))
                                     : fmt::format(" scales={}", fmt::join(op.scales, ",")));
}

/// What stands in brackets behind the operator's name.
struct Attributes {
    std::string operator()(const Conv& op) const {
        return fmt::format("s{} p{} d{} g{}{}", list(op.strides), list(op.pads), list(op.dilations), op.groups,
                           postOpsText(op.postOps));
    }
    std::string operator()(const ConvTranspose& op) const {
        return fmt::format("s{} p{} o{} d{} g{}{}", list(op.strides), list(op.pads), list(op.outputPadding),
                           list(op.dilations), op.groups, postOpsText(op.postOps));
    }
    std::string operator()(const Normalize& op) const {
        return fmt::format("axes={} epsilon={}", list(op.axes), op.epsilon);
    }
    std::string operator()(const Lrn& op) const {
        return fmt::format("size={} alpha={} beta={} bias={}", op.size, op.alpha, op.beta, op.bias);
    }
    std::string operator()(const FullyConnected& op) const { return withoutSpace(postOpsText(op.postOps)); }
    std::string operator()(const MatMul&) const { return ""; }
    std::string operator()(const Gemm& op) const {
        return fmt::format("alpha={} beta={}{}{}", op.alpha, op.beta, op.transA ? " transA" : "",
                           op.transB ? " transB" : "");
    }
    std::string operator()(const Pool& op) const {
        if (op.global)
            return "";
        return fmt::format("k{} s{} p{} d{}{}{}", list(op.kernel), list(op.strides), list(op.pads), list(op.dilations),
                           op.ceilMode ? " ceil" : "", op.kind == PoolKind::AverageIncludePad ? " include-pad" : "");
    }
    std::string operator()(const BatchNorm& op) const {
        return fmt::format("epsilon={}{}", op.epsilon, postOpsText(op.postOps));
    }
    std::string operator()(const Unary& op) const {
        const std::string text = unaryText(op);
        const size_t open = text.find('(');
        return open == std::string::npos ? "" : text.substr(open + 1, text.size() - open - 2);
    }
    std::string operator()(const Binary& op) const { return withoutSpace(postOpsText(op.postOps)); }
    std::string operator()(const Softmax& op) const {
        return fmt::format("axis={}{}", op.axis, op.coerce2d ? " 2d" : "");
    }
    std::string operator()(const Reduce& op) const {
        return fmt::format("axes={}{}", list(op.axes), op.keepDims ? " keep" : "");
    }
    std::string operator()(const ArgReduce& op) const {
        return fmt::format("axis={}{}{}", op.axis, op.keepDims ? " keep" : "", op.selectLast ? " last" : "");
    }
    std::string operator()(const Reshape& op) const { return list(op.target) + (op.allowZero ? " allow-zero" : ""); }
    std::string operator()(const Flatten& op) const { return fmt::format("axis={}", op.axis); }
    std::string operator()(const Squeeze& op) const { return fmt::format("axes={}", list(op.axes)); }
    std::string operator()(const Transpose& op) const { return list(op.perm); }
    std::string operator()(const Concat& op) const { return fmt::format("axis={}", op.axis); }
    std::string operator()(const Slice& op) const {
        return fmt::format("starts={} ends={} axes={} steps={}", list(op.starts), list(op.ends), list(op.axes),
                           list(op.steps));
    }
    std::string operator()(const Pad& op) const {
        const std::string pads = "p" + list(op.pads);
        switch (op.mode) {
        case PadMode::Reflect: return pads + " reflect";
        case PadMode::Edge: return pads + " edge";
        case PadMode::Wrap: return pads + " wrap";
        case PadMode::Constant: break;
        }
        return fmt::format("{} value={}", pads, op.value);
    }
    std::string operator()(const Gather& op) const { return fmt::format("axis={}", op.axis); }
    std::string operator()(const Expand& op) const { return list(op.target); }
    std::string operator()(const Tile& op) const { return list(op.repeats); }
    std::string operator()(const Resize& op) const { return resizeText(op); }
    std::string operator()(const GridSample& op) const {
        constexpr const char* kPaddings[] = {"zeros", "border", "reflection"};
        return fmt::format("{} {}{}", kModes[static_cast<size_t>(op.mode)], kPaddings[static_cast<size_t>(op.padding)],
                           op.alignCorners ? " align-corners" : "");
    }
    std::string operator()(const RoiAlign& op) const {
        return fmt::format("{}x{} samples={} scale={}{}{}", op.height, op.width, op.samples, op.scale,
                           op.halfPixel ? " half-pixel" : "", op.largest ? " largest" : "");
    }
    std::string operator()(const Det&) const { return ""; }
    std::string operator()(const Where&) const { return ""; }
    std::string operator()(const ShapeOf& op) const {
        if (op.end == std::numeric_limits<int64_t>::max())
            return op.start == 0 ? "" : fmt::format("from {}", op.start);
        return fmt::format("from {} to {}", op.start, op.end);
    }
    std::string operator()(const QuantizeLinear& op) const { return fmt::format("{} axis={}", name(op.to), op.axis); }
    std::string operator()(const DequantizeLinear& op) const { return fmt::format("axis={}", op.axis); }
    std::string operator()(const Cast& op) const { return std::string(name(op.to)); }
    std::string operator()(const Identity&) const { return ""; }
    std::string operator()(const GatherElements& op) const { return fmt::format("axis={}", op.axis); }
    std::string operator()(const GatherNd& op) const { return fmt::format("batch={}", op.batchDims); }
    std::string operator()(const ScatterElements& op) const {
        return fmt::format("axis={} mode={}", op.axis, static_cast<int>(op.mode));
    }
    std::string operator()(const ScatterNd& op) const { return fmt::format("mode={}", static_cast<int>(op.mode)); }
    std::string operator()(const CumSum& op) const {
        return fmt::format("axis={}{}{}", op.axis, op.exclusive ? " exclusive" : "", op.reverse ? " reverse" : "");
    }
    std::string operator()(const TopValues& op) const {
        return fmt::format("axis={} count={}{}", op.axis, op.count, op.largest ? "" : " smallest");
    }
    std::string operator()(const Recurrent& op) const {
        return fmt::format("{}{}",
                           op.bothDirections ? "both"
                           : op.backward     ? "backward"
                                             : "forward",
                           op.linearBeforeReset ? " linear-before-reset" : "");
    }
    std::string operator()(const Opaque& op) const { return displayText(op.reason); }

    static std::string withoutSpace(const std::string& text) { return text.empty() ? text : text.substr(1); }
};

/// "y:1x64x114x114", "y:u8:..." on an 8-bit grid, "n<s64>:4" for another type than f32, "w:...*" for a
/// constant.
std::string valueText(const Graph& graph, ValueId id) {
    if (id == kNoValue)
        return "-";
    const Value& value = graph.value(id);
    std::string text = displayText(value.name);
    if (value.type != ElementType::F32)
        text += fmt::format("<{}>", name(value.type));
    if (value.quant)
        text += fmt::format(":{}{}", name(value.quant->storage), value.quant->atRunTime ? "-at-run-time" : "");
    return text + ":" + shapeText(value.shape) + (value.constant ? "*" : "");
}

std::string valuesText(const Graph& graph, const std::vector<ValueId>& ids) {
    std::vector<std::string> texts;
    for (ValueId id : ids)
        texts.push_back(valueText(graph, id));
    return join(texts, ", ");
}

} // namespace

std::string dump(const Graph& graph) {
    std::string text;
    for (const Node& node : graph.nodes())
        text += dump(graph, node) + '\n';
    return text;
}

std::string dump(const Graph& graph, const Node& node) {
    const std::string attributes = std::visit(Attributes{}, node.op);
    std::vector<std::string> origins;
    for (const std::string& origin : node.origins)
        origins.push_back(displayText(origin));
    return fmt::format("{} = {}{}({}) -> {}{}", displayText(node.name), opName(node.op),
                       attributes.empty() ? "" : '[' + attributes + ']', valuesText(graph, node.inputs),
                       valuesText(graph, node.outputs), origins.empty() ? "" : " {" + join(origins, " ") + '}');
}

} // namespace halftone
