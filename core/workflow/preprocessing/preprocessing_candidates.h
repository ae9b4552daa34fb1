// SPDX-License-Identifier: GPL-3.0-or-later
// Ways to prepare pictures that may suit a network better than the present one.
#pragma once

#include "core/data/preprocess.h"
#include "core/workflow/samples/samples.h"

#include <vector>

namespace halftone {

/// What is worth trying on a network with this input: the present one with red and blue swapped, then the presets, each
/// way to prepare pixels once, those first whose crop suits the network's size.
std::vector<Preprocessing> otherPreprocessings(const Preprocessing& now, const PictureInput& input);

/// The same with red and blue swapped.
Preprocessing swapped(Preprocessing one);
/// Whether they turn a picture into the same numbers.
bool samePixels(const Preprocessing& a, const Preprocessing& b);
/// 0 for a crop of just the network's size, 2 for one that shrinks more than twice: those who train on 32 pixels do not
/// cut 224 out of 256.
int strangeness(const Preprocessing& one, int height);

/// The same with the name of the preset that has these values; "custom" where there is none.
Preprocessing named(Preprocessing preprocessing);

} // namespace halftone
