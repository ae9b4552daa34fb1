// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli isa: the same model with the instruction set capped, in processes of their own.
#include "core/workflow/jobs/isa.h"
#include "app/measuring_command.h"
#include "app/summary.h"
#include "core/base/error.h"
#include "core/report/json.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/prctl.h>
#include <vector>

namespace halftone::app {

namespace {

/// This program as it was started, byte by byte: paths need not be text.
std::vector<std::string> ownWords() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word, '\0');)
        words.push_back(word);
    if (words.empty())
        throw Error(ErrorCode::Io, "The system does not tell how this program was started (/proc/self/cmdline).");
    words.front() = std::filesystem::read_symlink("/proc/self/exe").string();
    return words;
}

class IsaCommand : public MeasuringCommand {
public:
    IsaCommand() : MeasuringCommand(JobKind::Isa, "Compare what lesser instruction sets would do") {}

    void add(Options& options) override {
        MeasuringCommand::add(options);
        options.addHidden("--worker", m_workerResult);
    }

    int run(Job& job, Progress& told) override {
        return m_workerResult.empty() ? MeasuringCommand::run(job, told) : work(job, told);
    }
    /// A worker is followed by the process that started it, whatever the user sees.
    std::string toldAs() const override { return m_workerResult.empty() ? progress : "jsonl"; }

protected:
    Report measure(Job& job) override {
        std::vector<std::string> worker = ownWords();
        worker.emplace_back("--worker");
        return compareIsas({m_request, std::move(worker)}, job);
    }
    std::string summary(const Report& report) const override { return isaSummary(report); }

private:
    int work(Job& job, Progress& told) const {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // should the other process die, nobody would end this one
        const auto wait = [&](const std::string& found) {
            told.waits(found);
            std::string word;
            if (!std::getline(std::cin, word))
                throw Cancelled{};
            return word;
        };
        saveReport(measureOwnIsa(m_request, job, wait), m_workerResult);
        told.done(m_workerResult, "");
        return 0;
    }

    std::string m_workerResult; // where this process, started by another one, writes its rows
};

} // namespace

std::unique_ptr<Command> isaCommand() {
    return std::make_unique<IsaCommand>();
}

} // namespace halftone::app
