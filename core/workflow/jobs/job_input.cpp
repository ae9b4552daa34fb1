// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/job_input.h"

#include "core/base/text.h"
#include "core/data/text/text_dataset.h"
#include "core/report/model_input.h"
#include "core/workflow/compare/accuracy.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone {

namespace {

constexpr int64_t kRandomSamples = 8; // enough for ranges that are plausible; they are marked synthetic anyway

} // namespace

std::shared_ptr<const Dataset> openData(const JobRequest& request) {
    if (request.dataPath.empty())
        return nullptr;
    return openDataset(request.dataPath, request.labelsPath,
                       request.tokenizerPath.empty() ? tokenizerBeside(request.modelPath) : request.tokenizerPath);
}

JobInput::JobInput(const JobRequest& request, const LoadedModel& model, const std::shared_ptr<const Dataset>& dataset)
    : m_preprocessing(request.preprocessing), m_rangesOfFile(model.onGrids.has_value()) {
    const Graph& graph = model.graph;
    std::vector<NetworkInput> described = networkInputs(graph);
    std::vector<Shape> inputs;
    for (const NetworkInput& input : described)
        inputs.push_back(input.shape);
    m_judged = judgedOutput(graph, request.judge, dataset && dataset->labelled());
    if (!dataset) {
        m_takesPictures = takesPictures(describeModel(model));
        m_random = std::make_unique<RandomSamples>(kRandomSamples, request.seed, std::move(described));
        m_calibration = evenlySpread(kRandomSamples, kRandomSamples);
        return;
    }
    const int64_t all = dataset->size(), calibrated = std::min(request.calibrationSamples, all),
                  wanted = request.maxSamples > 0 ? std::min(request.maxSamples, all) : all;
    if (const auto arrays = std::dynamic_pointer_cast<const ArrayDataset>(dataset)) {
        auto samples =
            std::make_unique<ArraySamples>(arrays, std::move(described), model.file.batchSize(),
                                           request.preprocessing.labelOffset, wanted + calibrated, request.seed);
        m_arrays = samples.get();
        m_data = std::move(samples);
    } else {
        auto samples = std::make_unique<PictureSamples>(std::dynamic_pointer_cast<const PictureDataset>(dataset),
                                                        request.preprocessing, inputs, wanted + calibrated);
        m_pictures = samples.get();
        m_data = std::move(samples);
    }
    if (m_judged.kind == OutputKind::Classes)
        checkClasses(*m_data, graph.value(graph.outputs[m_judged.output]).shape);
    m_calibration = evenlySpread(calibrated, m_data->size());
    if (m_rangesOfFile) {
        m_evaluation = evenlySpread(wanted, m_data->size());
        return;
    }
    const std::vector<int64_t> chosen = evenlySpread(m_data->size(), m_data->size());
    std::ranges::set_difference(chosen, m_calibration, std::back_inserter(m_evaluation));
    if (static_cast<int64_t>(m_evaluation.size()) >= std::min(calibrated, wanted))
        return;
    m_evaluation = evenlySpread(wanted, m_data->size());
    m_alsoCalibrated = std::ranges::count_if(
        m_evaluation, [&](int64_t index) { return std::ranges::binary_search(m_calibration, index); });
}

const Samples& JobInput::samples() const {
    return m_data ? static_cast<const Samples&>(*m_data) : static_cast<const Samples&>(*m_random);
}

std::string JobInput::calibrationWords() const {
    const auto count = std::ssize(m_calibration);
    return fmt::format("{} {}", count,
                       m_data       ? wordFor(m_data->kind(), count)
                       : count == 1 ? "random input"
                                    : "random inputs");
}

std::optional<Data> JobInput::describe() const {
    if (!m_data)
        return std::nullopt;
    const Dataset& dataset = m_data->dataset();
    return Data{displayText(dataset.path(), 4096),
                dataset.kind(),
                static_cast<int64_t>(m_evaluation.size()),
                static_cast<int64_t>(m_calibration.size()),
                dataset.labelled(),
                m_preprocessing,
                dataset.sampleKind()};
}

Diagnostic JobInput::note() const {
    if (!m_data)
        return {Severity::Info, "synthetic-data", "",
                fmt::format("No {} given: the input is random, so only times are meaningful; ranges are synthetic and "
                            "accuracy is unknown.",
                            m_takesPictures ? "pictures were" : "data was")};
    const auto evaluated = std::ssize(m_evaluation);
    const std::string samples = wordFor(m_data->kind(), evaluated);
    if (m_rangesOfFile)
        return {Severity::Info, "ranges-of-the-file", "",
                fmt::format("The ranges are those of the file; accuracy is taken on {} {}.", evaluated, samples)};
    if (m_alsoCalibrated == 0)
        return {
            Severity::Info, "held-out-pictures", "",
            fmt::format("Ranges are found with {} and accuracy is taken on {} others.", calibrationWords(), evaluated)};
    return {Severity::Info, "calibration-overlap", "",
            fmt::format("{} of the {} evaluated {} were also used to find the ranges (without their labels): there "
                        "are too few to hold some out.",
                        m_alsoCalibrated, evaluated, samples)};
}

std::vector<Diagnostic> JobInput::findings() const {
    std::vector<Diagnostic> found;
    if (m_arrays)
        found = m_arrays->notes();
    if (!m_data || m_data->damaged().empty())
        return found;
    constexpr size_t named = 5;
    const std::map<int64_t, std::string> damaged = m_data->damaged();
    std::vector<std::string> names;
    for (const auto& [index, why] : damaged)
        if (names.size() < named)
            names.push_back(m_data->info(index).name);
    if (damaged.size() > named)
        names.back() += " and others";
    const auto count = std::ssize(damaged);
    found.push_back({Severity::Warning, "damaged-pictures", displayText(names.front()),
                     fmt::format("{} {} could not be read and {} left out: {}. The first one: {}", count,
                                 wordFor(m_data->kind(), count), count == 1 ? "was" : "were", join(names, ", "),
                                 damaged.begin()->second)});
    return found;
}

} // namespace halftone
