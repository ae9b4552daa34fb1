// SPDX-License-Identifier: GPL-3.0-or-later
// One line of text that loses its middle instead of making its window wider; the tooltip has all of it.
#pragma once

#include <QWidget>

namespace halftone {

class ElidedLabel : public QWidget {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    QString text() const { return m_text; }
    /// Plain text; a name from a file goes through plain() first.
    void setText(const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
};

} // namespace halftone
