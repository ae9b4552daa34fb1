// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// Functions of the OpenMP runtime in the dynamic symbols of a file: those that it defines, or those that it calls.
std::set<std::string> openmpFunctions(const std::string& file, bool defined) {
    std::FILE* pipe = popen(("nm -D " + file).c_str(), "r");
    REQUIRE(pipe);
    std::string text;
    for (std::array<char, 4096> part; const size_t size = std::fread(part.data(), 1, part.size(), pipe);)
        text.append(part.data(), size);
    REQUIRE(pclose(pipe) == 0);
    std::set<std::string> functions;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> word{std::istream_iterator<std::string>(words), {}};
        if (word.size() < 2)
            continue;
        const std::string name = word.back().substr(0, word.back().find('@'));
        const bool openmp = name.starts_with("GOMP_") || name.starts_with("omp_") || name.starts_with("__kmpc_");
        if (openmp && (word[word.size() - 2] != "U") == defined)
            functions.insert(name);
    }
    return functions;
}

} // namespace

TEST_CASE("the program and oneDNN call no function of OpenMP that the team does not define") {
    // These know no team: they are locks between threads of any kind.
    std::set<std::string> known = openmpFunctions(HALFTONE_CLI, true);
    REQUIRE(known.contains("GOMP_parallel"));
    known.insert({"GOMP_critical_start", "GOMP_critical_end", "GOMP_atomic_start", "GOMP_atomic_end"});
    for (const char* file : {HALFTONE_CLI, HALFTONE_DNNL})
        for (const std::string& function : openmpFunctions(file, false)) {
            INFO(file);
            INFO("Define it in core/engine/machine/thread_team.cpp: libgomp's would take every thread for a team of "
                 "its own.");
            CHECK(known.contains(function));
        }
}
