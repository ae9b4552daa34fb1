// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/planner/plan_problem.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <set>

namespace halftone {

namespace {

double sumOf(const MeasuredSteps& measured, const auto& wanted) {
    double sum = 0;
    for (size_t i = 0; i < measured.steps.size(); ++i)
        if (wanted(measured.steps[i]))
            sum += measured.ms[i];
    return sum;
}

bool computes(const StepInfo& step, const Node& node) {
    return step.kind == StepInfo::Kind::Compute && step.name == node.name;
}

/// Only passes codes on: it has no step of its own.
bool isView(const MeasuredSteps& measured, const Node& node) {
    return std::ranges::none_of(measured.steps, [&](const StepInfo& step) { return step.name == node.name; });
}

class Problem {
public:
    Problem(const PlanFigures& figures, const StepTimes& times, double int8Noise)
        : m_figures(figures), m_graph(figures.graph), m_times(times), m_int8Noise(int8Noise) {
        for (const LayerTrial& trial : figures.trials)
            m_trials.emplace(trial.node,
                             Trial{{trial.steps, trial.stepMs}, trial.difference.noise(figures.hasClasses)});
    }

    PlannerProblem build() {
        PlannerProblem problem;
        for (NodeId id = 0; id < static_cast<NodeId>(m_graph.nodes().size()); ++id)
            problem.nodes.push_back(node(id));
        scaleNoise(problem);
        const std::vector<NodeId> producers = m_graph.producers();
        const auto consumers = m_graph.consumers();
        for (ValueId id = 0; id < static_cast<ValueId>(m_graph.values().size()); ++id)
            if (!m_graph.isConstant(id))
                problem.tensors.push_back(
                    tensor(id, producers[static_cast<size_t>(id)], consumers[static_cast<size_t>(id)]));
        return problem;
    }

private:
    struct Trial {
        MeasuredSteps measured;
        double noise;
    };

    PlannerNode node(NodeId id) const {
        const Node& node = m_graph.node(id);
        PlannerNode planned{m_figures.other.ofNode(node), m_figures.int8.ofNode(node), 0, false, false};
        if (isInt8Candidate(node.op)) {
            if (m_figures.int8.inInt8(node)) {
                planned.fixed.reset();
                planned.otherMs += kLeastGain * planned.int8Ms;
            }
            if (const auto wish = m_figures.fixed.find(id); wish != m_figures.fixed.end())
                planned.fixed = wish->second;
        } else if (m_figures.int8.inInt8(node) || (isView(m_figures.int8, node) && keepsGrid(node.op))) {
            planned.fixed.reset();
            planned.follows = true;
        }
        return planned;
    }

    void scaleNoise(PlannerProblem& problem) const {
        double sum = 0;
        size_t free = 0;
        for (const auto& [id, trial] : m_trials)
            sum += trial.noise;
        const double mean = m_trials.empty() ? 0 : sum / static_cast<double>(m_trials.size());
        sum = 0;
        for (size_t i = 0; i < problem.nodes.size(); ++i) {
            if (!m_figures.int8.inInt8(m_graph.nodes()[i]) || !isInt8Candidate(m_graph.nodes()[i].op))
                continue;
            const auto trial = m_trials.find(static_cast<NodeId>(i));
            problem.nodes[i].noise = trial == m_trials.end() ? mean : trial->second.noise;
            sum += problem.nodes[i].noise;
            ++free;
        }
        for (size_t i = 0; i < problem.nodes.size(); ++i)
            if (m_figures.int8.inInt8(m_graph.nodes()[i]) && isInt8Candidate(m_graph.nodes()[i].op))
                problem.nodes[i].noise =
                    sum > 0 ? problem.nodes[i].noise * m_int8Noise / sum : m_int8Noise / static_cast<double>(free);
    }

    PlannerTensor tensor(ValueId id, NodeId producer, const std::vector<NodeId>& consumers) const {
        const Value& value = m_graph.value(id);
        PlannerTensor tensor{producer, {}, m_graph.isOutput(id), 0, 0};
        const std::set<NodeId> readers(consumers.begin(), consumers.end());
        tensor.readers.assign(readers.begin(), readers.end());
        const int64_t elements = elementCount(value.shape);
        const double beforehand = m_figures.other.conversionsOf(value); // which int8 would spare
        tensor.toInt8Ms = tensor.toOtherMs = m_times.conversionMs(elements * int64_t{sizeof(float) + 1});
        for (const NodeId reader : readers)
            if (const auto trial = m_trials.find(reader); trial != m_trials.end())
                tensor.toInt8Ms = std::max(0.0, trial->second.measured.conversionsOf(value) - beforehand);
        if (const auto trial = m_trials.find(producer); trial != m_trials.end()) {
            const Node& node = m_graph.node(producer);
            tensor.toOtherMs = std::max(0.0, trial->second.measured.conversionsOf(value) - beforehand) +
                               std::max(0.0, trial->second.measured.ofNode(node) - m_figures.int8.ofNode(node));
        }
        return tensor;
    }

    const PlanFigures& m_figures;
    const Graph& m_graph;
    const StepTimes& m_times;
    double m_int8Noise;
    std::map<NodeId, Trial> m_trials;
};

} // namespace

double MeasuredSteps::ofNode(const Node& node) const {
    return sumOf(*this, [&](const StepInfo& step) { return computes(step, node); });
}

StepSum MeasuredSteps::sumOfNode(const Node& node) const {
    StepSum sum;
    for (size_t i = 0; i < sums.size(); ++i)
        if (computes(steps[i], node))
            sum.add(sums[i]);
    return sum;
}

bool MeasuredSteps::inInt8(const Node& node) const {
    return std::ranges::any_of(
        steps, [&](const StepInfo& step) { return step.precision == "int8" && step.name == node.name; });
}

double MeasuredSteps::conversionsOf(const Value& value) const {
    const std::string name = displayText(value.name);
    return sumOf(*this, [&](const StepInfo& step) {
        return step.kind != StepInfo::Kind::Compute && step.inputs.front().value == name;
    });
}

PlannerProblem planProblem(const PlanFigures& figures, const StepTimes& times, double int8Noise) {
    return Problem(figures, times, int8Noise).build();
}

} // namespace halftone
