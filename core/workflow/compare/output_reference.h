// SPDX-License-Identifier: GPL-3.0-or-later
// What a network gives for samples in fp32, and how far a plan of another precision is from that.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/samples/samples.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Sums over samples.
struct OutputDifference {
    int64_t samples = 0;
    int64_t agreeing = 0, right = 0;   // samples with the top-1 of fp32, with that of the label
    double scoreNoise = 0;             // variance of score errors over the classes, summed over samples
    std::vector<double> signal, error; // by output: sums of squares

    /// What layers add up to: of networks with classes the mean variance of the score errors, of others the mean over
    /// outputs of error / signal.
    double noise(bool hasClasses) const;
    /// Of all outputs, 10 log10(signal / error); absent where they are identical.
    std::optional<double> sqnrDb() const;
};

/// An output of one row of classes a sample is compared alone and as scores: what is added to all classes alike changes
/// no decision. Where the network ends in a softmax its logarithm is taken first, which gives the logits up to such an
/// addend. Refuses classes that are not finite, and other outputs of which no value is, with Error{BadInput} naming the
/// sample. Memory: the outputs of all kept
/// samples.
class OutputReference {
public:
    /// Labels come from `data`, where it is given and labelled. With data an output that is judged as classes has
    /// scores.
    OutputReference(const Graph& graph, const DataSamples* data, const JudgedOutput& judged);

    /// Keeps row `row` of the outputs of the fp32 plan, which belongs to this sample.
    void keep(int64_t sample, const Plan& fp32, size_t row);
    /// Adds row `row` of another plan of the same sample, which was kept.
    void compare(int64_t sample, const Plan& plan, size_t row, OutputDifference& difference) const;

    bool has(int64_t sample) const { return m_kept.contains(sample); }
    int64_t samples() const { return static_cast<int64_t>(m_kept.size()); }
    bool hasClasses() const { return m_classes > 0; }
    bool labelled() const { return m_labelled; }
    /// Bytes that each sample takes.
    size_t bytesPerSample() const { return m_bytesPerSample; }
    /// Samples that fp32 gets right.
    int64_t right() const;
    /// What fp32 answered; empty without labels.
    Answers answers() const;
    /// Difference of the two largest scores of each sample. Only with classes.
    std::vector<double> margins() const;
    /// "top-1" with labels, "agreement" without, "output-distance" where there are no classes.
    std::string criterion() const;
    /// In points: of top-1 or agreement; without classes the error of the outputs in percent of their norm.
    double drop(const OutputDifference& difference) const;

private:
    struct Kept {
        std::vector<std::vector<float>> outputs;
        int64_t label = -1, top1 = -1;
    };
    std::vector<double> scores(std::span<const float> row) const;
    std::vector<std::span<const float>> rows(int64_t sample, const Plan& plan, size_t row) const;

    const DataSamples* m_data;
    int64_t m_batch = 1, m_classes = 0;
    size_t m_classOutput = 0; // where there are classes
    bool m_labelled = false, m_probabilities = false;
    size_t m_bytesPerSample = 0;
    std::map<int64_t, Kept> m_kept;
};

} // namespace halftone
