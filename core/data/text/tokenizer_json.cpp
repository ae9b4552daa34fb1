// SPDX-License-Identifier: GPL-3.0-or-later
// Hugging Face's tokenizer.json.
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/text/json_node.h"
#include "core/data/text/other_tokenizer.h"
#include "core/data/text/wordpiece.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <unordered_map>
#include <utility>

namespace halftone {

namespace {

constexpr size_t maxValues = 2'000'000;
constexpr int64_t maxId = std::numeric_limits<int32_t>::max() - 1;
constexpr int64_t maxCharacters = 1000;  // 100 in every published tokenizer; a word takes their square at worst
constexpr size_t maxAddedBytes = 1000;   // the same for every place of a text
constexpr size_t maxSteps = 100;         // of a normalizer or pre-tokenizer
constexpr size_t maxSpecialTokens = 100; // around a text

class TokenizerReader {
public:
    TokenizerReader(std::string_view text, const std::string& where)
        : m_source{where, "Choose the tokenizer.json that belongs to the network."},
          m_document(parseJson(text, m_source, maxValues)) {}

    WordPieceSettings take() {
        const JsonNode root(m_document, m_source);
        readModel(root.at("model"));
        if (root.has("normalizer"))
            readNormalizer(root.at("normalizer"));
        if (root.has("pre_tokenizer"))
            readPreTokenizer(root.at("pre_tokenizer"));
        if (root.has("added_tokens"))
            readAddedTokens(root.at("added_tokens"));
        if (root.has("post_processor"))
            readPostProcessor(root.at("post_processor"));
        m_settings.padId = padIdOf(root);
        return std::move(m_settings);
    }

private:
    [[noreturn]] void refuse(const char* part, const std::string& type) const {
        refuseTokenizer(m_source.where, fmt::format("the tokenizer has the {} {}", part, displayText(type)));
    }

    void readModel(const JsonNode& model) {
        // Files of 2020 do not name the model; WordPiece alone has this member.
        const bool nameless = !model.has("type") && model.has("max_input_chars_per_word");
        const std::string type = nameless ? "WordPiece" : model.at("type").text();
        if (type == "BPE")
            refuseTokenizer(m_source.where, "the tokenizer is a byte-pair encoding (BPE)");
        if (type != "WordPiece")
            refuse("model", type);
        m_settings.continuingPrefix = model.at("continuing_subword_prefix").text();
        m_settings.maxCharactersPerWord = model.at("max_input_chars_per_word").number(maxCharacters);
        model.at("vocab").eachMember([&](const std::string& token, const JsonNode& id) {
            m_settings.vocabulary.push_back({token, id.number(maxId)});
            m_ids.emplace(token, m_settings.vocabulary.back().id);
        });
        const JsonNode unknown = model.at("unk_token");
        const auto found = m_ids.find(unknown.text());
        if (found == m_ids.end())
            unknown.fail("is not in the vocabulary");
        m_settings.unknownId = found->second;
    }

    void readNormalizer(const JsonNode& node) {
        const std::string& type = node.at("type").text();
        auto& steps = m_settings.normalizations;
        if (type == "Sequence") {
            for (const JsonNode& each : node.at("normalizers").elements())
                readNormalizer(each);
        } else if (type == "BertNormalizer") {
            const bool lowerCase = node.at("lowercase").truth();
            const bool strip = node.has("strip_accents") ? node.at("strip_accents").truth() : lowerCase;
            steps.emplace_back(BertNormalization{.cleanText = node.at("clean_text").truth(),
                                                 .partIdeographs = node.at("handle_chinese_chars").truth(),
                                                 .stripAccents = strip,
                                                 .lowerCase = lowerCase});
        } else if (type == "NFC") {
            steps.emplace_back(NormalForm::NFC);
        } else if (type == "NFD") {
            steps.emplace_back(NormalForm::NFD);
        } else if (type == "NFKC") {
            steps.emplace_back(NormalForm::NFKC);
        } else if (type == "NFKD") {
            steps.emplace_back(NormalForm::NFKD);
        } else if (type == "Lowercase") {
            steps.emplace_back(LowerCase{});
        } else if (type == "StripAccents") {
            steps.emplace_back(StripAccents{});
        } else {
            refuse("normalizer", type);
        }
        if (steps.size() > maxSteps)
            node.fail(fmt::format("has more than {} steps", maxSteps));
    }

