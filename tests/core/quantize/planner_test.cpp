// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/planner.h"

#include "core/quantize/drop_model.h"
#include "core/quantize/max_flow.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace halftone;

namespace {

struct Arc {
    int from, to;
    int64_t capacity;
};

/// The smallest cut between node 0 and the last one, by trying all.
int64_t smallestCut(int nodes, const std::vector<Arc>& arcs) {
    int64_t smallest = std::numeric_limits<int64_t>::max();
    for (int side = 0; side < 1 << nodes; ++side) {
        if ((side & 1) == 0 || (side >> (nodes - 1) & 1) == 1)
            continue;
        int64_t cut = 0;
        for (const Arc& arc : arcs)
            if ((side >> arc.from & 1) == 1 && (side >> arc.to & 1) == 0)
                cut += arc.capacity;
        smallest = std::min(smallest, cut);
    }
    return smallest;
}

/// Layers in a random order of reading; `light` of four follow their readers.
PlannerProblem randomProblem(std::mt19937& random, int nodes, bool lightOnes) {
    const auto ms = [&](double most) { return most * static_cast<double>(random() % 1000) / 1000; };
    PlannerProblem problem;
    for (int i = 0; i < nodes; ++i) {
        PlannerNode node{ms(1), ms(1), ms(1), std::nullopt, false};
        if (lightOnes && random() % 4 == 0)
            node = {ms(0.2), ms(0.2), 0, std::nullopt, true};
        else if (random() % 6 == 0)
            node.fixed = random() % 2 == 0;
        problem.nodes.push_back(node);
    }
    for (int i = -1; i < nodes; ++i) {
        PlannerTensor tensor{i, {}, false, ms(0.4), ms(0.4)};
        for (int reader = i + 1; reader < nodes; ++reader)
            // In chains of light layers every one has a single reader, for which the cut is exact.
            if (lightOnes ? reader == i + 1 : random() % 3 == 0)
                tensor.readers.push_back(reader);
        tensor.leaves = tensor.readers.empty();
        problem.tensors.push_back(tensor);
    }
    return problem;
}

template <class Visit> void forAllChoices(const PlannerProblem& problem, Visit visit) {
    const size_t nodes = problem.nodes.size();
    for (size_t bits = 0; bits < size_t{1} << nodes; ++bits) {
        std::vector<bool> int8(nodes);
        for (size_t i = 0; i < nodes; ++i)
            int8[i] = (bits >> i & 1) == 1;
        visit(evaluateChoice(problem, int8));
    }
}

} // namespace

TEST_CASE("the maximum flow is the smallest of all cuts, and so is the cut it tells") {
    std::mt19937 random(7);
    for (int trial = 0; trial < 200; ++trial) {
        const int nodes = 2 + static_cast<int>(random() % 6);
        std::vector<Arc> arcs;
        for (int i = 0; i < 3 * nodes; ++i)
            arcs.push_back({static_cast<int>(random() % static_cast<unsigned>(nodes)),
                            static_cast<int>(random() % static_cast<unsigned>(nodes)),
                            static_cast<int64_t>(random() % 10)});
        MaxFlow flow(nodes);
        for (const Arc& arc : arcs)
            flow.addArc(arc.from, arc.to, arc.capacity);
        const int64_t found = flow.run(0, nodes - 1);
        REQUIRE(found == smallestCut(nodes, arcs));
        const std::vector<bool> side = flow.sourceSide(nodes - 1);
        int64_t cut = 0;
        for (const Arc& arc : arcs)
            if (side[static_cast<size_t>(arc.from)] && !side[static_cast<size_t>(arc.to)])
                cut += arc.capacity;
        REQUIRE(cut == found);
    }
}

TEST_CASE("the cheapest choice is the best of all, for any weight of the noise") {
    std::mt19937 random(11);
    for (int trial = 0; trial < 150; ++trial) {
        const PlannerProblem problem = randomProblem(random, 8, trial % 2 == 1);
        const double weight = std::exp2(static_cast<double>(random() % 9) - 4);
        double best = std::numeric_limits<double>::infinity();
        forAllChoices(problem,
                      [&](const PlannerPoint& point) { best = std::min(best, point.ms + weight * point.noise); });
        const PlannerPoint found = cheapestChoice(problem, 1, weight);
        REQUIRE(found.ms + weight * found.noise == Approx(best));
    }
}

