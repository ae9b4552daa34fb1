// How often the verdict is right: many short measurements of a network against itself, where any "faster" or "slower"
// is false, and against a copy with extra layers that takes about 20 % longer, which must be found.
//   bench_trials MODEL [TRIALS] [BUDGET_S]
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/graph/infer.h"
#include "core/profile/measure.h"
#include "core/workflow/feed.h"
#include "core/workflow/load.h"
#include "core/workflow/report_run.h"
#include "core/workflow/verdict.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

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

/// The verdict that a report of the two plans would give.
Verdict verdictOf(Plan& a, Plan& b, double budgetS, uint64_t seed) {
    Job job;
    const MeasuredAll measured =
        measureInterleaved({{"fp32", &a}, {"int8", &b}}, {budgetS, 10, seed}, job, [](double) {});
    Report report;
    report.runs = {describeRun(a, measured.plans[0], {"fp32"}), describeRun(b, measured.plans[1], {"int8"})};
    return judge(report);
}

struct Tally {
    int faster = 0, slower = 0, neither = 0;
    double least = 1e9, most = 0; // speed-ups

    void add(const Verdict& verdict) {
        ++(!verdict.significant ? neither : *verdict.speedup > 1 ? faster : slower);
        least = std::min(least, *verdict.speedup);
        most = std::max(most, *verdict.speedup);
    }
    void print(const char* what) const {
        fmt::print("{}: faster {}, slower {}, no measurable difference {}; speed-ups {:.3f} to {:.3f}\n", what, faster,
                   slower, neither, least, most);
    }
};

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_trials MODEL [TRIALS] [BUDGET_S]\n");
        return 2;
    }
    const int trials = argc > 2 ? std::atoi(argv[2]) : 100;
    const double budgetS = argc > 3 ? std::atof(argv[3]) : 1;
    useThreads(machineInfo().cores);
    const LoadedModel model = loadModel(argv[1], {}, 1, Job());
    Plan plan = compiled(model.graph), twin = compiled(model.graph);

    int extra = 1;
    Plan slow = compiled(withExtraLayers(model.graph, extra));
    double planted = 0;
    while ((planted = 1 / *verdictOf(plan, slow, 2, 0).speedup) < kPlanted)
        slow = compiled(withExtraLayers(model.graph, ++extra));
    fmt::print("planted slowdown: {:.1f} % ({} extra layers)\n", 100 * (planted - 1), extra);

    Tally same, slower;
    for (int trial = 0; trial < trials; ++trial) {
        const auto seed = static_cast<uint64_t>(trial) + 1;
        same.add(verdictOf(plan, twin, budgetS, seed));
        slower.add(verdictOf(plan, slow, budgetS, seed));
    }
    same.print("A against A");
    slower.print("A against slower A");
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
