// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that a network is to be run on, from a table or a plain list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct TextList {
    std::vector<std::string> texts;      // UTF-8, none is empty
    std::vector<std::string> pairs;      // the second text of each; empty when there are none
    std::vector<int64_t> labels;         // of each text; empty when there are none
    std::vector<std::string> classNames; // of each label, fit for display; empty when the labels are only numbers
};

/// Reads UTF-8, with or without byte-order mark, LF or CRLF:
/// - a table whose first line names a column of texts, parted by tabs where that line has one, else by commas. Texts:
///   text, sentence, sentence1, premise, question, question1, query, review or content. Second texts: text_pair, text2,
///   sentence2, hypothesis, question2, context, passage, answer, or sentence behind a text. Labels: label, labels,
///   class, category, sentiment, target, gold_label or is_duplicate. Other columns are left out;
/// - a file whose name ends in .csv or .tsv, without such a line: text; text and label; or text, second text and label;
/// - else a text each line. Blank lines are left out.
///
/// Labels are all whole numbers, or class names taken in sorted order.
///
/// Throws Error{BadInput} naming the line for bytes that are no UTF-8, rows of another length than the first, empty
/// fields and bad labels, and for a file without texts; Error{Limit} for a file of more than 256 MiB, a text of more
/// than 1 MiB and more than 2,000,000 texts; Error{Io}.
TextList readTextList(const std::string& path);

/// Whether the first line of what begins with `head` names a column of texts.
bool looksLikeTexts(std::string_view head);

} // namespace halftone
