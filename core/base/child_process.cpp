// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/child_process.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace halftone {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (std::string& word : words)
        result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

/// This process's environment with some entries replaced.
std::vector<std::string> environmentWith(const std::vector<std::string>& replaced) {
    std::vector<std::string> result = replaced;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('=') + 1);
        bool ours = true;
        for (const std::string& other : replaced)
            ours = ours && !other.starts_with(name);
        if (ours)
            result.emplace_back(text);
    }
    return result;
}

} // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw Error(ErrorCode::Io,
                    fmt::format("No connection to another process can be made: {}.", std::strerror(errno)));
    std::vector<std::string> words = command, variables = environmentWith(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int failed =
        posix_spawn(&m_pid, words[0].c_str(), &actions, nullptr, pointers(words).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    m_socket = ends[0];
    if (failed == 0)
        return;
    close(m_socket);
    throw Error(ErrorCode::Io, fmt::format("{} cannot be started: {}.", displayText(words[0]), std::strerror(failed)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : m_pid(std::exchange(other.m_pid, -1)), m_socket(std::exchange(other.m_socket, -1)),
      m_pending(std::move(other.m_pending)) {}

ChildProcess::~ChildProcess() {
    if (m_socket >= 0)
        close(m_socket);
    if (m_pid < 0)
        return;
    kill(m_pid, SIGKILL);
    while (waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void ChildProcess::writeLine(const std::string& line) {
    const std::string text = line + "\n";
    // A program that has ended must not end this one by SIGPIPE; reading will tell.
    [[maybe_unused]] const ssize_t sent = send(m_socket, text.data(), text.size(), MSG_NOSIGNAL);
}

std::optional<std::string> ChildProcess::readLine(const Job& job) {
    for (;;) {
        if (const size_t end = m_pending.find('\n'); end != std::string::npos) {
            std::string line = m_pending.substr(0, end);
            m_pending.erase(0, end + 1);
            return line;
        }
        job.checkCancelled();
        pollfd ready{m_socket, POLLIN, 0};
        if (poll(&ready, 1, 50) <= 0)
            continue;
        std::array<char, 4096> buffer;
        const ssize_t got = read(m_socket, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return std::nullopt;
        m_pending.append(buffer.data(), static_cast<size_t>(got));
    }
}

std::string ChildProcess::ending() {
    int status = 0;
    while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
    }
    m_pid = -1;
    if (WIFSIGNALED(status))
        return fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

} // namespace halftone
