// SPDX-License-Identifier: GPL-3.0-or-later
// One inference with inputs of the user's, outputs as .npy: so that anyone can check the numbers.
#pragma once

#include "core/base/job.h"
#include "core/data/preprocess.h"
#include "core/engine/plan/plan.h"
#include "core/formats/sizes.h"
#include "core/quantize/options.h"

#include <map>
#include <string>
#include <vector>

namespace halftone {

struct RunRequest {
    std::string modelPath;
    Precision precision = Precision::Fp32;
    GivenSizes sizes;                          // that the file leaves open; else those of the given files are taken
    std::map<std::string, std::string> inputs; // input name -> .npy file
    std::string outputFolder;                  // created when missing
    std::string dataPath;                      // int8: pictures for the ranges; empty: the given inputs themselves
    Preprocessing preprocessing;
    int64_t calibrationSamples = 100;
    int threads = 0;
    QuantizeOptions quantization;
};

/// Returns the files written, one for each output: <output name>.npy with characters other than letters, digits, '.',
/// '-' and '_' replaced by '_'. The batch is that of the inputs. Throws Error for missing, superfluous or misshapen
/// inputs, naming what the network wants. Numbers are
/// converted to the element type that an input has, but fractions never to whole numbers.
std::vector<std::string> runModel(const RunRequest& request, Job& job);

} // namespace halftone
