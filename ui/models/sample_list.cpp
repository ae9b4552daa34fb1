// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_list.h"

#include "ui/format.h"
#include "ui/models/cells.h"

#include <algorithm>

namespace halftone {

namespace {

bool matches(const Accuracy& accuracy, const ChangedSample& sample, const QString& text) {
    return matchesWords(plain(sample.sample) + u'\n' + classText(accuracy, sample.label) + u'\n' +
                            classText(accuracy, sample.fp32) + u'\n' + classText(accuracy, sample.int8),
                        text);
}

} // namespace

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
    if (row.kept)
        parts << tr("%1 kept").arg(shareText(*row.kept));
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
    for (const ChangeKind& kind : changeKinds())
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
