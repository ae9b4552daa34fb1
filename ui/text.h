// SPDX-License-Identifier: GPL-3.0-or-later
// Texts of the window in code that belongs to no QObject; members of a QObject say tr().
#pragma once

#include <QCoreApplication>

namespace halftone {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Halftone)
};

} // namespace halftone
