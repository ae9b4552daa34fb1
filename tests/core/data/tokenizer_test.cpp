// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece from tokenizer.json and vocab.txt. The ids are those of Hugging Face's tokenizers 0.23.3.
#include "core/data/text/tokenizer.h"

#include "tests/core/data/fixtures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <thread>

using namespace halftone;
using namespace halftone::test;

namespace {

using Ids = std::vector<int64_t>;

constexpr int64_t uncut = 1'000'000;

const std::vector<std::string> kVocabulary{
    "[PAD]",    "[UNK]",      "[CLS]",  "[SEP]", "[MASK]",    "the",    "cat",    "sat",      "##s",
    "un",       "##believ",   "##able", "cafe",  "\u4E2D",    "\u56FD", "!",      "'",        "don",
    "t",        "\U0001F600", "a",      "##a",   "caf\u00E9", "The",    "\u03C3", "##\u03C3", "i",
    "##\u0307", "1",          "fi",     "-",     "##-",       "b",      "x"};

std::string addedToken(const std::string& content, int id, const std::string& flags = "") {
    const auto flag = [&](const char* name) { return flags.find(name) != std::string::npos; };
    return fmt::format(R"({{"id": {}, "content": "{}", "single_word": {}, "lstrip": {}, "rstrip": {}, "normalized": {},
                          "special": {}}})",
                       id, content, flag("word"), flag("left"), flag("right"), flag("normalized"), flag("special"));
}

std::string bertNormalizer(bool lowerCase, const char* stripAccents = "null", bool clean = true) {
    return fmt::format(R"({{"type": "BertNormalizer", "clean_text": {0}, "handle_chinese_chars": {0},
                          "strip_accents": {1}, "lowercase": {2}}})",
                       clean, stripAccents, lowerCase);
}

