// SPDX-License-Identifier: GPL-3.0-or-later
// Prints a line for each text of a list: its length before the cut, its ids and its type ids; to stderr the seconds
// that this took. See tokens.py.
//   bench_tokenize TOKENIZER TEXTS LENGTH
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/text/text_list.h"
#include "core/data/text/tokenizer.h"

#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace {

std::string listed(const std::vector<int64_t>& numbers) {
    std::string out;
    for (const int64_t number : numbers)
        out += (out.empty() ? "" : " ") + std::to_string(number);
    return out;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: bench_tokenize TOKENIZER TEXTS LENGTH\n");
        return 2;
    }
    try {
        const auto tokenizer = halftone::openTokenizer(argv[1]);
        const halftone::TextList list = halftone::readTextList(argv[2]);
        const int64_t length = halftone::parseInteger(argv[3], "LENGTH");
        std::vector<halftone::Tokens> all(list.texts.size());
        const auto begin = std::chrono::steady_clock::now();
        for (size_t i = 0; i < all.size(); ++i)
            all[i] = tokenizer->encode(list.texts[i], list.pairs.empty() ? "" : list.pairs[i], length);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        for (const halftone::Tokens& tokens : all)
            fmt::print("{};{};{}\n", tokens.whole, listed(tokens.ids), listed(tokens.typeIds));
        fmt::print(stderr, "{:.3f}\n", seconds.count());
    } catch (const halftone::Error& error) {
        fmt::print(stderr, "{}\n", error.message());
        return 1;
    }
}
