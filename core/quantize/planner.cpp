// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/planner.h"

#include "core/quantize/max_flow.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

/// Capacities are whole numbers: the sum of all costs becomes 2^44, and what may never be cut is more than that.
constexpr double kWhole = 0x1p44;
constexpr int64_t kNever = int64_t{1} << 50;

/// The choice as a cut: nodes on the source's side compute in int8.
class Cut {
public:
    Cut(const PlannerProblem& problem, double msWeight, double noiseWeight)
        : m_problem(problem), m_flow(static_cast<int>(problem.nodes.size()) + 2),
          m_source(static_cast<int>(problem.nodes.size())), m_sink(m_source + 1) {
        double sum = 0;
        for (const PlannerNode& node : problem.nodes)
            sum += msWeight * (node.otherMs + node.int8Ms) + noiseWeight * node.noise;
        for (const PlannerTensor& tensor : problem.tensors)
            sum += msWeight * (tensor.toInt8Ms + tensor.toOtherMs);
        m_scale = sum > 0 ? kWhole / sum : 0;
        for (size_t i = 0; i < problem.nodes.size(); ++i)
            add(static_cast<int>(i), problem.nodes[i], msWeight, noiseWeight);
        for (const PlannerTensor& tensor : problem.tensors)
            add(tensor, msWeight);
    }

    std::vector<bool> solve() {
        m_flow.run(m_source, m_sink);
        std::vector<bool> side = m_flow.sourceSide(m_sink);
        side.resize(m_problem.nodes.size());
        return side;
    }

private:
    int64_t capacity(double cost) const { return std::llround(cost * m_scale); }

    /// `int8` in int8 while `other` is not costs this much.
    void differ(int int8, int other, int64_t cost) { m_flow.addArc(int8, other, cost); }

    void add(int index, const PlannerNode& node, double msWeight, double noiseWeight) {
        differ(index, m_sink,
               node.fixed == false ? kNever : capacity(msWeight * node.int8Ms + noiseWeight * node.noise));
        differ(m_source, index, node.fixed == true ? kNever : capacity(msWeight * node.otherMs));
    }

    void add(const PlannerTensor& tensor, double msWeight) {
        const int producer = tensor.producer < 0 ? m_sink : tensor.producer;
        const bool follows = tensor.producer >= 0 && m_problem.nodes[static_cast<size_t>(tensor.producer)].follows &&
                             !m_problem.nodes[static_cast<size_t>(tensor.producer)].fixed;
        if (follows)
            for (const int reader : tensor.readers)
                differ(reader, producer, kNever);
        if (follows && tensor.readers.size() <= 1)
            differ(producer, tensor.readers.empty() ? m_sink : tensor.readers.front(), kNever);
        std::vector<int> readers = tensor.readers;
        if (tensor.leaves)
            readers.push_back(m_sink);
        if (readers.size() == 1) {
            differ(readers.front(), producer, capacity(msWeight * tensor.toInt8Ms));
            differ(producer, readers.front(), capacity(msWeight * tensor.toOtherMs));
            return;
        }
        const int any = m_flow.addNode(), all = m_flow.addNode(); // readers in int8
        differ(any, producer, capacity(msWeight * tensor.toInt8Ms));
        differ(producer, all, capacity(msWeight * tensor.toOtherMs));
        for (const int reader : readers) {
            differ(reader, any, kNever);
            differ(all, reader, kNever);
        }
    }

    const PlannerProblem& m_problem;
    MaxFlow m_flow;
    int m_source, m_sink;
    double m_scale = 0;
};

bool isIn(const std::vector<bool>& int8, int node) {
    return node >= 0 && int8[static_cast<size_t>(node)];
}

