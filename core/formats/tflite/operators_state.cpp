// SPDX-License-Identifier: GPL-3.0-or-later
// Variables, and layers beside the recurrent ones that keep something. It is an input and an output of the network
// (states.h).
#include "core/base/text.h"
#include "core/formats/tflite/operators.h"

#include <fmt/format.h>
#include <unordered_map>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kSvdf = 6;

/// A handle is a name for what is read and written; CALL_ONCE was followed when the file was opened.
void readNothing(LayerView&) {}

void readReadVariable(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.result({Identity{}, {layer.variable(0)}});
}

void readAssignVariable(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.assign(0, layer.writer().add({Identity{}, {layer.asInFile(1)}}));
}

/// x [N, I], weights of features [F, I] and of time [F, M], bias [U], what is kept [N, F * M]. Each feature of x enters
/// behind the last M - 1 of it; their weighted sums are added up, F / U of them for each unit.
void readSvdf(LayerView& layer) {
    layer.requireInputs(5, 5);
    for (const size_t operand : {0, 1, 4})
        layer.knownShape(operand);
    const auto& options = layer.options<schema::Svdf>(kSvdf);
    const Shape time = layer.knownShape(2);
    const int64_t rank = options.rank();
    if (time.size() != 2 || time[1] < 1 || rank < 1 || time[0] % rank != 0)
        layer.fail(fmt::format("has weights of shape {} and the rank {}", shapeText(time), rank));
    LayerWriter& steps = layer.steps();
    const int64_t features = time[0], memory = time[1];
    const ValueId newest = steps.add(FullyConnected{}, {layer.value(0), layer.value(1)});
    const ValueId kept = steps.add(Reshape{{-1, features, memory}}, {layer.value(4)});
    const ValueId later = steps.add(Slice{{1}, {memory}, {2}, {1}}, {kept});
    const ValueId all = steps.add(Concat{2}, {later, steps.add(Squeeze{{2}, true}, {newest})});
    const ValueId weighted = steps.add(Binary{BinaryKind::Mul, {}}, {all, layer.value(2)});
    ValueId sums = steps.addInRow({Reduce{ReduceKind::Sum, {2}, false}, Reshape{{-1, features / rank, rank}},
                                   Reduce{ReduceKind::Sum, {2}, false}},
                                  weighted);
    if (layer.has(3))
        sums = steps.add(Binary{BinaryKind::Add, {}}, {sums, layer.value(3)});
    if (options.activation() != schema::Activation::None)
        sums = steps.add(layer.activation(options.activation()), {sums});
    layer.valueResult(sums);
    layer.keep(4, steps.add(Reshape{{-1, features * memory}}, {all}));
}

} // namespace

OperatorReader stateReader(std::string_view name) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"ASSIGN_VARIABLE", readAssignVariable},
        {"CALL_ONCE", readNothing},
        {"READ_VARIABLE", readReadVariable},
        {"SVDF", readSvdf},
        {"VAR_HANDLE", readNothing},
    };
    const auto found = readers.find(name);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::tflite_format
