// SPDX-License-Identifier: GPL-3.0-or-later
// Grabs every view in every state, size and theme. With HALFTONE_GRAB_DIR set the pictures are kept there, to
// be looked at.
#include "tests/support/disturbed_report.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/models/table_view.h"
#include "ui/theme.h"
#include "ui/views/ranges/ranges_panel.h"
#include "ui/views/view.h"
#include "ui/views/view_list.h"

#include <QDir>
#include <QLocale>
#include <QtTest>

#include <functional>
#include <set>

using namespace halftone;

namespace {

struct Shown {
    QString name;
    std::function<View*(Document&)> make;
};

/// The ranges view with a weight selected, which has one more plot.
Shown weightRanges() {
    return {QStringLiteral("weight-ranges"), [](Document& document) {
                auto* panel = new RangesPanel(document);
                panel->filter()->chooseChip(QStringLiteral("weight"));
                panel->table()->setCurrentIndex(panel->table()->model()->index(0, 0));
                return panel;
            }};
}

QList<Shown> allViews() {
    QList<Shown> views;
    for (const ViewFactory& make : viewFactories()) {
        Document none;
        views += {std::unique_ptr<View>(make(none))->objectName(), make};
    }
    return views << weightRanges();
}

struct State {
    QString name;
    test::ReportPointer report;
    int selectedLayer = -1;
};

/// What is left of the window at 1024x700, 1280x800 and 1920x1080.
const QList<QSize> panelSizes{{744, 580}, {1000, 680}, {1640, 960}};

QImage picture(QWidget& widget, double scale) {
    QPixmap pixmap((QSizeF(widget.size()) * scale).toSize());
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(Qt::transparent);
    widget.render(&pixmap);
    return pixmap.toImage();
}

/// A view that was painted has text: many colours by its antialiased edges.
int colourCount(const QImage& image) {
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colours.insert(image.pixel(x, y));
    return static_cast<int>(colours.size());
}

} // namespace

class TestViews : public QObject {
    Q_OBJECT
private slots:
    void everyViewIsPaintedInEveryState_data();
    void everyViewIsPaintedInEveryState();

private:
    test::SettingsSandbox m_sandbox;
};

void TestViews::everyViewIsPaintedInEveryState_data() {
    QTest::addColumn<Shown>("view");
    QTest::addColumn<State>("state");
    QTest::addColumn<bool>("dark");
    const QList<State> states{
        {"no-document", nullptr},
        {"example", test::shared(exampleReport(12)), 1},
        {"full", test::shared(fullExampleReport(30)), 3},
        {"175-layers", test::shared(exampleReport(175))},
        {"175-layers-selected", test::shared(fullExampleReport(175)), 3},
        {"no-data", test::shared(test::withoutData(exampleReport(12)))},
        {"rough", test::shared(roughReport(30)), 3},
        {"not-decided", test::shared(undecidedReport(30)), 3},
        {"empty-report", test::shared(Report())},
        {"long-names", test::shared(test::withLongNames(fullExampleReport(30))), 3},
        {"right-to-left", test::shared(test::withRightToLeftNames(fullExampleReport(12))), 3},
    };
    for (const Shown& view : allViews())
        for (const State& state : states)
            for (const bool dark : {false, true})
                if (state.report || view.name != u"overview") // the window has its start page there
                    QTest::addRow("%s-%s-%s", qPrintable(view.name), qPrintable(state.name), dark ? "dark" : "light")
                        << view << state << dark;
}

void TestViews::everyViewIsPaintedInEveryState() {
    QFETCH(Shown, view);
    QFETCH(State, state);
    QFETCH(bool, dark);
    m_sandbox.clear();
    theme::apply(dark ? ThemeChoice::Dark : ThemeChoice::Light);
    Document document;
    document.setReport(state.report);
    document.selectLayer(state.selectedLayer);
    const std::unique_ptr<QWidget> panel(view.make(document));
    panel->setAutoFillBackground(true);
    for (const QSize& size : panelSizes) {
        panel->resize(size);
        panel->show();
        QCoreApplication::processEvents();
        QCOMPARE(panel->size(), size); // nothing inside forces it larger than the smallest window allows
        for (const double scale : {1.0, 2.0}) {
            if (scale > 1 && size != panelSizes[1])
                continue; // painting differs with the scale, layout with the size: no need to cross them
            const QImage image = picture(*panel, scale);
            QVERIFY2(colourCount(image) > 16, "nothing was painted");
            const QString folder = qEnvironmentVariable("HALFTONE_GRAB_DIR");
            if (folder.isEmpty())
                continue;
            QVERIFY(QDir().mkpath(folder));
            QVERIFY(image.save(QStringLiteral("%1/%2-%3-%4@%5.png")
                                   .arg(folder, QString::fromLatin1(QTest::currentDataTag()))
                                   .arg(size.width())
                                   .arg(size.height())
                                   .arg(scale)));
        }
    }
}

QTEST_MAIN(TestViews)
#include "test_views.moc"
