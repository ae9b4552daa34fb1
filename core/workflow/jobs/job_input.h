// SPDX-License-Identifier: GPL-3.0-or-later
// What a job feeds its network: the user's data, or random numbers where there is none.
#pragma once

#include "core/report/report.h"
#include "core/request/job_request.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/network/load.h"
#include "core/workflow/samples/array_samples.h"

#include <memory>
#include <optional>
#include <vector>

namespace halftone {

/// The data set that is asked for; null where there is none. Throws as openDataset.
std::shared_ptr<const Dataset> openData(const JobRequest& request);

class JobInput {
public:
    /// `dataset`: null for random input. Throws as PictureSamples, ArraySamples, judgedOutput and checkClasses do.
    JobInput(const JobRequest& request, const LoadedModel& model, const std::shared_ptr<const Dataset>& dataset);

    const Samples& samples() const;
    /// Null where the input is random.
    const DataSamples* data() const { return m_data.get(); }
    /// The same where it is pictures that are prepared for the network, else null.
    const PictureSamples* pictures() const { return m_pictures; }
    /// What accuracy is taken of.
    const JudgedOutput& judged() const { return m_judged; }
    /// "100 pictures", "8 random inputs": what ranges are found with.
    std::string calibrationWords() const;
    /// Of the samples that ranges are found with.
    const std::vector<int64_t>& calibration() const { return m_calibration; }
    /// Of the samples that accuracy is taken on; none of them was calibrated with where the data set has enough: as
    /// many as were calibrated with, or as were asked for; all of them for a model that brings its ranges. Empty where
    /// the input is random.
    const std::vector<int64_t>& evaluation() const { return m_evaluation; }
    /// How many of the evaluated samples were calibrated with too.
    int64_t alsoCalibrated() const { return m_alsoCalibrated; }

    /// The report's data section; absent where the input is random.
    std::optional<Data> describe() const;
    /// "synthetic-data", "held-out-pictures", "ranges-of-the-file", or "calibration-overlap" where there are too few
    /// samples to hold some out.
    Diagnostic note() const;
    /// What is known once every sample was used: "damaged-pictures", those left out so far; "inputs-filled" and
    /// "samples-cut" (array_samples.h).
    std::vector<Diagnostic> findings() const;

private:
    Preprocessing m_preprocessing;
    std::unique_ptr<DataSamples> m_data;
    const PictureSamples* m_pictures = nullptr; // m_data, where it is pictures
    const ArraySamples* m_arrays = nullptr;     // m_data, where it is arrays
    std::unique_ptr<RandomSamples> m_random;
    bool m_takesPictures = false;
    JudgedOutput m_judged;
    std::vector<int64_t> m_calibration, m_evaluation;
    int64_t m_alsoCalibrated = 0;
    bool m_rangesOfFile;
};

} // namespace halftone
