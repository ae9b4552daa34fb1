// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/samples.h"

#include "core/report/accuracy_change.h"
#include "core/report/measures.h"
#include "ui/facts/sample_words.h"
#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>
#include <functional>

namespace halftone {

namespace {

constexpr size_t pairsShown = 5;

} // namespace

const QList<ChangeKind>& changeKinds() {
    static const QList<ChangeKind> all{{"right-to-wrong", Text::tr("right to wrong"), Text::tr("Right to wrong"),
                                        Text::tr("fp32 names the label, int8 does not")},
                                       {"wrong-to-right", Text::tr("wrong to right"), Text::tr("Wrong to right"),
                                        Text::tr("int8 names the label, fp32 does not")},
                                       {"wrong-to-wrong", Text::tr("wrong to wrong"), Text::tr("Wrong to wrong"),
                                        Text::tr("Both are wrong, in different ways")},
                                       {"flipped", Text::tr("flipped"), Text::tr("Flipped"),
                                        Text::tr("Another top-1; which one is right is unknown without labels")},
                                       {"same", Text::tr("same answer"), {}, {}}};
    return all;
}

QString changeText(const std::string& change) {
    for (const ChangeKind& kind : changeKinds())
        if (change == kind.change)
            return kind.text;
    return plain(change);
}

QString classText(const Accuracy& accuracy, int64_t index) {
    if (index < 0)
        return missing();
    if (index < static_cast<int64_t>(accuracy.classNames.size()) &&
        !accuracy.classNames[static_cast<size_t>(index)].empty())
        return QStringLiteral("%1 (%2)").arg(QString::number(index),
                                             plain(accuracy.classNames[static_cast<size_t>(index)]));
    return QString::number(index);
}

std::vector<ScorePair> scorePairs(const ChangedSample& sample) {
    std::vector<ScorePair> pairs;
    const auto add = [&](const char* precision, std::optional<double> ScorePair::*side) {
        const auto scores = sample.top.find(precision);
        if (scores == sample.top.end())
            return;
        for (const Score& score : scores->second) {
            auto pair = std::ranges::find(pairs, score.index, &ScorePair::index);
            if (pair == pairs.end())
                pair = pairs.insert(pairs.end(), ScorePair{score.index, {}, {}});
            (*pair).*side = score.value;
        }
    };
    add("fp32", &ScorePair::fp32);
    add("int8", &ScorePair::int8);
    std::ranges::stable_sort(pairs, std::ranges::greater(), [](const ScorePair& pair) {
        return pair.fp32 && pair.int8 ? std::max(*pair.fp32, *pair.int8) : pair.fp32 ? *pair.fp32 : *pair.int8;
    });
    pairs.resize(std::min(pairs.size(), pairsShown));
    return pairs;
}

QString sampleSentence(const Report& report) {
    const Accuracy& accuracy = *report.accuracy;
    const QString all = countedSamples(accuracy.samples, sampleKindOf(report));
    const QString samples =
        accuracy.alsoCalibrated == 0
            ? all
            : Text::tr("%1, %2 of which were calibrated with too").arg(all, countText(accuracy.alsoCalibrated));
    const auto int8 = accuracy.byPrecision.find("int8");
    if (int8 != accuracy.byPrecision.end() && !int8->second.measures.empty())
        return Text::tr("Compared as: %1. Against fp32 %2, on %3.")
            .arg(judgedText(accuracy.judgedAs), plain(measureWords(int8->second.measures)), samples);
    if (!accuracy.agreement)
        return Text::tr("The network's output is not one row of classes a sample, so nothing is right or wrong here: "
                        "only how far the output moves is known. On %1.")
            .arg(samples);
    if (!accuracy.mcnemar) {
        const QString changed = Text::tr("%1 of %2 have another top-1 in int8")
                                    .arg(countText(static_cast<int64_t>(accuracy.changed.size())), samples);
        return accuracy.top1 ? changed + u'.'
                             : changed + Text::tr("; without labels it is unknown which one is right.");
    }
    QString sentence = typeset(accuracyChangeWords(accuracy)) + u'.';
    sentence[0] = sentence[0].toUpper();
    if (accuracy.alsoCalibrated > 0)
        sentence += Text::tr(" %1 of them were calibrated with too.").arg(countText(accuracy.alsoCalibrated));
    return sentence;
}

} // namespace halftone
