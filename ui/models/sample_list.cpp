// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_list.h"

#include "core/report/accuracy_change.h"
#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>

namespace halftone {

namespace {

constexpr size_t pairsShown = 5;

struct Kind {
    const char* change;
    QString text, label, tip;
};

const QList<Kind>& kinds() {
    static const QList<Kind> all{{"right-to-wrong", Text::tr("right to wrong"), Text::tr("Right to wrong"),
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

bool matches(const Accuracy& accuracy, const ChangedSample& sample, const QString& text) {
    return matchesWords(plain(sample.sample) + u'\n' + classText(accuracy, sample.label) + u'\n' +
                            classText(accuracy, sample.fp32) + u'\n' + classText(accuracy, sample.int8),
                        text);
}

} // namespace

QString changeText(const std::string& change) {
    for (const Kind& kind : kinds())
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

QString sampleSentence(const Accuracy& accuracy) {
    const QString pictures = accuracy.alsoCalibrated == 0
                                 ? counted(accuracy.samples, Text::tr("picture"))
                                 : Text::tr("%1 pictures, %2 of which were calibrated with too")
                                       .arg(countText(accuracy.samples), countText(accuracy.alsoCalibrated));
    if (!accuracy.agreement)
        return Text::tr("The network's output is not one row of classes a picture, so nothing is right or wrong here: "
                        "only how far the output moves is known. On %1.")
            .arg(pictures);
    if (!accuracy.mcnemar) {
        const QString changed = Text::tr("%1 of %2 have another top-1 in int8")
                                    .arg(countText(static_cast<int64_t>(accuracy.changed.size())), pictures);
        return accuracy.top1 ? changed + u'.'
                             : changed + Text::tr("; without labels it is unknown which one is right.");
    }
    QString sentence = typeset(accuracyChangeWords(accuracy)) + u'.';
    sentence[0] = sentence[0].toUpper();
    if (accuracy.alsoCalibrated > 0)
        sentence += Text::tr(" %1 of the pictures were calibrated with too.").arg(countText(accuracy.alsoCalibrated));
    return sentence;
}

void SampleList::setReport(std::shared_ptr<const Report> report) {
    beginResetModel();
    m_shown.clear();
    m_pictures.clear();
    m_report = std::move(report);
    endResetModel();
}

void SampleList::setFilter(const QString& chip, const QString& text) {
    beginResetModel();
    m_shown.clear();
    if (m_report && m_report->accuracy) {
        const Accuracy& accuracy = *m_report->accuracy;
        const std::vector<ChangedSample>& list = chip == u"moved" ? accuracy.moved : accuracy.changed;
        const bool ofKind = chip != u"moved" && chip != u"changed";
        for (const ChangedSample& sample : list)
            if ((!ofKind || chip == QString::fromStdString(sample.change)) && matches(accuracy, sample, text))
                m_shown.push_back(&sample);
    }
    endResetModel();
}

int SampleList::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

QVariant SampleList::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole))
        return {};
    const ChangedSample& row = sample(index);
    QStringList parts{plain(row.sample)};
    if (!row.change.empty())
        parts << changeText(row.change);
    if (row.label >= 0)
        parts << tr("label %1").arg(classText(accuracy(), row.label));
    if (row.fp32 >= 0)
        parts << tr("fp32 %1").arg(classText(accuracy(), row.fp32))
              << tr("int8 %1").arg(classText(accuracy(), row.int8));
    if (row.distance > 0) // unknown in reports of the first versions
        parts << tr("output moved by %1").arg(shareText(row.distance));
    return parts.join(QStringLiteral(", "));
}

QPixmap SampleList::picture(const QModelIndex& index) const {
    const ChangedSample& row = sample(index);
    if (row.picture.empty())
        return {};
    if (const QPixmap* known = m_pictures.object(&row))
        return *known;
    auto* decoded = new QPixmap;
    decoded->loadFromData(QByteArray::fromBase64(QByteArray::fromStdString(row.picture)), "JPG");
    const QPixmap result = *decoded;
    m_pictures.insert(&row, decoded);
    return result;
}

QList<Chip> SampleList::chips() const {
    if (!m_report || !m_report->accuracy)
        return {};
    const Accuracy& accuracy = *m_report->accuracy;
    QList<Chip> chips;
    const auto add = [&](const char* key, const QString& label, int64_t count, const QString& tip) {
        if (count > 0)
            chips << Chip{QString::fromLatin1(key), label, static_cast<int>(count), tip};
    };
    add("changed", tr("Changed"), std::ssize(accuracy.changed), tr("Samples whose top-1 is another one in int8"));
    for (const Kind& kind : kinds())
        if (!kind.label.isEmpty())
            add(kind.change, kind.label,
                std::ranges::count(accuracy.changed, std::string(kind.change), &ChangedSample::change), kind.tip);
    add("moved", tr("Moved most"), std::ssize(accuracy.moved),
        accuracy.agreement ? tr("Samples with the same top-1 whose output moved most")
                           : tr("Samples whose output moved most"));
    return chips;
}

int SampleList::totalCount() const {
    return m_report && m_report->accuracy
               ? static_cast<int>(m_report->accuracy->changed.size() + m_report->accuracy->moved.size())
               : 0;
}

QString SampleList::tabSeparated(const QModelIndexList& rows) const {
    QStringList lines{tr("Sample\tChange\tLabel\tfp32\tint8\tDistance")};
    const auto number = [](int64_t index) { return index < 0 ? QString() : QString::number(index); };
    QModelIndexList ordered = rows;
    std::ranges::sort(ordered, {}, &QModelIndex::row);
    for (const QModelIndex& index : ordered) {
        const ChangedSample& row = sample(index);
        lines << QStringList{plain(row.sample), changeText(row.change), number(row.label),
                             number(row.fp32),  number(row.int8),       QString::number(row.distance, 'g', 6)}
                     .join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace halftone
