// halftone-cli: argument parsing, exit codes and printing; the work is done in core/workflow.
#include "app/progress.h"
#include "app/summary.h"
#include "app/targets.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/csv.h"
#include "core/report/json.h"
#include "core/workflow/profile.h"
#include "core/workflow/run.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace {

using namespace halftone;

constexpr int kFailed = 1, kUsage = 2, kCancelled = 130;

Job* runningJob = nullptr;

/// The first signal asks the job to stop; the second one ends the program as usual.
void onSignal(int signal) {
    if (runningJob)
        runningJob->cancel();
    std::signal(signal, SIG_DFL);
}

void addProgress(CLI::App* command, std::string& mode) {
    command->add_option("--progress", mode, "How progress is told: jsonl (one JSON object a line on stdout), bar, none")
        ->check(CLI::IsMember({"jsonl", "bar", "none"}))
        ->capture_default_str();
}

/// The preprocessing options; values given on the command line replace those of the preset.
struct PreprocessingOptions {
    std::string preset, channels;
    std::optional<int> resize, crop, labelOffset;
    std::vector<float> mean, std;

    void add(CLI::App* command) {
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

    Preprocessing resolve() const {
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
};

void addWeightBits(CLI::App* command, int& bits) {
    command->add_option("--weight-bits", bits, "Bits of int8 weights: 8, 7 (safe without VNNI) or 0 (by CPU)")
        ->check(CLI::IsMember({0, 7, 8}))
        ->capture_default_str();
}

struct InspectCommand {
    std::string model, out, progress = "none";
    void add(CLI::App* command) {
        command->add_option("MODEL", model, "Model file")->required();
        command->add_option("--out", out, "Write the description as report JSON here");
        addProgress(command, progress);
    }
    int run(const std::string& commandLine, Job& job, app::Progress& told) {
        const Report report = inspectModel(model, commandLine, job);
        if (!out.empty())
            saveReport(report, out);
        if (progress != "jsonl")
            std::fputs(app::modelSummary(report).c_str(), stdout);
        told.done(out, "");
        return 0;
    }
};

struct ProfileCommand {
    ProfileRequest request;
    PreprocessingOptions preprocessing;
    std::string out, csv, progress = "bar";
    void add(CLI::App* command) {
        command->add_option("MODEL", request.modelPath, "Model file")->required();
        command->add_option("--data", request.dataPath,
                            "Pictures: folder with one sub-folder a class, CSV file,label, CIFAR binary, IDX, npz, "
                            "archive. Without it the input is random and only times are measured");
        command->add_option("--labels", request.labelsPath, "Labels, when they are not with the pictures");
        preprocessing.add(command);
        command->add_option("--samples", request.maxSamples, "Pictures to compare accuracy on (0: all)")
            ->capture_default_str();
        command->add_option("--calibration", request.calibrationSamples, "Pictures to find ranges with")
            ->capture_default_str();
        command->add_option("--threads", request.threads, "Threads (0: one for each CPU)")->capture_default_str();
        command->add_option("--batch", request.batch, "Samples in one inference")->capture_default_str();
        command->add_option("--time", request.timeBudgetS, "Seconds to measure for")->capture_default_str();
        addWeightBits(command, request.weightBits);
        command->add_option("--seed", request.seed, "Seed of random input and of the intervals")->capture_default_str();
        command->add_option("--out", out, "Write the report here, as JSON");
        command->add_option("--csv", csv, "Write layers.csv, tensors.csv and conversions.csv into this folder");
        addProgress(command, progress);
    }
    int run(const std::string& commandLine, Job& job, app::Progress& told) {
        request.preprocessing = preprocessing.resolve();
        request.command = commandLine;
        if (!out.empty()) // minutes of measuring must not end in a file that cannot be written
            app::checkFileTarget(out);
        if (!csv.empty())
            app::checkFolderTarget(csv);
        const Report report = profileModel(request, job);
        job.checkCancelled();
        if (!out.empty())
            saveReport(report, out);
        if (!csv.empty())
            saveCsv(report, csv);
        told.done(out, report.verdict.sentence);
        if (progress != "jsonl")
            std::fputs(app::profileSummary(report).c_str(), stdout);
        if (progress == "none")
            std::fputs(app::diagnosticLines(report).c_str(), stdout);
        return 0;
    }
};

struct RunCommand {
    RunRequest request;
    PreprocessingOptions preprocessing;
    std::string precision = "fp32", progress = "none";
    std::vector<std::string> inputs;
    void add(CLI::App* command) {
        command->add_option("MODEL", request.modelPath, "Model file")->required();
        command->add_option("--precision", precision, "Precision")
            ->check(CLI::IsMember({"fp32", "int8"}))
            ->capture_default_str();
        command->add_option("--input", inputs, "NAME=FILE.npy, once for each input")
            ->required()
            ->allow_extra_args(false); // else it would take the model that follows for another input
        command->add_option("--output", request.outputFolder, "Folder for the outputs, one .npy each")->required();
        command->add_option("--data", request.dataPath,
                            "int8: pictures to find ranges with; without it the given inputs are used");
        preprocessing.add(command);
        command->add_option("--calibration", request.calibrationSamples, "int8: pictures to find ranges with")
            ->capture_default_str();
        command->add_option("--threads", request.threads, "Threads (0: one for each CPU)")->capture_default_str();
        addWeightBits(command, request.weightBits);
        addProgress(command, progress);
    }
    int run(const std::string&, Job& job, app::Progress& told) {
        request.precision = precision == "int8" ? Precision::Int8 : Precision::Fp32;
        request.preprocessing = preprocessing.resolve();
        for (const std::string& input : inputs) {
            const size_t split = input.find('=');
            if (split == std::string::npos)
                throw Error(ErrorCode::Usage, fmt::format("--input {}: write NAME=FILE.npy.", displayText(input)));
            if (!request.inputs.emplace(input.substr(0, split), input.substr(split + 1)).second)
                throw Error(ErrorCode::Usage,
                            fmt::format("The input {} was given twice.", displayText(input.substr(0, split))));
        }
        const std::vector<std::string> written = runModel(request, job);
        if (progress != "jsonl")
            for (const std::string& file : written)
                fmt::print("{}\n", file);
        told.done("", "");
        return 0;
    }
};

struct ExportCommand {
    std::string report, format, out;
    void add(CLI::App* command) {
        command->add_option("REPORT", report, "Report file")->required();
        command->add_option("--format", format, "json, or csv (three tables)")
            ->required()
            ->check(CLI::IsMember({"json", "csv"}));
        command->add_option("--out", out, "File (json) or folder (csv)")->required();
    }
    int run() {
        const Report loaded = loadReport(report);
        if (format == "json")
            saveReport(loaded, out);
        else
            saveCsv(loaded, out);
        return 0;
    }
};

std::string usageSentence(const CLI::App& program, const CLI::ParseError& error) {
    std::string command = "halftone-cli";
    for (const CLI::App* chosen : program.get_subcommands())
        command += " " + chosen->get_name();
    const std::vector<std::string> unknown = program.remaining();
    const std::string cause = program.get_subcommands().empty() && !unknown.empty()
                                  ? fmt::format("There is no command or option {}", displayText(unknown.front()))
                                  : displayText(error.what(), 1024);
    return fmt::format("{}. See {} --help.", cause, command);
}

std::string joined(int argc, char** argv) {
    std::vector<std::string> words{std::filesystem::path(argv[0]).filename().string()};
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        words.push_back(word.find_first_of(" '\"\\") == std::string::npos ? word : fmt::format("'{}'", word));
    }
    return join(words, " ");
}

} // namespace

