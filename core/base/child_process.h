// SPDX-License-Identifier: GPL-3.0-or-later
// A program started by this one, spoken to in lines.
#pragma once

#include "core/base/job.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace halftone {

/// Its standard input and output are one socket, whose other end is here; its standard error is dropped. It is killed
/// and reaped when this is destroyed, so that it never outlives the job that started it.
class ChildProcess {
public:
    /// `command[0]` is a path. `environment` holds NAME=value that replace those of this process. Throws Error{Io} when
    /// it cannot be started.
    ChildProcess(const std::vector<std::string>& command, const std::vector<std::string>& environment);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;

    /// Of a program that has ended: nothing happens.
    void writeLine(const std::string& line);
    /// Waits for the next line, which comes without its end; absent when the program closed its output. Throws
    /// Cancelled within 100 ms.
    std::optional<std::string> readLine(const Job& job);
    /// Waits for a program that closed its output. How it ended: "ended with exit code 1", "was ended by signal 4
    /// (Illegal instruction)".
    std::string ending();

private:
    pid_t m_pid = -1; // -1: reaped
    int m_socket = -1;
    std::string m_pending; // read, but no whole line yet
};

} // namespace halftone
