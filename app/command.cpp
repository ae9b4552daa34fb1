// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command.h"

#include "core/report/request_file.h"
#include "core/request/command_line.h"

#include <array>

namespace halftone::app {

RequestCommand::RequestCommand(JobKind kind, const char* description)
    : Command(halftone::name(kind), description), m_kind(kind), m_request(defaultRequest(kind)) {}

void RequestCommand::add(Options& options) {
    options.addRequest(m_kind, m_request);
    options.add("--request", "A request as JSON, as reports hold it (options.request); options replace what it says",
                m_requestFile);
    options.addProgress(progress);
}

bool RequestCommand::readRequest() {
    const bool again = !m_requestFile.empty() && !m_wasRead;
    if (again)
        m_request = loadRequest(m_requestFile, defaultRequest(m_kind));
    m_wasRead = true;
    nameByValues(m_request.preprocessing);
    return again;
}

std::vector<std::unique_ptr<Command>> allCommands() {
    constexpr std::array factories{inspectCommand, profileCommand,   sweepCommand,   isaCommand,
                                   planCommand,    runCommand,       previewCommand, writeCommand,
                                   exportCommand,  transformCommand, machineCommand};
    std::vector<std::unique_ptr<Command>> commands;
    for (const auto factory : factories)
        commands.push_back(factory());
    return commands;
}

} // namespace halftone::app
