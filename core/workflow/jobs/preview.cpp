// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/preview.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/dataset.h"
#include "core/data/encode.h"
#include "core/data/resize.h"
#include "core/formats/model_source.h"
#include "core/report/json.h"
#include "core/workflow/samples/samples.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <numeric>
#include <optional>

namespace halftone {

namespace {

constexpr int64_t kDefaultSamples = 8;
constexpr int kLongestStored = 1024;

/// Shapes of the network's inputs for one sample; none without a model.
std::vector<Shape> inputsOf(const std::string& modelPath, const GivenSizes& given) {
    std::vector<Shape> shapes;
    if (modelPath.empty())
        return shapes;
    const std::unique_ptr<ModelSource> source = openModel(modelPath);
    Sizes sizes = sizesOf(source->facts(), given, 1);
    if (const auto batch = sizes.find(source->facts().batch); batch != sizes.end())
        batch->second = 1; // one sample
    shapes = shapesOf(source->facts(), sizes);
    if (shapes.empty())
        throw Error(ErrorCode::Unsupported,
                    fmt::format("{}: the network has no inputs, so it sees no pictures.", displayText(modelPath)),
                    displayText(modelPath));
    return shapes;
}

/// The size that the preprocessing itself gives this picture.
Shape ownShape(const Picture& picture, const Preprocessing& preprocessing) {
    int64_t width = picture.width, height = picture.height;
    if (preprocessing.resizeShortSide > 0) {
        const int64_t side = preprocessing.resizeShortSide, shorter = std::min(width, height);
        width = side * width / shorter;
        height = side * height / shorter;
    }
    if (preprocessing.cropSize > 0)
        width = height = preprocessing.cropSize;
    return {1, preprocessing.channels == ChannelOrder::Gray ? 1 : 3, height, width};
}

ChannelValues valuesOf(std::span<const float> plane) {
    const auto [min, max] = std::ranges::minmax(plane);
    return {min, max, std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size())};
}

void writePng(const Picture& picture, const std::filesystem::path& path) {
    const std::vector<std::byte> bytes = encodePng(picture);
    writeFileAtomically(path.string(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Picture limited(Picture picture) {
    const int longest = std::max(picture.width, picture.height);
    if (longest <= kLongestStored)
        return picture;
    const int width = std::max<int>(1, static_cast<int>(int64_t{picture.width} * kLongestStored / longest)),
              height = std::max<int>(1, static_cast<int>(int64_t{picture.height} * kLongestStored / longest));
    return resizeAndCrop(picture, width, height, {0, 0, width, height});
}

class Previewer {
public:
    explicit Previewer(const PreviewRequest& request)
        : m_request(request), m_inputs(inputsOf(request.job.modelPath, request.job.sizes)),
          m_dataset(openPictures(request.job.dataPath, request.job.labelsPath)), m_folder(request.outputFolder) {
        if (!m_inputs.empty()) // refuses a network without pictures before anything is written
            PictureSamples(m_dataset, request.job.preprocessing, m_inputs, 1);
        std::error_code failed;
        std::filesystem::create_directories(m_folder, failed);
        if (failed)
            throw Error(
                ErrorCode::Io,
                fmt::format("{}: cannot create the folder: {}.", displayText(request.outputFolder), failed.message()),
                displayText(request.outputFolder));
    }

    Preview run(const Job& job) {
        Preview preview;
        preview.data = displayText(m_dataset->path(), 4096);
        preview.kind = m_dataset->kind();
        preview.size = m_dataset->size();
        preview.labelled = m_dataset->labelled();
        preview.labelOffset = m_request.job.preprocessing.labelOffset;
        const std::vector<int64_t> indices =
            m_request.samples.empty() ? evenlySpread(kDefaultSamples, m_dataset->size()) : m_request.samples;
        for (const int64_t index : indices) {
            job.checkCancelled();
            preview.samples.push_back(describe(index, preview));
        }
        writeFileAtomically((m_folder / previewFile).string(), toJson(preview));
        return preview;
    }

private:
    PreviewedSample describe(int64_t index, Preview& preview) const {
        if (index < 0 || index >= m_dataset->size())
            throw Error(ErrorCode::Usage, fmt::format("There is no sample {}; the data set has the samples 0 to {}.",
                                                      index, m_dataset->size() - 1));
        const SampleInfo& info = m_dataset->sample(index);
        PreviewedSample sample;
        sample.index = index;
        sample.name = info.name;
        sample.label = info.label;
        const auto& names = m_dataset->classNames();
        if (info.label >= 0 && static_cast<size_t>(info.label) < names.size())
            sample.className = names[static_cast<size_t>(info.label)];
        try {
            const Picture picture = m_dataset->picture(index);
            sample.width = picture.width;
            sample.height = picture.height;
            show(picture, sample, preview);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Usage || error.code() == ErrorCode::Internal)
                throw;
            sample.failure = error.message();
        }
        return sample;
    }

    void show(const Picture& picture, PreviewedSample& sample, Preview& preview) const {
        const auto [channels, height, width, last] = pictureInput(
            m_inputs.empty() ? std::vector<Shape>{ownShape(picture, m_request.job.preprocessing)} : m_inputs);
        std::vector<float> values(static_cast<size_t>(channels) * static_cast<size_t>(height) *
                                  static_cast<size_t>(width));
        preprocess(picture, m_request.job.preprocessing, channels, height, width, values);
        sample.stored = fmt::format("{}-stored.png", sample.index);
        sample.network = fmt::format("{}-network.png", sample.index);
        writePng(limited(picture), m_folder / sample.stored);
        writePng(undoPreprocessing(values, m_request.job.preprocessing, channels, height, width),
                 m_folder / sample.network);
        const size_t plane = values.size() / static_cast<size_t>(channels);
        for (int c = 0; c < channels; ++c)
            sample.channels.push_back(valuesOf(std::span(values).subspan(static_cast<size_t>(c) * plane, plane)));
        preview.networkWidth = width;
        preview.networkHeight = height;
        preview.networkChannels = channels;
    }

    const PreviewRequest& m_request;
    std::vector<Shape> m_inputs;
    std::shared_ptr<const PictureDataset> m_dataset;
    std::filesystem::path m_folder;
};

} // namespace

Preview previewSamples(const PreviewRequest& request, Job& job) {
    return Previewer(request).run(job);
}

} // namespace halftone
