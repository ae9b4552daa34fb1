// What it costs to watch all activations: rates of calibration and of plain fp32 inference over the same samples, which
// lie ready in memory.
//   bench_calibrate MODEL [BATCH] [SECONDS]
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/quantize/range_choice.h"
#include "core/workflow/feed.h"
#include "core/workflow/load.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <vector>

using namespace halftone;

namespace {

double msSince(int64_t startNs) { return static_cast<double>(nowNs() - startNs) / 1e6; }

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_calibrate MODEL [BATCH] [SECONDS]\n");
        return 2;
    }
    const int64_t batch = argc > 2 ? std::atoll(argv[2]) : 1;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 10;
    const Job job;
    const LoadedModel model = loadModel(argv[1], batch, job);
    useThreads(machineInfo().cores);
    Plan plan = compile(model.graph, {Precision::Fp32}, job);
    constexpr size_t kSamples = 16;
    const RandomSamples samples(static_cast<int64_t>(kSamples) * batch, 1);
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < samples.size(); ++i)
        indices.push_back(i);
    std::vector<std::vector<float>> inputs;
    for (size_t i = 0; i < kSamples; ++i) {
        fillBatch(plan, samples, indices, i * static_cast<size_t>(batch));
        inputs.emplace_back(plan.input(0).begin(), plan.input(0).end());
    }
    Calibration calibration(model.graph);
    std::vector<double> plainMs, watchedMs, ratios;
    const int64_t start = nowNs();
    for (size_t round = 0; msSince(start) < 1000 * seconds; ++round) {
        double ms[2];
        for (size_t turn = 0; turn < 2; ++turn) {
            const bool watched = (turn + round) % 2;
            const int64_t before = nowNs();
            for (const std::vector<float>& input : inputs) {
                std::ranges::copy(input, plan.input(0).begin());
                if (watched)
                    plan.runObserved([&](ValueId value, std::span<const float> elements) {
                        calibration.observe(value, elements);
                    });
                else
                    plan.run();
            }
            ms[watched] = msSince(before) / static_cast<double>(kSamples);
        }
        if (round == 0)
            continue; // warms up
        plainMs.push_back(ms[0]);
        watchedMs.push_back(ms[1]);
        ratios.push_back(ms[0] / ms[1]);
    }
    const int64_t searching = nowNs();
    const size_t tensors = chooseRanges(model.graph, calibration, {}, Search::AllMethods).size();
    const double searchMs = msSince(searching);
    fmt::print("batch {}: plain {:.3f} ms, calibrating {:.3f} ms, rate {:.2f} of the plain one ({} rounds); "
               "all methods searched for {} tensors in {:.1f} ms\n",
               batch, median(plainMs), median(watchedMs), median(ratios), ratios.size(), tensors, searchMs);
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
