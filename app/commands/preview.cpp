// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli preview: pictures of what the network will really see.
#include "core/workflow/jobs/preview.h"
#include "app/command.h"
#include "core/base/error.h"

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

class PreviewCommand : public RequestCommand {
public:
    PreviewCommand() : RequestCommand(JobKind::Preview, "Write pictures of what the network will see") {}

    void add(Options& options) override {
        RequestCommand::add(options);
        options.addList("--samples", "Which samples, counted from 0: 0,17; without it some of the whole", m_samples);
        options.add("--out", "Folder for the pictures and preview.json", m_folder, Options::Needed::Yes);
    }

    int run(Job& job, Progress& told) override {
        if (m_request.dataPath.empty())
            throw Error(ErrorCode::Usage, "Give the pictures with --data.");
        const PreviewRequest request{m_request, m_samples, m_folder};
        const Preview preview = previewSamples(request, job);
        told.done((std::filesystem::path(m_folder) / previewFile).string(), "");
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

private:
    std::vector<int64_t> m_samples;
    std::string m_folder;
};

} // namespace

std::unique_ptr<Command> previewCommand() {
    return std::make_unique<PreviewCommand>();
}

} // namespace halftone::app
