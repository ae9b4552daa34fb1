// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/network/quantize_model.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/quantize/batch_rows.h"
#include "core/quantize/bias_correction.h"
#include "core/quantize/equalization.h"
#include "core/quantize/quantize.h"
#include "core/quantize/weight_rounding.h"
#include "core/workflow/samples/calibrate.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/not_finite.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace halftone {

namespace {

bool hasLayer(const LoadedModel& model, const std::string& layer) {
    return std::ranges::any_of(model.file.layers, [&](const FileLayer& each) { return each.name == layer; }) ||
           std::ranges::any_of(model.graph.nodes(), [&](const Node& node) {
               return std::ranges::find(node.origins, layer) != node.origins.end();
           });
}

bool hasActivation(const Graph& graph, const std::string& tensor) {
    return std::ranges::any_of(graph.values(),
                               [&](const Value& value) { return value.name == tensor && !value.constant; });
}

/// Of patches whose weights are rounded by reconstruction. The time grows with the square of the size, what is gained
/// does not: on MobileNetV2 patches of up to 200 values give all but 0.1 dB of what those of up to 1,000 give.
int64_t largestProducts(Switch rounding) {
    switch (rounding) {
    case Switch::Off: return 0;
    case Switch::Auto: return 256;
    case Switch::On: return 1280;
    }
    return 0;
}

/// With a scale for every channel nothing is gained: what one layer's weights need less, its result or the next layer's
/// weights need more.
bool equalizes(const QuantizeOptions& options) {
    return options.equalization == Switch::On ||
           (options.equalization == Switch::Auto && options.weights == WeightScales::PerTensor);
}

/// Whether it matters what layers read.
bool corrects(const QuantizeOptions& options) {
    return options.rounding != Switch::Off || options.biasCorrection != Switch::Off;
}

/// So many decibels less error are worth a step more.
double worthSmoothingDb(Switch smoothing) {
    return smoothing == Switch::On ? 0 : 2;
}

/// From all samples: a single one may hold the values that spoil a grid.
ChannelFactors findFactors(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                           const QuantizeOptions& options, Stages& stages) {
    ChannelObserver observer(graph);
    if (options.smoothing == Switch::Off || !observer.watchesAny())
        return {};
    const auto batch = static_cast<size_t>(samplesIn(fp32.inputShape(0)));
    for (size_t first = 0; first < indices.size(); first += batch) {
        fillBatch(fp32, samples, indices, first);
        fp32.runObserved([&](ValueId value, const Activation& activation) {
            observer.observe(value, activation.elements, activation.channelBlock,
                             static_cast<int64_t>(std::min(batch, indices.size() - first)));
        });
        stages.progress(0.5 * static_cast<double>(first) / static_cast<double>(indices.size()));
    }
    return smoothingFactors(graph, observer, worthSmoothingDb(options.smoothing));
}

/// With a plan of its own, for a network whose activations are scaled anew.
Calibration calibrateAnew(const Graph& graph, const Samples& samples, const std::vector<int64_t>& indices,
                          LayerInputs& inputs, Stages& stages) {
    Plan fp32 = compile(graph, {Precision::Fp32}, Job());
    return calibrate(graph, fp32, samples, indices, inputs, stages);
}

/// Refused before the samples are run.
const QuantizeOptions& checked(const LoadedModel& model, const QuantizeOptions& options) {
    checkOptions(model, options);
    return options;
}

/// "reduced-weights", or a warning "saturation-risk".
std::optional<Diagnostic> aboutWeightLimit(const MachineInfo& machine, const QuantizeOptions& options) {
    switch (weightLimitFor(machine, options)) {
    case WeightLimit::Full:
        if (machine.int8DotProduct)
            return std::nullopt;
        return Diagnostic{Severity::Warning, "saturation-risk", "",
                          fmt::format("This CPU ({}) has no VNNI: with 8-bit weights its int8 sums can saturate, and "
                                      "results differ from a CPU with VNNI. Limit the weights to pairs.",
                                      machine.isa)};
    case WeightLimit::SevenBits:
        return Diagnostic{Severity::Info, "reduced-weights", "", "Weights were limited to 7 bits as asked."};
    case WeightLimit::Pairs: break;
    }
    if (machine.int8DotProduct)
        return Diagnostic{Severity::Info, "reduced-weights", "", "Pairs of weights were limited as asked."};
    return Diagnostic{Severity::Info, "reduced-weights", "",
                      fmt::format("This CPU ({}) has no VNNI and sums int8 products in 16 bits: pairs of weights were "
                                  "limited so that no sum saturates.",
                                  machine.isa)};
}

} // namespace

