// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/differences.h"

#include "core/base/text.h"
#include "core/report/certainty.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr double kOthers = 0.05, kSteal = 0.02; // shares of the CPU that disturb a measurement

class Phrases {
public:
    template <class T> void number(const char* what, const T& here, const T& there) {
        if (here != there)
            m_phrases.push_back(fmt::format("{} {}, not {}", what, here, there));
    }
    void text(const char* what, const std::string& here, const std::string& there) {
        if (here != there && !here.empty() && !there.empty())
            m_phrases.push_back(fmt::format("{} {}, not {}", here, what, there));
    }
    void flag(const char* what, bool here, bool there) {
        if (here != there)
            m_phrases.push_back(fmt::format("{} {}", here ? "with" : "without", what));
    }
    void add(const std::string& phrase) { m_phrases.push_back(phrase); }
    std::vector<std::string> take() { return std::move(m_phrases); }

private:
    std::vector<std::string> m_phrases;
};

/// The speed-up of int8 over fp32 as one section has it.
struct Figure {
    std::string section; // "the sweep"
    double factor = 0;
    Interval ci95;
    Grade grade = Grade::Undecided;
    const std::optional<Conditions>* conditions = nullptr;
};

/// "10:55" of "2026-11-30T10:55:12Z", "" of anything else.
std::string timeOfDay(const std::string& created) {
    return created.size() >= 16 && created[10] == 'T' ? created.substr(11, 5) + " UTC" : std::string();
}

bool sameQuantization(const std::optional<Conditions>& conditions, const Options& runs) {
    return conditions && conditions->options.quantization == runs.quantization &&
           conditions->options.sizes == runs.sizes;
}

std::vector<Figure> figuresAtTheRunsSettings(const Report& report, const Run& int8) {
    std::vector<Figure> figures;
    const Options& options = report.options;
    if (report.sweep && sameQuantization(report.sweep->conditions, options))
        for (const SweepPoint& point : report.sweep->points)
            if (point.batch == int8.batch && point.threads == int8.threads && point.speedup && point.speedupCi95)
                figures.push_back(
                    {"the sweep", *point.speedup, *point.speedupCi95, point.grade, &report.sweep->conditions});
    const auto atSettings = [&](const std::optional<Conditions>& conditions) {
        return sameQuantization(conditions, options) && conditions->options.batch == int8.batch &&
               conditions->options.threads == int8.threads;
    };
    if (report.isas && atSettings(report.isas->conditions))
        for (const IsaRun& run : report.isas->runs)
            if (run.isa == int8.isa && run.weightLimit == options.quantization.weightLimit && run.speedup &&
                run.speedupCi95)
                figures.push_back({"the comparison of instruction sets", *run.speedup, *run.speedupCi95, run.grade,
                                   &report.isas->conditions});
    if (const auto& plan = report.plan; plan && atSettings(plan->conditions) && plan->chosen >= 0 &&
                                        plan->front[static_cast<size_t>(plan->chosen)].keptOut.empty() &&
                                        plan->speedup && plan->speedupCi95)
        figures.push_back({"the plan", *plan->speedup, *plan->speedupCi95, plan->grade, &plan->conditions});
    return figures;
}

/// What the system saw, as a sentence.
std::string cause(const std::optional<double>& others, const std::optional<double>& steal, const std::string& during) {
    if (others.value_or(0) >= kOthers)
        return fmt::format(" Other programs took {:.0f} % of the CPU during {}.", 100 * *others, during);
    if (steal.value_or(0) >= kSteal)
        return fmt::format(" Other guests of the machine took {:.0f} % of the CPU during {}.", 100 * *steal, during);
    return {};
}

} // namespace

std::vector<std::string> differences(const Options& section, const Options& runs, bool ownSettings) {
    Phrases phrases;
    if (!ownSettings) {
        phrases.number("batch", section.batch, runs.batch);
        phrases.number("threads:", section.threads, runs.threads);
    }
    phrases.number("calibrated with", section.calibrationSamples, runs.calibrationSamples);
    const QuantizationOptions &here = section.quantization, &there = runs.quantization;
    phrases.text("activations", here.scheme, there.scheme);
    phrases.text("weights", here.weights, there.weights);
    phrases.text("limit of weights", here.weightLimit, there.weightLimit);
    phrases.text("ranges", here.ranges, there.ranges);
    if (here.ranges == there.ranges && here.ranges == "percentile")
        phrases.number("percentile", here.percentile, there.percentile);
    if (here.rangesOf != there.rangesOf)
        phrases.add("other ranges of single tensors");
    phrases.flag("correction of biases", here.biasCorrection, there.biasCorrection);
    phrases.flag("equalization", here.equalization, there.equalization);
    phrases.flag("smoothing of channels", here.smoothing, there.smoothing);
    phrases.flag("adaptive rounding", here.rounding, there.rounding);
    if (here.keptFp32 != there.keptFp32)
        phrases.add(fmt::format("{} layers kept in fp32, not {}", here.keptFp32.size(), there.keptFp32.size()));
    if (section.sizes != runs.sizes)
        phrases.add("other sizes of inputs");
    return phrases.take();
}

std::vector<Diagnostic> disagreements(const Report& report) {
    std::vector<Diagnostic> found;
    const Run* int8 = report.run("int8");
    if (!int8 || !int8->speedup || !int8->speedupCi95)
        return found;
    for (const Figure& figure : figuresAtTheRunsSettings(report, *int8)) {
        const Interval &here = figure.ci95, &there = *int8->speedupCi95;
        if (here.lo <= kLeastDifference * there.hi && there.lo <= kLeastDifference * here.hi)
            continue;
        const Conditions& conditions = **figure.conditions;
        std::string why = cause(conditions.others, conditions.steal, figure.section) +
                          cause(report.machine.others, report.machine.steal, "the profile");
        if (why.empty())
            why = " Nothing was seen to disturb either; the CPU may have changed its speed in between.";
        const auto figureText = [](double factor, const Interval& ci95, Grade grade) {
            return speedupFigure(factor, ci95, grade);
        };
        found.push_back(
            {Severity::Warning, kDisagreement, figure.section,
             fmt::format(
                 "At the same settings the profile ({}) measured {} as fast in int8 as in fp32, and {} ({}) {}: "
                 "one of them does not hold.{} Measure both again when the machine is quiet.",
                 timeOfDay(report.created), figureText(*int8->speedup, there, int8->grade), figure.section,
                 timeOfDay(conditions.created), figureText(figure.factor, here, figure.grade), why)});
    }
    return found;
}

} // namespace halftone
