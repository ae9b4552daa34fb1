// SPDX-License-Identifier: GPL-3.0-or-later
// How often the verdict is right, on an idle machine and beside busy processes: many short measurements of a network
// against itself, where any "faster" or "slower" is false, and against a copy with extra layers that takes about 20 %
// longer, which must be found; and how often the interval of a step holds the median that it has on an idle machine.
//   bench_trials MODEL [TRIALS] [BUDGET_S] [BUSY]
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/graph/infer.h"
#include "core/profile/measure.h"
#include "core/workflow/describe/report_run.h"
#include "core/workflow/network/load.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/verdict.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

using namespace halftone;

namespace {

constexpr double kPlanted = 1.20;

/// The network with each of the first `count` convolutions that keep their input's shape computed twice in a row.
Graph withExtraLayers(Graph graph, int count) {
    std::vector<NodeId> order;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()) && count > 0; ++id) {
        const Node& node = graph.node(id);
        const auto* conv = std::get_if<Conv>(&node.op);
        const auto fused = [](const PostOp& op) { return std::holds_alternative<AddInput>(op); };
        if (!conv || std::ranges::any_of(conv->postOps, fused) ||
            graph.value(node.inputs[0]).shape != graph.value(node.outputs[0]).shape)
            continue;
        order.push_back(id);
        --count;
    }
    if (count > 0)
        throw Error(ErrorCode::Usage, "The network has too few convolutions that keep the shape. Choose a deeper one.");
    for (const NodeId id : order) {
        Node extra = graph.node(id);
        extra.name += "/again";
        const Value& made = graph.value(extra.outputs[0]);
        const ValueId between = graph.addValue({made.name + "/again", made.type, made.shape});
        extra.outputs = {between};
        graph.addNode(std::move(extra));
        graph.node(id).inputs[0] = between;
    }
    graph.sortTopologically();
    return infer(std::move(graph));
}

Plan compiled(const Graph& graph) {
    Plan plan = compile(graph, {Precision::Fp32}, Job());
    fillBatch(plan, RandomSamples(1, 1), {0}, 0);
    return plan;
}

/// The report of the two plans, as far as times go.
Report reportOf(Plan& a, Plan& b, double budgetS, uint64_t seed) {
    Job job;
    const MeasuredAll measured =
        measureInterleaved({{"fp32", &a}, {"int8", &b}}, {budgetS, 10, seed}, job, [](double) {});
    Report report;
    report.runs = {describeRun(a, measured.plans[0], {"fp32"}), describeRun(b, measured.plans[1], {"int8"})};
    report.verdict = judge(report);
    return report;
}

/// Processes that compute without end, until this is destroyed.
class BusyProcesses {
public:
    explicit BusyProcesses(int count) {
        for (int i = 0; i < count; ++i) {
            const pid_t child = fork();
            if (child == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                    asm volatile("");
            }
            m_children.push_back(child);
        }
    }
    ~BusyProcesses() {
        for (const pid_t child : m_children)
            kill(child, SIGKILL);
    }
    BusyProcesses(const BusyProcesses&) = delete;
    BusyProcesses& operator=(const BusyProcesses&) = delete;

private:
    std::vector<pid_t> m_children;
};

/// How often the interval of a step holds the median that it has when nothing disturbs.
struct Coverage {
    std::vector<double> quietMs; // by step
    int held = 0, all = 0;

    void setQuiet(const Run& run) {
        quietMs.clear();
        for (const Step& step : run.steps)
            quietMs.push_back(step.medianMs);
    }
    void add(const Run& run) {
        for (size_t i = 0; i < quietMs.size(); ++i) {
            const Interval& ci95 = run.steps[i].ci95;
            held += ci95.lo <= quietMs[i] && quietMs[i] <= ci95.hi;
            ++all;
        }
    }
};

struct Tally {
    int faster = 0, slower = 0, neither = 0, sure = 0;
    double least = 1e9, most = 0; // speed-ups

    void add(const Verdict& verdict) {
        ++(!verdict.significant ? neither : *verdict.speedup > 1 ? faster : slower);
        sure += verdict.grade == Grade::Sure;
        least = std::min(least, *verdict.speedup);
        most = std::max(most, *verdict.speedup);
    }
    void print(const char* what) const {
        fmt::print("{}: faster {}, slower {}, not decided {}; {} of them sure; speed-ups {:.3f} to {:.3f}\n", what,
                   faster, slower, neither, sure, least, most);
    }
};

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_trials MODEL [TRIALS] [BUDGET_S] [BUSY]\n");
        return 2;
    }
    const int trials = argc > 2 ? std::atoi(argv[2]) : 100;
    const double budgetS = argc > 3 ? std::atof(argv[3]) : 1;
    const int busy = argc > 4 ? std::atoi(argv[4]) : 0;
    useThreads(machineInfo().cores);
    const LoadedModel model = loadModel(argv[1], {}, 1, Job());
    Plan plan = compiled(model.graph), twin = compiled(model.graph);

    int extra = 1;
    Plan slow = compiled(withExtraLayers(model.graph, extra));
    double planted = 0;
    while ((planted = 1 / *reportOf(plan, slow, 2, 0).verdict.speedup) < kPlanted)
        slow = compiled(withExtraLayers(model.graph, ++extra));
    fmt::print("planted slowdown: {:.1f} % ({} extra layers)\n", 100 * (planted - 1), extra);

    Coverage coverage;
    Tally same, slower;
    for (int trial = 0; trial < trials; ++trial) {
        const auto seed = static_cast<uint64_t>(trial) + 1;
        coverage.setQuiet(reportOf(plan, twin, budgetS, seed).runs[0]); // just before: the machine's speed drifts
        const BusyProcesses others(busy);
        const Report report = reportOf(plan, twin, budgetS, seed);
        coverage.add(report.runs[0]);
        same.add(report.verdict);
        slower.add(reportOf(plan, slow, budgetS, seed).verdict);
    }
    fmt::print("{} busy processes, {} trials of {} s\n", busy, trials, budgetS);
    same.print("A against A");
    slower.print("A against slower A");
    fmt::print("intervals of steps that hold the quiet median: {} of {} ({:.1f} %)\n", coverage.held, coverage.all,
               100.0 * coverage.held / std::max(coverage.all, 1));
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
