// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/plan_words.h"

#include "core/base/text.h"
#include "core/report/certainty.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// "0.25 points", "1.5 %": more decimals where they matter.
std::string amount(const std::string& criterion, double drop) {
    const int decimals = drop != 0 && std::abs(drop) < 0.00995 ? 3 : std::abs(drop) < 0.995 ? 2 : 1;
    if (criterion == "output-distance")
        return fmt::format("{:.{}f} %", drop, decimals);
    return fmt::format("{:.{}f} points", drop, decimals);
}

std::string limitWords(const MixedPlan& plan, double limit) {
    return fmt::format("the limit of {}", amount(plan.criterion, limit));
}

std::string speedWords(const MixedPlan& plan) {
    if (!plan.speedup)
        return {};
    return ", " + speedupWords(*plan.speedup, plan.speedupCi95.value_or(Interval()), plan.grade);
}

} // namespace

std::string layersWords(size_t count) {
    return count == 0 ? "no layer" : fmt::format("{} layer{}", count, count == 1 ? "" : "s");
}

std::string dropWords(const std::string& criterion, double drop) {
    if (criterion == "output-distance")
        return fmt::format("the outputs move by {} of their norm", amount(criterion, drop));
    if (drop == 0)
        return criterion == "agreement" ? "every sample gets the same class as in fp32" : "top-1 stays the same";
    if (criterion == "agreement")
        return fmt::format("agreement with fp32 falls by {}", amount(criterion, drop));
    return drop < 0 ? fmt::format("top-1 rises by {}", amount(criterion, -drop))
                    : fmt::format("top-1 falls by {}", amount(criterion, drop));
}

std::string whyOut(const PlanLayer& layer, const LayerCase& why) {
    if (!layer.pinned.empty())
        return "kept out as asked";
    if (why.int8Faster)
        return why.criterion == "output-distance"
                   ? fmt::format("moves the outputs by {} of their norm", amount(why.criterion, layer.costPoints))
                   : fmt::format("costs {}", amount(why.criterion, layer.costPoints));
    if (why.int8Ms > why.otherMs)
        return fmt::format("{} here: {} instead of {} ms", why.decided ? "slower in int8" : "no gain measured in int8",
                           threeDigits(why.int8Ms), threeDigits(why.otherMs));
    if (!why.decided)
        return "no sure gain in int8 here, and conversions at its borders";
    const std::string gain = threeDigits(why.otherMs - why.int8Ms);
    return why.outAnyway
               ? fmt::format("int8 would gain {} ms here, less than the conversions at its borders take", gain)
               : fmt::format("beside layers that stay out: int8 would gain {} ms, its conversions take more", gain);
}

std::string planSentence(const MixedPlan& plan, double limit) {
    if (plan.chosen < 0) {
        const auto tried = std::find_if(plan.front.rbegin(), plan.front.rend(),
                                        [](const PlanPoint& point) { return point.measuredDrop.has_value(); });
        if (tried == plan.front.rend() || tried->predictedDrop > limit)
            return fmt::format("No plan is within {}.", limitWords(plan, limit));
        return fmt::format("No plan was found within {}: with {} out of int8, the last that was tried, {}.",
                           limitWords(plan, limit), layersWords(tried->keptOut.size()),
                           dropWords(plan.criterion, *tried->measuredDrop));
    }
    if (plan.layers.empty())
        return "No layer can be in int8 here.";
    const PlanPoint& chosen = plan.front[static_cast<size_t>(plan.chosen)];
    const auto latency = [&](const char* name) {
        const auto found = plan.latencyMs.find(name);
        return found == plan.latencyMs.end() ? std::string("an unknown time")
                                             : threeDigits(found->second.median) + " ms";
    };
    const std::string ofDrop = dropWords(plan.criterion, *chosen.measuredDrop);
    if (chosen.keptOut.empty())
        return fmt::format("All layers can stay in int8: {}{}; {}, within {}.", latency("mixed"), speedWords(plan),
                           ofDrop, limitWords(plan, limit));
    if (chosen.keptOut.size() == plan.layers.size())
        return fmt::format("No layer should be in int8: in {} the network takes {}, all in int8 {}.",
                           plan.otherPrecision, latency("mixed"), latency("int8"));
    return fmt::format("Keep {} of {} layers in {}: {}{} (all in int8: {}); {}, within {}.", chosen.keptOut.size(),
                       plan.layers.size(), plan.otherPrecision, latency("mixed"), speedWords(plan), latency("int8"),
                       ofDrop, limitWords(plan, limit));
}

std::optional<Diagnostic> warnOfBudget(double timeBudgetS, double usedS) {
    if (usedS <= timeBudgetS)
        return std::nullopt;
    return Diagnostic{Severity::Warning, "plan-budget", "",
                      fmt::format("Planning took {:.1f} s where {:g} s were allowed. Reading and quantizing the model, "
                                  "trying one layer and proving one plan are never left out: allow {:g} s or more.",
                                  std::ceil(10 * usedS) / 10, timeBudgetS, std::ceil(1.05 * usedS))};
}

} // namespace halftone
