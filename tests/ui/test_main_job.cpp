// SPDX-License-Identifier: GPL-3.0-or-later
// The main job with nothing replaced: the real window, the real runner and the real halftone-cli on the
// bundled sample. Skipped when either was not built.
#include "core/report/json.h"
#include "ui/format.h"
#include "ui/frame/notice_bar.h"
#include "ui/main_window.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/time_bars.h"
#include "ui/theme.h"
#include "ui/views/overview/fact.h"

#include <QAction>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace halftone;

namespace {

constexpr int longestOpenMs = 60000, longestRunMs = 240000;

int rows(const QAbstractItemModel& model, const QModelIndex& parent = {}) {
    int count = model.rowCount(parent);
    for (int row = 0; row < model.rowCount(parent); ++row)
        count += rows(model, model.index(row, 0, parent));
    return count;
}

QByteArray content(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestMainJob : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_sample;
    std::unique_ptr<MainWindow> m_window;

    template <class Widget> Widget* find(const char* name) const { return m_window->findChild<Widget*>(name); }
    QPushButton* primary() const { return find<QPushButton>("primary"); }
    NoticeBar* message() const { return find<NoticeBar>("message"); }

    bool waitIdle(int longestMs) const {
        return QTest::qWaitFor([this] { return m_window->session().activity() == Session::Activity::None; }, longestMs);
    }

    bool openSample() {
        m_window->openSample();
        const bool idle = waitIdle(longestOpenMs);
        // Little work, so that the test also ends in time on a machine that is busy with other things.
        find<QDoubleSpinBox>("time")->setValue(1);
        find<QSpinBox>("threads")->setValue(1);
        find<QSpinBox>("samples")->setValue(100);
        return idle && m_window->session().model();
    }

private slots:
    void initTestCase() {
        m_sample = findSample(HALFTONE_SAMPLE_DIR);
        if (!QFileInfo::exists(HALFTONE_CLI_PATH))
            QSKIP("halftone-cli was not built");
        if (m_sample.isEmpty())
            QSKIP("the bundled sample is missing");
        qputenv("HALFTONE_CLI", HALFTONE_CLI_PATH);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        qputenv("XDG_DATA_HOME", m_folder.path().toUtf8());
        theme::apply(ThemeChoice::Light);
    }
    void init() {
        m_window = std::make_unique<MainWindow>(m_sample);
        m_window->show();
    }
    void cleanup() { m_window.reset(); }

    void openTheSampleClickAndReadTheResult() {
        QVERIFY(openSample());
        QVERIFY(find<QLabel>("machine")->text().contains("thread"));
        QSignalSpy stages(&m_window->session().runner(), &Runner::stageStarted);
        QSignalSpy progress(&m_window->session().runner(), &Runner::progress);
        QTest::mouseClick(primary(), Qt::LeftButton);
        QVERIFY(waitIdle(longestRunMs));
        QVERIFY2(!message()->isVisible(), qPrintable(message()->text()));
        QVERIFY(stages.size() >= 3);
        QVERIFY(!progress.isEmpty());

        // What is shown equals what the exported file says.
        const QString file = m_folder.filePath("sample.json");
        m_window->exportJson(file);
        QTRY_VERIFY(QFileInfo::exists(file));
        const Report report = loadReport(file.toStdString());
        QVERIFY(report == *m_window->document().report());
        QVERIFY(report.run("fp32") && report.run("int8") && report.accuracy && report.accuracy->top1);
        QCOMPARE(find<QLabel>("verdict")->text(), typeset(report.verdict.sentence));
        QCOMPARE(find<Fact>("speedFact")->value(), speedupText(gradedSpeedup(report.verdict)));
        const auto& top1 = report.accuracy->top1->share;
        QCOMPARE(find<Fact>("accuracyFact")->value(), shareText(top1.at("fp32")) + " → " + shareText(top1.at("int8")));
        QVERIFY(find<Fact>("sizeFact")->value().contains(bytesText(report.model.int8WeightsBytes)));
        const QString bars = m_window->findChild<TimeBars*>()->accessibleDescription();
        for (const Run& run : report.runs)
            QVERIFY(bars.contains(timeWithUnit(run.latencyMs.median, pageUnit(report))));
        QCOMPARE(rows(*find<QWidget>("layers")->findChild<QTreeView*>()->model()), int(report.layers.size()));
        QCOMPARE(rows(*find<QWidget>("ranges")->findChild<QTreeView*>()->model()), int(report.tensors.size()));
        QCOMPARE(rows(*find<QWidget>("conversions")->findChild<QTreeView*>()->model()), int(report.conversions.size()));

        m_window->exportCsv(m_folder.filePath("tables"));
        QTRY_VERIFY(QFileInfo::exists(m_folder.filePath("tables/conversions.csv")));
        QVERIFY(content(m_folder.filePath("tables/layers.csv")).count('\n') > qsizetype(report.layers.size()));
        for (const Layer& layer : report.layers)
            QVERIFY(content(m_folder.filePath("tables/layers.csv")).contains(QByteArray::fromStdString(layer.name)));

        // And a saved report opens again, in a window that knows nothing of the run.
        m_window = std::make_unique<MainWindow>(m_sample);
        m_window->open(file);
        QVERIFY(waitIdle(longestOpenMs));
        QVERIFY(m_window->document().report() && *m_window->document().report() == report);
        QVERIFY(!find<NoticeBar>("state")->isVisibleTo(m_window.get()));
    }

    void theSampleIsSwept() {
        QVERIFY(openSample());
        find<QLineEdit>("batches")->setText("2, 1");
        find<QLineEdit>("sweepThreads")->setText("1");
        find<QDoubleSpinBox>("sweepTime")->setValue(0.2);
        find<QAction>("measureSweepAction")->trigger();
        QVERIFY(waitIdle(longestRunMs));
        const auto report = m_window->document().report();
        QVERIFY2(report && report->sweep, qPrintable(message()->text()));
        QCOMPARE(report->sweep->points.size(), size_t(2));
        const HeatGrid& grid = m_window->findChild<HeatMap*>()->grid();
        QCOMPARE(grid.columns, (QStringList{"1", "2"}));
        for (const SweepPoint& point : report->sweep->points) {
            QVERIFY2(point.failure.empty(), point.failure.c_str());
            QVERIFY(point.latencyMs.at("fp32").median > 0 && point.latencyMs.at("int8").median > 0);
        }
    }

    void theSampleIsPlanned() {
        QVERIFY(openSample());
        find<QSpinBox>("samples")->setValue(80);
        find<QDoubleSpinBox>("planTime")->setValue(8);
        find<QAction>("findPlanAction")->trigger();
        QVERIFY(waitIdle(longestRunMs));
        const auto report = m_window->document().report();
        QVERIFY2(report && report->plan, qPrintable(message()->text()));
        const MixedPlan& plan = *report->plan;
        QCOMPARE(plan.timeBudgetS, 8.0);
        QCOMPARE(plan.maxDrop, 1.0); // the window shows the profiler's own limit
        QCOMPARE(rows(*find<QWidget>("planner")->findChild<QTreeView*>()->model()), int(plan.layers.size()));
        QVERIFY(!plan.front.empty());
    }

    void withoutPicturesOnlyTimesAreMeasured() {
        QVERIFY(openSample());
        find<QLineEdit>("data")->clear();
        primary()->click();
        QVERIFY(waitIdle(longestRunMs));
        const auto report = m_window->document().report();
        QVERIFY2(report != nullptr, qPrintable(message()->text()));
        QVERIFY(!report->data && !report->accuracy);
        QVERIFY(find<Fact>("accuracyFact")->detail().contains("No data was given"));
    }

    void cancelInMidRunKeepsTheModel() {
        QVERIFY(openSample());
        find<QDoubleSpinBox>("time")->setValue(600);
        QSignalSpy stages(&m_window->session().runner(), &Runner::stageStarted);
        primary()->click();
        QVERIFY(QTest::qWaitFor([&] { return stages.size() >= 2; }, longestRunMs));
        primary()->click();
        QVERIFY(waitIdle(10000));
        QVERIFY(message()->text().contains("The run was stopped"));
        QVERIFY(m_window->session().model() != nullptr);
        QVERIFY(primary()->isEnabled());
    }

    void aBrokenFileIsNamedAndTheSampleStaysOpen() {
        QVERIFY(openSample());
        QFile broken(m_folder.filePath("broken.onnx"));
        QVERIFY(broken.open(QIODevice::WriteOnly));
        const QByteArray whole = content(m_sample + "/fashion_resnet.onnx");
        broken.write(whole.left(whole.size() / 2));
        broken.close();
        m_window->open(broken.fileName());
        QVERIFY(waitIdle(longestOpenMs));
        QVERIFY2(message()->text().contains("broken.onnx"), qPrintable(message()->text()));
        QCOMPARE(m_window->windowTitle(), "fashion_resnet.onnx – Halftone");
    }
};

QTEST_MAIN(TestMainJob)
#include "test_main_job.moc"
