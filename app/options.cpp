// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/options.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace halftone::app {

namespace {

template <class Choice, size_t count>
std::vector<std::string> namesOf(const std::array<Named<Choice>, count>& choices, const char* first = nullptr) {
    std::vector<std::string> names;
    if (first)
        names.emplace_back(first);
    for (const Named<Choice>& choice : choices)
        names.emplace_back(choice.name);
    return names;
}

template <class Choice, size_t count>
std::optional<Choice> valueOf(const std::array<Named<Choice>, count>& choices, const std::string& name) {
    for (const Named<Choice>& choice : choices)
        if (choice.name == name)
            return choice.value;
    return std::nullopt;
}

} // namespace

void addProgress(CLI::App* command, std::string& mode) {
    command->add_option("--progress", mode, "How progress is told: jsonl (one JSON object a line on stdout), bar, none")
        ->check(CLI::IsMember({"jsonl", "bar", "none"}))
        ->capture_default_str();
}

void SizesOption::add(CLI::App* command) {
    command
        ->add_option("--size", sizes,
                     "NAME=N: a size that the file leaves open, by its name in the file (sequence_length=128), or by "
                     "input and dimension where it has none (image.2=224); inspect tells which there are (repeatable)")
        ->allow_extra_args(false);
    command
        ->add_option("--shape", shapes,
                     "NAME=1,3,224,224: all sizes of an input, the batch first, which gives way to that of the "
                     "command; NAME= may be left out where there is one input (repeatable)")
        ->allow_extra_args(false);
}

