// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece models, written here byte by byte. The ids are those of SentencePiece 0.2.3.
#include "core/data/text/tokenizer.h"

#include "tests/core/data/fixtures.h"

#include <bit>
#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

using Ids = std::vector<int64_t>;

constexpr int64_t uncut = 1'000'000;

std::string varint(uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7)
        out += static_cast<char>(value | 0x80);
    return out + static_cast<char>(value);
}

std::string number(int field, uint64_t value) {
    return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}

std::string bytes(int field, const std::string& content) {
    return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}

std::string littleEndian(uint32_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i)
        out += static_cast<char>(value >> (8 * i));
    return out;
}

enum Type { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };

std::string piece(const std::string& text, float score, Type type = Normal) {
    return bytes(1,
                 bytes(1, text) + varint(2 << 3 | 5) + littleEndian(std::bit_cast<uint32_t>(score)) + number(3, type));
}

/// 'A' -> "a" and U+00A0 -> " ".
std::string characterMap() {
    std::vector<uint32_t> units(256);
    const auto offset = [](uint32_t from, uint32_t to) { return (from ^ to) << 10; };
    const uint32_t a = 1 ^ 0x41, lead = 1 ^ 0xC2, space = 0x10 ^ 0xA0, withValue = 1u << 8, value = 1u << 31;
    units[0] = offset(0, 1);
    units[a] = 0x41 | withValue | offset(a, 0x80);
    units[0x80] = value | 0;
    units[lead] = 0xC2 | offset(lead, 0x10);
    units[space] = 0xA0 | withValue | offset(space, 0x81);
    units[0x81] = value | 2;
    std::string out = littleEndian(4 * 256);
    for (const uint32_t unit : units)
        out += littleEndian(unit);
    return out + std::string("a\0 \0", 4);
}

const std::string kUnigram = piece("<pad>", 0, Control) + piece("</s>", 0, Control) + piece("<unk>", 0, Unknown) +
                             piece("\u2581the", -2) + piece("\u2581", -3) + piece("cat", -4) + piece("s", -3.5f) +
                             piece("a", -3) + piece("t", -3.25f) + piece("c", -5) + piece("<sep>", 0, UserDefined) +
                             piece("\u2581cat", -6) + piece("at", -2.5f) + piece("\u2581cats", -1, Unused);

std::string bytePair(bool byteFallback) {
    std::string out = piece("<unk>", 0, Unknown) + piece("<s>", 0, Control) + piece("</s>", 0, Control);
    for (int i = 0; byteFallback && i < 256; ++i)
        out += piece(fmt::format("<0x{:02X}>", i), 0, Byte);
    out += piece("\u2581t", 0) + piece("he", -1) + piece("\u2581the", -2) + piece("at", -3) + piece("cat", -4) +
           piece("\u2581cat", -5, Unused) + piece("cats", -6) + piece("<sep>", 0, UserDefined) + piece("\u2581", -7);
    float score = -8;
    for (const char* letter : {"t", "h", "e", "a", "c", "s"})
        out += piece(letter, score--);
    return out + bytes(2, number(3, 2) + number(35, byteFallback));
}

std::unique_ptr<Tokenizer> open(const std::string& content) {
    TemporaryFolder folder;
    return openTokenizer(folder.write("spiece.model", content));
}

/// Without the end token.
Ids idsOf(const Tokenizer& tokenizer, std::string_view text) {
    Ids ids = tokenizer.encode(text, "", uncut).ids;
    CHECK(ids.back() == 1);
    ids.pop_back();
    return ids;
}

} // namespace

TEST_CASE("A Unigram model cuts texts into the likeliest pieces, and ends them as T5 does") {
    const auto tokenizer = open(kUnigram + bytes(3, bytes(2, characterMap())));
    CHECK(tokenizer->kind() == "sentencepiece");
    CHECK(tokenizer->vocabulary() == 14);
    CHECK(tokenizer->padId() == 0);
    CHECK(idsOf(*tokenizer, "the cat") == Ids{3, 11});
    CHECK(idsOf(*tokenizer, "  the   cats ") == Ids{3, 11, 6});
    CHECK(idsOf(*tokenizer, "The A cAt") == Ids{4, 2, 4, 7, 11});
    CHECK(idsOf(*tokenizer, "a\u00A0cat") == Ids{4, 7, 11});
    CHECK(idsOf(*tokenizer, "xyz \u4E2D\u56FD cat") == Ids{4, 2, 4, 2, 11});
    CHECK(idsOf(*tokenizer, "cat<sep>cat") == Ids{11, 10, 5});
    CHECK(idsOf(*tokenizer, "<sep>  ") == Ids{4, 10});
    CHECK(idsOf(*tokenizer, "</s>") == Ids{4, 2, 6, 2});
    CHECK(idsOf(*tokenizer, "tt\u2581t") == Ids{4, 8, 8, 4, 8});
    CHECK(idsOf(*tokenizer, "").empty());
    CHECK(idsOf(*tokenizer, " \t") == Ids{4, 2});
    CHECK(idsOf(*tokenizer, "   ").empty());

    const Tokens both = tokenizer->encode("the cat", "cats", 5);
    CHECK(both.ids == Ids{3, 1, 11, 6, 1});
    CHECK(both.typeIds == Ids{0, 0, 0, 0, 0});
    CHECK(both.whole == 6);
}

