// SPDX-License-Identifier: GPL-3.0-or-later
// Which samples int8 changes: those with another top-1, and those whose output moved most. Outputs are looked at one
// sample at a time and not kept.
#pragma once

#include "core/report/accuracy_report.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace halftone {

class ChangedSamples {
public:
    static constexpr size_t kDetailed = 200; // changed samples with a picture and their largest outputs
    static constexpr size_t kMoved = 20;

    /// `classes`: the output is one row of classes a sample; else it is only compared by distance.
    ChangedSamples(const DataSamples& samples, bool classes, bool labelled)
        : m_samples(samples), m_classes(classes), m_labelled(labelled) {}

    /// The outputs of one sample in both precisions, and how much of its meaning is kept (output_judge.h).
    void add(int64_t sample, std::span<const float> fp32, std::span<const float> int8,
             std::optional<double> kept = std::nullopt);

    /// Sorts, draws the pictures, tells the progress of that, and fills `changed`, `moved` and, with labels, `mcnemar`.
    void finish(Accuracy& accuracy, Stages& stages) &&;

private:
    struct Entry {
        int64_t index = 0; // of the sample
        ChangedSample sample;
    };
    const char* kindOf(int64_t label, int64_t fp32, int64_t int8) const;
    std::vector<ChangedSample> listed(std::vector<Entry> entries, const std::function<void()>& drawn) const;

    const DataSamples& m_samples;
    bool m_classes, m_labelled;
    std::vector<Entry> m_changed;
    std::vector<Entry> m_moved; // a heap, the least moved first
    McNemar m_split;
};

} // namespace halftone
