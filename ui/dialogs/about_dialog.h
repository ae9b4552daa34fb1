// SPDX-License-Identifier: GPL-3.0-or-later
// What the program is, its version, its licence, and the notices of the libraries it uses.
#pragma once

#include <QDialog>

namespace halftone {

class AboutDialog : public QDialog {
    Q_OBJECT
public:
    explicit AboutDialog(QWidget* parent = nullptr);
};

} // namespace halftone
