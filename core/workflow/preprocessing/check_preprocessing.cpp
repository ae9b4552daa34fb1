// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/preprocessing/check_preprocessing.h"

#include "core/base/text.h"
#include "core/workflow/preprocessing/input_expectation.h"
#include "core/workflow/preprocessing/preprocessing_candidates.h"

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

/// What other ways to prepare the pictures came to.
struct Tried {
    size_t ways = 0;
    std::optional<BetterSetting> best;
};

Tried tryOthers(const PreprocessingCheck& check, const std::vector<Preprocessing>& candidates, bool misfit,
                Stages& stages) {
    if (check.answers.samples.empty() || check.budgetS <= 0)
        return {};
    const auto worthy = misfit ? candidates : worthTrying(check.pictures, check.answers, candidates);
    if (worthy.empty())
        return {};
    return {worthy.size(), tryPreprocessings(check.fp32, check.pictures, check.answers, worthy, check.budgetS, stages)};
}

/// It is a preset, and the labels that are surely right are those that it stands for.
bool bringsLabels(const BetterSetting& tried, const BetterSetting& offset) {
    return tried.preprocessing.preset != "custom" &&
           tried.preprocessing.labelOffset == offset.preprocessing.labelOffset;
}

/// That fp32 is right on few pictures with the labels as they should be, and what is known of other ways to prepare
/// them.
std::optional<Diagnostic> lowAccuracy(const PreprocessingCheck& check, int64_t right, const Tried& tried) {
    auto found = warnOfLowAccuracy(right, std::ssize(check.answers.samples), check.answers.outputs);
    if (!found)
        return std::nullopt;
    if (tried.best && tried.best->likely)
        found->message +=
            fmt::format(" Prepared {} they may do better ({} of {} where it is {} now), but so few pictures cannot "
                        "tell: take more.",
                        preparedBy(check.pictures.preprocessing(), tried.best->preprocessing), tried.best->right,
                        tried.best->samples, tried.best->rightNow);
    else if (tried.ways > 0)
        found->message += " No other preset is surely better with these pictures.";
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

    const auto offset = betterLabelOffset(check.pictures, check.answers);
    const Tried tried = tryOthers(check, candidates, misfit, stages);
    // Whoever took another file's settings has more than one of them wrong.
    const bool pixels = tried.best && (tried.best->sure || misfit ||
                                       (offset && (tried.best->likely || bringsLabels(*tried.best, *offset))));
    const auto& better = pixels ? tried.best : offset;
    if (!misfit) {
        const int64_t rightNow = countRight(check.pictures, check.answers, now.labelOffset);
        auto low = pixels ? std::nullopt : lowAccuracy(check, offset ? offset->right : rightNow, tried);
        if (!better)
            return low;
        Diagnostic found = diagnose(now, *better);
        if (low)
            found.message += " Even so " + low->message;
        return found;
    }

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
