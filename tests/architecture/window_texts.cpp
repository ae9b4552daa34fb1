// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/window_texts.h"

#include <algorithm>
#include <cctype>

namespace halftone::test {

namespace {

bool isLetter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool isSpace(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Behind the quote that ends the literal beginning at `begin`.
size_t endOfLiteral(std::string_view source, size_t begin) {
    size_t end = begin + 1;
    while (end < source.size() && source[end] != source[begin])
        end += source[end] == '\\' ? 2 : 1;
    return std::min(end + 1, source.size());
}

/// Whether the literal at `begin` is the argument of tr().
bool isTranslated(std::string_view source, size_t begin) {
    while (begin > 0 && isSpace(source[begin - 1]))
        --begin;
    const std::string_view before = source.substr(0, begin);
    return before.ends_with("tr(") && (before.size() == 3 || !isLetter(before[before.size() - 4]));
}

bool isInclude(std::string_view source, size_t at) {
    const size_t begin = source.rfind('\n', at) + 1;
    const std::string_view line = source.substr(begin, at - begin);
    const size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos && line[first] == '#' && line.find("include") != std::string_view::npos;
}

} // namespace

std::vector<Literal> literalsOf(std::string_view source) {
    std::vector<Literal> literals;
    size_t lastEnd = std::string_view::npos; // of the literal before
    for (size_t i = 0; i < source.size();) {
        if (source.substr(i, 2) == "//") {
            i = std::min(source.find('\n', i), source.size());
        } else if (source.substr(i, 2) == "/*") {
            i = std::min(source.find("*/", i), source.size() - 2) + 2;
        } else if (source[i] == '\'' && !(i > 0 && std::isdigit(static_cast<unsigned char>(source[i - 1])))) {
            i = endOfLiteral(source, i); // not the separator of digits in 1'000
        } else if (source[i] == '"') {
            const size_t end = endOfLiteral(source, i);
            const std::string_view text = source.substr(i + 1, end - i - 2);
            const bool adjacent =
                lastEnd != std::string_view::npos && std::ranges::all_of(source.substr(lastEnd, i - lastEnd), isSpace);
            if (adjacent)
                literals.back().text += text;
            else if (!isInclude(source, i))
                literals.push_back({static_cast<int>(std::ranges::count(source.substr(0, i), '\n')) + 1,
                                    std::string(text), isTranslated(source, i)});
            lastEnd = isInclude(source, i) ? std::string_view::npos : end;
            i = end;
        } else {
            ++i;
        }
    }
    return literals;
}

bool isForPeople(std::string_view text) {
    bool space = false, word = false;
    size_t letters = 0;
    const bool capital = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) &&
                         std::islower(static_cast<unsigned char>(text[1]));
    for (size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size();
        space = space || text[i] == ' ' || (escape && (text[i + 1] == 'n' || text[i + 1] == 't'));
        letters = isLetter(text[i]) ? letters + 1 : 0;
        word = word || letters == 2;
        i += escape ? 1 : 0;
    }
    return word && (space || capital);
}

} // namespace halftone::test
