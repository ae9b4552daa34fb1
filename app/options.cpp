#include "app/options.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::app {

void addProgress(CLI::App* command, std::string& mode) {
    command->add_option("--progress", mode, "How progress is told: jsonl (one JSON object a line on stdout), bar, none")
        ->check(CLI::IsMember({"jsonl", "bar", "none"}))
        ->capture_default_str();
}

void addWeightBits(CLI::App* command, int& bits) {
    command->add_option("--weight-bits", bits, "Bits of int8 weights: 8, 7 (safe without VNNI) or 0 (by CPU)")
        ->check(CLI::IsMember({0, 7, 8}))
        ->capture_default_str();
}

Precision precisionOf(const std::string& word) {
    if (const auto precision = precisionNamed(word))
        return *precision;
    std::vector<std::string> names;
    for (const Precision known : kPrecisions)
        names.push_back(name(known));
    throw Error(ErrorCode::Usage,
                fmt::format("There is no precision {}; there are {}.", displayText(word), join(names, ", ")));
}

void PrecisionsOption::add(CLI::App* command) {
    command->add_option("--precisions", names,
                        "What to run next to fp32 and int8: bf16, fp16, int8-simulated (fp32 with every tensor rounded to "
                        "its grid, as training tools evaluate). Without it bf16 and fp16 where this CPU has them")
        ->delimiter(',')
        ->allow_extra_args(false);
}

std::vector<Precision> PrecisionsOption::resolve() const {
    std::vector<Precision> precisions;
    for (const std::string& word : names)
        precisions.push_back(precisionOf(word));
    return precisions;
}

void PreprocessingOptions::add(CLI::App* command) {
    std::string names;
    for (const PreprocessingPreset& known : preprocessingPresets())
        names += fmt::format("\n  {}: {}", known.name, known.description);
    command->add_option("--preset", preset, "Named preprocessing:" + names);
    command->add_option("--resize", resize, "Resize the short side to this many pixels (0: not)");
    command->add_option("--crop", crop, "Cut this many pixels square from the centre (0: not)");
    command->add_option("--mean", mean, "Subtracted, on 0..255, one value or one a channel: 124,116,104")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--std", std, "Divided by, on 0..255, one value or one a channel")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--channels", channels, "Order of channels")->check(CLI::IsMember({"rgb", "bgr", "gray"}));
    command->add_option("--label-offset", labelOffset, "Added to the labels of the data set");
}

Preprocessing PreprocessingOptions::resolve() const {
    Preprocessing result = preprocessingPreset(preset.empty() ? "unit" : preset);
    const Preprocessing named = result;
    result.resizeShortSide = resize.value_or(result.resizeShortSide);
    result.cropSize = crop.value_or(result.cropSize);
    result.labelOffset = labelOffset.value_or(result.labelOffset);
    if (!mean.empty())
        result.mean = mean;
    if (!std.empty())
        result.std = std;
    if (!channels.empty())
        result.channels = channels == "rgb"   ? ChannelOrder::Rgb
                          : channels == "bgr" ? ChannelOrder::Bgr
                                              : ChannelOrder::Gray;
    if (result != named)
        result.preset = "custom";
    return result;
}

void JobOptions::add(CLI::App* command) {
    command->add_option("MODEL", request.modelPath, "Model file")->required();
    command->add_option("--data", request.dataPath,
                        "Pictures: folder with one sub-folder a class, CSV file,label, CIFAR binary, IDX, npz, "
                        "archive. Without it the input is random and only times are measured");
    command->add_option("--labels", request.labelsPath, "Labels, when they are not with the pictures");
    preprocessing.add(command);
    command->add_option("--calibration", request.calibrationSamples, "Pictures to find ranges with")
        ->capture_default_str();
    addWeightBits(command, request.weightBits);
    command->add_option("--seed", request.seed, "Seed of random input and of the intervals")->capture_default_str();
    addProgress(command, progress);
}

void JobOptions::resolve(const std::string& commandLine) {
    request.preprocessing = preprocessing.resolve();
    request.command = commandLine;
}

} // namespace halftone::app
