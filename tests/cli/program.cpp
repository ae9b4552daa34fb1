// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace halftone::test {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& text) {
    std::array<char, 65536> buffer;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got > 0)
        text.append(buffer.data(), static_cast<size_t>(got));
    return got > 0;
}

} // namespace

Finished runCli(const std::vector<std::string>& arguments, const std::optional<Interruption>& interruption) {
    std::vector<std::string> words{HALFTONE_CLI};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    int out[2], err[2];
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    REQUIRE(pipe2(err, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    pid_t child = 0;
    const int failed = posix_spawn(&child, HALFTONE_CLI, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    REQUIRE(failed == 0);

    Finished finished;
    const auto deadline = Clock::now() + std::chrono::minutes(2);
    bool outOpen = true, errOpen = true, interrupted = false;
    while ((outOpen || errOpen) && Clock::now() < deadline) {
        std::array<pollfd, 2> ready{{{outOpen ? out[0] : -1, POLLIN, 0}, {errOpen ? err[0] : -1, POLLIN, 0}}};
        poll(ready.data(), ready.size(), 1000);
        if (ready[0].revents)
            outOpen = drain(out[0], finished.out);
        if (ready[1].revents)
            errOpen = drain(err[0], finished.err);
        if (interruption && !interrupted &&
            (finished.out + finished.err).find(interruption->text) != std::string::npos) {
            interrupted = true;
            kill(child, interruption->signal);
        }
    }
    if (Clock::now() >= deadline)
        kill(child, SIGKILL);
    close(out[0]);
    close(err[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status))
        finished.exitCode = WEXITSTATUS(status);
    return finished;
}

std::vector<nlohmann::json> jsonLines(const std::string& text) {
    std::vector<nlohmann::json> lines;
    size_t at = 0;
    while (at < text.size()) {
        const size_t end = text.find('\n', at);
        REQUIRE(end != std::string::npos);
        const std::string line = text.substr(at, end - at);
        INFO(line);
        lines.push_back(nlohmann::json::parse(line, nullptr, false));
        REQUIRE(lines.back().is_object());
        at = end + 1;
    }
    return lines;
}

std::string samplePath(const std::string& name) {
    return std::string(HALFTONE_SAMPLE_DIR) + "/" + name;
}
std::string sampleModel() {
    return samplePath("fashion_resnet.onnx");
}
std::string sampleData() {
    return samplePath("fashion_test_1000.npz");
}

std::string readText(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace halftone::test
