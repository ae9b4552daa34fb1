#include "core/workflow/plan_words.h"

#include "core/base/text.h"

#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// "0.25 points", "1.5 % of the outputs' norm": two decimals where they matter.
std::string amount(const std::string& criterion, double drop) {
    const int decimals = std::abs(drop) < 0.995 ? 2 : 1;
    if (criterion == "output-distance")
        return fmt::format("{:.{}f} % of the outputs' norm", drop, decimals);
    return fmt::format("{:.{}f} points", drop, decimals);
}

std::string limitWords(const MixedPlan& plan, double limit) {
    return fmt::format("the limit of {}", amount(plan.criterion, limit));
}

std::string speedWords(const MixedPlan& plan) {
    if (!plan.speedup)
        return {};
    if (!plan.significant)
        return ", no measurable difference to fp32";
    return *plan.speedup > 1 ? fmt::format(", {:.2f}x as fast as fp32", *plan.speedup)
                             : fmt::format(", {:.2f}x slower than fp32", 1 / *plan.speedup);
}

} // namespace

std::string layersWords(size_t count) {
    return count == 0 ? "no layer" : fmt::format("{} layer{}", count, count == 1 ? "" : "s");
}

std::string dropWords(const std::string& criterion, double drop) {
    if (criterion == "output-distance")
        return fmt::format("the outputs move by {}", amount(criterion, drop));
    if (criterion == "agreement")
        return fmt::format("agreement with fp32 falls by {}", amount(criterion, drop));
    return drop < 0 ? fmt::format("top-1 rises by {}", amount(criterion, -drop))
                    : fmt::format("top-1 falls by {}", amount(criterion, drop));
}

std::string whyOut(const PlanLayer& layer, double otherMs, double int8Ms, double gainMs, const std::string& criterion) {
    if (!layer.pinned.empty())
        return "kept out as asked";
    if (gainMs > 0)
        return fmt::format("costs {}", amount(criterion, layer.costPoints));
    if (int8Ms > otherMs)
        return fmt::format("slower in int8 here: {} instead of {} ms", threeDigits(int8Ms), threeDigits(otherMs));
    return fmt::format("int8 would gain {} ms here, less than the conversions at its borders take",
                       threeDigits(otherMs - int8Ms));
}

std::string planSentence(const MixedPlan& plan, double limit) {
    if (plan.chosen < 0) {
        for (const PlanPoint& point : plan.front)
            if (point.measuredDrop)
                return fmt::format("No plan was found within {}: of those that were tried the last one is off by {}.",
                                   limitWords(plan, limit), amount(plan.criterion, *point.measuredDrop));
        return fmt::format("No plan is within {}.", limitWords(plan, limit));
    }
    const PlanPoint& chosen = plan.front[static_cast<size_t>(plan.chosen)];
    const auto latency = [&](const char* name) {
        const auto found = plan.latencyMs.find(name);
        return found == plan.latencyMs.end() ? std::string("an unknown time") : threeDigits(found->second.median) + " ms";
    };
    const std::string ofDrop = dropWords(plan.criterion, *chosen.measuredDrop);
    if (chosen.keptOut.empty())
        return fmt::format("All layers can stay in int8: {}{}; {}, within {}.", latency("mixed"), speedWords(plan), ofDrop,
                           limitWords(plan, limit));
    if (chosen.keptOut.size() == plan.layers.size())
        return fmt::format("No layer should be in int8: in {} the network takes {}, all in int8 {}.", plan.otherPrecision,
                           latency("mixed"), latency("int8"));
    return fmt::format("Keep {} of {} layers in {}: {}{} (all in int8: {}); {}, within {}.", chosen.keptOut.size(),
                       plan.layers.size(), plan.otherPrecision, latency("mixed"), speedWords(plan), latency("int8"), ofDrop,
                       limitWords(plan, limit));
}

} // namespace halftone
