// SPDX-License-Identifier: GPL-3.0-or-later
// The options of a command, without the library that parses them: CLI11 takes long to compile.
#pragma once

#include "core/request/job_request.h"

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace halftone::app {

/// Adds options; parsing fills the variables, whose values until then are the defaults. An option without "-" is a word
/// on its own. Words that are no value end the parsing with a CLI::ParseError or Error{Usage} that names the option.
class Options {
public:
    explicit Options(CLI::App& app) : m_app(app) {}

    enum class Needed { No, Yes };
    void add(const char* option, const char* help, std::string& value, Needed needed = Needed::No);
    void add(const char* option, const char* help, int& value);
    void add(const char* option, const char* help, bool& value);
    /// Given once for each value.
    void add(const char* option, const char* help, std::vector<std::string>& values, Needed needed = Needed::No);
    /// Given once, with commas between the values.
    void addList(const char* option, const char* help, std::vector<std::string>& values, Needed needed = Needed::No);
    void addList(const char* option, const char* help, std::vector<int64_t>& values);
    /// One of these names.
    void addChoice(const char* option, const char* help, std::string& value, const std::vector<std::string>& names,
                   Needed needed = Needed::No);
    /// Not for users, so not in the help.
    void addHidden(const char* option, std::string& value);

    /// --progress
    void addProgress(std::string& mode);
    /// One option for each field of a request (core/request/job_fields.h) that this kind of job knows.
    void addRequest(JobKind kind, JobRequest& request);

private:
    CLI::App& m_app;
};

/// Throws Error{Usage} for a name that is none.
Precision precisionOf(const std::string& word);

} // namespace halftone::app