void checkOptions(const LoadedModel& model, const QuantizeOptions& options) {
    for (const std::string& layer : options.keepFp32)
        if (!hasLayer(model, layer))
            throw Error(ErrorCode::Usage,
                        fmt::format("The model has no layer {} to keep in fp32. A report of the model, written with "
                                    "\"profile --out\" or \"--csv\", lists the names of its layers.",
                                    displayText(layer)),
                        displayText(layer));
    for (const auto& [tensor, method] : options.rangesOf)
        if (!hasActivation(model.graph, tensor) && !hasActivation(model.graph, nameBeforeSmoothing(tensor)))
            throw Error(ErrorCode::Usage,
                        fmt::format("The network has no activation {} to find a range for. A report of the model, "
                                    "written with \"profile --out\" or \"--csv\", lists the names of its tensors.",
                                    displayText(tensor)),
                        displayText(tensor));
}

WeightLimit weightLimitFor(const MachineInfo& machine, const QuantizeOptions& options) {
    return options.weightLimit.value_or(machine.int8DotProduct ? WeightLimit::Full : WeightLimit::Pairs);
}

int bitsOf(WeightLimit limit) {
    return limit == WeightLimit::SevenBits ? 7 : 8;
}

QuantizationOptions describeOptions(const MachineInfo& machine, const QuantizeOptions& options) {
    QuantizationOptions described;
    described.scheme = nameIn(options.scheme);
    described.weights = nameIn(options.weights);
    described.weightLimit = nameIn(weightLimitFor(machine, options));
    described.ranges = nameIn(options.ranges.value_or(RangeMethod::Mse));
    described.percentile = options.percentile;
    for (const auto& [tensor, method] : options.rangesOf)
        described.rangesOf[displayText(tensor)] = nameIn(method);
    described.biasCorrection = options.biasCorrection != Switch::Off;
    described.equalization = equalizes(options);
    described.smoothing = options.smoothing != Switch::Off;
    described.rounding = options.rounding != Switch::Off;
    return described;
}

ModelQuantizer::ModelQuantizer(const LoadedModel& model, Plan& fp32, const Samples& samples,
                               const std::vector<int64_t>& indices, const QuantizeOptions& options,
                               const MachineInfo& machine, Stages& stages)
    : m_options(checked(model, options)), m_machine(machine), m_fileGrids(model.onGrids),
      m_factors(m_fileGrids ? ChannelFactors{} : findFactors(model.graph, fp32, samples, indices, options, stages)),
      m_graph(m_fileGrids ? model.quantizable()
                          : smooth(equalizes(options) ? equalize(model.graph) : model.graph, m_factors)),
      m_inputs(corrects(options) ? m_graph : Graph{}, largestProducts(options.rounding), std::ssize(indices)),
      m_calibration(changesActivations() ? calibrateAnew(m_graph, samples, indices, m_inputs, stages)
                                         : calibrate(m_graph, fp32, samples, indices, m_inputs, stages)) {
    if (m_fileGrids || m_options.ranges || std::ssize(indices) == 0)
        return;
    const auto quantized = [&](RangeMethod method) {
        QuantizeOptions quick = resolved(m_options);
        quick.ranges = method;
        quick.rounding = Switch::Off; // takes long, and gains as much whatever the ranges
        return quantize(quick, {}).graph;
    };
    // Only whether it is boxes is asked, which neither labels nor wishes change.
    m_ranges = chooseRangeMethod(fp32, judgedOutput(model.graph, OutputKind::Auto, false), samples, indices, quantized,
                                 stages.job());
    if (const Calibration& found = m_calibration; found.tensors().empty())
        m_ranges.tried.clear(); // nothing is in int8
}

