// SPDX-License-Identifier: GPL-3.0-or-later
// How long threads of this process were ready to run but had no CPU, as the scheduler counts it.
#pragma once

#include <optional>
#include <vector>

namespace halftone {

/// Of the threads that the process has when this is made. Time that other guests of the machine take is not in it.
class RunDelay {
public:
    RunDelay();
    ~RunDelay();
    RunDelay(const RunDelay&) = delete;
    RunDelay& operator=(const RunDelay&) = delete;

    /// Milliseconds of all threads together since each began; absent where the system does not tell (it needs
    /// /proc/self/task/*/schedstat). Takes about a microsecond a thread.
    std::optional<double> ms() const;

private:
    std::vector<int> m_files; // one for each thread, kept open
};

} // namespace halftone
