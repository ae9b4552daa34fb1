// SPDX-License-Identifier: GPL-3.0-or-later
// What a job feeds its network: the user's pictures, or random numbers where there are none.
#pragma once

#include "core/report/report.h"
#include "core/request/job_request.h"
#include "core/workflow/network/load.h"
#include "core/workflow/samples/samples.h"

#include <memory>
#include <optional>
#include <vector>

namespace halftone {

class JobInput {
public:
    /// Throws as openDataset, PictureSamples and checkClasses do.
    JobInput(const JobRequest& request, const LoadedModel& model);

    const Samples& samples() const;
    /// Null where the input is random.
    const PictureSamples* pictures() const { return m_pictures.get(); }
    /// Of the samples that ranges are found with.
    const std::vector<int64_t>& calibration() const { return m_calibration; }
    /// Of the pictures that accuracy is taken on; none of them was calibrated with where the data set has enough: as
    /// many as were calibrated with, or as were asked for; all of them for a model that brings its ranges. Empty where
    /// the input is random.
    const std::vector<int64_t>& evaluation() const { return m_evaluation; }
    /// How many of the evaluated pictures were calibrated with too.
    int64_t alsoCalibrated() const { return m_alsoCalibrated; }

    /// The report's data section; absent where the input is random.
    std::optional<Data> describe() const;
    /// "synthetic-data", "held-out-pictures", "ranges-of-the-file", or "calibration-overlap" where there are too few
    /// pictures to hold some out.
    Diagnostic note() const;
    /// "damaged-pictures": those left out so far, which is all of them once every picture was used.
    std::optional<Diagnostic> damaged() const;

private:
    Preprocessing m_preprocessing;
    std::unique_ptr<PictureSamples> m_pictures;
    std::unique_ptr<RandomSamples> m_random;
    std::vector<int64_t> m_calibration, m_evaluation;
    int64_t m_alsoCalibrated = 0;
    bool m_rangesOfFile;
};

} // namespace halftone
