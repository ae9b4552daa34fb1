// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/progress.h"

#include "app/summary.h"

#include "core/report/progress.h"

#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace halftone::app {

namespace {

void complain(const Error& error) {
    fmt::print(stderr, "halftone-cli: {}\n", error.message());
}

class Silent : public Progress {
public:
    void failed(const Error& error) override { complain(error); }
};

/// One JSON object a line, flushed at once: another program follows it.
class JsonLines : public Progress {
public:
    void stage(int index, int count, const std::string& name) override { write(StageBegins{index, count, name, name}); }
    void progress(double fraction, double secondsLeft) override { write(StageProgress{fraction, secondsLeft}); }
    void found(const std::string& text) override { write(StageFound{text}); }
    void latency(const std::string& precision, double medianMs) override {
        write(LatencyMeasured{precision, medianMs});
    }
    void diagnostic(const Diagnostic& diagnostic) override { write(diagnostic); }
    void waits(const std::string& found) override { write(JobWaits{found}); }
    void failed(const Error& error) override {
        write(JobFailed{name(error.code()), error.where(), error.message()});
        complain(error);
    }
    void done(const std::string& reportPath, const std::string& sentence) override {
        write(JobDone{reportPath, sentence});
    }

private:
    static void write(const ProgressMessage& message) {
        const std::string line = progressLine(message) + "\n";
        std::fwrite(line.data(), 1, line.size(), stdout);
        std::fflush(stdout);
    }
};

/// A line that is drawn anew on a terminal, and plain lines elsewhere.
class Bar : public Progress {
public:
    void stage(int index, int count, const std::string& name) override {
        m_stage = fmt::format("[{}/{}] {}", index, count, name);
        if (!m_terminal)
            fmt::print(stderr, "{}\n", m_stage);
    }
    void progress(double fraction, double secondsLeft) override {
        if (!m_terminal)
            return;
        constexpr int width = 24;
        const int filled = static_cast<int>(fraction * width);
        fmt::print(stderr, "\r\033[K[{:=<{}}{:<{}}] {:3.0f} %  {}{}", "", filled, "", width - filled, 100 * fraction,
                   m_stage, secondsLeft >= 0 ? fmt::format(", {:.0f} s left", std::ceil(secondsLeft)) : "");
        std::fflush(stderr);
    }
    void found(const std::string& text) override { line(fmt::format("{}: {}", m_stage, text)); }
    void diagnostic(const Diagnostic& diagnostic) override { line(diagnosticLine(diagnostic)); }
    void failed(const Error& error) override {
        clear();
        complain(error);
    }
    void done(const std::string&, const std::string&) override { clear(); }

private:
    void clear() {
        if (m_terminal)
            fmt::print(stderr, "\r\033[K");
    }
    void line(const std::string& text) {
        clear();
        fmt::print(stderr, "{}\n", text);
    }

    bool m_terminal = isatty(STDERR_FILENO);
    std::string m_stage;
};

} // namespace

std::unique_ptr<Progress> makeProgress(const std::string& mode) {
    if (mode == "jsonl")
        return std::make_unique<JsonLines>();
    if (mode == "none")
        return std::make_unique<Silent>();
    return std::make_unique<Bar>();
}

} // namespace halftone::app
