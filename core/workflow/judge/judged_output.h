// SPDX-License-Identifier: GPL-3.0-or-later
// Which output of a network is judged, and as what.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"
#include "core/request/output_kind.h"
#include "core/workflow/samples/network_inputs.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace halftone {

/// How a detector lists its boxes: centre, width and height, then scores.
enum class BoxLayout {
    ValuesFirst, // [4 + classes, anchors], as YOLOv8
    AnchorsFirst // [anchors, 4 + objectness + classes], as YOLOv5
};

struct JudgedOutput {
    OutputKind kind = OutputKind::Numbers;     // never Auto
    size_t output = 0;                         // index among the graph's outputs
    std::string name;                          // displayable
    Shape shape;                               // of one sample, without the batch
    size_t batchDimension = 0;                 // of the output; the rank where it has none
    std::optional<size_t> mask;                // the input that tells which tokens there are
    std::string why;                           // "its name says logits"; "" for a kind that was asked for
    BoxLayout layout = BoxLayout::ValuesFirst; // of Boxes

    int64_t classes() const; // of Classes, Tokens, Sequence and Mask; else 0
};

/// Of boxes: the values of an anchor, and how many anchors there are.
size_t boxValues(const JudgedOutput& judged);
size_t boxAnchors(const JudgedOutput& judged);
/// Which value of its anchor an element of one sample is; below kBoxPlaces it is a place, else a score.
size_t boxValueOf(const JudgedOutput& judged, size_t element);
inline constexpr size_t kBoxPlaces = 4;

/// "The network's output embeddings (128x384 a sample) is compared as an embedding: its name says so."
std::string judgedWords(const JudgedOutput& judged);

/// One sample's part of the judged output of a plan.
class OutputRow {
public:
    /// `batch`: samples of the plan.
    OutputRow(const JudgedOutput& judged, size_t batch) : m_judged(judged), m_batch(batch) {}
    /// Valid until the next call, and as long as the plan's output.
    std::span<const float> of(const Plan& plan, size_t row);

private:
    const JudgedOutput& m_judged;
    size_t m_batch;
    std::vector<float> m_gathered; // where the batch is not the first dimension
};

/// `asked`: Auto chooses by the outputs' shapes and names and by the inputs, else what the user says. `labelled`: the
/// data has one class a sample. Throws Error{Usage} where no output has a shape that the kind asks for.
JudgedOutput judgedOutput(const Graph& graph, OutputKind asked, bool labelled);

/// Classes of an output with one row a sample: [N, classes], [N, classes, 1, 1], [N, 1, 1, classes]; 0 for others.
int64_t classCount(const Shape& shape, int64_t batch);

} // namespace halftone
