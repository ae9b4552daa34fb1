// SPDX-License-Identifier: GPL-3.0-or-later
// A choice among few: a rounded outline, filled when chosen. The style's own tool button has no checked look that
// stands out.
#pragma once

#include <QToolButton>

namespace halftone {

class ChipButton : public QToolButton {
    Q_OBJECT
public:
    explicit ChipButton(QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace halftone
