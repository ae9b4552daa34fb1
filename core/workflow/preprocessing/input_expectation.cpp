// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/preprocessing/input_expectation.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace halftone {

namespace {

constexpr double kDeviations = 2; // to each side of a mean

std::optional<InputExpectation> gridOfInput(const Graph& graph) {
    const std::optional<QuantParams>& grid = graph.value(graph.inputs.front()).quant;
    if (!grid || grid->axis || grid->atRunTime)
        return std::nullopt;
    const auto end = [&](int32_t code) {
        return static_cast<double>(dequantize(code, grid->scale(), grid->zeroPoint()));
    };
    return InputExpectation{InputExpectation::Source::Grid,
                            {{end(lowestCode(grid->storage)), end(highestCode(grid->storage))}},
                            grid->storage == ElementType::S8 && grid->zeroPoint() == 0};
}

/// Mean - and + two deviations by channel, of a BatchNorm's constants. Those that nobody trained (mean 0, variance 1)
/// say nothing.
std::optional<InputExpectation> statisticsOf(const Graph& graph, const Node& node) {
    constexpr size_t mean = 3, variance = 4;
    if (!graph.isConstant(node.inputs[mean]) || !graph.isConstant(node.inputs[variance]))
        return std::nullopt;
    const std::vector<float> means = graph.value(node.inputs[mean]).constant->toFloats(),
                             variances = graph.value(node.inputs[variance]).constant->toFloats();
    const auto all = [](const std::vector<float>& values, float value) {
        return std::ranges::all_of(values, [&](float each) { return each == value; });
    };
    if (means.size() != variances.size() || (all(means, 0) && all(variances, 1)))
        return std::nullopt;
    InputExpectation expectation{InputExpectation::Source::Normalization, {}, false};
    for (size_t c = 0; c < means.size(); ++c) {
        const double reach = kDeviations * std::sqrt(std::max(0.F, variances[c]));
        expectation.channels.push_back({means[c] - reach, means[c] + reach});
    }
    return expectation;
}

/// Of the file as it was read: passes fold normalizations and write arithmetic as such.
std::optional<InputExpectation> normalizationOfInput(const Graph& graph) {
    const auto consumers = graph.consumers();
    for (ValueId value = graph.inputs.front();;) {
        const std::vector<NodeId>& readers = consumers[static_cast<size_t>(value)];
        if (readers.size() != 1)
            return std::nullopt;
        const Node& node = graph.node(readers.front());
        if (std::holds_alternative<BatchNorm>(node.op) && node.inputs.front() == value)
            return statisticsOf(graph, node);
        if (!std::holds_alternative<Identity>(node.op) && !std::holds_alternative<Transpose>(node.op))
            return std::nullopt;
        value = node.output();
    }
}

Interval mirrored(const Interval& one) {
    const double most = std::max(std::abs(one.lo), std::abs(one.hi));
    return {-most, most};
}

double overlap(const Interval& a, const Interval& b) {
    const double both = std::min(a.hi, b.hi) - std::max(a.lo, b.lo),
                 either = std::max(a.hi, b.hi) - std::min(a.lo, b.lo);
    return either > 0 ? std::max(0.0, both) / either : 0;
}

double meanOver(const std::vector<Interval>& channels, double (*of)(const Interval&)) {
    return std::transform_reduce(channels.begin(), channels.end(), 0.0, std::plus(), of) /
           static_cast<double>(channels.size());
}

std::string words(const std::vector<Interval>& channels) {
    return fmt::format(
        "mean {} and deviation {}",
        threeDigits(meanOver(channels, [](const Interval& one) { return (one.lo + one.hi) / 2; })),
        threeDigits(meanOver(channels, [](const Interval& one) { return (one.hi - one.lo) / 2 / kDeviations; })));
}

} // namespace

std::optional<InputExpectation> expectedInput(const LoadedModel& model) {
    if (model.onGrids)
        if (auto found = gridOfInput(*model.onGrids))
            return found;
    return normalizationOfInput(model.file.graph);
}

