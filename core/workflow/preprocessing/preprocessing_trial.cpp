// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/preprocessing/preprocessing_trial.h"

#include "core/base/error.h"
#include "core/profile/statistics.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/preprocessing/preprocessing_candidates.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>
#include <tuple>

namespace halftone {

namespace {

constexpr double kLikely = 0.05;
constexpr size_t kMostPictures = 1024; // a gain of 5 points can be told then
struct Round {
    size_t pictures, kept; // that each candidate has seen, and candidates that go on
};
constexpr Round kRounds[] = {{8, 7}, {16, 4}, {32, 3}}; // then twice as many each time
constexpr size_t kChosenBy = 32;                        // pictures that those which go on were chosen by

/// Seconds that this thread computed. It takes part in all work here, and unlike the clock it does not go on while
/// other programs have its CPU.
double computedS() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Split {
    int64_t gained = 0, lost = 0;
};

struct Rightness {
    int offset = 0;
    int64_t right = 0;
};

/// One way to prepare pixels and what fp32 said of the pictures so far.
struct Candidate {
    Preprocessing value;
    std::vector<int64_t> classes;
};

class Trial {
public:
    Trial(Plan& fp32, const PictureSamples& pictures, const Answers& answers, std::vector<Preprocessing> candidates,
          double budgetS, Stages& stages)
        : m_fp32(fp32), m_pictures(pictures), m_now{pictures.preprocessing(), {}}, m_budgetS(budgetS), m_stages(stages),
          m_offsets(pictures, answers) {
        std::vector<int64_t> places(answers.samples.size());
        std::iota(places.begin(), places.end(), int64_t{0});
        // Multiples of the golden ratio, so that the first few are spread as evenly as all: data sets are often sorted.
        std::ranges::sort(places, {}, [](int64_t place) {
            const double turns = static_cast<double>(place) * 0.6180339887498949;
            return turns - std::floor(turns);
        });
        places.resize(std::min(places.size(), kMostPictures));
        for (const int64_t place : places) {
            m_samples.push_back(answers.samples[static_cast<size_t>(place)]);
            m_now.classes.push_back(answers.classes[static_cast<size_t>(place)]);
        }
        for (Preprocessing& value : candidates)
            m_candidates.push_back({std::move(value), {}});
        m_tried = m_candidates.size();
    }

    std::optional<BetterSetting> run() {
        for (const auto [pictures, kept] : kRounds) {
            if (pictures == kRounds[1].pictures)
                addVariantsOfTheBest();
            show(pictures);
            dropHopeless();
            keepBest(kept);
        }
        m_goOn = m_candidates.size();
        std::optional<BetterSetting> better = decided();
        while (!m_candidates.empty() && !(better && better->sure) && m_shown < m_samples.size() && !timeIsUp()) {
            show(2 * m_shown);
            dropHopeless();
            better = decided();
        }
        return better;
    }

private:
    double spentS() const { return computedS() - m_startS; }
    bool timeIsUp() const { return spentS() > m_budgetS; }
    size_t batch() const { return samplesIn(m_fp32.inputShape(0)); }

    /// Lets every candidate see the first `count` pictures. Where the time is up before, all have seen as many as the
    /// last complete batch, and candidates that came later and are still behind leave.
    void show(size_t count) {
        count = std::min(count, m_samples.size());
        for (size_t begin = 0; begin < count; begin += batch()) {
            const size_t end = std::min(begin + batch(), m_samples.size());
            const auto waits = [&](const Candidate& one) { return one.classes.size() == begin; };
            if (std::ranges::none_of(m_candidates, waits))
                continue;
            if (begin > 0 && timeIsUp())
                break;
            std::vector<Picture> decoded;
            for (size_t i = begin; i < end; ++i)
                decoded.push_back(m_pictures.picture(m_samples[i]));
            std::erase_if(m_candidates, [&](Candidate& one) { return waits(one) && !look(one, decoded); });
            m_shown = std::max(m_shown, end);
            dropBeaten(end);
            m_stages.progress(
                std::max(static_cast<double>(m_shown) / static_cast<double>(m_samples.size()), spentS() / m_budgetS));
        }
        std::erase_if(m_candidates, [&](const Candidate& one) { return one.classes.size() < m_shown; });
    }

