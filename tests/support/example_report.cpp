// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/example_report.h"

#include "core/report/certainty.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr int64_t channels = 16, height = 28, width = 28, classes = 10;
constexpr int64_t planeElements = channels * height * width;
constexpr int64_t convWeights = channels * channels * 3 * 3;
constexpr int64_t samples = 1000;
constexpr double fp32Gops = 46, int8Gops = 184, l2Gbps = 30; // of all threads of the example machine

/// Numbers in [0, 1) that are equal on every platform, which those of <random>'s distributions are not.
class Noise {
public:
    double next() {
        m_state = m_state * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<double>(m_state >> 11) * 0x1p-53;
    }
    double between(double lo, double hi) { return lo + (hi - lo) * next(); }

private:
    uint64_t m_state = 20240601;
};

/// 95 % interval of a share (Wilson's formula).
Interval wilson(int64_t hits, int64_t count) {
    const double n = static_cast<double>(count), p = static_cast<double>(hits) / n, z = 1.959963984540054;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {centre - half, centre + half};
}

/// One fused group of layers: what one compute step runs.
struct Block {
    std::vector<int> layers; // indices; the first one is the anchor
    bool int8 = true;        // runs in int8 in the int8 run
    bool conv = true;
    double fp32Ms = 0, int8Ms = 0;
    int64_t macs = 0;
};

class Builder {
public:
    explicit Builder(int layerCount) {
        addLayers(std::max(layerCount, 6));
        addSetting();
        addRun("fp32");
        addRun("int8");
        addRoofline();
        addWaterfall();
        addTensors();
        finishLayers();
        addModel();
        addAccuracy();
        addVerdict();
        m_report.diagnostics = {
            {Severity::Warning, "unstable-timing", m_report.layers.front().name,
             "The time of this layer varied by 9 % between rounds; close other programs and measure again."},
            {Severity::Info, "batch-bound", "input", "The model leaves the batch open; it was measured with batch 1."}};
    }

    Report take() { return std::move(m_report); }

private:
    void addSetting() {
        m_report.tool = {"halftone-cli", "0.1.0", "3.2.0"};
        m_report.command = "halftone-cli profile models/example.onnx --data pictures --out report.json";
        m_report.created = "2025-03-14T09:26:53Z";
        m_report.machine = {
            "Example CPU @ 2.40GHz", "AVX512_CORE_VNNI", 8, 8, int64_t{32} << 30, "Debian 12", 2400.0, 0.12, 0.0, 0.01};
        m_report.data =
            Data{"pictures", "image-folder", samples,
                 256,        true,           {"custom", 32, 28, {123.675F}, {58.395F}, ChannelOrder::Gray, 0}};
        m_report.options = {8, 1, samples, 256, 10.0, 8, 42};
    }

    /// Blocks of conv, batch norm, relu, conv, batch norm, add, relu, dropout; then pool, flatten, gemm.
    void addLayers(int count) {
        static constexpr std::array<const char*, 8> pattern{
            "Conv", "BatchNormalization", "Relu", "Conv", "BatchNormalization", "Add", "Relu", "Dropout"};
        const int body = count - 3;
        int convs = 0;
        for (int i = 0; i < body; ++i) {
            const std::string op = pattern[static_cast<size_t>(i) % pattern.size()];
            const int layer = addLayer(op, op == "Conv" ? planeElements * channels * 9 : 0);
            if (op == "Conv")
                m_blocks.push_back({{layer}, ++convs % 7 != 0, true, m_noise.between(0.08, 0.4), 0, 0});
            else if (op != "Dropout")
                m_blocks.back().layers.push_back(layer);
        }
        m_blocks.push_back({{addLayer("GlobalAveragePool", 0)}, true, false, 0.006, 0, 0});
        addLayer("Flatten", 0);
        m_blocks.push_back({{addLayer("Gemm", channels * classes)}, false, false, 0.004, 0, 0});
        for (size_t i = 0; i < m_blocks.size(); ++i) {
            Block& block = m_blocks[i];
            block.int8Ms = block.int8 ? block.fp32Ms / m_noise.between(2.8, 4.2) : block.fp32Ms;
            for (const int layer : block.layers)
                block.macs += m_report.layers[static_cast<size_t>(layer)].macs;
        }
    }

