// SPDX-License-Identifier: GPL-3.0-or-later
// What all commands share that measure and write a report.
#pragma once

#include "app/command.h"
#include "app/report_target.h"

namespace halftone::app {

class MeasuringCommand : public RequestCommand {
public:
    MeasuringCommand(JobKind kind, const char* description) : RequestCommand(kind, description) { progress = "bar"; }

    void add(Options& options) override {
        RequestCommand::add(options);
        m_target.add(options);
    }
    int run(Job& job, Progress& told) override;

protected:
    virtual Report measure(Job& job) = 0;
    /// For people: what the report says.
    virtual std::string summary(const Report& report) const = 0;

private:
    ReportTarget m_target;
};

} // namespace halftone::app
