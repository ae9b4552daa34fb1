// What a job feeds its network: the user's pictures, or random numbers where there are none.
#pragma once

#include "core/graph/graph.h"
#include "core/report/report.h"
#include "core/workflow/profile.h"
#include "core/workflow/samples.h"

#include <memory>
#include <optional>
#include <vector>

namespace halftone {

class JobInput {
public:
    /// For a network whose graph is inferred. Throws as openDataset, PictureSamples and checkClasses do.
    JobInput(const ProfileRequest& request, const Graph& graph);

    const Samples& samples() const;
    /// Null where the input is random.
    const PictureSamples* pictures() const { return m_pictures.get(); }
    /// Of the samples that ranges are found with.
    const std::vector<int64_t>& calibration() const { return m_calibration; }

    /// The report's data section; absent where the input is random.
    std::optional<Data> describe() const;
    /// "synthetic-data", or how many evaluated pictures were also used to find the ranges.
    Diagnostic note() const;

private:
    Preprocessing m_preprocessing;
    std::unique_ptr<PictureSamples> m_pictures;
    std::unique_ptr<RandomSamples> m_random;
    std::vector<int64_t> m_calibration;
};

} // namespace halftone