/// Corners between two of them, in order.
void findBetween(const PlannerProblem& problem, const PlannerPoint& fast, const PlannerPoint& exact,
                 std::vector<PlannerPoint>& found) {
    const double slower = exact.ms - fast.ms, quieter = fast.noise - exact.noise;
    if (slower <= 0 || quieter <= 0)
        return;
    const PlannerPoint between = cheapestChoice(problem, quieter, slower);
    const auto cost = [&](const PlannerPoint& point) { return quieter * point.ms + slower * point.noise; };
    const bool inside = between.ms < exact.ms && between.noise < fast.noise;
    if (!inside || cost(between) >= cost(fast) * (1 - 1e-9))
        return;
    findBetween(problem, fast, between, found);
    found.push_back(between);
    findBetween(problem, between, exact, found);
}

} // namespace

PlannerPoint evaluateChoice(const PlannerProblem& problem, std::vector<bool> int8) {
    std::vector<std::vector<const PlannerTensor*>> results(problem.nodes.size());
    for (const PlannerTensor& tensor : problem.tensors)
        if (tensor.producer >= 0)
            results[static_cast<size_t>(tensor.producer)].push_back(&tensor);
    for (size_t i = problem.nodes.size();
         i-- > 0;) { // from the end: chains of light layers follow the last one's reader
        const PlannerNode& node = problem.nodes[i];
        if (node.follows)
            int8[i] = std::ranges::any_of(results[i], [&](const PlannerTensor* tensor) {
                return std::ranges::any_of(tensor->readers, [&](int reader) { return isIn(int8, reader); });
            });
        int8[i] = node.fixed.value_or(int8[i]);
    }
    PlannerPoint point{std::move(int8), 0, 0};
    for (size_t i = 0; i < problem.nodes.size(); ++i) {
        point.ms += point.int8[i] ? problem.nodes[i].int8Ms : problem.nodes[i].otherMs;
        point.noise += point.int8[i] ? problem.nodes[i].noise : 0;
    }
    for (const PlannerTensor& tensor : problem.tensors) {
        const auto readers =
            std::ranges::count_if(tensor.readers, [&](int reader) { return isIn(point.int8, reader); });
        const bool all = !tensor.leaves && static_cast<size_t>(readers) == tensor.readers.size();
        if (isIn(point.int8, tensor.producer))
            point.ms += all ? 0 : tensor.toOtherMs;
        else
            point.ms += readers > 0 ? tensor.toInt8Ms : 0;
    }
    return point;
}

PlannerPoint cheapestChoice(const PlannerProblem& problem, double msWeight, double noiseWeight) {
    return evaluateChoice(problem, Cut(problem, msWeight, noiseWeight).solve());
}

std::vector<PlannerPoint> convexFront(const PlannerProblem& problem) {
    double ms = 0, noise = 0;
    for (const PlannerNode& node : problem.nodes) {
        ms += node.otherMs + node.int8Ms;
        noise += node.noise;
    }
    constexpr double tie = 1e-6; // the other figure decides between equal ones only
    const PlannerPoint fast = cheapestChoice(problem, 1, noise > 0 ? tie * ms / noise : 0);
    const PlannerPoint exact = cheapestChoice(problem, ms > 0 ? tie * noise / ms : 0, 1);
    std::vector<PlannerPoint> front{fast};
    findBetween(problem, fast, exact, front);
    if (exact.noise < fast.noise)
        front.push_back(exact);
    return front;
}

PlannerPoint filledUp(const PlannerProblem& problem, PlannerPoint exact, const PlannerPoint& fast,
                      const std::function<bool(double noise)>& allowed) {
    for (;;) {
        std::optional<PlannerPoint> best;
        for (size_t i = 0; i < problem.nodes.size(); ++i) {
            if (problem.nodes[i].follows || exact.int8[i] || !fast.int8[i])
                continue;
            std::vector<bool> int8 = exact.int8;
            int8[i] = true;
            PlannerPoint tried = evaluateChoice(problem, std::move(int8));
            if (tried.ms < exact.ms && allowed(tried.noise) && (!best || tried.ms < best->ms))
                best = std::move(tried);
        }
        if (!best)
            return exact;
        exact = *std::move(best);
    }
}

} // namespace halftone
