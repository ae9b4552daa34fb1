// SPDX-License-Identifier: GPL-3.0-or-later
// A word behind halftone-cli, and all of them.
#pragma once

#include "app/options.h"
#include "app/progress.h"
#include "core/request/job_request.h"

#include <memory>
#include <string>
#include <vector>

namespace halftone::app {

class Command {
public:
    Command(const char* name, const char* description) : name(name), description(description) {}
    virtual ~Command() = default;

    const char *name, *description;
    std::string progress = "none"; // a mode of makeProgress(), as --progress asks for
    /// How the course is told.
    virtual std::string toldAs() const { return progress; }

    /// Its options.
    virtual void add(Options& options) = 0;
    /// Called after the options were read. True where they have to be read again, on top of what was taken from a file.
    virtual bool readRequest() { return false; }
    /// Its exit code.
    virtual int run(Job& job, Progress& told) = 0;
};

/// A command that does what a request asks for. Options replace what a file of --request says.
class RequestCommand : public Command {
public:
    RequestCommand(JobKind kind, const char* description);

    void add(Options& options) override;
    bool readRequest() override;

protected:
    const JobKind m_kind;
    JobRequest m_request;

private:
    std::string m_requestFile;
    bool m_wasRead = false;
};

/// In the order of the help.
std::vector<std::unique_ptr<Command>> allCommands();

// One each, below app/commands.
std::unique_ptr<Command> inspectCommand();
std::unique_ptr<Command> profileCommand();
std::unique_ptr<Command> sweepCommand();
std::unique_ptr<Command> isaCommand();
std::unique_ptr<Command> planCommand();
std::unique_ptr<Command> runCommand();
std::unique_ptr<Command> previewCommand();
std::unique_ptr<Command> writeCommand();
std::unique_ptr<Command> exportCommand();
std::unique_ptr<Command> transformCommand();
std::unique_ptr<Command> machineCommand();

} // namespace halftone::app