    /// False for a way to prepare them that a picture refuses (one that would become too large).
    bool look(Candidate& one, const std::vector<Picture>& decoded) {
        m_stages.checkCancelled();
        const std::span<float> input = m_fp32.input(0);
        const size_t each = input.size() / batch();
        for (size_t row = 0; row < batch(); ++row) {
            const auto place = input.subspan(row * each, each);
            if (row >= decoded.size()) { // the last batch repeats its first sample
                std::ranges::copy(input.first(each), place.begin());
                continue;
            }
            try {
                m_pictures.prepare(decoded[row], one.value, place);
            } catch (const Error&) {
                return false;
            }
        }
        m_fp32.run();
        const size_t width = m_fp32.output(0).size() / batch();
        for (size_t row = 0; row < decoded.size(); ++row)
            one.classes.push_back(argMax(m_fp32.output(0).subspan(row * width, width)));
        return true;
    }

    bool isRight(const Candidate& one, int offset, size_t picture) const {
        return one.classes[picture] == m_pictures.info(m_samples[picture]).label + offset;
    }
    int64_t countRight(const Candidate& one, int offset) const {
        int64_t right = 0;
        for (size_t i = 0; i < std::min(m_shown, one.classes.size()); ++i)
            right += isRight(one, offset, i);
        return right;
    }
    /// With the label offset that does best.
    Rightness rightOf(const Candidate& one) const {
        Rightness best;
        for (const int offset : m_offsets.open())
            if (const int64_t right = countRight(one, offset); offset == m_offsets.open().front() || right > best.right)
                best = {offset, right};
        return best;
    }

    Rightness best() const {
        Rightness best;
        for (const Candidate& one : m_candidates)
            if (const Rightness right = rightOf(one); right.right > best.right)
                best = right;
        return best;
    }

    /// Of the pictures from `begin` on those that only `one` or only `other` is right on.
    Split split(const Candidate& one, const Candidate& other, size_t begin = 0) const {
        const int offset = rightOf(one).offset, otherOffset = rightOf(other).offset;
        Split split;
        for (size_t i = begin; i < m_shown; ++i) {
            const bool a = isRight(one, offset, i), b = isRight(other, otherOffset, i);
            split.gained += a && !b;
            split.lost += b && !a;
        }
        return split;
    }

    /// Those that all pictures will not make better by more than chance, even where they do a little better on the
    /// others than on these (by one and a half deviations).
    void dropHopeless() {
        if (m_shown < kRounds[1].pictures)
            return;
        constexpr double kMore = 1.5, kWanted = 1.6; // deviations
        const auto seen = static_cast<double>(m_shown), all = static_cast<double>(m_samples.size());
        std::erase_if(m_candidates, [&](const Candidate& one) {
            const auto [gained, lost] = split(one, m_now);
            const auto ahead = static_cast<double>(gained - lost),
                       different = static_cast<double>(std::max<int64_t>(gained + lost, 1));
            return ahead + (ahead + kMore * std::sqrt(different)) * (all - seen) / seen <
                   kWanted * std::sqrt(different * all / seen);
        });
    }

    /// Those that lie so far behind that they will not come back: most do after a few pictures. The margin grows, for
    /// good ones fall behind by chance too.
    void dropBeaten(size_t seen) {
        const int64_t most = std::max(best().right, rightOf(m_now).right), margin = 3 + static_cast<int64_t>(seen) / 16;
        std::erase_if(m_candidates, [&](const Candidate& one) {
            return one.classes.size() == m_shown && rightOf(one).right + margin <= most;
        });
    }

    bool isSwapped(const Candidate& one) const { return samePixels(one.value, swapped(m_now.value)); }
    /// Swapping red and blue is the least of changes.
    int strangenessOf(const Candidate& one) const {
        return isSwapped(one) ? -1 : strangeness(one.value, m_pictures.input().height);
    }

    /// And the present setting with red and blue swapped for as long as it does not do worse.
    void keepBest(size_t count) {
        std::ranges::stable_sort(
            m_candidates, {}, [&](const Candidate& one) { return std::pair(-rightOf(one).right, strangenessOf(one)); });
        const int64_t now = rightOf(m_now).right;
        size_t place = 0;
        std::erase_if(m_candidates, [&](const Candidate& one) {
            return place++ >= count && !(isSwapped(one) && rightOf(one).right >= now);
        });
    }

    /// That it does so well, or better, where all settings are equally good. Half of what may be left to chance is for
    /// swapped channels, which are asked about by themselves. The other half is for all other candidates: for any of
    /// them on all pictures, and for those that were left on the pictures that did not choose them.
    double chance(const Candidate& one) const {
        const auto of = [&](size_t begin, size_t tried) {
            const auto [gained, lost] = split(one, m_now, begin);
            return gained > lost ? static_cast<double>(tried) * mcNemar(gained, lost) : 1;
        };
        const size_t offsets = m_offsets.open().size();
        const double chance =
            isSwapped(one) ? 2 * of(0, 1) : 4 * std::min(of(0, m_tried * offsets), of(kChosenBy, m_goOn * offsets));
        return std::min(1.0, chance);
    }
    bool isSure(const Candidate& one) const { return chance(one) < kChance; }