GivenSizes SizesOption::resolve() const {
    GivenSizes given;
    for (const std::string& word : sizes) {
        const size_t split = word.rfind('='); // names may hold one
        if (split == std::string::npos || split == 0)
            throw Error(ErrorCode::Usage, fmt::format("--size {}: write NAME=N.", displayText(word)));
        const int64_t number = parseInteger(word.substr(split + 1), "--size");
        if (number < 1)
            throw Error(ErrorCode::Usage, fmt::format("--size {}: a size is at least 1.", displayText(word)));
        if (!given.sizes.emplace(word.substr(0, split), number).second)
            throw Error(ErrorCode::Usage, fmt::format("--size {}: the size was given twice.", displayText(word)));
    }
    for (const std::string& word : shapes) {
        const size_t split = word.rfind('=');
        const std::string name = split == std::string::npos ? "" : word.substr(0, split);
        Shape shape;
        std::stringstream numbers(word.substr(split == std::string::npos ? 0 : split + 1));
        for (std::string number; std::getline(numbers, number, ',');)
            shape.push_back(parseInteger(number, "--shape"));
        if (shape.empty() || std::ranges::any_of(shape, [](int64_t dim) { return dim < 1; }))
            throw Error(ErrorCode::Usage,
                        fmt::format("--shape {}: write NAME=1,3,224,224, every number at least 1.", displayText(word)));
        if (!given.shapes.emplace(name, std::move(shape)).second)
            throw Error(ErrorCode::Usage,
                        fmt::format("--shape {}: the input was given a shape twice.", displayText(word)));
    }
    return given;
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
    command
        ->add_option("--precisions", names,
                     "What to run next to fp32 and int8: bf16, fp16, int8-simulated (fp32 with every tensor rounded to "
                     "its grid, as training tools evaluate). Without it profile adds int8-simulated for files "
                     "with FakeQuant operators")
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

QuantizationArguments::QuantizationArguments()
    : scheme(nameOf(kSchemes, options.scheme)), ranges(nameOf(kRangeMethods, options.ranges)),
      biasCorrection(nameOf(kSwitches, options.biasCorrection)), equalization(nameOf(kSwitches, options.equalization)),
      rounding(nameOf(kSwitches, options.rounding)) {}

void QuantizationArguments::add(CLI::App* command) {
    const auto choice = [&](const char* option, std::string& value, std::vector<std::string> names, const char* what) {
        command->add_option(option, value, what)->check(CLI::IsMember(std::move(names)))->capture_default_str();
    };
    const auto list = [&](const char* option, std::vector<std::string>& values, const char* what) {
        command->add_option(option, values, what)->allow_extra_args(false);
    };
    choice("--weight-limit", weightLimit, namesOf(kWeightLimits, "auto"),
           "How large int8 weights may be. full: 8 bits, for CPUs with VNNI or AMX; pairs: 8 bits, limited where two "
           "meet in a sum of 16 bits; 7-bit: all; auto: by this CPU");
    choice("--weights", weights, {"per-channel", "per-tensor"}, "One scale of weights for each output channel, or one");
    choice("--scheme", scheme, namesOf(kSchemes),
           "Grids of activations with negative values: symmetric around zero, or with a zero point");
    choice("--ranges", ranges, namesOf(kRangeMethods), "How ranges of activations are chosen");
    list("--range-of", rangesOf, "TENSOR=METHOD: another method for one activation, as often as wanted");
    command->add_option("--percentile", options.percentile, "Of the values inside the range, for --ranges percentile")
        ->capture_default_str();
    choice("--bias-correction", biasCorrection, namesOf(kSwitches), "Correct biases for what weights lost on average");
    choice("--equalization", equalization, namesOf(kSwitches), "Equalize the ranges of channels across layers");
    choice("--rounding", rounding, namesOf(kSwitches), "Round weights so that layers keep their results");
    list("--keep-fp32", options.keepFp32, "A layer of the file that stays in fp32, as often as wanted");
    command->add_flag("--first-fp32", options.keepFirstFp32, "The first layer with weights stays in fp32");
    command->add_flag("--last-fp32", options.keepLastFp32, "The last layer with weights stays in fp32");
}

QuantizeOptions QuantizationArguments::resolve() const {
    QuantizeOptions result = options;
    if (weightLimit != "auto")
        result.weightLimit = valueOf(kWeightLimits, weightLimit);
    result.perChannelWeights = weights == "per-channel";
    result.scheme = *valueOf(kSchemes, scheme);
    result.ranges = *valueOf(kRangeMethods, ranges);
    result.biasCorrection = *valueOf(kSwitches, biasCorrection);
    result.equalization = *valueOf(kSwitches, equalization);
    result.rounding = *valueOf(kSwitches, rounding);
    for (const std::string& word : rangesOf) {
        const size_t split = word.rfind('='); // names of tensors may hold one
        const auto method = split == std::string::npos ? std::nullopt : valueOf(kRangeMethods, word.substr(split + 1));
        if (!method)
            throw Error(ErrorCode::Usage, fmt::format("--range-of {}: write TENSOR=METHOD with one of the methods {}.",
                                                      displayText(word), join(namesOf(kRangeMethods), ", ")));
        if (!result.rangesOf.emplace(word.substr(0, split), *method).second)
            throw Error(ErrorCode::Usage, fmt::format("--range-of was given twice for the tensor {}.",
                                                      displayText(word.substr(0, split))));
    }
    return result;
}

void JobOptions::add(CLI::App* command) {
    command->add_option("MODEL", request.modelPath, "Model file")->required();
    sizes.add(command);
    command->add_option("--data", request.dataPath,
                        "Pictures: folder with one sub-folder a class, CSV file,label, CIFAR binary, IDX, npz, "
                        "archive. Without it the input is random and only times are measured");
    command->add_option("--labels", request.labelsPath, "Labels, when they are not with the pictures");
    preprocessing.add(command);
    command->add_option("--calibration", request.calibrationSamples, "Pictures to find ranges with")
        ->capture_default_str();
    quantization.add(command);
    command->add_option("--seed", request.seed, "Seed of random input and of the intervals")->capture_default_str();
    addProgress(command, progress);
}

void JobOptions::addRun(CLI::App* command, const std::string& samples, const std::string& time) {
    command->add_option("--samples", request.maxSamples, samples)->capture_default_str();
    command->add_option("--threads", request.threads, "Threads (0: one for each CPU)")->capture_default_str();
    command->add_option("--batch", request.batch, "Samples in one inference")->capture_default_str();
    command->add_option("--time", request.timeBudgetS, time)->capture_default_str();
}

void JobOptions::resolve(const std::string& commandLine) {
    request.preprocessing = preprocessing.resolve();
    request.quantization = quantization.resolve();
    request.sizes = sizes.resolve();
    request.command = commandLine;
}

} // namespace halftone::app
