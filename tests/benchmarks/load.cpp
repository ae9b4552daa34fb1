// SPDX-License-Identifier: GPL-3.0-or-later
// How long a user waits from a model file to the first result, in fp32 and in int8 with ranges that are known: those of
// a file that was quantized before, or some.
//   bench_load MODEL fp32|int8
// One measurement a process, as a user has it: nothing is compiled or cached before.
#include "core/workflow/network/load.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/quantize.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/feed.h"
#include "tests/benchmarks/some_ranges.h"

#include <fmt/format.h>
#include <string_view>
#include <vector>

using namespace halftone;

namespace {

class Laps {
public:
    double next() {
        const int64_t before = m_at;
        m_at = nowNs();
        return static_cast<double>(m_at - before) / 1e6;
    }

private:
    int64_t m_at = nowNs();
};

} // namespace

int main(int argc, char** argv) try {
    const std::string_view precision = argc == 3 ? argv[2] : "";
    if (precision != "fp32" && precision != "int8") {
        fmt::print(stderr, "usage: bench_load MODEL fp32|int8\n");
        return 2;
    }
    const Job job;
    Laps laps;
    const std::unique_ptr<ModelSource> source = openModel(argv[1]);
    BoundModel file = source->bind(sizesOf(source->facts(), {}, 1));
    const double readMs = laps.next();
    LoadedModel model = prepareModel(std::move(file), job);
    const double passesMs = laps.next();
    double quantizeMs = 0;
    if (precision == "int8" && model.onGrids) {
        model.graph = withUnsignedCodes(adoptGrids(*model.onGrids, weightLimitFor(machineInfo(), {})).graph);
        quantizeMs = laps.next();
    } else if (precision == "int8") {
        const Calibration calibration = someRanges(model.graph);
        laps.next();
        QuantizeOptions options;
        options.weightLimit = weightLimitFor(machineInfo(), options);
        model.graph = quantize(std::move(model.graph), calibration, options);
        quantizeMs = laps.next();
    }
    useThreads(machineInfo().cores);
    Plan plan = compile(model.graph, {precision == "int8" ? Precision::Int8 : Precision::Fp32}, job);
    const double compileMs = laps.next();
    fillBatch(plan, RandomSamples(1, 1), {0}, 0);
    plan.run();
    const double firstMs = laps.next();
    fmt::print(
        "{}: {:.1f} ms = read {:.1f} + passes {:.1f} + quantize {:.1f} + compile {:.1f} + first inference {:.1f}\n",
        precision, readMs + passesMs + quantizeMs + compileMs + firstMs, readMs, passesMs, quantizeMs, compileMs,
        firstMs);
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
