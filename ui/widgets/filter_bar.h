// SPDX-License-Identifier: GPL-3.0-or-later
// Above a table: the filter field, chips for common filters with their counts, and how many rows are left.
#pragma once

#include "ui/models/chip.h"

#include <QWidget>

class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QLineEdit;

namespace halftone {

class FlowLayout;

/// One chip is chosen at a time; text and chip both narrow the table.
class FilterBar : public QWidget {
    Q_OBJECT
public:
    /// `placeholder` says what typed text is compared with.
    explicit FilterBar(const QString& placeholder, QWidget* parent = nullptr);

    /// The first chip shows all. The chosen one stays chosen if it still exists.
    void setChips(const QList<Chip>& chips);
    void chooseChip(const QString& key);
    QString chip() const;
    QString text() const;
    void setText(const QString& text);
    /// No text, and the first chip.
    bool isClear() const;
    /// Text and chip back to all rows; one changed() at most.
    void clear();
    void focusText();

    /// "36 of 175 layers" for the thing "layer"; only "175 layers" when nothing is filtered out.
    void setShown(int shown, int total, const QString& thing);
    /// Why there is nothing to see, where the filter leaves none of several; else empty.
    QString emptyText() const { return m_emptyText; }
    /// Puts a control at the right end of the first line.
    void addWidget(QWidget* widget);

signals:
    void changed();
    void shownChanged();
    void leaveToTable(); // arrow down or Enter in the field

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QLineEdit* m_text;
    QLabel* m_shown;
    QString m_emptyText;
    QHBoxLayout* m_firstLine;
    FlowLayout* m_chipLines;
    QButtonGroup* m_chips;
};

} // namespace halftone
