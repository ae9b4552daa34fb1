// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/progress.h"

#include "app/summary.h"

#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
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
    void stage(int index, int count, const std::string& name) override {
        write({{"type", "stage"}, {"index", index}, {"count", count}, {"name", name}, {"text", name}});
    }
    void progress(double fraction, double secondsLeft) override {
        write({{"type", "progress"}, {"fraction", fraction}, {"secondsLeft", secondsLeft}});
    }
    void found(const std::string& text) override { write({{"type", "found"}, {"text", text}}); }
    void latency(const std::string& precision, double medianMs) override {
        write({{"type", "latency"}, {"precision", precision}, {"medianMs", medianMs}});
    }
    void diagnostic(const Diagnostic& diagnostic) override {
        write({{"type", "diagnostic"},
               {"severity", diagnostic.severity == Severity::Warning ? "warning" : "info"},
               {"code", diagnostic.code},
               {"where", diagnostic.where},
               {"message", diagnostic.message},
               {"cure", nlohmann::ordered_json(diagnostic.cure)}});
    }
    void failed(const Error& error) override {
        write(
            {{"type", "error"}, {"code", name(error.code())}, {"where", error.where()}, {"message", error.message()}});
        complain(error);
    }
    void done(const std::string& reportPath, const std::string& sentence) override {
        write({{"type", "done"}, {"report", reportPath}, {"sentence", sentence}});
    }

private:
    static void write(const nlohmann::ordered_json& line) {
        const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
        std::fwrite(text.data(), 1, text.size(), stdout);
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