TEST_CASE("The switches of a model are followed") {
    const auto with = [](const std::string& trainer, const std::string& normalizer) {
        return open(kUnigram + bytes(2, trainer) + bytes(3, normalizer));
    };
    CHECK(idsOf(*with("", number(3, 0) + number(4, 0)), "  the   cats ") == Ids{4, 3, 4, 4, 11, 6, 4});
    CHECK(idsOf(*with("", number(3, 0) + number(4, 0)), "<sep>  ") == Ids{10, 4, 4});
    CHECK(idsOf(*with(number(24, 1), ""), "the cat") == Ids{8, 2, 11, 4});
    CHECK(idsOf(*with("", number(5, 0)), "the cat") == Ids{2, 8, 2, 5});
    CHECK(idsOf(*with("", ""), "a\u00A0cat") == Ids{4, 7, 2, 5});
}

TEST_CASE("A BPE model joins the pieces of the highest score, and unknown characters become bytes where it has them") {
    const auto tokenizer = open(bytePair(true));
    const auto within = [&](std::string_view text) {
        Ids ids = tokenizer->encode(text, "", uncut).ids;
        CHECK(ids.front() == 1);
        CHECK(ids.back() == 2);
        return Ids(ids.begin() + 1, ids.end() - 1);
    };
    CHECK(tokenizer->padId() == 0);
    CHECK(within("  the   cats ") == Ids{261, 267, 263, 273});
    CHECK(within("The A cAt") == Ids{267, 87, 260, 267, 68, 267, 272, 68, 268});
    CHECK(within("a\u00A0cat") == Ids{267, 271, 197, 163, 263});
    CHECK(within("\u4E2D\u56FD cat") == Ids{267, 231, 187, 176, 232, 158, 192, 267, 263});
    CHECK(within("cat<sep>cat") == Ids{267, 263, 266, 263});
    CHECK(within("tt\u2581t") == Ids{259, 268, 259});
    CHECK(within("").empty());
    CHECK(open(bytePair(false))->encode("xyz \u4E2D\u56FD cat", "", uncut).ids == Ids{1, 11, 0, 11, 0, 11, 7, 2});
}

TEST_CASE("Models with [CLS] and [SEP] put them around the texts") {
    const auto tokenizer = open(piece("<pad>", 0, Control) + piece("<unk>", 0, Unknown) + piece("[CLS]", 0, Control) +
                                piece("[SEP]", 0, Control) + piece("\u2581a", -1) + piece("\u2581", -2));
    const Tokens tokens = tokenizer->encode("a a", "a", uncut);
    CHECK(tokens.ids == Ids{2, 4, 4, 3, 4, 3});
    CHECK(tokens.typeIds == Ids{0, 0, 0, 0, 1, 1});
}

TEST_CASE("Models that contradict themselves are refused") {
    const auto message = [](const std::string& content) {
        const Error error = errorOf([&] { open(content); });
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("spiece.model") && Contains("SentencePiece"));
        return error.message();
    };
    const std::string unknown = piece("<unk>", 0, Unknown);
    CHECK_THAT(message(piece("a", 0)), Contains("0 pieces for the unknown"));
    CHECK_THAT(message(unknown + piece("b", 0, Unknown)), Contains("2 pieces for the unknown"));
    CHECK_THAT(message(unknown + piece("a", 0) + piece("a", 1)), Contains("\"a\" twice"));
    CHECK_THAT(message(unknown + piece("", 0)), Contains("without text"));
    CHECK_THAT(message(unknown + piece("a", std::numeric_limits<float>::infinity())), Contains("infinite score"));
    CHECK_THAT(message(unknown + piece("<0x00>", 0, Byte)), Contains("1 pieces for bytes"));
    CHECK_THAT(message(unknown + bytes(3, bytes(2, "abc"))), Contains("table of characters"));
    CHECK_THAT(message(unknown + bytes(3, bytes(2, littleEndian(1024) + "abc"))), Contains("table of characters"));
    CHECK_THAT(message(unknown + "\x0A\x7F"), Contains("breaks off"));
    CHECK_THAT(message(unknown + number(1, 1)), Contains("field 1 as kind 0"));
    const Error words = errorOf([&] { open(unknown + bytes(2, number(3, 3))); });
    CHECK(words.code() == ErrorCode::Unsupported);
    CHECK_THAT(words.message(), Contains("one of words") && Contains("ids.npz"));
}

TEST_CASE("Damaged models are refused or read, and nothing else happens") {
    TemporaryFolder folder;
    const auto attempt = [&](const std::string& damaged) {
        const auto tokenizer = openTokenizer(folder.write("damaged", damaged));
        tokenizer->encode("the cAt\u00A0<sep>  \u4E2D\x80 cats", "a", 64);
    };
    readDamaged(kUnigram + bytes(3, bytes(2, characterMap())), attempt);
    readDamaged(bytePair(false), attempt);
}
