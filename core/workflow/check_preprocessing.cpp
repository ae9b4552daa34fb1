#include "core/workflow/check_preprocessing.h"

#include "core/base/text.h"
#include "core/workflow/input_expectation.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

using Cure = std::map<std::string, std::string>;

constexpr double kFits = 0.85;          // InputFit::fit of a preset that may be offered for it alone
constexpr int64_t kSpreadPictures = 16; // to see where their colours lie

const char* name(ChannelOrder order) {
    return order == ChannelOrder::Rgb ? "rgb" : order == ChannelOrder::Bgr ? "bgr" : "gray";
}

std::string numbers(const std::vector<float>& values, float otherwise) {
    return values.empty() ? fmt::format("{}", otherwise) : fmt::format("{}", fmt::join(values, ","));
}

/// What differs, each by its own option.
Cure differences(const Preprocessing& now, const Preprocessing& better) {
    Cure cure;
    const auto add = [&](bool differs, const char* option, const std::string& value) {
        if (differs)
            cure[option] = value;
    };
    add(now.resizeShortSide != better.resizeShortSide, "resize", std::to_string(better.resizeShortSide));
    add(now.cropSize != better.cropSize, "crop", std::to_string(better.cropSize));
    add(now.mean != better.mean, "mean", numbers(better.mean, 0));
    add(now.std != better.std, "std", numbers(better.std, 1));
    add(now.channels != better.channels, "channels", name(better.channels));
    add(now.labelOffset != better.labelOffset, "label-offset", std::to_string(better.labelOffset));
    return cure;
}

std::optional<InputFit> fitOf(const PreprocessingCheck& check) {
    const auto expectation = expectedInput(check.model);
    const int channels = check.pictures.input().channels;
    if (!expectation || (expectation->source == InputExpectation::Source::Normalization &&
                         std::ssize(expectation->channels) != channels))
        return std::nullopt;
    const std::vector<Interval> spread =
        colourSpread(check.pictures, evenlySpread(kSpreadPictures, check.pictures.size()));
    if (spread.empty())
        return std::nullopt;
    return InputFit(*expectation, spread, channels);
}

/// The first preset that gives what the file expects, with the labels as they are.
std::optional<Preprocessing> fitting(const InputFit& fit, const Preprocessing& now,
                                     const std::vector<Preprocessing>& candidates) {
    for (Preprocessing one : candidates)
        if (fit.fit(one) >= kFits) {
            one.labelOffset = now.labelOffset;
            return named(one);
        }
    return std::nullopt;
}

std::string preparedBy(const Preprocessing& now, const Preprocessing& better) {
    if (better.preset != "custom")
        return fmt::format("as the preset {} does", better.preset);
    std::vector<std::string> words;
    for (const auto& [option, value] : cureFor(now, better))
        words.push_back(fmt::format("{} {}",
                                    option == "std"            ? "deviation"
                                    : option == "label-offset" ? "label offset"
                                                               : option,
                                    value));
    return "with " + join(words, ", ");
}

Diagnostic diagnose(const Preprocessing& now, const BetterSetting& better) {
    Diagnostic found{Severity::Warning, "wrong-preprocessing", "", "", cureFor(now, better.preprocessing)};
    const auto share = [&](int64_t right) {
        return percentage(static_cast<double>(right) / static_cast<double>(better.samples));
    };
    const bool alone = found.cure.size() == 1;
    if (alone && found.cure.contains("label-offset")) {
        found.code = "label-offset";
        found.message = fmt::format("The labels look one class off: fp32 is right on {} % of {} pictures, and on {} % "
                                    "with each label one {}.",
                                    share(better.rightNow), better.samples, share(better.right),
                                    better.preprocessing.labelOffset > now.labelOffset ? "higher" : "lower");
    } else if (alone && found.cure.contains("channels")) {
        found.code = "channel-order";
        found.message = fmt::format("Red and blue look swapped: fp32 is right on {} of {} pictures, and on {} with "
                                    "them the other way round.",
                                    better.rightNow, better.samples, better.right);
    } else {
        found.message =
            fmt::format("The preprocessing looks wrong: fp32 is right on {} of {} pictures, and on {} when "
                        "they are prepared {}.",
                        better.rightNow, better.samples, better.right, preparedBy(now, better.preprocessing));
    }
    return found;
}

} // namespace

std::map<std::string, std::string> cureFor(const Preprocessing& now, const Preprocessing& better) {
    Cure cure = differences(now, better);
    const auto further = [](const Cure& one) {
        return std::ranges::any_of(
            one, [](const auto& entry) { return entry.first != "channels" && entry.first != "label-offset"; });
    };
    if (now.preset == "custom" || !further(cure))
        return cure;
    for (const PreprocessingPreset& preset : preprocessingPresets()) {
        Cure byPreset = differences(preset.value, better);
        byPreset["preset"] = preset.name;
        if (byPreset.size() < cure.size() || (byPreset.size() == cure.size() && !cure.contains("preset")))
            cure = std::move(byPreset);
    }
    return cure;
}

std::optional<Diagnostic> checkPreprocessing(const PreprocessingCheck& check, Stages& stages) {
    const Preprocessing& now = check.pictures.preprocessing();
    const std::optional<InputFit> fit = fitOf(check);
    const bool misfit = fit && fit->fit(now) < InputFit::kLeast;
    std::vector<Preprocessing> candidates = otherPreprocessings(now, check.pictures.input());
    if (fit)
        std::erase_if(candidates, [&](const Preprocessing& one) { return fit->fit(one) < InputFit::kLeast; });

    std::optional<BetterSetting> better;
    if (!check.answers.samples.empty()) {
        better = betterLabelOffset(check.pictures, check.answers);
        if (!candidates.empty() && (misfit || worthTrying(check.pictures, check.answers, candidates.size()))) {
            const auto tried =
                tryPreprocessings(check.fp32, check.pictures, check.answers, candidates, check.budgetS, stages);
            // Whoever took another file's settings has more than one of them wrong.
            if (tried && (tried->sure || misfit || (better && tried->likely)))
                better = tried;
        }
    }
    if (!misfit)
        return better ? std::optional(diagnose(now, *better)) : std::nullopt;

    Diagnostic found{Severity::Warning, "wrong-preprocessing", "", "", {}};
    if (better)
        found = diagnose(now, *better);
    else
        found.message = "The preprocessing looks wrong.";
    found.message +=
        fmt::format(" The pictures reach the network {}{}.", fit->mismatch(now),
                    check.clippedShare && fit->clips(now)
                        ? fmt::format(", so {} % of the values are clipped", percentage(*check.clippedShare))
                        : "");
    const Preprocessing& present = better ? better->preprocessing : now;
    if (fit->fit(present) >= InputFit::kLeast)
        return found;
    found.code = "wrong-preprocessing"; // whatever the labels are
    if (const auto offered = fitting(*fit, present, candidates)) {
        found.message +=
            fmt::format(" Numbers of the right size come when they are prepared {}.", preparedBy(now, *offered));
        found.cure = cureFor(now, *offered);
    }
    return found;
}

} // namespace halftone
