// SPDX-License-Identifier: GPL-3.0-or-later
// What all plots do for the mouse: tips that stay, a menu, zoom in both axes.
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/plots/error_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/loss_bars.h"
#include "ui/plots/roofline_plot.h"

#include <qcustomplot.h>

#include <QMenu>
#include <QToolTip>
#include <QtTest>

using namespace halftone;

namespace {

QCustomPlot* inside(const Plot& plot) {
    return plot.findChild<QCustomPlot*>();
}

/// In the pixels of the inner plot: where `picture` has something to say.
QPoint tellingPlace(const Picture& picture) {
    for (int y = 4; y < picture.height(); y += 3)
        for (int x = 4; x < picture.width(); x += 3)
            if (!picture.tooltipAt(QPointF(x, y)).isEmpty())
                return {x, y};
    return {};
}

void turnWheel(QWidget* widget, int steps) {
    const QPointF middle = QRectF(widget->rect()).center();
    QWheelEvent event(middle, widget->mapToGlobal(middle), {}, {0, 120 * steps}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(widget, &event);
}

} // namespace

class TestPictures : public QObject {
    Q_OBJECT

    std::shared_ptr<const Report> m_report = test::shared(fullExampleReport(30));
    test::SettingsSandbox m_sandbox;

    template <class Shown> void show(Shown& picture) {
        picture.resize(640, 320);
        picture.show();
        picture.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&picture));
        QCoreApplication::processEvents();
    }

private slots:
    void cleanup() { QToolTip::hideText(); }

    void aTipStaysWhileTheMouseRests() {
        RooflinePlot plot;
        plot.setReport(m_report);
        show(plot);
        const QPoint place = tellingPlace(plot);
        QVERIFY(!place.isNull());
        QWidget* drawn = inside(plot);
        QTest::mouseMove(drawn, drawn->mapFrom(&plot, place));
        QTRY_VERIFY(QToolTip::isVisible());
        QCOMPARE(QToolTip::text(), plot.tooltipAt(place));
        QTest::qWait(1500); // Qt asks again when the mouse has rested
        QVERIFY(QToolTip::isVisible());
        QCOMPARE(QToolTip::text(), plot.tooltipAt(place));
        QTest::mouseMove(drawn, QPoint(1, 1));
        QTRY_VERIFY(!QToolTip::isVisible());
    }

    void paintedPicturesTellWhenTheMouseRests() {
        LossBars bars;
        bars.setReport(m_report);
        show(bars);
        const QPoint place = tellingPlace(bars);
        QVERIFY(!place.isNull());
        QHelpEvent event(QEvent::ToolTip, place, bars.mapToGlobal(place));
        QCoreApplication::sendEvent(&bars, &event);
        QTRY_VERIFY(QToolTip::isVisible());
        QCOMPARE(QToolTip::text(), bars.tooltipAt(place));
    }

    void everyPictureHasAMenu_data() {
        QTest::addColumn<bool>("hasAxes");
        QTest::newRow("plot") << true;
        QTest::newRow("painted") << false;
    }
    void everyPictureHasAMenu() {
        QFETCH(bool, hasAxes);
        RooflinePlot plot;
        LossBars bars;
        plot.setReport(m_report);
        bars.setReport(m_report);
        Picture& picture = hasAxes ? static_cast<Picture&>(plot) : bars;
        show(picture);
        QWidget* clicked = hasAxes ? static_cast<QWidget*>(inside(plot)) : &picture;
        const QPoint middle = clicked->rect().center();
        QContextMenuEvent event(QContextMenuEvent::Mouse, middle, clicked->mapToGlobal(middle));
        QCoreApplication::sendEvent(clicked, &event);
        QTRY_VERIFY(QApplication::activePopupWidget());
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        QStringList texts;
        for (const QAction* action : menu->actions())
            texts << action->text();
        QVERIFY(texts.contains("&Copy picture") && texts.contains("&Save picture…"));
        QCOMPARE(texts.contains("&Reset zoom"), hasAxes);
        menu->close();
    }

    void scattersZoomInBothAxesAndStayInside_data() {
        QTest::addColumn<bool>("roofline");
        QTest::newRow("logarithmic") << true;
        QTest::newRow("linear") << false;
    }
    void scattersZoomInBothAxesAndStayInside() {
        QFETCH(bool, roofline);
        RooflinePlot dots;
        ErrorPlot errors;
        dots.setReport(m_report);
        errors.setReport(m_report);
        Plot& plot = roofline ? static_cast<Plot&>(dots) : errors;
        show(plot);
        QCustomPlot* drawn = inside(plot);
        const QCPRange x = drawn->xAxis->range(), y = drawn->yAxis->range();
        turnWheel(drawn, 2);
        QVERIFY(drawn->xAxis->range().size() < 0.9 * x.size());
        QVERIFY(drawn->yAxis->range().size() < 0.9 * y.size());
        turnWheel(drawn, -9);
        for (const auto& [axis, full] : {std::pair{drawn->xAxis, x}, std::pair{drawn->yAxis, y}}) {
            QVERIFY(qFuzzyCompare(axis->range().lower, full.lower));
            QVERIFY(qFuzzyCompare(axis->range().upper, full.upper));
        }
        plot.zoom(0.5);
        QVERIFY(drawn->yAxis->range().size() < 0.9 * y.size());
        QTest::mouseDClick(drawn, Qt::LeftButton, {}, drawn->rect().center());
        QVERIFY(drawn->xAxis->range() == x && drawn->yAxis->range() == y);
    }

    void countsKeepTheirZero() {
        HistogramPlot plot;
        plot.setTensor(m_report->tensors.front());
        show(plot);
        QCustomPlot* drawn = inside(plot);
        const QCPRange x = drawn->xAxis->range(), y = drawn->yAxis->range();
        turnWheel(drawn, 2);
        QVERIFY(drawn->xAxis->range().size() < 0.9 * x.size());
        QVERIFY(drawn->yAxis->range() == y);
    }
};

QTEST_MAIN(TestPictures)
#include "test_pictures.moc"
