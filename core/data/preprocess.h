// SPDX-License-Identifier: GPL-3.0-or-later
// From a decoded picture to the numbers a network wants.
#pragma once

#include "core/data/picture.h"
#include "core/request/preprocessing.h"

#include <span>

namespace halftone {

/// Throws Error{Usage} when the options contradict each other or do not fit `channels` network channels.
void checkPreprocessing(const Preprocessing& preprocessing, int channels);

/// Writes `picture` as channels x height x width floats into `dst`: grey <-> RGB (ITU-R 601 luma), resize of
/// the short side, centred crop (of the largest square when the picture is smaller than the crop), resize to
/// height x width when it is not that size yet, then (x - mean) / std. Resizing is bilinear with the filter
/// widened when shrinking, rounded to 8 bits after each direction, as Pillow's BILINEAR does. `channels` is 1
/// or 3. Throws as checkPreprocessing, and Error{Usage} when `dst` has another size.
void preprocess(const Picture& picture, const Preprocessing& preprocessing, int channels, int height, int width,
                std::span<float> dst);

/// The picture that `values`, made by preprocess with the same arguments, show: x * std + mean rounded to 0..255, in
/// RGB order (grey where the network takes one channel).
Picture undoPreprocessing(std::span<const float> values, const Preprocessing& preprocessing, int channels, int height,
                          int width);

} // namespace halftone
