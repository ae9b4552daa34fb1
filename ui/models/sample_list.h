// SPDX-License-Identifier: GPL-3.0-or-later
// The samples that int8 changed, and those that it moved most, as rows with pictures.
#pragma once

#include "ui/facts/sample_words.h"
#include "ui/facts/samples.h"
#include "ui/models/chip.h"

#include <QAbstractListModel>
#include <QCache>
#include <QPixmap>

#include <memory>
#include <vector>

namespace halftone {

/// Changed samples first, as the report lists them, then those that moved most.
class SampleList : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;

    /// A report without accuracy gives no rows.
    void setReport(std::shared_ptr<const Report> report);
    /// One of chips(): "changed", "moved", or a kind of change; `text` matches names and classes.
    void setFilter(const QString& chip, const QString& text);

    int rowCount(const QModelIndex& parent = {}) const override;
    /// The display text is the whole row on one line, for screen readers and for copying.
    QVariant data(const QModelIndex& index, int role) const override;

    const ChangedSample& sample(const QModelIndex& index) const { return *m_shown[static_cast<size_t>(index.row())]; }
    const Accuracy& accuracy() const { return *m_report->accuracy; }
    /// The samples are pictures, so that each row has room for one.
    bool showsPictures() const { return sampleKindOf(*m_report) == SampleKind::Picture; }
    /// Null where the report has none. Decoded when first asked for.
    QPixmap picture(const QModelIndex& index) const;

    /// Those with samples; the first one shows the changed samples, or the moved ones where nothing changed.
    QList<Chip> chips() const;
    int totalCount() const;
    /// With a header, tab-separated.
    QString tabSeparated(const QModelIndexList& rows) const;

private:
    std::shared_ptr<const Report> m_report; // the rows point into it
    std::vector<const ChangedSample*> m_shown;
    mutable QCache<const ChangedSample*, QPixmap> m_pictures{400};
};

} // namespace halftone
