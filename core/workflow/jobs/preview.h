// SPDX-License-Identifier: GPL-3.0-or-later
// What the network will really see of the user's pictures, so that wrong preprocessing is seen before it is measured.
#pragma once

#include "core/base/job.h"
#include "core/report/preview.h"
#include "core/request/job_request.h"

#include <string>
#include <vector>

namespace halftone {

struct PreviewRequest {
    /// Model, sizes, data and preprocessing. Without a model the size is that of the crop, or of the resized picture
    /// where nothing is cropped.
    JobRequest job;
    std::vector<int64_t> samples; // of the data set; empty: some, evenly spread
    std::string outputFolder;     // created when missing
};

/// Writes two PNG pictures for each sample and preview.json, which it returns. Stored pictures of more than 1,024
/// pixels a side are written smaller. A sample that cannot be read is told as such. Throws Error as openModel and
/// openDataset do, Error{Unsupported} for a network that takes no pictures, Error{Usage} for a sample that does not
/// exist or preprocessing that does not fit, Error{Io} for a folder that cannot be written.
Preview previewSamples(const PreviewRequest& request, Job& job);

} // namespace halftone
