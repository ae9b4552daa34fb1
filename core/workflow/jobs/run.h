// SPDX-License-Identifier: GPL-3.0-or-later
// One inference with inputs of the user's, outputs as .npy: so that anyone can check the numbers.
#pragma once

#include "core/base/job.h"
#include "core/request/job_request.h"

#include <map>
#include <string>
#include <vector>

namespace halftone {

struct RunRequest {
    /// Model, sizes (of those that the file leaves open, the given files tell the others), threads; for int8 the data
    /// that ranges are found with (the given inputs themselves where there is none) and how to quantize.
    JobRequest job;
    Precision precision = Precision::Fp32;
    std::map<std::string, std::string> inputs; // input name -> .npy file
    std::string outputFolder;                  // created when missing
    bool cut = false; // a network whose end cannot be run is run as far as it can, and gives other outputs
};

/// Returns the files written, one for each output: <output name>.npy with characters other than letters, digits, '.',
/// '-' and '_' replaced by '_'. The batch is that of the inputs. Throws Error for missing, superfluous or misshapen
/// inputs, naming what the network wants. Numbers are
/// converted to the element type that an input has, but fractions never to whole numbers. Throws Error{Unsupported} for a
/// network that ends in unsupported operators, unless `cut` is asked for.
std::vector<std::string> runModel(const RunRequest& request, Job& job);

} // namespace halftone
