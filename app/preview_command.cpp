// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/preview_command.h"

#include "core/base/text.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

namespace halftone::app {

namespace {

/// "0: cat.jpg, label 3 (cat), 640 x 480; values from -2.12 to 2.64, mean -0.11"
std::string line(const PreviewedSample& sample) {
    std::string text = fmt::format("{}: {}", sample.index, sample.name);
    if (sample.label >= 0)
        text += fmt::format(", label {}", sample.label);
    if (!sample.className.empty())
        text += fmt::format(" ({})", sample.className);
    if (!sample.failure.empty())
        return fmt::format("{}: {}\n", text, sample.failure);
    text += fmt::format(", {} x {}", sample.width, sample.height);
    double min = sample.channels.front().min, max = sample.channels.front().max, mean = 0;
    for (const ChannelValues& channel : sample.channels) {
        min = std::min(min, channel.min);
        max = std::max(max, channel.max);
        mean += channel.mean / static_cast<double>(sample.channels.size());
    }
    return fmt::format("{}; values from {:.3g} to {:.3g}, mean {:.3g}\n", text, min, max, mean);
}

} // namespace

void PreviewCommand::add(CLI::App* command) {
    command->add_option("MODEL", request.modelPath, "Model file; without it the size is that of the crop");
    command->add_option("--data", request.dataPath, "Pictures, as for profile")->required();
    command->add_option("--labels", request.labelsPath, "Labels, when they are not with the pictures");
    preprocessing.add(command);
    sizes.add(command);
    command->add_option("--samples", samples, "Which samples, counted from 0: 0,17; without it some of the whole")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--out", request.outputFolder, "Folder for the pictures and preview.json")->required();
    addProgress(command, progress);
}

int PreviewCommand::run(Job& job, Progress& told) {
    request.preprocessing = preprocessing.resolve();
    request.sizes = sizes.resolve();
    for (const std::string& index : samples)
        request.samples.push_back(parseInteger(index, "--samples"));
    const Preview preview = previewSamples(request, job);
    told.done((std::filesystem::path(request.outputFolder) / previewFile).string(), "");
    if (progress == "jsonl")
        return 0;
    std::string text =
        fmt::format("{} pictures; the network sees {} x {}, {} channel{}\n", preview.size, preview.networkWidth,
                    preview.networkHeight, preview.networkChannels, preview.networkChannels == 1 ? "" : "s");
    for (const PreviewedSample& sample : preview.samples)
        text += line(sample);
    std::fputs(text.c_str(), stdout);
    return 0;
}

} // namespace halftone::app
