// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli: argument parsing, exit codes and printing; the work is done in core/workflow.
#include "app/isa_command.h"
#include "app/options.h"
#include "app/plan_command.h"
#include "app/preview_command.h"
#include "app/progress.h"
#include "app/summary.h"
#include "app/sweep_command.h"
#include "app/targets.h"
#include "app/transform_command.h"
#include "app/write_command.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/benchmark_app.h"
#include "core/report/csv.h"
#include "core/report/exclusions.h"
#include "core/report/json.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/jobs/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

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

struct InspectCommand {
    std::string model, out, progress = "none";
    app::SizesOption sizes;
    void add(CLI::App* command) {
        command->add_option("MODEL", model, "Model file")->required();
        sizes.add(command);
        command->add_option("--out", out, "Write the description as report JSON here");
        app::addProgress(command, progress);
    }
    int run(const std::string& commandLine, Job& job, app::Progress& told) {
        const Report report = inspectModel(model, sizes.resolve(), commandLine, job);
        if (!out.empty())
            saveReport(report, out);
        if (progress != "jsonl")
            std::fputs(app::modelSummary(report).c_str(), stdout);
        told.done(out, "");
        return 0;
    }
};

struct ProfileCommand {
    app::JobOptions options;
    app::PrecisionsOption precisions;
    std::string out, csv;
    void add(CLI::App* command) {
        options.add(command);
        options.addRun(command, "Pictures to compare accuracy on (0: all)", "Seconds to measure for");
        precisions.add(command);
        command->add_option("--out", out, "Write the report here, as JSON");
        command->add_option("--csv", csv, "Write the tables (layers.csv, changed.csv ...) into this folder");
    }
    int run(const std::string& commandLine, Job& job, app::Progress& told) {
        options.resolve(commandLine);
        options.request.precisions = precisions.resolve();
        if (!out.empty()) // minutes of measuring must not end in a file that cannot be written
            app::checkFileTarget(out);
        if (!csv.empty())
            app::checkFolderTarget(csv);
        const Report report = profileModel(options.request, job);
        job.checkCancelled();
        if (!out.empty())
            saveReport(report, out);
        if (!csv.empty())
            saveCsv(report, csv);
        told.done(out, report.verdict.sentence);
        if (options.progress != "jsonl")
            std::fputs(app::profileSummary(report).c_str(), stdout);
        if (options.progress == "none")
            std::fputs(app::diagnosticLines(report).c_str(), stdout);
        return 0;
    }
};