    int addLayer(const std::string& op, int64_t macs) {
        Layer layer;
        layer.originIndex = static_cast<int>(m_report.layers.size());
        layer.name = fmt::format("{}_{}", op, layer.originIndex);
        layer.op = op;
        layer.macs = macs;
        layer.bytes = 2 * 4 * planeElements + (op == "Conv" ? 4 * convWeights : 0);
        m_report.layers.push_back(layer);
        return layer.originIndex;
    }

    std::string anchor(const Block& block) const {
        return m_report.layers[static_cast<size_t>(block.layers.front())].name;
    }
    std::string output(const Block& block) const {
        return m_report.layers[static_cast<size_t>(block.layers.back())].name + "_out";
    }

    void addRun(const std::string& precision) {
        const bool int8 = precision == "int8";
        Run run;
        run.precision = precision;
        run.isa = m_report.machine.isa;
        run.threads = m_report.machine.threads;
        run.firstMs = int8 ? 14.5 : 11.25;
        run.compileMs = int8 ? 96.0 : 61.0;

        StepPort current{"input", "f32", "nchw"};
        std::string producer;
        const std::string blocked = int8 ? "nhwc" : "aBcd16b";
        for (const Block& block : m_blocks) {
            const std::string type = int8 && block.int8 ? "u8" : "f32";
            const std::string layout = anchor(block).starts_with("Gemm") ? "nc" : blocked;
            if (current.type != type || current.layout != layout)
                current = addConversion(run, current, {current.tensor, type, layout}, producer, anchor(block));
            addCompute(run, block, current, type);
            current = run.steps.back().outputs.front();
            producer = anchor(block);
        }

        int64_t parameters = 0;
        for (const Block& block : m_blocks)
            parameters += block.conv ? convWeights + channels : 0;
        run.memory = {int8 ? parameters : 4 * parameters, (int8 ? 2 : 8) * planeElements, 4096, int64_t{180} << 20};
        for (const Step& step : run.steps)
            run.stepsMs += step.medianMs;
        run.unexplainedMs = 0.012;
        run.waitingShare = 0;
        run.timingOverheadMs = 0.008;
        const double median = run.stepsMs + run.unexplainedMs;
        run.latencyMs = {
            median, 1.04 * median, 0.985 * median, 1.006 * median, 0.011, 420, {0.995 * median, 1.005 * median}, true};
        addRounds(run);
        m_report.runs.push_back(std::move(run));
    }

    /// Rounds around the median: one at it and the others a little below and above.
    static void addRounds(Run& run) {
        for (const double factor : {1.012, 0.991, 1.0, 1.003, 0.997, 1.02, 0.985})
            run.roundMs.push_back(factor * run.latencyMs.median);
        run.stepRounds = {0, 1, 2, 3, 4};
        for (Step& step : run.steps) {
            for (const double factor : {1.01, 0.99, 1.0, 1.004, 0.995})
                step.roundMs.push_back(factor * step.medianMs);
            step.ci95 = around(step.medianMs);
            step.share = step.medianMs / run.latencyMs.median;
        }
    }

    static Interval around(double ms) { return {0.985 * ms, 1.015 * ms}; }

    StepPort addConversion(Run& run, const StepPort& from, const StepPort& to, const std::string& producer,
                           const std::string& consumer) {
        const bool retype = from.type != to.type, relayout = from.layout != to.layout;
        Step step;
        step.index = static_cast<int>(run.steps.size());
        step.name = fmt::format("reorder_{}", step.index);
        step.kind = retype && relayout ? StepKind::ConvertBoth
                    : retype           ? StepKind::ConvertType
                                       : StepKind::ConvertLayout;
        step.op = "Reorder";
        step.kernel = "jit:uni";
        step.inputs = {from};
        step.outputs = {to};
        step.bytes = (from.type == "u8" ? 1 : 4) * planeElements + (to.type == "u8" ? 1 : 4) * planeElements;
        step.medianMs = m_noise.between(0.004, 0.012);
        step.why = fmt::format("{} wants {} in {}.", consumer, to.type, to.layout);
        m_report.conversions.push_back({run.precision,
                                        step.index,
                                        step.kind,
                                        from.tensor,
                                        from.type,
                                        to.type,
                                        from.layout,
                                        to.layout,
                                        {producer, consumer},
                                        step.bytes,
                                        step.medianMs,
                                        When::EveryInference,
                                        step.why});
        run.steps.push_back(step);
        return to;
    }