bool ModelQuantizer::changesActivations() const {
    return m_fileGrids || equalizes(m_options) || !m_factors.empty();
}

QuantizeOptions ModelQuantizer::resolved(const QuantizeOptions& options) const {
    QuantizeOptions resolved = options;
    resolved.weightLimit = weightLimitFor(m_machine, options);
    if (!resolved.ranges)
        resolved.ranges = m_ranges.method;
    return resolved;
}

QuantizedModel ModelQuantizer::quantize(const QuantizeOptions& options,
                                        const std::function<void(double)>& progress) const {
    constexpr double kGrids = 0.2, kRounded = 0.9; // of the time, roughly
    const auto tell = [&](double done) {
        if (progress)
            progress(done);
    };
    const QuantizeOptions all = resolved(options);
    QuantizedModel quantized{{}, describeOptions(m_machine, all), {}};
    if (m_fileGrids)
        adopt(all, quantized);
    else
        quantized.graph = halftone::quantize(m_graph, m_calibration, all);
    if (!m_machine.int8DotProduct)
        quantized.graph = withUnsignedCodes(std::move(quantized.graph));
    tell(kGrids);
    if (options.rounding != Switch::Off)
        quantized.graph = roundWeights(std::move(quantized.graph), m_inputs,
                                       [&](double done) { tell(kGrids + (kRounded - kGrids) * done); });
    if (options.biasCorrection != Switch::Off)
        quantized.graph = correctBiases(std::move(quantized.graph), m_graph, m_inputs,
                                        [&](double done) { tell(kRounded + (1 - kRounded) * done); });
    tell(1);
    for (const std::string& layer : layersKeptInFp32(m_graph, options))
        quantized.options.keptFp32.push_back(displayText(layer));
    for (const Diagnostic& diagnostic : tellNotFinite(m_graph, m_calibration))
        quantized.diagnostics.push_back(diagnostic);
    if (m_fileGrids)
        return quantized;
    if (!m_factors.empty())
        quantized.diagnostics.push_back(
            {Severity::Info, "channels-smoothed", "",
             fmt::format("The channels of {} activation{} differ so much that one grid would leave most of them few "
                         "codes: each was divided by a factor of its own, which the weights that multiply it take up "
                         "(SmoothQuant).",
                         m_factors.size(), m_factors.size() == 1 ? "" : "s")});
    if (const auto chosen = m_ranges.told(); chosen && !options.ranges)
        quantized.diagnostics.push_back(*chosen);
    if (options.scheme == Scheme::Asymmetric)
        quantized.diagnostics.push_back({Severity::Info, "symmetric-weights", "",
                                         "Weights stay symmetric: the kernels have no zero point for them. Activations "
                                         "are asymmetric as asked."});
    if (const auto found = aboutWeightLimit(m_machine, options))
        quantized.diagnostics.push_back(*found);
    return quantized;
}

/// What follows then finds no error in weights that kept their codes, and leaves those layers as they are.
void ModelQuantizer::adopt(const QuantizeOptions& options, QuantizedModel& quantized) const {
    AdoptedGrids adopted = adoptGrids(*m_fileGrids, *options.weightLimit);
    quantized.graph = withFp32Layers(std::move(adopted.graph), options);
    quantized.options.scheme = quantized.options.weights = quantized.options.ranges = kFromFile;
    quantized.options.rangesOf.clear();
    quantized.options.equalization = quantized.options.smoothing = false;
    quantized.diagnostics = std::move(adopted.diagnostics);
    quantized.diagnostics.push_back({Severity::Info, "grids-of-the-file", "",
                                     "The model was quantized before: int8 runs with the scales and zero points of the "
                                     "file, and fp32 is the same network with the numbers that its weights mean."});
}

} // namespace halftone
