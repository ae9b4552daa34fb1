// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/text_dataset.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/text/text_list.h"
#include "core/data/text/tokenizer.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <limits>

namespace halftone {

namespace {

constexpr int64_t kUsualLongest = 128;
constexpr size_t kMeasured = 2000; // texts whose length is looked at before all are run
constexpr size_t kNameLength = 80;

class Texts final : public ArrayDataset {
public:
    Texts(const std::string& path, std::vector<SampleInfo> samples, TextList list, std::unique_ptr<Tokenizer> tokenizer,
          int64_t longest)
        : ArrayDataset(path, "texts", std::move(samples), std::move(list.classNames),
                       {{"input_ids", {-1}, {longest}}, {"token_type_ids", {-1}, {longest}}}),
          m_texts(std::move(list.texts)), m_pairs(std::move(list.pairs)), m_tokenizer(std::move(tokenizer)) {}

    SampleKind sampleKind() const override { return SampleKind::Text; }

    SampleArray array(int64_t index, size_t which, int64_t longest) const override {
        const auto at = static_cast<size_t>(index);
        const Tokens tokens = m_tokenizer->encode(m_texts.at(at), m_pairs.empty() ? std::string() : m_pairs.at(at),
                                                  longest > 0 ? longest : std::numeric_limits<int64_t>::max());
        const std::vector<int64_t>& numbers = which == 0 ? tokens.ids : tokens.typeIds;
        SampleArray array{{std::ssize(numbers)}, {}, tokens.whole > std::ssize(tokens.ids) ? tokens.whole : 0};
        for (const int64_t number : numbers)
            array.values.push_back(static_cast<float>(number));
        return array;
    }

    float padding(size_t which) const override { return which == 0 ? static_cast<float>(m_tokenizer->padId()) : 0; }

private:
    std::vector<std::string> m_texts, m_pairs;
    std::unique_ptr<Tokenizer> m_tokenizer;
};

} // namespace

std::unique_ptr<Dataset> openTexts(const std::string& path, const std::string& tokenizerPath) {
    if (tokenizerPath.empty())
        throw Error(ErrorCode::Usage,
                    fmt::format("{}: holds texts, and there is no tokenizer beside the model. Choose the network's "
                                "tokenizer.json, vocab.txt or SentencePiece model.",
                                displayText(path)),
                    displayText(path));
    TextList list = readTextList(path);
    std::unique_ptr<Tokenizer> tokenizer = openTokenizer(tokenizerPath);
    std::vector<SampleInfo> samples;
    int64_t longest = 1;
    const size_t step = list.texts.size() / kMeasured + 1;
    for (size_t i = 0; i < list.texts.size(); ++i) {
        samples.push_back({displayText(list.texts[i], kNameLength), list.labels.empty() ? -1 : list.labels[i]});
        if (i % step == 0)
            longest = std::max(longest, tokenizer
                                            ->encode(list.texts[i], list.pairs.empty() ? std::string() : list.pairs[i],
                                                     std::numeric_limits<int64_t>::max())
                                            .whole);
    }
    return std::make_unique<Texts>(path, std::move(samples), std::move(list), std::move(tokenizer),
                                   std::min(longest, kUsualLongest));
}

std::string tokenizerBeside(const std::string& modelPath) {
    const std::filesystem::path folder = std::filesystem::path(modelPath).parent_path();
    for (const std::filesystem::path& place : {folder, folder / ".."})
        for (const char* name : {"tokenizer.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model"}) {
            std::error_code failure;
            if (std::filesystem::is_regular_file(place / name, failure))
                return (place / name).lexically_normal().string();
        }
    return {};
}

} // namespace halftone