    void addCompute(Run& run, const Block& block, const StepPort& input, const std::string& type) {
        const bool int8 = type == "u8";
        Step step;
        step.index = static_cast<int>(run.steps.size());
        step.name = anchor(block);
        step.kind = StepKind::Compute;
        step.op = m_report.layers[static_cast<size_t>(block.layers.front())].op;
        step.kernel = block.conv ? (int8 ? "brgconv:avx512_core_vnni" : "jit:avx512_core")
                                 : (step.op == "Gemm" ? "gemm:jit" : "jit:avx512_core");
        step.precision = int8 ? "int8" : "fp32";
        step.inputs = {input};
        step.outputs = {{output(block), type, input.layout}};
        const bool conv = step.op == "Conv", last = step.op == "Gemm";
        step.weightsBytes = (int8 ? 1 : 4) * (conv ? convWeights : last ? channels * classes : 0);
        const int64_t activations = conv ? 2 * planeElements : last ? channels + classes : planeElements + channels;
        step.bytes = (int8 ? 1 : 4) * activations + step.weightsBytes;
        step.macs = block.macs;
        step.medianMs = run.precision == "int8" ? block.int8Ms : block.fp32Ms;
        if (run.precision == "int8" && !int8)
            step.why = reason(step.op);
        for (const int index : block.layers) {
            Layer& layer = m_report.layers[static_cast<size_t>(index)];
            step.origins.push_back(layer.name);
            LayerRun& layerRun = layer.byPrecision[run.precision];
            const bool isAnchor = index == block.layers.front();
            layerRun.status = isAnchor ? LayerStatus::Executed : LayerStatus::Fused;
            layerRun.into = isAnchor ? "" : anchor(block);
            layerRun.precision = step.precision;
            if (isAnchor) {
                layerRun.medianMs = step.medianMs;
                layerRun.ci95 = around(step.medianMs);
            }
            layerRun.kernel = step.kernel;
            layerRun.step = step.index;
        }
        run.steps.push_back(step);
        if (run.precision == "int8" && int8 && block.conv)
            m_report.conversions.push_back({run.precision,
                                            -1,
                                            StepKind::ConvertBoth,
                                            anchor(block) + "_weights",
                                            "f32",
                                            "s8",
                                            "oihw",
                                            "OIhw4i16o4i",
                                            {"", anchor(block)},
                                            5 * convWeights,
                                            std::nullopt,
                                            When::Once,
                                            fmt::format("The kernel of {} wants packed int8 weights.", anchor(block))});
    }

    void addRoofline() {
        Roofline roofline;
        roofline.peaks = {{"fp32", 1, 6.1, "jit:avx512_core"},
                          {"int8", 1, 24.2, "brgconv:avx512_core_vnni"},
                          {"fp32", 8, fp32Gops, "jit:avx512_core"},
                          {"int8", 8, int8Gops, "brgconv:avx512_core_vnni"}};
        for (const int threads : {1, 8}) {
            const int64_t kilobyte = 1024 * threads;
            roofline.bandwidths.push_back({"L1", threads, 48 * kilobyte, 24 * kilobyte, 12.5 * threads});
            roofline.bandwidths.push_back({"L2", threads, 1280 * kilobyte, 640 * kilobyte, l2Gbps / 8 * threads});
            roofline.bandwidths.push_back({"L3", threads, 24 << 20, 12 << 20, threads == 1 ? 2.4 : 14});
            roofline.bandwidths.push_back({"memory", threads, 0, 96 << 20, threads == 1 ? 1.3 : 5.2});
        }
        roofline.overheadMs = 0.0012;
        for (Run& run : m_report.runs)
            for (Step& step : run.steps) {
                const double gops = step.precision == "int8" ? int8Gops : fp32Gops;
                const double computeMs = 2e-6 * static_cast<double>(step.macs) / gops;
                // Every fourth step finds its operands in memory.
                const double memoryMs =
                    step.index % 4 == 2 ? 0.8 * step.medianMs : 1e-6 * static_cast<double>(step.bytes) / l2Gbps;
                step.limitMs = std::max({computeMs, memoryMs, roofline.overheadMs});
                step.bound = *step.limitMs == computeMs  ? StepBound::Compute
                             : *step.limitMs == memoryMs ? StepBound::Memory
                                                         : StepBound::Overhead;
            }
        m_report.roofline = roofline;
    }

