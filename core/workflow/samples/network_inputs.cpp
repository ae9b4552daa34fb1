// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/network_inputs.h"

#include "core/formats/common/kept_states.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <random>
#include <set>
#include <string_view>

namespace halftone {

namespace {

bool isWhole(ElementType type) {
    return !isFloatType(type);
}

/// Whether a name of several words, "encoder.past_key-values", has one of these among them, digits at their ends aside.
bool hasWord(const std::string& name, std::initializer_list<std::string_view> words) {
    std::string word;
    const auto matches = [&] {
        std::string bare = word;
        while (!bare.empty() && std::isdigit(static_cast<unsigned char>(bare.back())))
            bare.pop_back();
        const bool found = std::ranges::find(words, std::string_view(bare)) != words.end();
        word.clear();
        return found;
    };
    for (size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        const bool startsWord =
            std::isupper(c) && i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])); // "attentionMask"
        if ((!std::isalnum(c) || startsWord) && matches())
            return true;
        if (std::isalnum(c))
            word += static_cast<char>(std::tolower(c));
    }
    return matches();
}

/// The fewest rows of the tables and rows of constants that `input` picks from; 0 where there is none.
int64_t limitOf(const Graph& graph, ValueId input, const std::vector<std::vector<NodeId>>& consumers) {
    constexpr size_t kMost = 64; // values looked at; indices are changed in few layers
    int64_t limit = 0;
    std::vector<ValueId> open{input};
    std::set<ValueId> seen{input};
    const auto found = [&](int64_t rows) { limit = limit == 0 ? rows : std::min(limit, rows); };
    for (size_t at = 0; at < open.size() && at < kMost; ++at)
        for (const NodeId id : consumers[static_cast<size_t>(open[at])]) {
            const Node& node = graph.node(id);
            if (const auto* gather = std::get_if<Gather>(&node.op)) {
                const Value& table = graph.value(node.inputs[0]);
                if (node.inputs[1] == open[at] && table.constant && !table.shape.empty()) {
                    const auto rank = static_cast<int64_t>(table.shape.size());
                    found(table.shape[static_cast<size_t>(gather->axis < 0 ? gather->axis + rank : gather->axis)]);
                }
                continue;
            }
            const auto* binary = std::get_if<Binary>(&node.op);
            if (binary && binary->kind == BinaryKind::Equal) {
                for (const ValueId operand : node.inputs)
                    if (operand != open[at] && graph.isConstant(operand) &&
                        elementCount(graph.value(operand).shape) > 2)
                        found(elementCount(graph.value(operand).shape));
                continue;
            }
            const bool keepsIds =
                binary || std::holds_alternative<Cast>(node.op) || std::holds_alternative<Identity>(node.op) ||
                std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Transpose>(node.op) ||
                std::holds_alternative<Expand>(node.op) || std::holds_alternative<Where>(node.op);
            if (keepsIds)
                for (const ValueId result : node.outputs)
                    if (seen.insert(result).second)
                        open.push_back(result);
        }
    return limit;
}

InputMeaning meaningByName(const NetworkInput& input) {
    if (hasWord(input.name, {"mask", "masks"}))
        return InputMeaning::Mask;
    if (isWhole(input.type)) {
        if (hasWord(input.name, {"position", "positions"}))
            return InputMeaning::Positions;
        if (elementCount(input.shape) == 1 && hasWord(input.name, {"sr", "rate", "samplerate"}))
            return InputMeaning::Rate;
        return InputMeaning::Values;
    }
    if (hasWord(input.name, {"state", "states", "hidden", "cell", "cache", "past", "memory", "h", "c", "hx", "cx", "h0",
                             "c0", "hn", "cn", "initial"}))
        return InputMeaning::State;
    return InputMeaning::Values;
}

/// What a file keeps from one inference to the next (formats/common/kept_states.h).
bool isKeptState(const Graph& graph, const std::string& input) {
    return std::ranges::any_of(graph.outputs,
                               [&](ValueId output) { return graph.value(output).name == keptStateOutput(input); });
}

} // namespace

std::vector<NetworkInput> networkInputs(const Graph& graph) {
    std::vector<NetworkInput> inputs;
    const std::vector<std::vector<NodeId>> consumers = graph.consumers();
    for (const ValueId id : graph.inputs) {
        const Value& value = graph.value(id);
        NetworkInput input{value.name, value.type, value.shape, InputMeaning::Values, 0};
        input.meaning = isKeptState(graph, value.name) ? InputMeaning::State : meaningByName(input);
        if (input.meaning == InputMeaning::Values || input.meaning == InputMeaning::Positions) {
            const int64_t limit = limitOf(graph, id, consumers);
            if (limit > 0 && isWhole(input.type) && input.meaning == InputMeaning::Values)
                input.meaning = InputMeaning::Ids;
            input.limit = limit;
        }
        inputs.push_back(std::move(input));
    }
    return inputs;
}

void fillByMeaning(const NetworkInput& input, uint64_t seed, std::span<float> dst) {
    std::mt19937_64 random(seed);
    switch (input.meaning) {
    case InputMeaning::Mask: std::ranges::fill(dst, 1.0F); return;
    case InputMeaning::State: std::ranges::fill(dst, 0.0F); return;
    case InputMeaning::Rate: std::ranges::fill(dst, 16'000.0F); return;
    case InputMeaning::Positions: {
        const auto row = static_cast<size_t>(input.shape.empty() ? 1 : std::max<int64_t>(input.shape.back(), 1));
        for (size_t i = 0; i < dst.size(); ++i)
            dst[i] = static_cast<float>(i % row);
        return;
    }
    case InputMeaning::Ids:
        for (float& value : dst)
            value = static_cast<float>(random() % static_cast<uint64_t>(input.limit));
        return;
    case InputMeaning::Values: break;
    }
    const bool isByte = input.type == ElementType::U8;
    for (float& value : dst) {
        const auto bits = static_cast<float>(random() >> 40) * 0x1p-24F;
        value = isByte ? std::floor(bits * 256) : isWhole(input.type) ? std::floor(bits * 2) : bits;
    }
}

} // namespace halftone