TEST_CASE("the front holds the corners of the convex hull, the fastest first") {
    std::mt19937 random(13);
    for (int trial = 0; trial < 60; ++trial) {
        const PlannerProblem problem = randomProblem(random, 9, trial % 2 == 1);
        const std::vector<PlannerPoint> front = convexFront(problem);
        for (size_t i = 1; i < front.size(); ++i) {
            REQUIRE(front[i].ms > front[i - 1].ms);
            REQUIRE(front[i].noise < front[i - 1].noise);
        }
        // No choice lies below the line between two neighbours, nor beyond the ends.
        forAllChoices(problem, [&](const PlannerPoint& point) {
            REQUIRE(point.ms >= front.front().ms * (1 - 1e-4));
            REQUIRE(point.noise >= front.back().noise * (1 - 1e-4) - 1e-9);
            for (size_t i = 1; i < front.size(); ++i) {
                const double slower = front[i].ms - front[i - 1].ms, quieter = front[i - 1].noise - front[i].noise;
                REQUIRE(quieter * point.ms + slower * point.noise >=
                        (quieter * front[i].ms + slower * front[i].noise) * (1 - 1e-6));
            }
        });
    }
}

TEST_CASE("a layer that is a little slower in int8 stays in it where leaving would cost more at its borders") {
    PlannerProblem problem;
    problem.nodes = {{2, 1, 0, {}, false}, {1, 1.1, 0, {}, false}, {2, 1, 0, {}, false}};
    problem.tensors = {
        {-1, {0}, false, 0.1, 0.1}, {0, {1}, false, 0.1, 0.1}, {1, {2}, false, 0.1, 0.1}, {2, {}, true, 0.1, 0.1}};
    CHECK(cheapestChoice(problem, 1, 0).int8 == std::vector<bool>{true, true, true});
    problem.nodes[1].otherMs = 0.8;
    CHECK(cheapestChoice(problem, 1, 0).int8 == std::vector<bool>{true, false, true});
    problem.nodes[1].fixed = true;
    CHECK(cheapestChoice(problem, 1, 0).int8 == std::vector<bool>{true, true, true});
}

TEST_CASE("predicted drops meet what was measured in int8 and vanish without noise") {
    std::vector<double> margins;
    for (int i = 0; i < 500; ++i)
        margins.push_back(0.02 * i + 0.01);
    const DropModel model(margins, 0.04, 0.05, 1.5);
    CHECK(model.drop(0.04) == Approx(1.5));
    CHECK(model.drop(0) == 0);
    double before = 0;
    for (double noise = 0.001; noise < 0.04; noise += 0.001) {
        CHECK(model.drop(noise) > before);
        before = model.drop(noise);
    }
    // Evenly spread margins: samples change in proportion to the noise's amplitude.
    CHECK(model.drop(0.01) == Approx(0.75).epsilon(0.02));
}

TEST_CASE("the predicted share of changed samples is that of samples with noise of this size") {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    std::vector<double> margins;
    for (int i = 0; i < 20000; ++i)
        margins.push_back(std::abs(3 * normal(random)));
    const auto changed = [&](double variance) {
        int count = 0;
        for (const double margin : margins) // one of two scores takes the noise a, the other one b
            count += margin + std::sqrt(variance) * (normal(random) - normal(random)) < 0;
        return static_cast<double>(count) / static_cast<double>(margins.size());
    };
    const double whole = changed(0.5), quarter = changed(0.125);
    const DropModel model(margins, 8.0, whole, 100 * whole); // the noise is told in another unit
    CHECK(model.drop(2.0) == Approx(100 * quarter).epsilon(0.1));
}

TEST_CASE("where nothing changed in int8 nothing is predicted to change") {
    const DropModel model({1, 2, 3}, 0.1, 0, 0);
    CHECK(model.drop(0.1) == 0);
    CHECK(model.drop(0.05) == 0);
}

TEST_CASE(
    "between two corners of the front the layers with the largest gain go back to int8 while the noise is allowed") {
    PlannerProblem problem;
    problem.nodes = {{3, 1, 5, {}, false}, {2, 1, 2, {}, false}, {1.5, 1, 2, {}, false}};
    problem.tensors = {{-1, {0}, false, 0, 0}, {0, {1}, false, 0, 0}, {1, {2}, false, 0, 0}, {2, {}, true, 0, 0}};
    const PlannerPoint fast = evaluateChoice(problem, {true, true, true});
    const PlannerPoint exact = evaluateChoice(problem, {false, false, false});
    const auto upTo = [&](double limit) {
        return filledUp(problem, exact, fast, [&](double noise) { return noise <= limit; }).int8;
    };
    CHECK(upTo(9) == std::vector<bool>{true, true, true});
    CHECK(upTo(7) == std::vector<bool>{true, true, false});
    CHECK(upTo(4) == std::vector<bool>{false, true, true});
    CHECK(upTo(2) == std::vector<bool>{false, true, false});
    CHECK(upTo(1) == std::vector<bool>{false, false, false});
}
