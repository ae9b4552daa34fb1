// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/compare/layer_errors.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/profile/statistics.h"
#include "core/quantize/batch_rows.h"
#include "core/quantize/mixed_graph.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/samples/finite_pairs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <memory>

namespace halftone {

namespace {

constexpr int64_t kMostBytes = int64_t{512} << 20;
constexpr double kDivergedDb = 6;
constexpr double kCompiling = 0.5; // of the time, roughly

/// Sums over elements of a tensor and of the same in fp32.
struct Sums {
    double signal = 0, noise = 0, dot = 0, squares = 0, maxAbs = 0;
    int64_t count = 0;

    void add(std::span<const float> exact, std::span<const float> found) {
        forFinitePairs(exact, found, [&](double a, double b) {
            signal += a * a;
            noise += (a - b) * (a - b);
            dot += a * b;
            squares += b * b;
            maxAbs = std::max(maxAbs, std::abs(a - b));
            ++count;
        });
    }
    TensorDistance distance() const {
        TensorDistance result;
        if (noise > 0 && signal > 0)
            result.sqnrDb = 10 * std::log10(signal / noise);
        result.cosine = signal > 0 && squares > 0 ? dot / std::sqrt(signal * squares) : noise == 0;
        result.mse = count > 0 ? noise / static_cast<double>(count) : 0;
        result.maxAbs = maxAbs;
        return result;
    }
    /// Within -200 and 200, which stand for no signal and no noise.
    double sqnrDb() const {
        constexpr double least = 1e-20;
        return std::clamp(10 * std::log10(std::max(signal, 1e-300) / std::max(noise, 1e-300)), 10 * std::log10(least),
                          -10 * std::log10(least));
    }
};

/// A layer of the analysis.
struct Layer {
    NodeId node;
    ValueId result;
    std::unique_ptr<Plan> alone; // null where its own error is not measured
    std::vector<ValueId> inputs; // of `alone`
    std::string notMeasured;     // why
    Sums local, accumulated;
    std::vector<double> usualDb;     // of each usual sample
    std::map<int64_t, double> badDb; // by sample
};

class Analysis {
public:
    Analysis(const ErrorAnalysisInput& input, const Job& job, const std::function<void(double)>& progress)
        : m_input(input), m_job(job), m_progress(progress), m_batch(samplesIn(input.int8.inputShape(0))),
          m_fp32(compile(input.reference, {Precision::Fp32}, job)), m_exact(input.quantized.values().size()) {
        int64_t bytes = 0;
        for (const Node& node : input.quantized.nodes())
            for (const ValueId output : node.outputs)
                bytes += elementCount(input.quantized.value(output).shape) * int64_t{sizeof(float)};
        if (bytes > kMostBytes)
            throw Error(ErrorCode::Limit,
                        "The activations of a batch take more than 512 MB, so the errors of the layers "
                        "were not analysed. Use a smaller batch.");
        findLayers();
    }

    ErrorAnalysis run() {
        const size_t all = m_input.usual.size() + m_input.bad.size();
        size_t done = 0;
        const auto visit = [&](const std::vector<int64_t>& samples, bool usual) {
            for (size_t first = 0; first < samples.size(); first += m_batch) {
                const size_t count = std::min(m_batch, samples.size() - first);
                runBatch(samples, first, count, usual);
                done += count;
                m_progress(kCompiling + (1 - kCompiling) * static_cast<double>(done) / static_cast<double>(all));
            }
        };
        visit(m_input.usual, true);
        visit(m_input.bad, false);
        return result();
    }

private:
    void findLayers() {
        const std::vector<StepInfo>& steps = m_input.int8.steps();
        const auto nodes = static_cast<NodeId>(m_input.quantized.nodes().size());
        for (NodeId id = 0; id < nodes; ++id) {
            m_progress(kCompiling * static_cast<double>(id) / nodes);
            const Node& node = m_input.quantized.node(id);
            const auto step = std::ranges::find_if(steps, [&](const StepInfo& each) {
                return each.kind == StepInfo::Kind::Compute && each.name == node.name;
            });
            if (step == steps.end())
                continue;
            Layer layer{id, node.outputs.front(), nullptr, {}, {}, {}, {}, {}, {}};
            if (step->precision == "int8")
                prepareAlone(layer);
            else
                layer.notMeasured = "It is not in int8.";
            m_layers.push_back(std::move(layer));
        }
    }

