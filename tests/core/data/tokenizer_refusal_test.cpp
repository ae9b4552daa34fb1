// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers that Halftone does not have, and damaged ones.
#include "core/data/text/tokenizer.h"

#include "tests/core/data/fixtures.h"

#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

Error refused(const std::string& content) {
    TemporaryFolder folder;
    const std::string path = folder.write("tokenizer.json", content);
    const Error error = errorOf([&] { openTokenizer(path); });
    CHECK_THAT(error.message(), Contains("tokenizer.json"));
    CHECK_THAT(error.where(), Contains("tokenizer.json"));
    return error;
}

std::string wordPiece(const std::string& vocabulary = R"({"[UNK]": 0, "a": 1})", const std::string& unknown = "[UNK]") {
    return fmt::format(R"({{"type": "WordPiece", "unk_token": "{}", "continuing_subword_prefix": "##",
                          "max_input_chars_per_word": 100, "vocab": {}}})",
                       unknown, vocabulary);
}

std::string document(const std::string& rest, const std::string& model = wordPiece()) {
    return fmt::format(R"({{{}"model": {}}})", rest.empty() ? "" : rest + ", ", model);
}

std::string token(const std::string& content, int id) {
    return fmt::format(R"("added_tokens": [{{"id": {}, "content": "{}", "single_word": false, "lstrip": false,
                          "rstrip": false, "normalized": true, "special": false}}])",
                       id, content);
}

} // namespace

TEST_CASE("Tokenizers of another kind are refused by name, with the way to their ids") {
    const auto message = [](const std::string& content) {
        const Error error = refused(content);
        CHECK(error.code() == ErrorCode::Unsupported);
        CHECK_THAT(error.message(), Contains("python3 -c \"import numpy, transformers; ") &&
                                        Contains("AutoTokenizer") && Contains("numpy.savez('ids.npz', input_ids=") &&
                                        Contains("attention_mask="));
        return error.message();
    };
    CHECK_THAT(message(R"({"model": {"type": "BPE", "vocab": {}, "merges": []}})"),
               Contains("byte-pair encoding (BPE)"));
    CHECK_THAT(message(R"({"model": {"type": "Unigram", "vocab": []}})"), Contains("model Unigram"));
    CHECK_THAT(message(document(R"("normalizer": {"type": "Replace"})")), Contains("normalizer Replace"));
    CHECK_THAT(message(document(R"("normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled"}]})")),
               Contains("normalizer Precompiled"));
    CHECK_THAT(message(document(R"("pre_tokenizer": {"type": "ByteLevel"})")), Contains("pre-tokenizer ByteLevel"));
    CHECK_THAT(message(document(R"("pre_tokenizer": {"type": "Punctuation", "behavior": "Removed"})")),
               Contains("pre-tokenizer Punctuation"));
    CHECK_THAT(message(document(R"("post_processor": {"type": "ByteLevel"})")), Contains("post-processor ByteLevel"));
}

TEST_CASE("What is no tokenizer is refused with what one is") {
    for (const std::string& content :
         {std::string(), std::string("{"), std::string("a text\nof lines\n"), std::string("[1, 2]"),
          std::string("\x89PNG\r\n"), std::string("[UNK] in a line")}) {
        const Error error = refused(content);
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("Choose the tokenizer.json that belongs to the network."));
    }
    CHECK_THAT(refused(R"({"do_lower_case": true})").message(), Contains("has no \"model\""));
    CHECK_THAT(refused("{\n\"model\": \"\xFF\"}").message(), Contains("line 2"));
    CHECK_THAT(refused("{\n\n\"model\": ").message(), Contains("line 3") && Contains("breaks off"));
    CHECK(errorOf([] { openTokenizer("/nowhere/tokenizer.json"); }).code() == ErrorCode::Io);
}

