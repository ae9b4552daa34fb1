// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/job_input.h"

#include "core/base/text.h"
#include "core/workflow/compare/accuracy.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone {

namespace {

constexpr int64_t kRandomSamples = 8; // enough for ranges that are plausible; they are marked synthetic anyway

} // namespace

JobInput::JobInput(const JobRequest& request, const LoadedModel& model)
    : m_preprocessing(request.preprocessing), m_rangesOfFile(model.onGrids.has_value()) {
    if (request.dataPath.empty()) {
        m_random = std::make_unique<RandomSamples>(kRandomSamples, request.seed);
        m_calibration = evenlySpread(kRandomSamples, kRandomSamples);
        return;
    }
    const Graph& graph = model.graph;
    std::vector<Shape> inputs;
    for (const ValueId input : graph.inputs)
        inputs.push_back(graph.value(input).shape);
    std::shared_ptr<const Dataset> dataset = openDataset(request.dataPath, request.labelsPath);
    const int64_t all = dataset->size(), calibrated = std::min(request.calibrationSamples, all),
                  wanted = request.maxSamples > 0 ? std::min(request.maxSamples, all) : all;
    m_pictures =
        std::make_unique<PictureSamples>(std::move(dataset), request.preprocessing, inputs, wanted + calibrated);
    checkClasses(*m_pictures, graph.value(graph.outputs.front()).shape);
    m_calibration = evenlySpread(calibrated, m_pictures->size());
    if (m_rangesOfFile) {
        m_evaluation = evenlySpread(wanted, m_pictures->size());
        return;
    }
    const std::vector<int64_t> chosen = evenlySpread(m_pictures->size(), m_pictures->size());
    std::ranges::set_difference(chosen, m_calibration, std::back_inserter(m_evaluation));
    if (static_cast<int64_t>(m_evaluation.size()) >= std::min(calibrated, wanted))
        return;
    m_evaluation = evenlySpread(wanted, m_pictures->size());
    m_alsoCalibrated = std::ranges::count_if(
        m_evaluation, [&](int64_t index) { return std::ranges::binary_search(m_calibration, index); });
}

const Samples& JobInput::samples() const {
    return m_pictures ? static_cast<const Samples&>(*m_pictures) : static_cast<const Samples&>(*m_random);
}

std::optional<Data> JobInput::describe() const {
    if (!m_pictures)
        return std::nullopt;
    const Dataset& dataset = m_pictures->dataset();
    return Data{
        displayText(dataset.path(), 4096),          dataset.kind(),     static_cast<int64_t>(m_evaluation.size()),
        static_cast<int64_t>(m_calibration.size()), dataset.labelled(), m_preprocessing};
}

Diagnostic JobInput::note() const {
    if (!m_pictures)
        return {Severity::Info, "synthetic-data", "",
                "No pictures were given: the input is random, so only times are meaningful; ranges are synthetic and "
                "accuracy is unknown."};
    if (m_rangesOfFile)
        return {
            Severity::Info, "ranges-of-the-file", "",
            fmt::format("The ranges are those of the file; accuracy is taken on {} pictures.", m_evaluation.size())};
    if (m_alsoCalibrated == 0)
        return {Severity::Info, "held-out-pictures", "",
                fmt::format("Ranges are found with {} pictures and accuracy is taken on {} others.",
                            m_calibration.size(), m_evaluation.size())};
    return {
        Severity::Info, "calibration-overlap", "",
        fmt::format("{} of the {} evaluated pictures were also used to find the ranges (without their labels): there "
                    "are too few to hold some out.",
                    m_alsoCalibrated, m_evaluation.size())};
}

std::optional<Diagnostic> JobInput::damaged() const {
    if (!m_pictures || m_pictures->damaged().empty())
        return std::nullopt;
    constexpr size_t named = 5;
    const std::map<int64_t, std::string> damaged = m_pictures->damaged();
    std::vector<std::string> names;
    for (const auto& [index, why] : damaged)
        if (names.size() < named)
            names.push_back(m_pictures->info(index).name);
    if (damaged.size() > named)
        names.back() += " and others";
    return Diagnostic{Severity::Warning, "damaged-pictures", displayText(names.front()),
                      fmt::format("{} picture{} could not be read and {} left out: {}. The first one: {}",
                                  damaged.size(), damaged.size() == 1 ? "" : "s", damaged.size() == 1 ? "was" : "were",
                                  join(names, ", "), damaged.begin()->second)};
}

} // namespace halftone
