// SPDX-License-Identifier: GPL-3.0-or-later
// Recordings through libsndfile, as one row of samples from -1 to 1; several channels become their mean.
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/array_dataset.h"
#include "core/data/class_folders.h"
#include "core/data/dataset_kinds.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <sndfile.h>

namespace halftone {

namespace {

constexpr int64_t maxValues = int64_t{1} << 28; // of a recording, all channels: over an hour in stereo

struct Closer {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, Closer>;

SoundFile openSound(const std::string& path, SF_INFO& info) {
    info = {};
    SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
    const auto refuse = [&](ErrorCode code, const std::string& what) {
        return Error(code, fmt::format("{}: {}.", displayText(path), what), displayText(path));
    };
    if (!file)
        throw refuse(ErrorCode::BadInput,
                     fmt::format("the recording cannot be read: {}", displayText(sf_strerror(nullptr))));
    if (info.channels < 1 || info.frames < 0 || info.frames > maxValues / info.channels)
        throw refuse(ErrorCode::Limit, fmt::format("the recording claims {} values in {} channels, which is too long; "
                                                   "cut it into shorter ones",
                                                   info.frames, info.channels));
    return file;
}

class Sounds final : public ArrayDataset {
public:
    Sounds(const std::string& path, const char* kind, std::vector<std::string> files, LabelledNames names,
           ArrayInfo info)
        : ArrayDataset(path, kind, std::move(names.samples), std::move(names.classNames), {std::move(info)}),
          m_files(std::move(files)) {}

    SampleKind sampleKind() const override { return SampleKind::Recording; }

    SampleArray array(int64_t index, size_t /*which*/, int64_t longest) const override {
        SF_INFO info;
        const SoundFile file = openSound(m_files.at(static_cast<size_t>(index)), info);
        const int64_t frames = longest > 0 ? std::min<int64_t>(info.frames, longest) : info.frames;
        std::vector<float> all(static_cast<size_t>(frames * info.channels));
        const int64_t read = std::max<int64_t>(sf_readf_float(file.get(), all.data(), frames), 0);
        std::vector<float> mono(static_cast<size_t>(read));
        for (size_t i = 0; i < mono.size(); ++i) {
            for (int c = 0; c < info.channels; ++c)
                mono[i] += all[i * static_cast<size_t>(info.channels) + static_cast<size_t>(c)];
            mono[i] /= static_cast<float>(info.channels);
        }
        return {{read}, std::move(mono), info.frames > frames ? info.frames : 0};
    }

private:
    std::vector<std::string> m_files;
};

std::unique_ptr<Dataset> openSounds(const std::string& path, const char* kind, std::vector<std::string> files,
                                    LabelledNames names) {
    int64_t shortest = std::numeric_limits<int64_t>::max(), longest = 0;
    int rate = 0;
    for (const std::string& file : files) {
        SF_INFO info;
        openSound(file, info);
        if (rate != 0 && info.samplerate != rate)
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: has {} samples a second, others of the folder have {}. Resample the "
                                    "recordings to the rate of the network.",
                                    displayText(file), info.samplerate, rate),
                        displayText(file));
        rate = info.samplerate;
        shortest = std::min<int64_t>(shortest, info.frames);
        longest = std::max<int64_t>(longest, info.frames);
    }
    return std::make_unique<Sounds>(path, kind, std::move(files), std::move(names),
                                    ArrayInfo{"", {shortest == longest ? longest : -1}, {longest}});
}

} // namespace

std::unique_ptr<Dataset> openSoundFolder(const std::string& path, const std::string& labelsPath) {
    const ClassFolders found = listClassFolders(path, hasSoundName);
    if (found.files.empty())
        return nullptr;
    LabelledNames names = labelsOf(path, found, labelsPath);
    std::vector<std::string> files;
    for (const std::string& name : found.files)
        files.push_back((std::filesystem::path(path) / name).string());
    return openSounds(path, "sound-folder", std::move(files), std::move(names));
}

std::unique_ptr<Dataset> openSoundFile(const std::string& path) {
    return openSounds(path, "sound-file", {path},
                      {{{displayText(std::filesystem::path(path).filename().string())}}, {}});
}

} // namespace halftone