/// Parts of a tokenizer.json, as JSON.
struct Parts {
    std::string normalizer = bertNormalizer(true);
    std::string preTokenizer = R"({"type": "BertPreTokenizer"})";
    std::string postProcessor =
        R"({"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                     {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                     {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                               "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}})";
    std::vector<std::string> added{};
    std::string padding = "null";
    std::string model = R"("type": "WordPiece", "unk_token": "[UNK]")";

    std::string json() const {
        std::vector<std::string> tokens, vocabulary;
        for (int i = 0; i < 5; ++i)
            tokens.push_back(addedToken(kVocabulary[static_cast<size_t>(i)], i, "special"));
        tokens.insert(tokens.end(), added.begin(), added.end());
        for (const std::string& token : kVocabulary)
            vocabulary.push_back(fmt::format("\"{}\": {}", token, vocabulary.size()));
        return fmt::format(
            R"({{"version": "1.0", "truncation": {{"max_length": 4}}, "padding": {}, "added_tokens": [{}],
  "normalizer": {}, "pre_tokenizer": {}, "post_processor": {}, "decoder": null,
  "model": {{{}, "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {{{}}}}}}})",
            padding, fmt::join(tokens, ", "), normalizer, preTokenizer, postProcessor, model,
            fmt::join(vocabulary, ", "));
    }
};

std::unique_ptr<Tokenizer> open(const std::string& content) {
    TemporaryFolder folder;
    return openTokenizer(folder.write("tokenizer.json", content));
}

Error refused(const std::string& content) {
    const Error error = errorOf([&] { open(content); });
    CHECK_THAT(error.message(), Contains("tokenizer.json"));
    CHECK_THAT(error.where(), Contains("tokenizer.json"));
    return error;
}

/// Without the special tokens around the text.
Ids idsOf(const Tokenizer& tokenizer, std::string_view text) {
    Ids ids = tokenizer.encode(text, "", uncut).ids;
    CHECK(ids.front() == 2);
    CHECK(ids.back() == 3);
    return {ids.begin() + 1, ids.end() - 1};
}

std::string normalizers(const char* names) {
    return fmt::format(R"({{"type": "Sequence", "normalizers": [{}]}})", names);
}

} // namespace

TEST_CASE("Texts become the ids that an uncased BERT was trained with") {
    const auto tokenizer = open(Parts{}.json());
    CHECK(tokenizer->kind() == "wordpiece");
    CHECK(tokenizer->vocabulary() == 34);
    CHECK(tokenizer->padId() == 0);
    CHECK(idsOf(*tokenizer, "The cats sat!") == Ids{5, 6, 8, 7, 15});
    CHECK(idsOf(*tokenizer, "Unbelievable CAF\u00C9") == Ids{9, 10, 11, 12});
    CHECK(idsOf(*tokenizer, "cafe\u0301") == Ids{12});
    CHECK(idsOf(*tokenizer, "\u4E2D\u56FDcat") == Ids{13, 14, 6});
    CHECK(idsOf(*tokenizer, "\u4E2D\U0002B820\u56FD") == Ids{13, 1, 14});
    CHECK(idsOf(*tokenizer, std::string_view("the\0-\u007F\uFFFDcat\u00AD\u200B", 17)) == Ids{5, 30, 6});
    CHECK(idsOf(*tokenizer, "\tthe\u00A0cat\u3000\u2028sat\u0085\r\n") == Ids{5, 6, 7});
    CHECK(idsOf(*tokenizer, "\U0001F600 don't") == Ids{19, 17, 16, 18});
    CHECK(idsOf(*tokenizer, "xyz the catscat") == Ids{1, 5, 1});
    CHECK(idsOf(*tokenizer, "\u0130 \u03A3\u03C3 \u0130\u0307") == Ids{26, 24, 25, 26});
    CHECK(idsOf(*tokenizer, "\uFB01 1 \u2460") == Ids{1, 28, 1});
    CHECK(idsOf(*tokenizer, "a [MASK][mask]") == Ids{20, 4, 1, 1, 1});
    CHECK(idsOf(*tokenizer, "").empty());
    CHECK(idsOf(*tokenizer, " \n ").empty());
    Ids hundred(100, 21);
    hundred.front() = 20;
    CHECK(idsOf(*tokenizer, std::string(100, 'a')) == hundred);
    CHECK(idsOf(*tokenizer, std::string(101, 'a')) == Ids{1});
    CHECK(idsOf(*tokenizer, "the \xFF\xC3 cat") == Ids{5, 6}); // no UTF-8, as U+FFFD
}

TEST_CASE("Each part of the normalization can be left out") {
    const auto with = [](const std::string& normalizer) { return open(Parts{.normalizer = normalizer}.json()); };
    const auto cased = with(bertNormalizer(false));
    CHECK(idsOf(*cased, "The cats sat!") == Ids{23, 6, 8, 7, 15});
    CHECK(idsOf(*cased, "CAF\u00C9 caf\u00E9 \u0130") == Ids{1, 22, 1});
    CHECK(idsOf(*with(bertNormalizer(false, "true")), "The caf\u00E9") == Ids{23, 12});
    CHECK(idsOf(*with(bertNormalizer(true, "false")), "CAF\u00C9 \u0130 \u03A3\u03A3") == Ids{22, 26, 27, 24, 25});
    const auto raw = with(bertNormalizer(false, "false", false));
    CHECK(idsOf(*raw, "\u4E2D\u56FD \u4E2D a\u0001 a\tb") == Ids{1, 13, 1, 20, 32});
    CHECK(idsOf(*with("null"), "The the") == Ids{23, 5});

    CHECK(idsOf(*with(R"({"type": "NFC"})"), "cafe\u0301 \uFB01") == Ids{22, 1});
    CHECK(idsOf(*with(R"({"type": "NFD"})"), "caf\u00E9 \uFB01") == Ids{1, 1});
    CHECK(idsOf(*with(R"({"type": "NFKC"})"), "cafe\u0301 \uFB01 \u2460") == Ids{22, 29, 28});
    CHECK(idsOf(*with(normalizers(R"({"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"})")),
                "THE CAF\u00C9 \uFB01") == Ids{5, 12, 29});
}

TEST_CASE("Characters have the categories that they had for Hugging Face's tokenizers") {
    const auto tokenizer = open(Parts{}.json());
    CHECK(idsOf(*tokenizer, "a\u166Db") == Ids{20, 1, 32}); // punctuation then, a symbol now
    CHECK(idsOf(*tokenizer, "a\u2E43b") == Ids{1});         // punctuation since Unicode 9
    CHECK(idsOf(*tokenizer, "a\u0300a\u1734a") == Ids{20, 21, 21});
    CHECK(idsOf(*tokenizer, "a\uA9BDa") == Ids{1});            // a mark with room of its own then
    CHECK(idsOf(*tokenizer, "a\u1ABFa") == Ids{1});            // a mark since Unicode 13
    CHECK(idsOf(*tokenizer, "a\u0378a") == Ids{1});            // nothing yet, which is no control character
    CHECK(idsOf(*tokenizer, "a\uE000\u061Ca") == Ids{20, 21}); // private use, format
}

TEST_CASE("Words are cut where the pre-tokenizer says") {
    const auto with = [](const std::string& preTokenizer) { return open(Parts{.preTokenizer = preTokenizer}.json()); };
    const auto words = with(R"({"type": "Whitespace"})");
    CHECK(idsOf(*words, "cat!! don't") == Ids{6, 1, 17, 16, 18});
    CHECK(idsOf(*words, "a'-a") == Ids{20, 16, 31, 20});
    CHECK(idsOf(*with(R"({"type": "WhitespaceSplit"})"), "cat! don't a") == Ids{1, 1, 20});
    CHECK(idsOf(*with(R"({"type": "Punctuation", "behavior": "Isolated"})"), "cat!! don't") ==
          Ids{6, 15, 15, 1, 16, 18});
    CHECK(
        idsOf(*with(R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation"}]})"),
              "cat!! don't") == Ids{6, 15, 15, 17, 16, 18});
    CHECK(idsOf(*with("null"), "the") == Ids{5});
    CHECK(idsOf(*with("null"), "the cat") == Ids{1});
}

TEST_CASE("Added tokens are found as they stand, with the space that they take") {
    const auto tokenizer = open(Parts{
        .added = {addedToken("<new>", 34), addedToken("Qu", 35, "normalized"), addedToken("qb", 36, "word"),
                  addedToken("[L]", 37, "left"), addedToken("[R]", 38, "right"), addedToken("[LR]", 39, "left right"),
                  addedToken("the cat",
                             40)}}.json());
    CHECK(tokenizer->vocabulary() == 41);
    CHECK(idsOf(*tokenizer, "a<new>b <new") == Ids{20, 34, 32, 1, 1});
    CHECK(idsOf(*tokenizer, "qu QU aquab") == Ids{35, 35, 20, 35, 1});
    CHECK(idsOf(*tokenizer, "qb aqb qb! qbqb") == Ids{36, 1, 36, 15, 1});
    CHECK(idsOf(*tokenizer, "a  [L]  b") == Ids{20, 37, 32});
    CHECK(idsOf(*tokenizer, "a [LR]\t [L][R] ") == Ids{20, 39, 37, 38});
    CHECK(idsOf(*tokenizer, "the cat the cats The cat") == Ids{40, 40, 1, 5, 6});
}

TEST_CASE("Long texts are cut at their end, of two the longer first, and special tokens stay") {
    const auto tokenizer = open(Parts{}.json());
    const std::string longer = "the cat sat the cat sat the", shorter = "a b a";
    const auto cut = [&](const std::string& text, const std::string& pair, int64_t length) {
        const Tokens tokens = tokenizer->encode(text, pair, length);
        CHECK(tokens.ids.size() == tokens.typeIds.size());
        CHECK(tokens.whole == (pair.empty() ? 9 : text == pair ? 9 : 13));
        return tokens.ids;
    };
    CHECK(cut(longer, "", 2) == Ids{2, 3});
    CHECK(cut(longer, "", 5) == Ids{2, 5, 6, 7, 3});
    CHECK(cut(longer, "", 9) == Ids{2, 5, 6, 7, 5, 6, 7, 5, 3});
    CHECK(cut(longer, shorter, 3) == Ids{2, 3, 3});
    CHECK(cut(longer, shorter, 4) == Ids{2, 5, 3, 3});
    CHECK(cut(longer, shorter, 6) == Ids{2, 5, 6, 3, 20, 3});
    CHECK(cut(longer, shorter, 8) == Ids{2, 5, 6, 7, 3, 20, 32, 3});
    CHECK(cut(longer, shorter, 11) == Ids{2, 5, 6, 7, 5, 6, 3, 20, 32, 20, 3});
    CHECK(cut(shorter, longer, 4) == Ids{2, 3, 5, 3});
    CHECK(cut(shorter, longer, 10) == Ids{2, 20, 32, 20, 3, 5, 6, 7, 5, 3});
    CHECK(cut(shorter, shorter, 6) == Ids{2, 20, 3, 20, 32, 3});
    CHECK(tokenizer->encode(longer, shorter, 8).typeIds == Ids{0, 0, 0, 0, 0, 1, 1, 1});
    const Error error = errorOf([&] { tokenizer->encode("a", "b", 2); });
    CHECK(error.code() == ErrorCode::Usage);
    CHECK_THAT(error.message(), Contains("3 special tokens"));
}

TEST_CASE("Special tokens stand where the post-processor says") {
    const auto with = [](const std::string& name) {
        const std::string tokens = R"("sep": ["[SEP]", 3], "cls": ["[CLS]", 2])";
        return open(Parts{.postProcessor = fmt::format(R"({{"type": "{}", {}}})", name, tokens)}.json())
            ->encode("the", "cat", uncut);
    };
    CHECK(with("BertProcessing").ids == Ids{2, 5, 3, 6, 3});
    CHECK(with("BertProcessing").typeIds == Ids{0, 0, 0, 1, 1});
    CHECK(with("RobertaProcessing").ids == Ids{2, 5, 3, 3, 6, 3});
    CHECK(with("RobertaProcessing").typeIds == Ids{0, 0, 0, 0, 0, 0});
    const auto plain = open(Parts{.postProcessor = "null"}.json());
    CHECK(plain->encode("the", "cat", uncut).ids == Ids{5, 6});
    CHECK(plain->encode("the", "cat", uncut).typeIds == Ids{0, 1});
    CHECK(plain->encode("the", "", 0).ids.empty());
}

TEST_CASE("vocab.txt alone is BERT, cased when its words are") {
    std::string uncased = "\xEF\xBB\xBF[PAD]\r\n";
    for (size_t i = 1; i < kVocabulary.size(); ++i)
        if (kVocabulary[i] != "The")
            uncased += kVocabulary[i] + "\n";
    const auto lower = open(uncased);
    CHECK(lower->kind() == "wordpiece");
    CHECK(lower->vocabulary() == 33);
    CHECK(idsOf(*lower, "The CAF\u00C9 [MASK]") == Ids{5, 12, 4});
    CHECK(lower->encode("the", "cat", uncut).typeIds == Ids{0, 0, 0, 1, 1});
    const auto cased = open("[UNK]\n[CLS]\n[SEP]\nThe\nthe\ncaf\u00E9\nthe");
    CHECK(cased->encode("The the CAF\u00C9 caf\u00E9", "", uncut).ids == Ids{1, 3, 6, 0, 5, 2});
    CHECK_THAT(refused("[UNK]\n[CLS]\na\n").message(), Contains("no line [SEP]"));
}

TEST_CASE("The padding token is the one that the file pads with, else [PAD]") {
    CHECK(open(Parts{.padding = R"({"pad_id": 7, "pad_token": "sat"})"}.json())->padId() == 7);
    CHECK(open("[CLS]\n[SEP]\n[UNK]\n[PAD]\n")->padId() == 3);
    CHECK(open("[CLS]\n[SEP]\n[UNK]\n")->padId() == 0);
}

TEST_CASE("A tokenizer serves several threads") {
    const auto tokenizer = open(Parts{.normalizer = normalizers(R"({"type": "NFKC"}, {"type": "Lowercase"})")}.json());
    std::vector<std::thread> threads;
    std::vector<Ids> results(4);
    for (Ids& result : results)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i)
                result = tokenizer->encode("The CAFE\u0301 \uFB01", "cats", uncut).ids;
        });
    for (std::thread& thread : threads)
        thread.join();
    for (const Ids& result : results)
        CHECK(result == Ids{2, 5, 22, 29, 3, 6, 8, 3});
}
