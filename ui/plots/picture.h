// SPDX-License-Identifier: GPL-3.0-or-later
// What all plots share, drawn by hand or by QCustomPlot: they follow the theme, take the focus and show it, say in
// words what they show, tell the exact value below the mouse, and are copied and saved from their menu.
#pragma once

#include <QWidget>

class QMenu;

namespace halftone {

class Picture : public QWidget {
    Q_OBJECT
public:
    explicit Picture(QWidget* parent = nullptr);

    /// What the picture shows, in words; also its accessible description.
    QString summary() const { return accessibleDescription(); }
    /// Without folder and suffix; for the save dialog.
    void setFileName(const QString& name) { m_fileName = name; }
    /// The same as tab-separated text where that makes sense, else empty.
    virtual QString text() const { return {}; }
    /// Plain text; empty where nothing is.
    virtual QString tooltipAt(const QPointF& position) const { return {}; }

    /// PNG (at twice the size on screen), SVG or PDF by the suffix of `path`; false when it cannot be written.
    bool savePicture(const QString& path) const;
    /// The picture, and text() with it.
    void copyPicture() const;

protected:
    void setSummary(const QString& text) { setAccessibleDescription(text); }

    /// Copying, saving, and what extendMenu() adds.
    void showMenu(const QPoint& globalPosition);
    /// Says tooltipAt(`position`) until the mouse leaves what it is about; hides it where there is nothing to say.
    void showTip(const QPoint& position);

    /// Everything but the focus frame. Painters know the device, not this widget: font and palette are the widget's.
    virtual void draw(QPainter& painter) const {}
    /// Onto a file or the clipboard, as large as on screen.
    virtual void drawOn(QPaintDevice& device) const;
    /// Adds what this kind of picture offers beside copying and saving.
    virtual void extendMenu(QMenu& menu) {}

    bool event(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void saveWithDialog();

    QString m_fileName;
};

} // namespace halftone
