// How long a user waits from a model file to the first result, in fp32 and in int8 with ranges that are known.
//   bench_load MODEL [ROUNDS]
// Prints milliseconds of each part, one line a round; each round reads the file anew.
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/quantize/quantize.h"
#include "core/workflow/calibrate.h"
#include "core/workflow/feed.h"
#include "core/workflow/load.h"

#include <cstdlib>
#include <fmt/format.h>

using namespace halftone;

namespace {

class Laps {
public:
    double next() {
        const int64_t before = m_at;
        m_at = nowNs();
        return static_cast<double>(m_at - before) / 1e6;
    }
    double total() const { return static_cast<double>(m_at - m_start) / 1e6; }

private:
    int64_t m_start = nowNs(), m_at = m_start;
};

Calibration rangesOf(const Graph& graph) {
    Plan plan = compile(graph, {Precision::Fp32}, Job());
    fillBatch(plan, RandomSamples(1, 1), {0}, 0);
    Calibration calibration(graph);
    plan.runObserved([&](ValueId value, std::span<const float> elements) { calibration.observe(value, elements); });
    return calibration;
}

void measure(const std::string& path, Precision precision, const Calibration& calibration) {
    Laps laps;
    ModelFile file = readModel(path);
    const double readMs = laps.next();
    LoadedModel model = prepareModel(std::move(file), 1, Job());
    const double passesMs = laps.next();
    double quantizeMs = 0;
    if (precision == Precision::Int8) {
        const int bits = weightBitsFor(machineInfo(), 0);
        model.graph = quantize(std::move(model.graph), calibration, {bits, true});
        quantizeMs = laps.next();
    }
    Plan plan = compile(model.graph, {precision}, Job());
    const double compileMs = laps.next();
    fillBatch(plan, RandomSamples(1, 1), {0}, 0);
    plan.run();
    const double firstMs = laps.next();
    fmt::print("{}: {:6.1f} ms = read {:.1f} + passes {:.1f} + quantize {:.1f} + compile {:.1f} + first inference {:.1f}\n",
               name(precision), laps.total(), readMs, passesMs, quantizeMs, compileMs, firstMs);
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_load MODEL [ROUNDS]\n");
        return 2;
    }
    useThreads(machineInfo().cores);
    const LoadedModel model = loadModel(argv[1], 1, Job());
    const Calibration calibration = rangesOf(model.graph);
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    for (int round = 0; round < rounds; ++round)
        for (const Precision precision : {Precision::Fp32, Precision::Int8})
            measure(argv[1], precision, calibration);
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
