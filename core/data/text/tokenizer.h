// SPDX-License-Identifier: GPL-3.0-or-later
// From texts to the numbers that a network for text takes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct Tokens {
    std::vector<int64_t> ids;
    std::vector<int64_t> typeIds; // of each id: 0 in the first text, 1 in the second where the tokenizer parts them
    int64_t whole = 0;            // number of tokens, special ones included, before the text was cut to `maxLength`
};

/// Immutable once open; const access is safe from several threads.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;

    /// The tokens of `text`, or of `text` and `pair` where that is not empty, with the special tokens around them. More
    /// than `maxLength` are cut to it at the end of the text, of the longer one where there are two ("longest_first");
    /// the special tokens stay. Nothing is padded. Bytes that are no UTF-8 count as U+FFFD.
    ///
    /// Throws Error{Usage} when `maxLength` is less than the number of special tokens.
    virtual Tokens encode(std::string_view text, std::string_view pair, int64_t maxLength) const = 0;
    /// What shorter rows of a batch are filled with; 0 when the tokenizer has no such token.
    virtual int64_t padId() const = 0;
    /// "wordpiece" or "sentencepiece".
    virtual std::string kind() const = 0;
    /// Every id is less than this.
    virtual int64_t vocabulary() const = 0;
};

/// Opens, told by content:
/// - tokenizer.json of Hugging Face with a WordPiece model (BERT, MiniLM, MPNet, e5, bge): normalizers BertNormalizer,
///   NFC, NFD, NFKC, NFKD, Lowercase and StripAccents; pre-tokenizers BertPreTokenizer, Whitespace, WhitespaceSplit and
///   Punctuation; post-processors TemplateProcessing, BertProcessing and RobertaProcessing; added tokens. Its own
///   truncation and padding are left out, but for the number of the padding token;
/// - vocab.txt, a token a line, as BERT has it: lower case without accents, unless a word of the vocabulary has upper
///   case; [CLS] text [SEP], or [CLS] text [SEP] pair [SEP];
/// - a SentencePiece .model (Unigram or BPE): the library's ids. Around them stand [CLS] and [SEP] as in vocab.txt
/// where
///   the model has both (ALBERT, DeBERTa), else its start token first and its end token behind each text, as far as it
///   has them: T5 has the end token alone. Networks that number the same pieces anew (XLM-RoBERTa, CamemBERT), or leave
///   out the end token (Llama), need their ids from elsewhere.
///
/// Throws Error{Unsupported} for a tokenizer of another kind, saying how Python writes its ids as .npz; Error{BadInput}
/// naming the place for a damaged file; Error{Limit} for one of more than 64 MiB or 2,000,000 entries; Error{Io}.
std::unique_ptr<Tokenizer> openTokenizer(const std::string& path);

} // namespace halftone
