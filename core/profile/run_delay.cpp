// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/run_delay.h"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace halftone {

RunDelay::RunDelay() {
    std::error_code failure;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", failure))
        if (const int file = open((thread.path() / "schedstat").c_str(), O_RDONLY | O_CLOEXEC); file >= 0)
            m_files.push_back(file);
}

RunDelay::~RunDelay() {
    for (const int file : m_files)
        close(file);
}

std::optional<double> RunDelay::ms() const {
    if (m_files.empty())
        return std::nullopt;
    double sumMs = 0;
    for (const int file : m_files) {
        std::array<char, 128> line; // time on a CPU, time waiting for one, in ns; number of turns
        const ssize_t length = pread(file, line.data(), line.size(), 0);
        if (length <= 0)
            continue; // the thread has ended
        const std::string_view text(line.data(), static_cast<size_t>(length));
        const size_t space = text.find(' ');
        int64_t ns = 0;
        if (space == text.npos ||
            std::from_chars(text.data() + space + 1, text.data() + text.size(), ns).ec != std::errc{})
            return std::nullopt;
        sumMs += static_cast<double>(ns) / 1e6;
    }
    return sumMs;
}

} // namespace halftone
