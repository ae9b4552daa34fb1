// SPDX-License-Identifier: GPL-3.0-or-later
// Whether labels are those of the network, or one class off: counted in what fp32 answered, without running anything.
#pragma once

#include "core/data/preprocess.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/samples/samples.h"

#include <optional>
#include <vector>

namespace halftone {

/// What may be left to chance of anything that is called sure.
inline constexpr double kChance = 0.01;

/// A way to prepare pictures with which fp32 is right on more of them.
struct BetterSetting {
    Preprocessing preprocessing;
    int64_t samples = 0;
    int64_t right = 0, rightNow = 0; // of the same pictures
    bool likely = false;             // taken by itself, it is no chance
    bool sure = false;               // nor as the best of all that were tried
};

/// How many of the answers are right where labels count from `offset`.
int64_t countRight(const PictureSamples& pictures, const Answers& answers, int offset);

/// Label offsets with which every picture's label is a class of the network: the present one and its neighbours.
class LabelOffsets {
public:
    LabelOffsets(const PictureSamples& pictures, const Answers& answers);
    /// Not empty; the present one first.
    const std::vector<int>& all() const { return m_all; }
    /// The same, or the one that surely is right: whoever is right on many pictures shows which, however these are
    /// prepared.
    const std::vector<int>& open() const { return m_open; }

private:
    std::vector<int> m_all, m_open;
};

/// Counts in the answers how many labels would be right one class higher or lower. Moves that would leave the network's
/// classes are no cure and not looked at. Absent where it is not sure.
std::optional<BetterSetting> betterLabelOffset(const PictureSamples& pictures, const Answers& answers);

} // namespace halftone