std::vector<Interval> colourSpread(const PictureSamples& samples, const std::vector<int64_t>& indices) {
    const auto channels = static_cast<size_t>(samples.input().channels);
    std::vector<double> sums(channels), squares(channels);
    double pixels = 0;
    for (const int64_t index : indices) {
        Picture shown;
        try {
            shown = samples.shown(index);
        } catch (const Error&) { // told of by whoever needs it
            continue;
        }
        for (size_t i = 0; i < shown.pixels.size(); ++i) {
            sums[i % channels] += shown.pixels[i];
            squares[i % channels] += static_cast<double>(shown.pixels[i]) * shown.pixels[i];
        }
        pixels += static_cast<double>(shown.pixels.size() / channels);
    }
    std::vector<Interval> spread;
    for (size_t c = 0; c < channels && pixels > 0; ++c) {
        const double mean = sums[c] / pixels,
                     reach = kDeviations * std::sqrt(std::max(0.0, squares[c] / pixels - mean * mean));
        spread.push_back({mean - reach, mean + reach});
    }
    return spread;
}

std::vector<Interval> givenInput(const Preprocessing& preprocessing, const std::vector<Interval>& colours,
                                 int channels) {
    const auto valueFor = [](const std::vector<float>& values, size_t channel, float otherwise) {
        return values.empty() ? otherwise : values.size() == 1 ? values.front() : values[channel];
    };
    std::vector<Interval> given;
    for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
        const size_t colour = preprocessing.channels == ChannelOrder::Bgr ? colours.size() - 1 - c : c;
        const double mean = valueFor(preprocessing.mean, c, 0), deviation = valueFor(preprocessing.std, c, 1);
        given.push_back({(colours[colour].lo - mean) / deviation, (colours[colour].hi - mean) / deviation});
    }
    return given;
}

InputFit::InputFit(InputExpectation expectation, const std::vector<Interval>& spread, int channels)
    : m_expectation(std::move(expectation)),
      m_colours(m_expectation.source == InputExpectation::Source::Grid
                    ? std::vector<Interval>(static_cast<size_t>(channels), Interval{0, 255})
                    : spread),
      m_channels(channels) {}

std::vector<Interval> InputFit::given(const Preprocessing& preprocessing) const {
    std::vector<Interval> given = givenInput(preprocessing, m_colours, m_channels);
    if (m_expectation.source == InputExpectation::Source::Normalization)
        return given;
    Interval all = given.front();
    for (const Interval& one : given)
        all = {std::min(all.lo, one.lo), std::max(all.hi, one.hi)};
    return {all};
}

double InputFit::fit(const Preprocessing& preprocessing) const {
    const std::vector<Interval> given = this->given(preprocessing);
    double sum = 0;
    for (size_t c = 0; c < given.size(); ++c)
        sum += overlap(m_expectation.symmetric ? mirrored(given[c]) : given[c], m_expectation.channels[c]);
    return sum / static_cast<double>(given.size());
}

bool InputFit::clips(const Preprocessing& preprocessing) const {
    if (m_expectation.source != InputExpectation::Source::Grid)
        return false;
    constexpr double kMargin = 0.05; // of the grid: calibration may cut a little off
    const Interval &grid = m_expectation.channels.front(), values = given(preprocessing).front();
    const double margin = kMargin * (grid.hi - grid.lo);
    return values.lo < grid.lo - margin || values.hi > grid.hi + margin;
}

std::string InputFit::mismatch(const Preprocessing& preprocessing) const {
    const std::vector<Interval> given = this->given(preprocessing);
    const auto range = [](const Interval& one) {
        return fmt::format("{} to {}", threeDigits(one.lo), threeDigits(one.hi));
    };
    if (m_expectation.source == InputExpectation::Source::Grid)
        return fmt::format("as {}, but it was quantized for {}", range(given.front()),
                           range(m_expectation.channels.front()));
    return fmt::format("with {}, but its first layer was trained on {}", words(given), words(m_expectation.channels));
}

} // namespace halftone