struct RunCommand {
    RunRequest request;
    app::PreprocessingOptions preprocessing;
    app::QuantizationArguments quantization;
    app::SizesOption sizes;
    std::string precision = "fp32", progress = "none";
    std::vector<std::string> inputs;
    void add(CLI::App* command) {
        command->add_option("MODEL", request.modelPath, "Model file")->required();
        sizes.add(command);
        command->add_option("--precision", precision, "fp32, int8, bf16, fp16 or int8-simulated")
            ->capture_default_str();
        command->add_option("--input", inputs, "NAME=FILE.npy, once for each input")
            ->required()
            ->allow_extra_args(false); // else it would take the model that follows for another input
        command->add_option("--output", request.outputFolder, "Folder for the outputs, one .npy each")->required();
        command->add_option("--data", request.dataPath,
                            "int8, int8-simulated: pictures to find ranges with; without it the given inputs are used");
        preprocessing.add(command);
        command
            ->add_option("--calibration", request.calibrationSamples,
                         "int8, int8-simulated: pictures to find ranges with")
            ->capture_default_str();
        command->add_option("--threads", request.threads, "Threads (0: one for each CPU)")->capture_default_str();
        quantization.add(command);
        app::addProgress(command, progress);
    }
    int run(const std::string&, Job& job, app::Progress& told) {
        request.precision = app::precisionOf(precision);
        request.preprocessing = preprocessing.resolve();
        request.quantization = quantization.resolve();
        request.sizes = sizes.resolve();
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
    std::string report, format, precision, out;
    void add(CLI::App* command) {
        command->add_option("REPORT", report, "Report file")->required();
        std::vector<std::string> formats{"json", "csv"};
        for (const NamedExclusionFormat& known : kExclusionFormats)
            formats.emplace_back(known.name);
        for (const NamedBenchmarkAppFormat& known : kBenchmarkAppFormats)
            formats.emplace_back(known.name);
        command
            ->add_option(
                "--format", format,
                "json, csv (one file a table), or the layers that should not be in int8 for another quantizer: "
                "ort-exclude (ONNX Runtime nodes_to_exclude), nncf-ignored (NNCF IgnoredScope), inc-ops (Neural "
                "Compressor op_name_dict), tflite-denylist (TFLite denylisted_nodes); or one run as OpenVINO's "
                "benchmark_app writes it: openvino-average, openvino-detailed (counters as csv), openvino-json, "
                "openvino-detailed-json, openvino-summary, openvino-summary-json")
            ->required()
            ->check(CLI::IsMember(formats));
        command->add_option("--precision", precision,
                            "openvino-*: the run to write (default: int8 where there is one, else the first)");
        command->add_option("--out", out, "Folder for csv, else file")->required();
    }
    int run() {
        const Report loaded = loadReport(report);
        const auto* counters = std::ranges::find(kBenchmarkAppFormats, format, &NamedBenchmarkAppFormat::name);
        if (counters != kBenchmarkAppFormats.end()) {
            writeFileAtomically(out, benchmarkAppText(loaded, chosenRun(loaded), counters->value));
            return 0;
        }
        const auto* exclusions = std::ranges::find(kExclusionFormats, format, &NamedExclusionFormat::name);
        if (exclusions != kExclusionFormats.end())
            exportExclusions(loaded, exclusions->value);
        else if (format == "json")
            saveReport(loaded, out);
        else
            saveCsv(loaded, out);
        return 0;
    }
    const Run& chosenRun(const Report& loaded) const {
        const Run* chosen = loaded.run(precision.empty() ? "int8" : precision);
        if (!chosen && precision.empty() && !loaded.runs.empty())
            chosen = &loaded.runs.front();
        if (chosen)
            return *chosen;
        std::vector<std::string> names;
        for (const Run& run : loaded.runs)
            names.push_back(run.precision);
        throw Error(ErrorCode::BadInput,
                    names.empty()
                        ? fmt::format("{} holds no run. Make one with halftone-cli profile.", displayText(report))
                        : fmt::format("{} holds no run in {}; it has {}.", displayText(report), displayText(precision),
                                      join(names, ", ")));
    }
    void exportExclusions(const Report& loaded, ExclusionFormat exclusions) const {
        const std::vector<std::string> layers = excludedLayers(loaded);
        if (!loaded.plan && layers.empty())
            throw Error(ErrorCode::BadInput,
                        fmt::format("{} holds no plan and no layer was kept in fp32, so nothing tells which layers to "
                                    "exclude. Add a plan with halftone-cli plan --into.",
                                    displayText(report)));
        writeFileAtomically(out, exclusionText(loaded, layers, exclusions));
    }
};

struct MachineCommand {
    int threads = 0;
    void add(CLI::App* command) {
        command->add_option("--threads", threads, "Threads (0: one for each CPU)")->capture_default_str();
    }
    int run(const std::string& commandLine, const Job& job) {
        const Report report = describeMachine(threads, commandLine, job);
        std::fputs(app::machineSummary(report).c_str(), stdout);
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
    app::SweepCommand sweep;
    app::IsaCommand isa;
    app::PlanCommand plan;
    RunCommand run;
    app::PreviewCommand preview;
    app::WriteCommand write;
    ExportCommand exporting;
    app::TransformCommand transform;
    MachineCommand machine;
    CLI::App* inspectApp = program.add_subcommand("inspect", "Tell what a model file holds");
    CLI::App* profileApp = program.add_subcommand("profile", "Quantize a model and measure fp32 against int8");
    CLI::App* sweepApp = program.add_subcommand("sweep", "Measure at several batches and numbers of threads");
    CLI::App* isaApp = program.add_subcommand("isa", "Compare what lesser instruction sets would do");
    CLI::App* planApp = program.add_subcommand("plan", "Choose the layers that should stay out of int8");
    CLI::App* runApp = program.add_subcommand("run", "Run one inference and write the outputs as .npy");
    CLI::App* previewApp = program.add_subcommand("preview", "Write pictures of what the network will see");
    CLI::App* writeApp =
        program.add_subcommand("write", "Write the network as ONNX for other runtimes, quantized or not");
    CLI::App* exportApp = program.add_subcommand("export", "Write a saved report in another format");
    CLI::App* transformApp = program.add_subcommand("transform", "Change a frozen TensorFlow graph for inference");
    CLI::App* machineApp = program.add_subcommand("machine", "Measure what this machine can do at most");
    inspect.add(inspectApp);
    profile.add(profileApp);
    sweep.add(sweepApp);
    isa.add(isaApp);
    plan.add(planApp);
    run.add(runApp);
    preview.add(previewApp);
    write.add(writeApp);
    exporting.add(exportApp);
    transform.add(transformApp);
    machine.add(machineApp);
    for (CLI::App* command : {inspectApp, profileApp, sweepApp, isaApp, planApp, runApp, previewApp, writeApp,
                              exportApp, transformApp, machineApp})
        command->set_version_flag("--version", "halftone-cli " HALFTONE_VERSION);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // help or version
            return program.exit(error);
        fmt::print(stderr, "halftone-cli: {}\n", usageSentence(program, error));
        return kUsage;
    }

    const std::string mode = *inspectApp     ? inspect.progress
                             : *profileApp   ? profile.options.progress
                             : *sweepApp     ? sweep.options.progress
                             : *isaApp       ? isa.options.progress
                             : *planApp      ? plan.options.progress
                             : *previewApp   ? preview.progress
                             : *transformApp ? transform.progress
                             : *writeApp     ? write.options.progress
                                             : run.progress;
    const auto told = app::makeProgress(*exportApp || *machineApp ? "none" : mode);
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
        if (*sweepApp)
            return sweep.run(commandLine, job, *told);
        if (*isaApp)
            return isa.run(commandLine, {argv + 1, argv + argc}, job, *told);
        if (*planApp)
            return plan.run(commandLine, job, *told);
        if (*runApp)
            return run.run(commandLine, job, *told);
        if (*previewApp)
            return preview.run(job, *told);
        if (*transformApp)
            return transform.run(job, *told);
        if (*writeApp)
            return write.run(commandLine, job, *told);
        if (*machineApp)
            return machine.run(commandLine, job);
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