    void readPreTokenizer(const JsonNode& node) {
        const std::string& type = node.at("type").text();
        auto& splits = m_settings.splits;
        if (type == "Sequence") {
            for (const JsonNode& each : node.at("pretokenizers").elements())
                readPreTokenizer(each);
        } else if (type == "BertPreTokenizer") {
            splits.push_back(WordSplit::Bert);
        } else if (type == "Whitespace") {
            splits.push_back(WordSplit::Whitespace);
        } else if (type == "WhitespaceSplit") {
            splits.push_back(WordSplit::WhitespaceSplit);
        } else if (type == "Punctuation" && (!node.has("behavior") || node.at("behavior").text() == "Isolated")) {
            splits.push_back(WordSplit::Punctuation);
        } else {
            refuse("pre-tokenizer", type);
        }
        if (splits.size() > maxSteps)
            node.fail(fmt::format("has more than {} steps", maxSteps));
    }

    /// A token of the vocabulary has its number from there; others are counted on behind it.
    void readAddedTokens(const JsonNode& list) {
        int64_t next = static_cast<int64_t>(m_settings.vocabulary.size());
        std::unordered_map<std::string, size_t> places;
        for (const JsonNode& node : list.elements()) {
            AddedToken token{.content = node.at("content").text(),
                             .id = node.at("id").number(maxId),
                             .singleWord = node.at("single_word").truth(),
                             .leftStrip = node.at("lstrip").truth(),
                             .rightStrip = node.at("rstrip").truth(),
                             .normalized = node.at("normalized").truth()};
            if (token.content.empty())
                continue;
            if (token.content.size() > maxAddedBytes)
                node.at("content").fail(fmt::format("has more than {} bytes", maxAddedBytes));
            const int64_t expected = m_ids.emplace(token.content, next).first->second;
            if (token.id != expected)
                node.at("id").fail(fmt::format("is {}, but {} in the order of the tokens", token.id, expected));
            next = std::max(next, token.id + 1);
            const auto [place, isNew] = places.emplace(token.content, m_settings.addedTokens.size());
            if (isNew)
                m_settings.addedTokens.push_back(std::move(token));
            else
                m_settings.addedTokens[place->second] = std::move(token);
        }
    }

    void readPostProcessor(const JsonNode& node) {
        using What = TokenPart::What;
        const std::string& type = node.at("type").text();
        if (type == "TemplateProcessing") {
            m_settings.special = {readTemplate(node, "single"), readTemplate(node, "pair")};
            for (const TokenPart& part : m_settings.special.single)
                if (part.what == What::Pair)
                    node.at("single").fail("asks for a second text");
        } else if (type == "BertProcessing" || type == "RobertaProcessing") {
            const int64_t cls = numberedToken(node.at("cls")), sep = numberedToken(node.at("sep"));
            m_settings.special = bertTokens(cls, sep);
            if (type == "RobertaProcessing")
                m_settings.special.both = {{What::Special, cls}, {What::Text}, {What::Special, sep},
                                           {What::Special, sep}, {What::Pair}, {What::Special, sep}};
        } else {
            refuse("post-processor", type);
        }
    }

    /// The number in ["[CLS]", 101].
    static int64_t numberedToken(const JsonNode& node) {
        const std::vector<JsonNode> elements = node.elements();
        if (elements.size() != 2)
            node.fail("is not a token and its number");
        return elements[1].number(maxId);
    }

    static std::vector<TokenPart> readTemplate(const JsonNode& node, const char* name) {
        std::vector<TokenPart> parts;
        for (const JsonNode& item : node.at(name).elements()) {
            if (item.has("Sequence")) {
                const JsonNode sequence = item.at("Sequence");
                const std::string& id = sequence.at("id").text();
                if (id != "A" && id != "B")
                    sequence.at("id").fail("is neither A nor B");
                parts.push_back({id == "A" ? TokenPart::What::Text : TokenPart::What::Pair, 0,
                                 sequence.at("type_id").number(maxId)});
            } else {
                const JsonNode token = item.at("SpecialToken");
                const JsonNode ids = node.at("special_tokens").at(token.at("id").text()).at("ids");
                for (const JsonNode& id : ids.elements())
                    parts.push_back({TokenPart::What::Special, id.number(maxId), token.at("type_id").number(maxId)});
            }
            if (parts.size() > maxSpecialTokens)
                node.at(name).fail(fmt::format("has more than {} tokens", maxSpecialTokens));
        }
        return parts;
    }

    int64_t padIdOf(const JsonNode& root) const {
        if (root.has("padding"))
            return root.at("padding").at("pad_id").number(maxId);
        for (const char* name : {"[PAD]", "<pad>"})
            if (const auto found = m_ids.find(name); found != m_ids.end())
                return found->second;
        return 0;
    }

    JsonSource m_source;
    nlohmann::json m_document;
    WordPieceSettings m_settings;
    std::unordered_map<std::string, int64_t> m_ids; // of the vocabulary and of what is added
};

} // namespace

WordPieceSettings readTokenizerJson(std::string_view text, const std::string& where) {
    return TokenizerReader(text, where).take();
}

} // namespace halftone
