// SPDX-License-Identifier: GPL-3.0-or-later
// Runs ONNX's own test data (Debian: libonnx-testdata) through Halftone and prints, for each operator, how many cases
// passed, failed, were skipped, crashed or hanged. A second process runs the cases, so that one that ends it is counted
// and the others go on.
//
//   onnx_node <folder of cases> <file of skipped cases> <fewest that must pass>
//   onnx_node --worker
//
// The result is 1 when fewer pass, when one crashes or hangs, when one fails that is not in the list of
// skipped ones, and when one of these passes.
#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "tests/onnx_node/case_runner.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <memory>

using namespace halftone;
using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongest{60};

struct Tally {
    int passed = 0, failed = 0, skipped = 0, crashed = 0, hanged = 0;
};

int work() {
    for (std::string folder; std::getline(std::cin, folder);) {
        CaseResult result;
        try {
            result = runCase(folder);
        } catch (const std::exception& error) {
            result.why = error.what();
        }
        std::cout << (result.passed ? "passed" : "failed " + displayText(result.why, 400)) << std::endl;
    }
    return 0;
}

/// The process that runs cases; started anew after one that ended it.
class Worker {
public:
    explicit Worker(std::string program) : m_program(std::move(program)) {}

    /// "passed", "failed <why>", "crashed <how>" or "hanged".
    std::string run(const std::string& folder) {
        if (!m_child)
            m_child = std::make_unique<ChildProcess>(std::vector<std::string>{m_program, "--worker"},
                                                     std::vector<std::string>{});
        m_child->writeLine(folder);
        Job job;
        std::promise<void> done;
        const std::future<void> watch = std::async(std::launch::async, [&, ready = done.get_future()] {
            if (ready.wait_for(kLongest) == std::future_status::timeout)
                job.cancel();
        });
        std::optional<std::string> line;
        bool hanged = false;
        try {
            line = m_child->readLine(job);
        } catch (const Cancelled&) {
            hanged = true;
        }
        done.set_value();
        watch.wait();
        if (line)
            return *line;
        const std::string how = hanged ? "hanged" : "crashed: it " + m_child->ending();
        m_child.reset();
        return how;
    }

private:
    std::string m_program;
    std::unique_ptr<ChildProcess> m_child;
};

/// Name and reason of each skipped case. A name that ends with * stands for all that begin so.
std::map<std::string, std::string> readSkipped(const std::string& path) {
    std::map<std::string, std::string> skipped;
    std::ifstream stream(path);
    if (!stream)
        throw Error(ErrorCode::Io, fmt::format("{} cannot be read.", path));
    for (std::string line; std::getline(stream, line);) {
        if (line.empty() || line[0] == '#')
            continue;
        const size_t space = line.find(' ');
        if (space == std::string::npos)
            throw Error(ErrorCode::BadInput, fmt::format("{}: \"{}\" has no reason.", path, line));
        skipped.emplace(line.substr(0, space), line.substr(space + 1));
    }
    return skipped;
}

/// The entry for a case, or the end.
auto entryOf(const std::map<std::string, std::string>& skipped, const std::string& name) {
    const auto exact = skipped.find(name);
    return exact != skipped.end() ? exact : std::ranges::find_if(skipped, [&](const auto& entry) {
        return entry.first.ends_with('*') && name.starts_with(entry.first.substr(0, entry.first.size() - 1));
    });
}

int runAll(const std::string& program, const std::string& root, const std::string& skipFile, int fewest) {
    std::vector<fs::path> folders;
    for (const fs::directory_entry& entry : fs::directory_iterator(root))
        if (fs::exists(entry.path() / "model.onnx"))
            folders.push_back(entry.path());
    std::ranges::sort(folders);
    const std::map<std::string, std::string> skipped = readSkipped(skipFile);
    Worker worker(program);
    std::map<std::string, Tally> table;
    std::map<std::string, int> reasons;
    Tally all;
    bool good = true;
    for (const fs::path& folder : folders) {
        const std::string op = operatorOf(folder.string());
        const std::string name = folder.filename().string(), result = worker.run(folder.string());
        const auto skip = entryOf(skipped, name);
        const auto count = [&](int Tally::*what) {
            ++(table[op.empty() ? "(several)" : op].*what);
            ++(all.*what);
        };
        if (result == "passed") {
            count(&Tally::passed);
            if (skip != skipped.end()) {
                good = false;
                fmt::print("{} passes now: take it out of {}.\n", name, skipFile);
            }
            continue;
        }
        const bool crashed = result.starts_with("crashed"), hanged = result.starts_with("hanged");
        if (crashed || hanged || skip == skipped.end()) {
            good = false;
            fmt::print("{} {}\n", name, result);
        } else {
            fmt::print("{} skipped: {}\n    ({})\n", name, skip->second, result);
            ++reasons[skip->second];
        }
        count(crashed                 ? &Tally::crashed
              : hanged                ? &Tally::hanged
              : skip != skipped.end() ? &Tally::skipped
                                      : &Tally::failed);
    }
    fmt::print("\n{:<28}{:>8}{:>8}{:>9}{:>9}{:>8}\n", "Operator", "Passed", "Failed", "Skipped", "Crashed", "Hanged");
    table["All"] = all;
    for (const auto& [op, tally] : table)
        if (op != "All")
            fmt::print("{:<28}{:>8}{:>8}{:>9}{:>9}{:>8}\n", op, tally.passed, tally.failed, tally.skipped,
                       tally.crashed, tally.hanged);
    fmt::print("{:<28}{:>8}{:>8}{:>9}{:>9}{:>8}\n", "All", all.passed, all.failed, all.skipped, all.crashed,
               all.hanged);
    fmt::print("\n{:>8}  Skipped because of\n", "Cases");
    for (const auto& [reason, cases] : reasons)
        fmt::print("{:>8}  {}\n", cases, reason);
    if (all.passed < fewest) {
        fmt::print("{} cases passed and {} must.\n", all.passed, fewest);
        good = false;
    }
    return good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) try {
    if (argc == 2 && argv[1] == std::string("--worker"))
        return work();
    if (argc != 4) {
        fmt::print("usage: onnx_node FOLDER SKIPPED FEWEST\n");
        return 2;
    }
    return runAll(fs::read_symlink("/proc/self/exe").string(), argv[1], argv[2], std::stoi(argv[3]));
} catch (const std::exception& error) {
    fmt::print("{}\n", error.what());
    return 2;
}
