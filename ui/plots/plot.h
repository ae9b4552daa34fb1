// What all plots share: colours from the theme, wheel zooms along x, drag pans, double click resets, hovering
// shows the exact value, and a menu copies and saves the picture. Plots are read by screen readers through a
// summary in words. Only this folder includes qcustomplot.h.
#pragma once

#include <QPointF>
#include <QWidget>

class QCustomPlot;

namespace halftone {

class Plot : public QWidget {
    Q_OBJECT
public:
    explicit Plot(QWidget* parent = nullptr);
    ~Plot() override;

    /// What the plot shows, in words; also its accessible description.
    QString summary() const { return accessibleDescription(); }
    /// Without folder and suffix; for the save dialog.
    void setFileName(const QString& name) { m_fileName = name; }

    /// PNG (at twice the size on screen), SVG or PDF by the suffix of `path`; false when it cannot be
    /// written.
    bool savePicture(const QString& path) const;
    void copyPicture() const;
    void resetZoom();
    /// Around the middle; factors below 1 zoom in.
    void zoom(double factor);

    QSize sizeHint() const override { return {400, 200}; }
    QSize minimumSizeHint() const override { return {160, 120}; }

protected:
    QCustomPlot* plot() const { return m_plot; }
    /// The range that zooming out ends at.
    void setFullRange(double lower, double upper);
    void setSummary(const QString& text) { setAccessibleDescription(text); }

    /// Sets colours again; the frame (axes, grid, background) is done already.
    virtual void restyle() = 0;
    /// For a place in the data; empty: nothing there.
    virtual QString hoverText(double x, double y) const = 0;
    /// The left button was pressed and let go here, in pixels of the plot.
    virtual void onClicked(const QPointF& pixel) {}

    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void showEvent(QShowEvent* event) override;

    void applyTheme();

private:
    void saveWithDialog();

    QCustomPlot* m_plot;
    double m_lower = 0, m_upper = 1;
    QPointF m_pressed;
    QString m_fileName;
};

} // namespace halftone
