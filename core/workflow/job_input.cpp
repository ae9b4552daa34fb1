#include "core/workflow/job_input.h"

#include "core/base/text.h"
#include "core/workflow/accuracy.h"

#include <fmt/format.h>

namespace halftone {

namespace {

constexpr int64_t kRandomSamples = 8; // enough for ranges that are plausible; they are marked synthetic anyway

PreprocessingInfo describe(const Preprocessing& preprocessing) {
    PreprocessingInfo info;
    info.preset = preprocessing.preset;
    info.resizeShortSide = preprocessing.resizeShortSide;
    info.cropSize = preprocessing.cropSize;
    info.mean.assign(preprocessing.mean.begin(), preprocessing.mean.end());
    info.std.assign(preprocessing.std.begin(), preprocessing.std.end());
    info.channels = preprocessing.channels == ChannelOrder::Rgb   ? "rgb"
                    : preprocessing.channels == ChannelOrder::Bgr ? "bgr"
                                                                  : "gray";
    info.labelOffset = preprocessing.labelOffset;
    return info;
}

} // namespace

JobInput::JobInput(const ProfileRequest& request, const Graph& graph) : m_preprocessing(request.preprocessing) {
    if (request.dataPath.empty()) {
        m_random = std::make_unique<RandomSamples>(kRandomSamples, request.seed);
        m_calibration = evenlySpread(kRandomSamples, kRandomSamples);
        return;
    }
    std::vector<Shape> inputs;
    for (const ValueId input : graph.inputs)
        inputs.push_back(graph.value(input).shape);
    m_pictures = std::make_unique<PictureSamples>(openDataset(request.dataPath, request.labelsPath),
                                                  request.preprocessing, inputs, request.maxSamples);
    checkClasses(*m_pictures, graph.value(graph.outputs.front()).shape);
    m_calibration = evenlySpread(request.calibrationSamples, m_pictures->size());
}

const Samples& JobInput::samples() const {
    return m_pictures ? static_cast<const Samples&>(*m_pictures) : static_cast<const Samples&>(*m_random);
}

std::optional<Data> JobInput::describe() const {
    if (!m_pictures)
        return std::nullopt;
    const Dataset& dataset = m_pictures->dataset();
    return Data{displayText(dataset.path(), 4096),          dataset.kind(),     m_pictures->size(),
                static_cast<int64_t>(m_calibration.size()), dataset.labelled(), halftone::describe(m_preprocessing)};
}

Diagnostic JobInput::note() const {
    if (!m_pictures)
        return {Severity::Info, "synthetic-data", "",
                "No pictures were given: the input is random, so only times are meaningful; ranges are synthetic and "
                "accuracy is unknown."};
    return {Severity::Info, "calibration-overlap", "",
            fmt::format("{} of the {} evaluated pictures were also used to find the ranges (without their labels).",
                        m_calibration.size(), m_pictures->size())};
}

} // namespace halftone
