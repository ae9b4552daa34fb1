// SPDX-License-Identifier: GPL-3.0-or-later
// The one button of the window that is meant most of the time: in the highlight's colour. Painted rather than styled by
// a sheet, so that it follows a change of theme at once.
#pragma once

#include <QPushButton>

namespace halftone {

class PrimaryButton : public QPushButton {
    Q_OBJECT
public:
    explicit PrimaryButton(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace halftone
