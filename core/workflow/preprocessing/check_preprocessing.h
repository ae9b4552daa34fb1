// SPDX-License-Identifier: GPL-3.0-or-later
// Whether pictures and labels come as the network was made for, and which setting mends it where they do not.
#pragma once

#include "core/base/diagnostic.h"
#include "core/engine/plan/plan.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/network/load.h"
#include "core/workflow/preprocessing/preprocessing_trial.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <map>
#include <optional>
#include <string>

namespace halftone {

struct PreprocessingCheck {
    const LoadedModel& model;
    Plan& fp32;
    const PictureSamples& pictures;
    const Answers& answers;             // empty without labels or classes
    std::optional<double> clippedShare; // of the input's values, by the grid of the file
    double budgetS = 5;                 // of the trial; 0: nothing is tried
};

/// A warning, with its cure where that is known:
///   "wrong-preprocessing"  what reaches the network is not what the file says (input_expectation.h), or fp32 is right
///                          on clearly more pictures when they are prepared in another way (preprocessing_trial.h);
///   "channel-order"        the same of red and blue alone;
///   "label-offset"         the same of labels one class higher or lower;
///   "low-accuracy", "guessing"  fp32 is right on few of the pictures (accuracy.h), and no setting is surely better.
/// Throws Cancelled.
std::optional<Diagnostic> checkPreprocessing(const PreprocessingCheck& check, Stages& stages);

/// The options of the command line that lead from one to the other: the fewest, but no preset where values were given
/// one by one, since those would win over it.
std::map<std::string, std::string> cureFor(const Preprocessing& now, const Preprocessing& better);

} // namespace halftone