TEST_CASE("A tokenizer.json that contradicts itself is refused with the place") {
    const auto message = [](const std::string& content) {
        const Error error = refused(content);
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    };
    CHECK_THAT(message(document("", wordPiece(R"({"a": 0})"))), Contains("model.unk_token is not in the vocabulary"));
    CHECK_THAT(message(document("", wordPiece(R"({"[UNK]": -1})"))), Contains("model.vocab is not a whole number"));
    CHECK_THAT(message(document("", wordPiece(R"({"[UNK]": 2147483647})"))), Contains("model.vocab"));
    CHECK_THAT(message(document("", wordPiece("[]"))), Contains("model.vocab is not an object"));
    CHECK_THAT(message(document("", R"({"type": "WordPiece"})")),
               Contains("model has no \"continuing_subword_prefix\""));
    CHECK_THAT(message(document(token("b", 9))), Contains("added_tokens[0].id is 9, but 2"));
    CHECK_THAT(message(document(token("a", 2))), Contains("added_tokens[0].id is 2, but 1"));
    CHECK_THAT(message(document(token(std::string(1001, 'b'), 2))), Contains("more than 1000 bytes"));
    CHECK_THAT(message(document(R"("normalizer": {"type": "BertNormalizer", "lowercase": 1})")),
               Contains("normalizer.lowercase is not true or false"));
    CHECK_THAT(message(document(R"("post_processor": {"type": "BertProcessing", "cls": [2], "sep": ["[SEP]", 3]})")),
               Contains("post_processor.cls is not a token and its number"));
    const auto processor = [](const std::string& single) {
        return document(fmt::format(R"("post_processor": {{"type": "TemplateProcessing", "single": [{}], "pair": [],
                                      "special_tokens": {{}}}})",
                                    single));
    };
    CHECK_THAT(message(processor(R"({"Sequence": {"id": "B", "type_id": 0}})")), Contains("asks for a second text"));
    CHECK_THAT(message(processor(R"({"SpecialToken": {"id": "[X]", "type_id": 0}})")), Contains("has no \"[X]\""));
    std::string many = R"({"Sequence": {"id": "A", "type_id": 0}})";
    for (int i = 0; i < 100; ++i)
        many += R"(, {"Sequence": {"id": "A", "type_id": 0}})";
    CHECK_THAT(message(processor(many)), Contains("more than 100 tokens"));
    std::string steps = R"({"type": "NFC"})";
    for (int i = 0; i < 100; ++i)
        steps += R"(, {"type": "NFC"})";
    CHECK_THAT(message(document(R"("normalizer": {"type": "Sequence", "normalizers": [)" + steps + "]}")),
               Contains("more than 100 steps"));
}

TEST_CASE("Depth and number of values are limited") {
    const std::string deep = "{\"model\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    CHECK(refused(deep).code() == ErrorCode::Limit);
    std::string wide = "{\"model\": [0";
    for (int i = 0; i < 2'000'000; ++i)
        wide += ",0";
    CHECK(refused(wide + "]}").code() == ErrorCode::Limit);
    std::string lines = "[UNK]\n";
    for (int i = 0; i < 2'000'001; ++i)
        lines += fmt::format("{}\n", i);
    CHECK(refused(lines).code() == ErrorCode::Limit);
}

TEST_CASE("Damaged tokenizers are refused or read, and nothing else happens") {
    TemporaryFolder folder;
    const auto attempt = [&](const std::string& damaged) {
        const auto tokenizer = openTokenizer(folder.write("damaged", damaged));
        tokenizer->encode("The caf\u00E9, <b> \u4E2D a\x80", "b", 64);
    };
    readDamaged(document(token("<b>", 2) + R"(,"normalizer":{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":
"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}]},"pre_tokenizer":
{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],
"pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"a","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
"special_tokens":{"a":{"ids":[1]}}},"padding":{"pad_id":0})"),
                attempt);
    readDamaged("[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##s\ncaf\u00E9\n", attempt);
}