    void prepareAlone(Layer& layer) const {
        const Node& node = m_input.quantized.node(layer.node);
        const auto refuse = [&](const std::string& why) {
            layer.notMeasured = fmt::format("Its own error was not measured: {}", why);
        };
        for (const ValueId value : node.inputs)
            if (value != kNoValue && !m_input.quantized.isConstant(value) &&
                std::ranges::count(layer.inputs, value) == 0)
                layer.inputs.push_back(value);
        for (const ValueId value : layer.inputs)
            if (m_input.quantized.value(value).type != ElementType::F32)
                return refuse(fmt::format("it reads {}, which holds no real numbers.",
                                          displayText(m_input.quantized.value(value).name)));
        try {
            auto alone = std::make_unique<Plan>(
                compile(layerAlone(m_input.quantized, layer.node), {Precision::Int8, false}, m_job));
            const auto step = std::ranges::find(alone->steps(), node.name, &StepInfo::name);
            if (step == alone->steps().end() || step->precision != "int8")
                return refuse("apart from its neighbours it does not run in int8.");
            layer.alone = std::move(alone);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Unsupported)
                throw;
            refuse(error.message());
        }
    }

    /// A tensor without a batch dimension belongs to every sample.
    std::span<const float> row(std::span<const float> values, size_t row) const {
        const size_t each = sampleSize(values, m_batch);
        return values.subspan(each == values.size() ? 0 : row * each, each);
    }

    void runBatch(const std::vector<int64_t>& samples, size_t first, size_t count, bool usual) {
        m_job.checkCancelled();
        fillBatch(m_fp32, m_input.samples, samples, first);
        m_fp32.runCaptured([&](ValueId value, std::span<const float> elements) {
            m_exact[static_cast<size_t>(value)].assign(elements.begin(), elements.end());
        });
        for (size_t input = 0; input < m_fp32.inputCount(); ++input)
            std::ranges::copy(m_fp32.input(input), m_input.int8.input(input).begin());
        std::map<ValueId, Layer*> byResult;
        for (Layer& layer : m_layers)
            byResult[layer.result] = &layer;
        m_input.int8.runCaptured([&](ValueId value, std::span<const float> elements) {
            const auto found = byResult.find(value);
            if (found == byResult.end())
                return;
            Layer& layer = *found->second;
            for (size_t i = 0; i < count; ++i) {
                Sums one;
                const auto exact = row(m_exact[static_cast<size_t>(value)], i), in8 = row(elements, i);
                one.add(exact, in8);
                if (usual) {
                    layer.accumulated.add(exact, in8);
                    layer.usualDb.push_back(one.sqnrDb());
                } else {
                    layer.badDb[samples[first + i]] = one.sqnrDb();
                }
            }
        });
        if (!usual)
            return;
        for (Layer& layer : m_layers)
            if (layer.alone)
                runAlone(layer, count);
    }

    void runAlone(Layer& layer, size_t count) {
        m_job.checkCancelled();
        for (size_t input = 0; input < layer.inputs.size(); ++input)
            std::ranges::copy(m_exact[static_cast<size_t>(layer.inputs[input])], layer.alone->input(input).begin());
        layer.alone->run();
        for (size_t i = 0; i < count; ++i)
            layer.local.add(row(m_exact[static_cast<size_t>(layer.result)], i), row(layer.alone->output(0), i));
    }

    std::string name(NodeId id) const {
        const Node& node = m_input.quantized.node(id);
        return displayText(node.origins.empty() ? node.name : node.origins.front());
    }

    ErrorAnalysis result() const {
        ErrorAnalysis analysis;
        analysis.samples = static_cast<int64_t>(m_input.usual.size());
        for (const Layer& layer : m_layers) {
            if (layer.accumulated.count == 0)
                continue;
            LayerError error;
            error.notMeasured = layer.notMeasured;
            error.layer = name(layer.node);
            error.op = opName(m_input.quantized.node(layer.node).op);
            error.tensor = displayText(m_input.quantized.value(layer.result).name);
            if (layer.alone)
                error.local = layer.local.distance();
            error.accumulated = layer.accumulated.distance();
            analysis.layers.push_back(std::move(error));
        }
        for (const int64_t sample : m_input.bad) {
            const auto diverged = std::ranges::find_if(m_layers, [&](const Layer& layer) {
                const auto at = layer.badDb.find(sample); // results that are no real numbers have none
                return at != layer.badDb.end() && at->second <= median(layer.usualDb) - kDivergedDb;
            });
            if (diverged != m_layers.end())
                analysis.divergences.push_back({m_input.nameOf(sample), name(diverged->node),
                                                diverged->badDb.at(sample), median(diverged->usualDb)});
        }
        return analysis;
    }

    const ErrorAnalysisInput& m_input;
    const Job& m_job;
    const std::function<void(double)>& m_progress;
    size_t m_batch;
    Plan m_fp32;
    std::vector<std::vector<float>> m_exact; // by ValueId: of the current batch
    std::vector<Layer> m_layers;
};

} // namespace

ErrorAnalysis analyseErrors(const ErrorAnalysisInput& input, const Job& job,
                            const std::function<void(double fraction)>& progress) {
    return Analysis(input, job, progress).run();
}

} // namespace halftone
