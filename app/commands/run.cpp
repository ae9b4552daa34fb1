// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli run: one inference with inputs of the user's.
#include "core/workflow/jobs/run.h"
#include "app/command.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::app {

namespace {

class RunCommand : public RequestCommand {
public:
    RunCommand() : RequestCommand(JobKind::Run, "Run one inference and write the outputs as .npy") {}

    void add(Options& options) override {
        RequestCommand::add(options);
        options.add("--precision", "fp32, int8, bf16, fp16 or int8-simulated; without it fp32", m_precision);
        options.add("--input", "NAME=FILE.npy, once for each input", m_inputs, Options::Needed::Yes);
        options.add("--cut",
                    "Run a network whose end Halftone cannot run as far as it can; its outputs are others then", m_cut);
        options.add("--output", "Folder for the outputs, one .npy each", m_outputFolder, Options::Needed::Yes);
    }

    int run(Job& job, Progress& told) override {
        RunRequest request{m_request, precisionOf(m_precision), {}, m_outputFolder, m_cut};
        for (const std::string& input : m_inputs) {
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

private:
    std::string m_precision = "fp32", m_outputFolder;
    std::vector<std::string> m_inputs;
    bool m_cut = false;
};

} // namespace

std::unique_ptr<Command> runCommand() {
    return std::make_unique<RunCommand>();
}

} // namespace halftone::app
