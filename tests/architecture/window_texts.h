// SPDX-License-Identifier: GPL-3.0-or-later
// Text of the window goes through tr(), so that it can be translated: the string literals of ui/ tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halftone::test {

/// A string literal of C++, with those that follow it at once.
struct Literal {
    int line = 0;            // of its beginning, from 1
    std::string text;        // as it is spelled in the source
    bool translated = false; // the argument of tr()
};

/// All literals of a source text but the targets of #include lines. Comments hold none.
std::vector<Literal> literalsOf(std::string_view source);

/// Whether a text is meant for people: it has a word, and a space, or a capital at its beginning. Names of objects,
/// settings and fields have neither; one-word texts in small letters are not told from them.
bool isForPeople(std::string_view text);

} // namespace halftone::test
