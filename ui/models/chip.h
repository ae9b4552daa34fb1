// SPDX-License-Identifier: GPL-3.0-or-later
// A common filter of a table, chosen by one click.
#pragma once

#include <QList>
#include <QString>

namespace halftone {

struct Chip {
    QString key; // that the table's rows are matched with
    QString label;
    int count = 0; // of the rows that it leaves
    QString tooltip;
};

} // namespace halftone