    /// The kinds of loss in their order; of each step's own time a part is ideal and the rest lost to one kind.
    void addWaterfall() {
        const Run &fp32 = *m_report.run("fp32"), &int8 = *m_report.run("int8");
        Waterfall fall{fp32.latencyMs.median, int8.latencyMs.median, {}};
        for (const auto& [kind, name] : namesOf<LossKind>)
            fall.parts.push_back({kind, 0, {}});
        const auto add = [&](LossKind kind, const Step& step, double ms) {
            LossPart& part = *std::ranges::find(fall.parts, kind, &LossPart::kind);
            part.ms += ms;
            part.steps.push_back(step.index);
        };
        for (const Step& step : int8.steps) {
            if (step.kind != StepKind::Compute) {
                add(step.kind == StepKind::ConvertLayout ? LossKind::ConvertLayout : LossKind::ConvertType, step,
                    step.medianMs);
                continue;
            }
            const double idealMs = step.macs == 0 ? 0 : (step.precision == "int8" ? 0.8 : 0.25) * step.medianMs;
            if (idealMs > 0)
                add(LossKind::Ideal, step, idealMs);
            add(step.precision != "int8"            ? LossKind::NoInt8Kernel
                : step.bound == StepBound::Memory   ? LossKind::MemoryBound
                : step.bound == StepBound::Overhead ? LossKind::TooSmall
                                                    : LossKind::BelowPeak,
                step, step.medianMs - idealMs);
        }
        fall.parts.back().ms = int8.unexplainedMs;
        m_report.waterfall = fall;
    }

    static std::string reason(const std::string& op) {
        return op == "Gemm" ? "The last layer stays in fp32, because its outputs are the result."
                            : "This convolution has no int8 kernel for its padding on this CPU.";
    }

    void addTensors() {
        for (const Block& block : m_blocks) {
            if (!block.int8)
                continue;
            addActivation(output(block), anchor(block));
            if (block.conv)
                addWeights(anchor(block));
        }
    }

    void addActivation(const std::string& name, const std::string& layer) {
        TensorRange tensor;
        tensor.name = name;
        tensor.role = "activation";
        tensor.layer = layer;
        tensor.observedMax = m_noise.between(2.0, 9.0);
        tensor.clipMax = 0.9 * tensor.observedMax;
        tensor.storage = "u8";
        tensor.scales = {tensor.clipMax / 255};
        tensor.zeroPoints = {0};
        tensor.sqnrDb = m_noise.between(28.0, 42.0);
        tensor.histogram = histogram({0, tensor.observedMax}, [](double x) { return std::exp(-5 * x); });
        tensor.clippedShare = shareOutside(tensor);
        tensor.clippedBySteps = (tensor.observedMax - tensor.clipMax) / tensor.scales.front();
        addCandidates(tensor);
        tensor.health = health(tensor, static_cast<int64_t>(m_report.tensors.size()));
        m_report.tensors.push_back(tensor);
    }

    static void addCandidates(TensorRange& tensor) {
        tensor.method = "mean-min-max"; // as all are clipped at 0.9 of their range
        const auto add = [&](const std::string& method, double part, double gainDb) {
            TensorRange other = tensor;
            other.clipMax = part * tensor.observedMax;
            tensor.candidates.push_back(
                {method, other.clipMin, other.clipMax, shareOutside(other), *tensor.sqnrDb + gainDb});
        };
        add("min-max", 1, -0.9);
        add("mean-min-max", 0.9, 0);
        add("percentile", 0.83, 0.5);
        add("mse", 0.74, 0.8);
        add("entropy", 0.52, -4.2);
    }

