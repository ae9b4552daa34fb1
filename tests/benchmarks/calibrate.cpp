// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs to watch all activations: rates of calibration and of plain fp32 inference over the same samples, which
// lie ready in memory.
//   bench_calibrate MODEL [BATCH] [SECONDS] [SAMPLES]
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/range_choice.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/feed.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <numeric>
#include <vector>

using namespace halftone;

namespace {

/// Random samples, made once.
class ReadySamples : public Samples {
public:
    ReadySamples(int64_t count, size_t size) : m_values(static_cast<size_t>(count), std::vector<float>(size)) {
        const RandomSamples random(count, 1);
        for (int64_t i = 0; i < count; ++i)
            random.fill(i, m_values[static_cast<size_t>(i)]);
    }
    int64_t size() const override { return std::ssize(m_values); }
    void fill(int64_t index, std::span<float> dst) const override {
        std::ranges::copy(m_values[static_cast<size_t>(index)], dst.begin());
    }

private:
    std::vector<std::vector<float>> m_values;
};

double msSince(int64_t startNs) {
    return static_cast<double>(nowNs() - startNs) / 1e6;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_calibrate MODEL [BATCH] [SECONDS] [SAMPLES]\n");
        return 2;
    }
    const int64_t batch = argc > 2 ? std::atoll(argv[2]) : 1;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 10;
    const int64_t count = argc > 4 ? std::atoll(argv[4]) : kFullyCountedSamples; // as by default
    Job job;
    const MachineInfo machine = machineInfo();
    const LoadedModel model = loadModel(argv[1], {}, batch, job);
    useThreads(machine.cores);
    Plan plan = compile(model.graph, {Precision::Fp32}, job);
    const ReadySamples samples(count, plan.input(0).size() / static_cast<size_t>(batch));
    std::vector<int64_t> indices(static_cast<size_t>(samples.size()));
    std::iota(indices.begin(), indices.end(), 0);
    Stages stages(job, {{"Measuring", seconds}});
    stages.next();

    QuantizeOptions rangesAlone;
    rangesAlone.rounding = rangesAlone.biasCorrection = rangesAlone.equalization = Switch::Off;
    const std::vector<std::pair<const char*, QuantizeOptions>> kinds{{"ranges alone", rangesAlone}, {"defaults", {}}};
    std::vector<std::vector<double>> ms(1 + kinds.size());
    double searchMs = 0;
    size_t tensors = 0;
    const auto measure = [&](size_t what) {
        const int64_t before = nowNs();
        if (what == 0) {
            forEachBatch(plan, samples, indices, stages, [&](auto&&...) { plan.run(); });
        } else {
            const ModelQuantizer quantizer(model, plan, samples, indices, kinds[what - 1].second, machine, stages);
            const double watchedMs = msSince(before);
            const int64_t searching = nowNs();
            tensors = chooseRanges(model.graph, quantizer.calibration(), {}, Search::AllMethods).size();
            searchMs = msSince(searching);
            return watchedMs;
        }
        return msSince(before);
    };
    const int64_t start = nowNs();
    for (bool warm = false; ms[0].empty() || msSince(start) < 1000 * seconds; warm = true)
        for (size_t what = 0; what < ms.size(); ++what)
            if (const double taken = measure(what); warm)
                ms[what].push_back(taken / static_cast<double>(samples.size()));
    const double plainMs = median(ms[0]);
    fmt::print("batch {}: plain {:.3f} ms a sample", batch, plainMs);
    for (size_t i = 0; i < kinds.size(); ++i)
        fmt::print("; {} {:.3f} ms, rate {:.2f}", kinds[i].first, median(ms[i + 1]), plainMs / median(ms[i + 1]));
    fmt::print(" ({} rounds); all methods searched for {} tensors in {:.1f} ms\n", ms[0].size(), tensors, searchMs);
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
