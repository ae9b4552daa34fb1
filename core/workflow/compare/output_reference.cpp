// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/compare/output_reference.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/op_traits.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/samples/finite_pairs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// The output is a softmax, or a reshaped one.
bool endsInSoftmax(const Graph& graph, size_t output) {
    const std::vector<NodeId> producers = graph.producers();
    ValueId value = graph.outputs[output];
    for (;;) {
        const NodeId producer = producers[static_cast<size_t>(value)];
        if (producer == kNoNode)
            return false;
        const Node& node = graph.node(producer);
        if (const auto* softmax = std::get_if<Softmax>(&node.op))
            return !softmax->log;
        if (!traitsOf(node.op).keepsOrder)
            return false;
        value = node.inputs.front();
    }
}

} // namespace

double OutputDifference::noise(bool hasClasses) const {
    if (hasClasses)
        return samples > 0 ? scoreNoise / static_cast<double>(samples) : 0;
    double sum = 0;
    for (size_t i = 0; i < signal.size(); ++i)
        sum += signal[i] > 0 ? error[i] / signal[i] / static_cast<double>(signal.size()) : 0;
    return sum;
}

std::optional<double> OutputDifference::sqnrDb() const {
    double allSignal = 0, allError = 0;
    for (size_t i = 0; i < signal.size(); ++i) {
        allSignal += signal[i];
        allError += error[i];
    }
    if (allSignal <= 0 || allError <= 0)
        return std::nullopt;
    return 10 * std::log10(allSignal / allError);
}

OutputReference::OutputReference(const Graph& graph, const DataSamples* data, const JudgedOutput& judged)
    : m_data(data), m_batch(static_cast<int64_t>(batchOf(graph))),
      m_classes(data && judged.kind == OutputKind::Classes ? judged.classes() : 0), m_classOutput(judged.output) {
    m_labelled = m_classes > 0 && data->dataset().labelled();
    m_probabilities = m_classes > 0 && endsInSoftmax(graph, m_classOutput);
    for (const ValueId output : graph.outputs)
        m_bytesPerSample += sizeof(float) * static_cast<size_t>(elementCount(graph.value(output).shape) / m_batch);
}

std::vector<std::span<const float>> OutputReference::rows(int64_t sample, const Plan& plan, size_t row) const {
    std::vector<std::span<const float>> rows;
    const size_t first = m_classes > 0 ? m_classOutput : 0, end = m_classes > 0 ? first + 1 : plan.outputCount();
    for (size_t output = first; output < end; ++output) {
        const std::span<const float> all = plan.output(output);
        const size_t each = all.size() / static_cast<size_t>(m_batch);
        rows.push_back(all.subspan(row * each, each));
        const auto isFinite = [](float value) { return std::isfinite(value); };
        if (m_classes > 0 ? !std::ranges::all_of(rows.back(), isFinite)
                          : !rows.back().empty() && std::ranges::none_of(rows.back(), isFinite)) {
            const std::string name = m_data ? m_data->info(sample).name : std::to_string(sample);
            throw Error(ErrorCode::BadInput,
                        fmt::format("For the sample {} an output is not a finite number, so precisions cannot be "
                                    "compared. Check the preprocessing and the model.",
                                    name),
                        name);
        }
    }
    return rows;
}

std::vector<double> OutputReference::scores(std::span<const float> row) const {
    constexpr double least = 1e-30; // a probability that fp32 gave up
    std::vector<double> scores(row.begin(), row.end());
    if (m_probabilities)
        for (double& score : scores)
            score = std::log(std::max(score, least));
    return scores;
}

void OutputReference::keep(int64_t sample, const Plan& fp32, size_t row) {
    Kept kept;
    for (const std::span<const float> output : rows(sample, fp32, row))
        kept.outputs.emplace_back(output.begin(), output.end());
    if (m_classes > 0)
        kept.top1 = argMax(kept.outputs.front());
    if (m_labelled)
        kept.label = m_data->expectedClass(sample);
    m_kept[sample] = std::move(kept);
}

void OutputReference::compare(int64_t sample, const Plan& plan, size_t row, OutputDifference& difference) const {
    const Kept& kept = m_kept.at(sample);
    const std::vector<std::span<const float>> outputs = rows(sample, plan, row);
    difference.samples += 1;
    difference.signal.resize(outputs.size());
    difference.error.resize(outputs.size());
    for (size_t output = 0; output < outputs.size(); ++output)
        forFinitePairs(kept.outputs[output], outputs[output], [&](double exact, double found) {
            difference.signal[output] += exact * exact;
            difference.error[output] += (found - exact) * (found - exact);
        });
    if (m_classes == 0)
        return;
    const std::vector<double> exact = scores(kept.outputs.front()), found = scores(outputs.front());
    double sum = 0, squares = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
        sum += found[i] - exact[i];
        squares += (found[i] - exact[i]) * (found[i] - exact[i]);
    }
    const auto classes = static_cast<double>(exact.size());
    difference.scoreNoise += std::max(0.0, squares / classes - sum / classes * (sum / classes));
    const int64_t top1 = argMax(outputs.front());
    difference.agreeing += top1 == kept.top1;
    difference.right += m_labelled && top1 == kept.label;
}

int64_t OutputReference::right() const {
    return std::ranges::count_if(
        m_kept, [](const auto& each) { return each.second.label >= 0 && each.second.label == each.second.top1; });
}

Answers OutputReference::answers() const {
    Answers answers{{}, {}, m_classes};
    for (const auto& [sample, kept] : m_kept)
        if (m_labelled) {
            answers.samples.push_back(sample);
            answers.classes.push_back(kept.top1);
        }
    return answers;
}

std::vector<double> OutputReference::margins() const {
    std::vector<double> margins;
    for (const auto& [sample, kept] : m_kept) {
        std::vector<double> sorted = scores(kept.outputs.front());
        std::ranges::partial_sort(sorted, sorted.begin() + 2, std::ranges::greater());
        margins.push_back(sorted[0] - sorted[1]);
    }
    return margins;
}

std::string OutputReference::criterion() const {
    return m_labelled ? "top-1" : m_classes > 0 ? "agreement" : "output-distance";
}

double OutputReference::drop(const OutputDifference& difference) const {
    const auto count = static_cast<double>(std::max<int64_t>(difference.samples, 1));
    if (m_labelled)
        return 100 * static_cast<double>(right() - difference.right) / count;
    if (m_classes > 0)
        return 100 * (1 - static_cast<double>(difference.agreeing) / count);
    return 100 * std::sqrt(difference.noise(false));
}

} // namespace halftone