    /// The best one with red and blue swapped, and with the size and crop of the present setting.
    void addVariantsOfTheBest() {
        if (m_candidates.empty())
            return;
        const Preprocessing best = m_candidates.front().value;
        Preprocessing sized = best;
        sized.resizeShortSide = m_now.value.resizeShortSide;
        sized.cropSize = m_now.value.cropSize;
        std::vector<Preprocessing> variants{sized};
        if (best.channels != ChannelOrder::Gray)
            variants.push_back(swapped(best));
        for (const Preprocessing& variant : variants) {
            const auto same = [&](const Candidate& known) { return samePixels(variant, known.value); };
            if (!same(m_now) && std::ranges::none_of(m_candidates, same)) {
                m_candidates.push_back({variant, {}});
                ++m_tried;
            }
        }
        show(m_shown);
    }

    /// Swapped channels where these are sure and no other candidate is surely better still. Else among those that are
    /// right on nearly as many pictures as the best the sure ones first, then the least strange one.
    const Candidate* chosen() const {
        const auto surelyBetter = [&](const Candidate& one, const Candidate& other) {
            const auto [gained, lost] = split(one, other);
            return gained > lost && static_cast<double>(m_tried) * mcNemar(gained, lost) < kChance;
        };
        for (const Candidate& one : m_candidates)
            if (isSwapped(one) && isSure(one) &&
                std::ranges::none_of(m_candidates, [&](const Candidate& other) { return surelyBetter(other, one); }))
                return &one;
        const int64_t most = best().right, slack = 1 + static_cast<int64_t>(m_shown) / 32;
        const Candidate* chosen = nullptr;
        const auto rank = [&](const Candidate& one) {
            return std::tuple(!isSure(one), strangenessOf(one), -rightOf(one).right);
        };
        for (const Candidate& one : m_candidates)
            if (rightOf(one).right >= most - slack && (!chosen || rank(one) < rank(*chosen)))
                chosen = &one;
        return chosen;
    }

    std::optional<BetterSetting> decided() const {
        const Candidate* one = chosen();
        if (!one)
            return std::nullopt;
        const auto [gained, lost] = split(*one, m_now);
        if (gained <= lost)
            return std::nullopt;
        BetterSetting better{one->value, static_cast<int64_t>(m_shown), rightOf(*one).right,
                             countRight(m_now, m_now.value.labelOffset)};
        better.likely = mcNemar(gained, lost) < kLikely;
        better.sure = isSure(*one);
        better.preprocessing.labelOffset = rightOf(*one).offset;
        better.preprocessing = named(better.preprocessing);
        return better;
    }

    Plan& m_fp32;
    const PictureSamples& m_pictures;
    Candidate m_now;
    double m_budgetS;
    Stages& m_stages;
    LabelOffsets m_offsets;
    std::vector<int64_t> m_samples;
    std::vector<Candidate> m_candidates;
    size_t m_tried = 0, m_goOn = 0; // candidates: all, and those left after the rounds
    size_t m_shown = 0;             // of the samples, to every candidate
    double m_startS = computedS();
};

} // namespace

std::vector<Preprocessing> worthTrying(const PictureSamples& pictures, const Answers& answers,
                                       const std::vector<Preprocessing>& candidates) {
    const int64_t all = std::ssize(answers.samples);
    if (all == 0)
        return {};
    const auto offset = betterLabelOffset(pictures, answers);
    const int64_t right =
        countRight(pictures, answers, (offset ? offset->preprocessing : pictures.preprocessing()).labelOffset);
    const int64_t wrong = std::min<int64_t>(all, kMostPictures) * (all - right) / all;
    const auto canTell = [&](size_t count) { return 2 * mcNemar(wrong, 0) * static_cast<double>(count) < kChance; };
    if (canTell(candidates.size()))
        return candidates;
    std::vector<Preprocessing> worthy;
    for (const Preprocessing& one : candidates)
        if (samePixels(one, swapped(pictures.preprocessing())) && canTell(1))
            worthy.push_back(one);
    return worthy;
}

std::optional<BetterSetting> tryPreprocessings(Plan& fp32, const PictureSamples& pictures, const Answers& answers,
                                               const std::vector<Preprocessing>& candidates, double budgetS,
                                               Stages& stages) {
    return Trial(fp32, pictures, answers, candidates, budgetS, stages).run();
}

} // namespace halftone