int main(int argc, char** argv) {
    setToolVersion(HALFTONE_VERSION);
    CLI::App program("Profiles neural networks in fp32 and int8 on this CPU.", "halftone-cli");
    program.set_version_flag("--version", "halftone-cli " HALFTONE_VERSION);
    program.require_subcommand(1);

    InspectCommand inspect;
    ProfileCommand profile;
    RunCommand run;
    ExportCommand exporting;
    CLI::App* inspectApp = program.add_subcommand("inspect", "Tell what a model file holds");
    CLI::App* profileApp = program.add_subcommand("profile", "Quantize a model and measure fp32 against int8");
    CLI::App* runApp = program.add_subcommand("run", "Run one inference and write the outputs as .npy");
    CLI::App* exportApp = program.add_subcommand("export", "Write a saved report in another format");
    inspect.add(inspectApp);
    profile.add(profileApp);
    run.add(runApp);
    exporting.add(exportApp);
    for (CLI::App* command : {inspectApp, profileApp, runApp, exportApp})
        command->set_version_flag("--version", "halftone-cli " HALFTONE_VERSION);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // help or version
            return program.exit(error);
        fmt::print(stderr, "halftone-cli: {}\n", usageSentence(program, error));
        return kUsage;
    }

    const std::string mode = *inspectApp ? inspect.progress : *profileApp ? profile.progress : run.progress;
    const auto told = app::makeProgress(*exportApp ? "none" : mode);
    Job job(told.get());
    runningJob = &job;
    std::signal(SIGINT, onSignal);
    std::signal(SIGTERM, onSignal);
    const std::string commandLine = joined(argc, argv);
    try {
        if (*inspectApp)
            return inspect.run(commandLine, job, *told);
        if (*profileApp)
            return profile.run(commandLine, job, *told);
        if (*runApp)
            return run.run(commandLine, job, *told);
        return exporting.run();
    } catch (const Cancelled&) {
        fmt::print(stderr, "\nhalftone-cli: cancelled; nothing was written.\n");
        return kCancelled;
    } catch (const Error& error) {
        told->failed(error);
        return error.code() == ErrorCode::Usage ? kUsage : kFailed;
    } catch (const std::bad_alloc&) {
        told->failed(Error(ErrorCode::Limit, "There is not enough memory for this. Use a smaller batch or model."));
        return kFailed;
    } catch (const std::exception& error) {
        told->failed(Error(ErrorCode::Internal, fmt::format("A defect of Halftone: {}.", error.what())));
        return kFailed;
    }
}
