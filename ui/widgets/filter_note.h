// SPDX-License-Identifier: GPL-3.0-or-later
// Stands where a table would be empty because of its filter: says so, and clears it.
#pragma once

#include <QWidget>

class QAbstractItemView;
class QLabel;

namespace halftone {

class FilterBar;

class FilterNote : public QWidget {
    Q_OBJECT
public:
    /// Over the rows of `view`, which `bar` filters. The view owns it.
    FilterNote(FilterBar* bar, QAbstractItemView* view);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow();
    void place();

    FilterBar* m_bar;
    QAbstractItemView* m_view;
    QLabel* m_text;
};

} // namespace halftone
