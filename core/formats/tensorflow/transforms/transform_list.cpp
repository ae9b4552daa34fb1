// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/transforms/transform_list.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <cctype>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

class Scanner {
public:
    explicit Scanner(std::string_view text) : m_text(text) {}

    std::vector<TransformCall> calls() {
        std::vector<TransformCall> result;
        for (skipSpace(); m_at < m_text.size(); skipSpace())
            result.push_back(call());
        if (result.empty())
            throw Error(ErrorCode::Usage, "The list of transforms is empty.");
        return result;
    }

private:
    TransformCall call() {
        TransformCall result{word(isNameCharacter, "the name of a transform"), {}};
        skipSpace();
        if (!take('('))
            return result;
        skipSpace();
        if (take(')'))
            return result;
        for (;;) {
            skipSpace();
            const std::string parameter = word(isNameCharacter, "the name of a parameter");
            skipSpace();
            if (!take('='))
                fail("'='");
            skipSpace();
            result.parameters[parameter].push_back(take('"') ? quoted() : word(isValueCharacter, "a value"));
            skipSpace();
            if (take(')'))
                return result;
            if (!take(','))
                fail("',' or ')'");
        }
    }

    static bool isNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
    static bool isValueCharacter(char c) { return isNameCharacter(c) || c == '-' || c == '.' || c == '/'; }

    std::string word(bool (*belongs)(char), const char* what) {
        const size_t begin = m_at;
        while (m_at < m_text.size() && belongs(m_text[m_at]))
            ++m_at;
        if (m_at == begin)
            fail(what);
        return std::string(m_text.substr(begin, m_at - begin));
    }

    std::string quoted() {
        const size_t end = m_text.find('"', m_at);
        if (end == std::string_view::npos)
            fail("a second '\"'");
        const std::string result(m_text.substr(m_at, end - m_at));
        m_at = end + 1;
        return result;
    }

    bool take(char c) {
        const bool found = m_at < m_text.size() && m_text[m_at] == c;
        m_at += found;
        return found;
    }

    void skipSpace() {
        while (m_at < m_text.size() && (std::isspace(static_cast<unsigned char>(m_text[m_at])) || m_text[m_at] == '\\'))
            ++m_at;
    }

    [[noreturn]] void fail(const char* wanted) const {
        const std::string rest = m_at < m_text.size() ? fmt::format("at \"{}\"", displayText(m_text.substr(m_at, 24)))
                                                      : std::string("at the end");
        throw Error(ErrorCode::Usage,
                    fmt::format("The list of transforms needs {} {} (character {}).", wanted, rest, m_at + 1));
    }

    std::string_view m_text;
    size_t m_at = 0;
};

} // namespace

std::vector<std::string> TransformCall::all(const std::string& parameter) const {
    const auto found = parameters.find(parameter);
    return found == parameters.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::string> TransformCall::one(const std::string& parameter) const {
    const std::vector<std::string> values = all(parameter);
    if (values.size() > 1)
        throw Error(ErrorCode::Usage, fmt::format("{}: {} can be given once only.", name, parameter));
    return values.empty() ? std::nullopt : std::optional(values.front());
}

int64_t TransformCall::integer(const std::string& parameter, int64_t fallback) const {
    const std::optional<std::string> text = one(parameter);
    return text ? parseInteger(*text, fmt::format("{}: {}", name, parameter)) : fallback;
}

bool TransformCall::flag(const std::string& parameter, bool fallback) const {
    const std::optional<std::string> text = one(parameter);
    if (!text)
        return fallback;
    if (*text == "true" || *text == "1" || *text == "t" || *text == "y" || *text == "yes")
        return true;
    if (*text == "false" || *text == "0" || *text == "f" || *text == "n" || *text == "no")
        return false;
    throw Error(ErrorCode::Usage,
                fmt::format("{}: {} is true or false, not \"{}\".", name, parameter, displayText(*text, 64)));
}

std::vector<TransformCall> parseTransforms(std::string_view text) {
    return Scanner(text).calls();
}

} // namespace halftone::tensorflow_format
