// SPDX-License-Identifier: GPL-3.0-or-later
// The samples that int8 changed or moved, in words and figures.
#pragma once

#include "core/report/report.h"

#include <QList>
#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// How a sample may have changed.
struct ChangeKind {
    const char* change; // as reports name it
    QString text;       // "right to wrong"
    QString label, tip; // of a filter; empty where it is none
};
const QList<ChangeKind>& changeKinds();

/// "right to wrong", "same answer"; "" where there are no classes.
QString changeText(const std::string& change);
/// "3 (cat)"; the number alone where the class has no name; missing() without a class.
QString classText(const Accuracy& accuracy, int64_t index);

/// One class of a sample: what both precisions give it, as far as it is among their five largest.
struct ScorePair {
    int64_t index = -1;
    std::optional<double> fp32, int8;
};
/// At most five, the largest of either precision first.
std::vector<ScorePair> scorePairs(const ChangedSample& sample);

/// "12 got worse, 10 got better of 900: chance.", and what it rests on.
QString sampleSentence(const Report& report);

} // namespace halftone
