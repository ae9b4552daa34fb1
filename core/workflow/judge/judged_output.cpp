// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/judge/judged_output.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/quantize/batch_rows.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <initializer_list>
#include <string_view>

namespace halftone {

namespace {

struct Output {
    size_t index = 0;
    std::string name, lower;
    Shape shape;               // of one sample
    size_t batchDimension = 0; // the rank where there is none

    bool says(std::initializer_list<std::string_view> words) const {
        return std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
    }
    bool hasBatch(const Shape& whole) const { return batchDimension < whole.size(); }
};

/// The network as far as the choice asks for it.
struct Network {
    std::vector<NetworkInput> inputs;
    std::vector<Output> outputs;
    std::optional<size_t> mask; // of tokens
    bool takesIds = false;
    int64_t height = 0, width = 0; // of a picture; 0: it takes none
};

Output outputOf(const Graph& graph, size_t index, int64_t batch) {
    const Value& value = graph.value(graph.outputs[index]);
    Output output{index, displayText(value.name), value.name, value.shape, 0};
    for (char& c : output.lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool second = value.shape.size() >= 3 && value.shape[0] != batch && value.shape[1] == batch; // [T, N, C]
    output.batchDimension = second ? 1 : !value.shape.empty() && value.shape[0] == batch ? 0 : value.shape.size();
    if (output.hasBatch(value.shape))
        output.shape.erase(output.shape.begin() + static_cast<ptrdiff_t>(output.batchDimension));
    return output;
}

Network networkOf(const Graph& graph) {
    Network network{networkInputs(graph), {}, {}};
    // Whole numbers are ids, masks or choices that are handed through: another precision shows in what is computed.
    const bool hasNumbers =
        std::ranges::any_of(graph.outputs, [&](ValueId output) { return isFloatType(graph.value(output).type); });
    for (size_t i = 0; i < graph.outputs.size(); ++i)
        if (!hasNumbers || isFloatType(graph.value(graph.outputs[i]).type))
            network.outputs.push_back(outputOf(graph, i, static_cast<int64_t>(batchOf(graph))));
    for (size_t i = 0; i < network.inputs.size(); ++i) {
        const NetworkInput& input = network.inputs[i];
        if (input.meaning == InputMeaning::Ids && input.shape.size() == 2)
            network.takesIds = true;
        if (input.meaning == InputMeaning::Mask && input.shape.size() == 2)
            network.mask = i;
    }
    if (!network.inputs.empty() && network.inputs[0].shape.size() == 4) {
        const Shape& shape = network.inputs[0].shape;
        const bool last = shape[3] <= 4 && shape[1] > 4;
        network.height = shape[last ? 1 : 2];
        network.width = shape[last ? 2 : 3];
    }
    return network;
}

int64_t rowOfClasses(const Shape& sample) {
    const auto isLarge = [](int64_t dim) { return dim != 1; };
    return std::ranges::count_if(sample, isLarge) == 1 ? *std::ranges::find_if(sample, isLarge) : 0;
}

/// Cells of the feature maps of strides 8, 16 and 32, and 64: what detectors give boxes for.
bool areAnchors(int64_t count, const Network& network) {
    int64_t cells = 0;
    for (const int64_t stride : {8, 16, 32, 64}) {
        cells += ((network.height + stride - 1) / stride) * ((network.width + stride - 1) / stride);
        if (stride >= 32 && (count == cells || count == 3 * cells))
            return true;
    }
    return false;
}

/// Absent where an output of this shape is no list of boxes.
std::optional<BoxLayout> boxLayout(const Shape& sample, const Network& network) {
    if (sample.size() != 2 || network.height == 0)
        return std::nullopt;
    if (sample[0] >= 5 && sample[0] < sample[1] && areAnchors(sample[1], network))
        return BoxLayout::ValuesFirst;
    if (sample[1] >= 6 && areAnchors(sample[0], network))
        return BoxLayout::AnchorsFirst;
    return std::nullopt;
}

bool isMask(const Shape& sample, const Network& network) {
    return network.height > 0 && sample.size() == 3 && sample[1] * 8 >= network.height &&
           sample[2] * 8 >= network.width && sample[1] > 1 && sample[2] > 1 && sample[1] <= network.height &&
           sample[2] <= network.width;
}

bool isTokenRow(const Output& output, const Network& network) {
    return output.shape.size() == 2 && network.mask && output.shape[0] == network.inputs[*network.mask].shape.back();
}

JudgedOutput chosen(const Output& output, OutputKind kind, std::string why, const Network& network) {
    JudgedOutput judged{kind, output.index, output.name, output.shape, output.batchDimension, {}, std::move(why), {}};
    if (isTokenRow(output, network))
        judged.mask = network.mask;
    if (kind == OutputKind::Boxes)
        judged.layout = boxLayout(output.shape, network).value();
    return judged;
}

/// Whether an output has a shape that can be judged so.
bool suits(const Output& output, OutputKind kind, const Network& network) {
    switch (kind) {
    case OutputKind::Auto:
    case OutputKind::Numbers: return true;
    case OutputKind::Classes: return output.batchDimension == 0 && rowOfClasses(output.shape) > 0;
    case OutputKind::Embedding: return output.shape.size() == 1 || output.shape.size() == 2;
    case OutputKind::Tokens:
    case OutputKind::Sequence: return output.shape.size() == 2;
    case OutputKind::Boxes: return boxLayout(output.shape, network).has_value();
    case OutputKind::Mask: return output.shape.size() == 3;
    }
    return false;
}

/// A vector for the whole beside one for each token, of the same width.
const Output* pooledVector(const Network& network) {
    for (const Output& vector : network.outputs)
        for (const Output& tokens : network.outputs)
            if (vector.shape.size() == 1 && isTokenRow(tokens, network) && tokens.shape[1] == vector.shape[0])
                return &vector;
    return nullptr;
}

JudgedOutput guessed(const Network& network, bool labelled) {
    const Output& first = network.outputs.front();
    const auto is = [&](const Output& output, OutputKind kind) { return suits(output, kind, network); };
    if (labelled && is(first, OutputKind::Classes))
        return chosen(first, OutputKind::Classes, "the data has a class for each sample", network);
    for (const Output& output : network.outputs)
        if (is(output, OutputKind::Boxes))
            return chosen(output, OutputKind::Boxes, "it has a row for each cell of a detector", network);
    for (const Output& output : network.outputs)
        if (output.says({"embed", "pooler", "pooled", "feature"}) && output.shape.size() == 1)
            return chosen(output, OutputKind::Embedding, "its name says so", network);
    if (const Output* pooled = pooledVector(network))
        return chosen(*pooled, OutputKind::Embedding, "it has one vector, as wide as those of the tokens", network);
    for (const Output& output : network.outputs)
        if (output.says({"logits"}) && output.shape.size() == 2 && network.takesIds)
            return chosen(output, OutputKind::Tokens, "its name says logits and it has a row for each token", network);
    if (isTokenRow(first, network))
        return chosen(first, OutputKind::Embedding,
                      "it has a vector for each token; their mean over the mask is compared", network);
    if (isMask(first.shape, network))
        return chosen(first, OutputKind::Mask, "it has a value for each pixel", network);
    if (is(first, OutputKind::Classes))
        return chosen(first, OutputKind::Classes, "it is one row of scores for each sample", network);
    if (network.height > 0 && first.shape.size() == 2 && first.shape[0] > 4 && first.shape[1] > 8)
        return chosen(first, OutputKind::Sequence, "it has rows of scores along a picture", network);
    return chosen(first, OutputKind::Numbers, "neither its shape nor its name tells more", network);
}

} // namespace

int64_t classCount(const Shape& shape, int64_t batch) {
    if (shape.size() < 2 || shape[0] != batch)
        return 0;
    return rowOfClasses({shape.begin() + 1, shape.end()});
}

size_t boxValues(const JudgedOutput& judged) {
    return static_cast<size_t>(judged.shape[judged.layout == BoxLayout::ValuesFirst ? 0 : 1]);
}

size_t boxAnchors(const JudgedOutput& judged) {
    return static_cast<size_t>(judged.shape[judged.layout == BoxLayout::ValuesFirst ? 1 : 0]);
}

size_t boxValueOf(const JudgedOutput& judged, size_t element) {
    return judged.layout == BoxLayout::ValuesFirst ? element / boxAnchors(judged) : element % boxValues(judged);
}

std::string judgedWords(const JudgedOutput& judged) {
    const auto as = [&]() -> std::string_view {
        switch (judged.kind) {
        case OutputKind::Classes: return "a row of classes";
        case OutputKind::Embedding: return "an embedding";
        case OutputKind::Tokens: return "scores of tokens";
        case OutputKind::Boxes: return "boxes of a detector";
        case OutputKind::Mask: return "a mask of pixels";
        case OutputKind::Sequence: return "a text (greedy CTC)";
        case OutputKind::Auto:
        case OutputKind::Numbers: break;
        }
        return "plain numbers, by how far they move";
    };
    return fmt::format("The network's output {} ({} a sample) is compared as {}{}.", judged.name,
                       shapeText(judged.shape), as(), judged.why.empty() ? " as asked" : ": " + judged.why);
}

std::span<const float> OutputRow::of(const Plan& plan, size_t row) {
    const std::span<const float> all = plan.output(m_judged.output);
    const Shape& shape = plan.outputShape(m_judged.output);
    if (m_judged.batchDimension >= shape.size())
        return all; // the whole belongs to each sample
    const size_t each = all.size() / m_batch;
    if (m_judged.batchDimension == 0 || m_batch == 1)
        return all.subspan(row * each, each);
    const auto outer = static_cast<size_t>(shape[0]);
    const size_t inner = each / outer;
    m_gathered.resize(each);
    for (size_t i = 0; i < outer; ++i)
        std::ranges::copy(all.subspan((i * m_batch + row) * inner, inner),
                          m_gathered.begin() + static_cast<ptrdiff_t>(i * inner));
    return m_gathered;
}

int64_t JudgedOutput::classes() const {
    switch (kind) {
    case OutputKind::Classes: return rowOfClasses(shape);
    case OutputKind::Tokens:
    case OutputKind::Sequence: return shape.back();
    case OutputKind::Mask: return shape.front();
    default: return 0;
    }
}

JudgedOutput judgedOutput(const Graph& graph, OutputKind asked, bool labelled) {
    const Network network = networkOf(graph);
    if (asked == OutputKind::Auto)
        return guessed(network, labelled);
    for (const Output& output : network.outputs)
        if (suits(output, asked, network))
            return chosen(output, asked, {}, network);
    std::vector<std::string> shapes;
    for (const Output& output : network.outputs)
        shapes.push_back(fmt::format("{} ({})", output.name, shapeText(output.shape)));
    throw Error(ErrorCode::Usage,
                fmt::format("No output can be judged as {}: for each sample the network gives {}. Choose another kind.",
                            nameIn(asked), join(shapes, ", ")));
}

} // namespace halftone