    /// Every tenth tensor reaches its end with the last sample.
    static RangeHealth health(const TensorRange& tensor, int64_t index) {
        RangeHealth health;
        const bool late = index % 10 == 9;
        for (const auto& [samples, part] :
             {std::pair{1, 0.62}, {2, 0.66}, {5, 0.81}, {10, 0.84}, {20, 0.93}, {50, late ? 0.95 : 0.995}, {100, 1.0}})
            health.growth.push_back({samples, 0, part * tensor.observedMax});
        if (!late)
            health.stableAfter = 21 + index % 20;
        health.minSample = "pictures/000_0.png";
        health.maxSample = fmt::format("pictures/{:03}_{}.png", late ? 990 : 37 * index % 1000, index % 10);
        health.heldOutClippedShare = tensor.clippedShare * 1.2;
        return health;
    }

    void addWeights(const std::string& layer) {
        TensorRange tensor;
        tensor.name = layer + "_weights";
        tensor.role = "weight";
        tensor.layer = layer;
        tensor.storage = "s8";
        tensor.axis = 0;
        for (int64_t channel = 0; channel < channels; ++channel) {
            const double largest = m_noise.between(0.05, 0.6);
            const bool positive = m_noise.next() < 0.5;
            const double smallest = largest * m_noise.between(0.6, 1.0);
            tensor.channelMin.push_back(positive ? -smallest : -largest);
            tensor.channelMax.push_back(positive ? largest : smallest);
            tensor.scales.push_back(largest / 127);
            tensor.zeroPoints.push_back(0);
        }
        tensor.observedMin = *std::min_element(tensor.channelMin.begin(), tensor.channelMin.end());
        tensor.observedMax = *std::max_element(tensor.channelMax.begin(), tensor.channelMax.end());
        tensor.clipMax = 127 * *std::max_element(tensor.scales.begin(), tensor.scales.end());
        tensor.clipMin = -tensor.clipMax;
        tensor.sqnrDb = m_noise.between(34.0, 44.0);
        tensor.histogram = histogram({tensor.observedMin, tensor.observedMax},
                                     [](double x) { return std::exp(-18 * (x - 0.5) * (x - 0.5)); });
        tensor.method = "min-max";
        m_report.tensors.push_back(tensor);
    }

    /// `density` over 0 to 1 from one edge to the other.
    template <class Density> Histogram histogram(Interval edges, const Density& density) {
        constexpr int bins = 128;
        Histogram result{edges, {}};
        for (int i = 0; i < bins; ++i)
            result.counts.push_back(std::llround(20000 * density((i + 0.5) / bins) * m_noise.between(0.9, 1.1)));
        return result;
    }

    /// Share of the counts in bins whose centre is clipped.
    static double shareOutside(const TensorRange& tensor) {
        const auto& [edges, counts] = tensor.histogram;
        int64_t outside = 0, all = 0;
        for (size_t i = 0; i < counts.size(); ++i) {
            const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(counts.size());
            const double centre = edges.lo + (edges.hi - edges.lo) * place;
            all += counts[i];
            if (centre < tensor.clipMin || centre > tensor.clipMax)
                outside += counts[i];
        }
        return static_cast<double>(outside) / static_cast<double>(all);
    }

    void finishLayers() {
        int group = 0;
        for (const Block& block : m_blocks) {
            for (const int layer : block.layers)
                m_report.layers[static_cast<size_t>(layer)].group = group;
            Layer& first = m_report.layers[static_cast<size_t>(block.layers.front())];
            first.speedup = block.fp32Ms / block.int8Ms;
            first.speedupCi95 = Interval{0.97 * *first.speedup, 1.03 * *first.speedup};
            first.grade = gradeOf(*first.speedup, *first.speedupCi95, false);
            first.rounds = 5;
            if (!block.int8)
                first.reason = reason(first.op);
            ++group;
        }
        for (Layer& layer : m_report.layers) {
            if (!layer.byPrecision.empty())
                continue;
            layer.group = group++;
            layer.byPrecision["fp32"].status = layer.byPrecision["int8"].status = LayerStatus::Eliminated;
        }
    }

