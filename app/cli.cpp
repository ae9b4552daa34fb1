// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli: finds the command, tells its course and its end; the work is done in core/workflow.
#include "app/command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/workflow/jobs/profile.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <new>

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

/// Of a mistake in the words before the command's own mode is known.
std::string askedProgress(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view(argv[i]) == "--progress")
            return argv[i + 1];
    return "none";
}

} // namespace

// What fails while an error is printed ends the program.
int main(int argc, char** argv) { // NOLINT(bugprone-exception-escape)
    setToolVersion(HALFTONE_VERSION);
    CLI::App program("Profiles neural networks in fp32 and int8 on this CPU.", "halftone-cli");
    program.set_version_flag("--version", "halftone-cli " HALFTONE_VERSION);
    program.require_subcommand(1);
    const std::vector<std::unique_ptr<app::Command>> commands = app::allCommands();
    for (const auto& command : commands) {
        CLI::App* words = program.add_subcommand(command->name, command->description);
        words->set_version_flag("--version", "halftone-cli " HALFTONE_VERSION);
        app::Options options(*words);
        command->add(options);
    }
    const auto chosen = [&]() -> app::Command& {
        const std::string name = program.get_subcommands().front()->get_name();
        return **std::ranges::find_if(commands, [&](const auto& command) { return command->name == name; });
    };
    std::unique_ptr<app::Progress> told = app::makeProgress(askedProgress(argc, argv));
    try {
        program.parse(argc, argv);
        app::Command& command = chosen();
        told = app::makeProgress(command.toldAs());
        if (command.readRequest()) {
            program.parse(argc, argv);
            command.readRequest();
        }
        Job job(told.get());
        runningJob = &job;
        std::signal(SIGINT, onSignal);
        std::signal(SIGTERM, onSignal);
        return command.run(job, *told);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // help or version
            return program.exit(error);
        fmt::print(stderr, "halftone-cli: {}\n", usageSentence(program, error));
        return kUsage;
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
