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

struct JudgedOutput {
    OutputKind kind = OutputKind::Numbers; // never Auto
    size_t output = 0;                     // index among the graph's outputs
    std::string name;                      // displayable
    Shape shape;                           // of one sample, without the batch
    size_t batchDimension = 0;             // of the output; the rank where it has none
    std::optional<size_t> mask;            // the input that tells which tokens there are
    std::string why;                       // "its name says logits"; "" for a kind that was asked for
    std::string layout; // of Boxes: "yolov8" (values x anchors: box, classes), "yolov5" (anchors x values: box,
                        // objectness, classes)

    int64_t classes() const; // of Classes, Tokens, Sequence and Mask; else 0
};

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