    void addModel() {
        Model& model = m_report.model;
        model.path = "models/example.onnx";
        model.name = "example";
        model.format = "ONNX opset 13";
        model.sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for (const Layer& layer : m_report.layers) {
            ++model.operators[layer.op];
            model.macs += layer.macs;
        }
        const int64_t conv = model.operators["Conv"] * (convWeights + channels), last = (channels + 1) * classes;
        model.parameters = conv + last;
        model.fp32WeightsBytes = 4 * model.parameters;
        model.int8WeightsBytes = conv + 4 * last;
        model.sizeBytes = model.fp32WeightsBytes + 1800;
        model.inputs = {{"input", "float32", {1, channels, height, width}}};
        model.outputs = {{m_report.layers.back().name + "_out", "float32", {1, classes}}};
    }

    void addAccuracy() {
        constexpr int64_t fp32Hits = 921, int8Hits = 920;
        Accuracy accuracy;
        accuracy.samples = samples;
        const auto topK = [](int64_t fp32, int64_t int8) {
            TopK top;
            for (const auto& [precision, hits] : {std::pair{"fp32", fp32}, std::pair{"int8", int8}}) {
                top.share[precision] = static_cast<double>(hits) / samples;
                top.ci95[precision] = wilson(hits, samples);
            }
            return top;
        };
        accuracy.top1 = topK(fp32Hits, int8Hits);
        accuracy.top5 = topK(996, 996);
        // Four pictures that only fp32 gets right and three that only int8 gets right: 921 against 920.
        for (int64_t i = 0; i < 7; ++i) {
            const int64_t label = (3 * i + 1) % classes, other = (label + 2) % classes;
            accuracy.changed.push_back({fmt::format("pictures/{}/{:04}.png", label, 37 + 131 * i), label,
                                        i < 4 ? label : other, i < 4 ? other : label});
        }
        accuracy.mcnemar = McNemar{4, 3, 1.0};
        accuracy.agreement = 1 - static_cast<double>(accuracy.changed.size()) / samples;
        accuracy.outputs = {31.4, 0.99964, 0.482};
        m_report.accuracy = accuracy;
    }

    void addVerdict() {
        const Latency& fp32 = m_report.run("fp32")->latencyMs;
        Run& int8Run = m_report.runs[1];
        const Latency& int8 = int8Run.latencyMs;
        double conversionMs = 0;
        for (const Step& step : int8Run.steps)
            conversionMs += step.kind == StepKind::Compute ? 0 : step.medianMs;
        Verdict& verdict = m_report.verdict;
        verdict.speedup = fp32.median / int8.median;
        verdict.speedupCi95 = Interval{fp32.ci95.lo / int8.ci95.hi, fp32.ci95.hi / int8.ci95.lo};
        verdict.significant = verdict.speedupCi95->lo > 1;
        verdict.grade = gradeOf(*verdict.speedup, *verdict.speedupCi95, false);
        int8Run.speedup = verdict.speedup;
        int8Run.speedupCi95 = verdict.speedupCi95;
        int8Run.significant = verdict.significant;
        int8Run.grade = verdict.grade;
        verdict.conversionShare = conversionMs / int8.median;
        const auto& top1 = m_report.accuracy->top1->share;
        verdict.accuracyDrop = 100 * (top1.at("fp32") - top1.at("int8"));
        verdict.sentence =
            fmt::format("int8 is {} on this CPU, top-1 {:.1f} -> {:.1f} % on {} "
                        "pictures, {:.1f} % of int8 time is conversion.",
                        speedupWords(*verdict.speedup, *verdict.speedupCi95, verdict.grade), 100 * top1.at("fp32"),
                        100 * top1.at("int8"), "1,000", 100 * *verdict.conversionShare);
    }

    Report m_report;
    Noise m_noise;
    std::vector<Block> m_blocks;
};

} // namespace

Report exampleReport(int layers) {
    return Builder(layers).take();
}

} // namespace halftone
