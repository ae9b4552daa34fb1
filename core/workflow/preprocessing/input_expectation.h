// SPDX-License-Identifier: GPL-3.0-or-later
// What a model's file itself says about the numbers that its input takes, and how well a preprocessing gives them.
#pragma once

#include "core/data/preprocess.h"
#include "core/report/figures.h"
#include "core/workflow/network/load.h"
#include "core/workflow/samples/samples.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Of the network's first input: the grid that the file was quantized on, or the statistics of a normalization that
/// reads it before any other layer.
struct InputExpectation {
    enum class Source { Grid, Normalization };
    Source source = Source::Grid;
    /// Grid: its ends, one for all channels. Normalization: mean - and + two deviations of each channel.
    std::vector<Interval> channels;
    bool symmetric = false; // the grid goes as far below 0 as above, whether there are values or not
};

/// Absent where the file says nothing: then nothing can be claimed.
std::optional<InputExpectation> expectedInput(const LoadedModel& model);

/// Where the colours of pictures lie on 0..255, one for red, green and blue each, or one for grey: mean - and + two
/// deviations over these samples as the network is shown them. Damaged pictures are left out.
std::vector<Interval> colourSpread(const PictureSamples& samples, const std::vector<int64_t>& indices);

/// The same interval in the network's numbers, for each of its channels.
std::vector<Interval> givenInput(const Preprocessing& preprocessing, const std::vector<Interval>& colours,
                                 int channels);

class InputFit {
public:
    /// `spread` as colourSpread; a grid is compared with what becomes of 0 and 255.
    InputFit(InputExpectation expectation, const std::vector<Interval>& spread, int channels);

    /// Overlap / union of what is expected and what this preprocessing gives, 0 to 1, the mean over the channels.
    double fit(const Preprocessing& preprocessing) const;
    /// Below, the preprocessing is not the one that the network was made with: values -1 to 1 have 0.42 of those with
    /// ImageNet's mean and deviation, 0 to 1 have 0.5 of -1 to 1; CIFAR-10's own statistics have 0.86 of ImageNet's.
    static constexpr double kLeast = 0.6;
    /// What the pictures do wrong: "as -2.12 to 2.64, but it was quantized for -1.00 to 0.992".
    std::string mismatch(const Preprocessing& preprocessing) const;

    /// The grid ends well before the values do.
    bool clips(const Preprocessing& preprocessing) const;

private:
    std::vector<Interval> given(const Preprocessing& preprocessing) const;

    InputExpectation m_expectation;
    std::vector<Interval> m_colours;
    int m_channels;
};

} // namespace halftone
