// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/preprocessing/label_offset.h"

#include "core/profile/statistics.h"
#include "core/workflow/preprocessing/preprocessing_candidates.h"

#include <algorithm>
#include <limits>

namespace halftone {

int64_t countRight(const PictureSamples& pictures, const Answers& answers, int offset) {
    int64_t right = 0;
    for (size_t i = 0; i < answers.samples.size(); ++i)
        right += answers.classes[i] == pictures.info(answers.samples[i]).label + offset;
    return right;
}

LabelOffsets::LabelOffsets(const PictureSamples& pictures, const Answers& answers) {
    int64_t least = std::numeric_limits<int64_t>::max(), most = 0;
    for (int64_t i = 0; i < pictures.size(); ++i) {
        least = std::min(least, pictures.info(i).label);
        most = std::max(most, pictures.info(i).label);
    }
    const int now = pictures.labelOffset();
    for (const int offset : {now, now + 1, now - 1})
        if (least + offset >= 0 && most + offset < answers.outputs)
            m_all.push_back(offset);
    m_open = m_all;
    for (const int offset : m_all)
        if (std::ranges::all_of(m_all, [&](int other) {
                const int64_t right = countRight(pictures, answers, offset),
                              otherwise = countRight(pictures, answers, other);
                return other == offset ||
                       (right > otherwise && mcNemar(right, otherwise) * static_cast<double>(m_all.size()) < kChance);
            }))
            m_open = {offset};
}

std::optional<BetterSetting> betterLabelOffset(const PictureSamples& pictures, const Answers& answers) {
    const LabelOffsets offsets(pictures, answers);
    const int64_t now = countRight(pictures, answers, pictures.labelOffset());
    std::optional<BetterSetting> best;
    for (const int offset : offsets.all()) {
        // Other pictures than those of `now` are right with another offset, so this is a split of both.
        const int64_t right = countRight(pictures, answers, offset);
        if (right <= (best ? best->right : now) ||
            mcNemar(right, now) * static_cast<double>(offsets.all().size()) >= kChance)
            continue;
        best = {pictures.preprocessing(), std::ssize(answers.samples), right, now, true, true};
        best->preprocessing.labelOffset = offset;
        best->preprocessing = named(best->preprocessing);
    }
    return best;
}

} // namespace halftone
