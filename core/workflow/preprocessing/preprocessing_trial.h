// SPDX-License-Identifier: GPL-3.0-or-later
// Whether pictures that are prepared in another way suit a network better.
#pragma once

#include "core/data/preprocess.h"
#include "core/engine/plan/plan.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/preprocessing/label_offset.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <optional>
#include <vector>

namespace halftone {

/// Those of the candidates that could be told to be better than the present setting: all of them, swapped channels
/// alone, or none where fp32 is right on most pictures.
std::vector<Preprocessing> worthTrying(const PictureSamples& pictures, const Answers& answers,
                                       const std::vector<Preprocessing>& candidates);

/// Runs fp32 over the answered pictures, prepared as each candidate says, each with the labels as they are and one off,
/// or with the offset that the answers already show. Those that do worst leave first, and those that cannot become
/// surely better; at most 1,024 pictures, and no more than `budgetS` of computing but for what is begun. The best one
/// of those that do better than the present setting: swapped channels where they are sure and nothing is surely better
/// than they are; among equals the one whose crop suits the network's size. It is sure where McNemar's exact test
/// against the answers leaves less than 1 % to chance, times the number of settings tried. Throws Cancelled.
std::optional<BetterSetting> tryPreprocessings(Plan& fp32, const PictureSamples& pictures, const Answers& answers,
                                               const std::vector<Preprocessing>& candidates, double budgetS,
                                               Stages& stages);

} // namespace halftone
