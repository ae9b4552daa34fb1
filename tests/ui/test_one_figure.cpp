// SPDX-License-Identifier: GPL-3.0-or-later
// One report, one figure: what the window, JSON, CSV and the command line show of the same thing is the same, and parts
// add up to their whole. Walks over examples of every grade, a run of the bundled sample, and all reports in the folder
// HALFTONE_REPORTS where that is set (tests/benchmarks/job/every_report.py makes them of real models).
#include "app/summary.h"
#include "core/report/accuracy_change.h"
#include "core/report/compared.h"
#include "core/report/csv.h"
#include "core/report/json.h"
#include "tests/support/disturbed_report.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/facts/findings.h"
#include "ui/format.h"
#include "ui/models/isa_table.h"
#include "ui/models/layer_table.h"
#include "ui/models/table_view.h"
#include "ui/plots/loss_bars.h"
#include "ui/plots/time_bars.h"
#include "ui/views/isas/isas_panel.h"
#include "ui/views/layers/layer_detail.h"
#include "ui/views/layers/layers_panel.h"
#include "ui/views/limits/limits_panel.h"
#include "ui/views/overview/fact.h"
#include "ui/views/overview/overview_panel.h"
#include "ui/views/planner/planner_panel.h"
#include "ui/views/sweep/sweep_grid.h"
#include "ui/views/sweep/sweep_panel.h"

#include <QDir>
#include <QLabel>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>

using namespace halftone;

namespace {

/// Figures as the command line writes them: no typographic signs and spaces.
QString simple(QString text) {
    return text.replace(QChar(0x202F), u' ')
        .replace(QChar(0xA0), u' ')
        .replace(QChar(0x2212), u'-')
        .replace(QChar(0xD7), u'x')
        .remove(QStringLiteral("▼ "))
        .remove(QStringLiteral("▼"));
}

using Row = std::map<QString, QString>;

/// Tables of the examples have no quotes.
std::vector<Row> csvRows(const std::string& text) {
    const QStringList lines = QString::fromStdString(text).split(QStringLiteral("\r\n"), Qt::SkipEmptyParts);
    const QStringList titles = lines.first().split(u',');
    std::vector<Row> rows;
    for (const QString& line : lines.mid(1)) {
        static const QRegularExpression cell(QStringLiteral("(?:^|,)(?:\"([^\"]*)\"|([^,]*))"));
        Row row;
        qsizetype column = 0;
        for (auto found = cell.globalMatch(line); found.hasNext() && column < titles.size(); ++column) {
            const auto match = found.next();
            row[titles[column]] = match.captured(1) + match.captured(2);
        }
        rows.push_back(row);
    }
    return rows;
}

/// How a CSV row grades its speed-up, in the words of all other places.
GradedSpeedup gradedSpeedup(const Row& row) {
    GradedSpeedup comparison;
    if (!row.at("speedup").isEmpty())
        comparison.speedup = row.at("speedup").toDouble();
    if (!row.at("speedup ci95 lo").isEmpty())
        comparison.ci95 = Interval{row.at("speedup ci95 lo").toDouble(), row.at("speedup ci95 hi").toDouble()};
    for (const Grade grade : {Grade::Sure, Grade::Rough, Grade::Undecided})
        if (row.at("speedup grade") == QString::fromLatin1(name(grade)))
            comparison.grade = grade;
    return comparison;
}

/// "12.3" of "12.3 ms" in ms, whatever the unit.
double msOf(const QString& text) {
    static const QRegularExpression figure(QStringLiteral("(-?[\\d ]+(?:\\.\\d+)?) (µs|ms|s)\\b"));
    const auto match = figure.match(simple(text));
    return match.captured(1).remove(u' ').toDouble() / perMs(match.captured(2) == u"µs"   ? TimeUnit::Us
                                                             : match.captured(2) == u"ms" ? TimeUnit::Ms
                                                                                          : TimeUnit::S);
}

/// As near as figures of three digits are.
bool same(double one, double other) {
    return std::abs(one - other) <= 0.0051 * std::max(std::abs(one), std::abs(other));
}

QString lineOf(const QString& text, const QString& start) {
    for (const QString& line : text.split(u'\n'))
        if (line.startsWith(start))
            return line;
    return {};
}

QString cell(const TableModelBase& model, int id, const char* column) {
    return model.indexOf(id, model.columnOf(QLatin1String(column))).data().toString();
}

template <class Widget = QLabel> Widget* find(const QWidget& panel, const char* name) {
    return panel.findChild<Widget*>(QLatin1String(name));
}

} // namespace

class TestOneFigure : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        QProcess cli;
        const QString sample = QStringLiteral(HALFTONE_SAMPLE_DIR), out = m_made.filePath("sample.json");
        cli.start(QStringLiteral(HALFTONE_CLI_PATH),
                  {"profile", sample + "/fashion_resnet.onnx", "--data", sample + "/fashion_test_1000.npz", "--preset",
                   "fashion-mnist", "--samples", "200", "--time", "0.5", "--out", out});
        QVERIFY2(cli.waitForFinished(240000) && cli.exitCode() == 0, cli.readAllStandardError().constData());
    }
    void init() { m_sandbox.clear(); }

    void wholeLatencies_data() { reports(); }
    void wholeLatencies() {
        QFETCH(test::ReportPointer, report);
        Document document;
        document.setReport(report);
        const OverviewPanel overview(document);
        const LayersPanel layers(document);
        const Report json = reportFromJson(toJson(*report), "report.json");
        const auto csv = csvRows(runsCsv(*report));
        const QString bars = overview.findChild<TimeBars*>()->accessibleDescription();
        const QString summary = QString::fromStdString(app::profileSummary(*report));
        QCOMPARE(csv.size(), report->runs.size());
        for (size_t i = 0; i < report->runs.size(); ++i) {
            const Run& run = report->runs[i];
            const QString name = QString::fromStdString(run.precision);
            const double ms = run.latencyMs.median;
            QCOMPARE(json.runs[i].latencyMs.median, ms);
            QCOMPARE(csv[i].at("whole ms").toDouble(), ms);
            QVERIFY(same(msOf(bars.mid(bars.indexOf(name + ": "))), ms));
            QVERIFY2(same(msOf(lineOf(summary, name + "  ").mid(name.size())), ms), qPrintable(summary));

            // One grade and one figure of its speed-up everywhere.
            const GradedSpeedup comparison = speedupOf(*report, run);
            QVERIFY(::gradedSpeedup(csv[i]) == comparison || !comparison.speedup);
            if (!comparison.speedup)
                continue;
            const QString figure = simple(speedupText(comparison));
            QVERIFY2(simple(bars).contains(figure), qPrintable(figure));
            QVERIFY2(lineOf(summary, name + "  ").contains(figure), qPrintable(summary));
        }
        if (const Run* int8 = report->run("int8"))
            QCOMPARE(simple(find<Fact>(overview, "speedFact")->value()),
                     simple(speedupText(speedupOf(*report, *int8))));
        if (report->verdict.speedup && report->verdict.grade != Grade::Sure) {
            // An end of the interval may be the factor itself.
            QString words = simple(find(overview, "verdict")->text());
            words.remove(QString::fromStdString(intervalFigure(*report->verdict.speedupCi95)));
            QVERIFY2(!words.contains(QString::fromStdString(factorText(*report->verdict.speedup) + "x")),
                     "the largest letters hold no point estimate that is not sure");
        }
    }

    void partsAddUpToTheirWhole_data() { reports(); }
    void partsAddUpToTheirWhole() {
        QFETCH(test::ReportPointer, report);
        const auto csv = csvRows(runsCsv(*report));
        const auto steps = csvRows(stepsCsv(*report));
        Document document;
        document.setReport(report);
        const LayersPanel layers(document);
        for (size_t i = 0; i < report->runs.size(); ++i) {
            const Run& run = report->runs[i];
            const double whole = run.latencyMs.median;
            double segments = 0, shares = 0;
            for (const TimeSegment& segment : timeSegments(run))
                segments += segment.ms;
            QVERIFY(same(segments, whole));
            const Row& row = csv[i];
            QVERIFY(same(row.at("steps ms").toDouble() + row.at("waiting ms").toDouble() +
                             row.at("between steps ms").toDouble(),
                         whole));
            for (const Row& step : steps)
                if (step.at("run") == QString::fromStdString(run.precision))
                    shares += step.at("share").toDouble();
            QVERIFY(same(shares, row.at("steps ms").toDouble() / whole));
        }
        if (!report->run("fp32") || !report->run("int8"))
            return;
        const Run &fp32 = *report->run("fp32"), &int8 = *report->run("int8");
        const TimeUnit unit = pageUnit(*report);
        for (const auto& [one, other] : {std::pair{fp32.stepsMs, int8.stepsMs},
                                         {fp32.latencyMs.median, int8.latencyMs.median},
                                         {fp32.unexplainedMs, int8.unexplainedMs}})
            QVERIFY(layers.sums().contains(timeText(one, unit) + " / " + timeText(other, unit)));
        if (report->waterfall) {
            double parts = 0;
            for (const LossPart& part : report->waterfall->parts)
                parts += part.ms;
            QVERIFY(same(parts, int8.latencyMs.median));
        }
    }

    void layersHaveOneTimeOneShareAndOneGrade_data() { reports(); }
    void layersHaveOneTimeOneShareAndOneGrade() {
        QFETCH(test::ReportPointer, report);
        Document document;
        document.setReport(report);
        const LayersPanel panel(document);
        const TableModelBase& model = *panel.table()->table();
        const auto csv = csvRows(layersCsv(*report));
        const Report json = reportFromJson(toJson(*report), "report.json");
        if (!report->run("int8"))
            return;
        const Run& int8 = *report->run("int8");
        const TimeUnit unit = pageUnit(*report);
        int slower = 0;
        for (int id = 0; id < static_cast<int>(report->layers.size()); ++id) {
            const Layer& layer = report->layers[static_cast<size_t>(id)];
            const Row& row = csv[static_cast<size_t>(id)];
            slower += cell(model, id, "speedup").contains(u'▼');
            QCOMPARE(halftone::gradedSpeedup(json.layers[static_cast<size_t>(id)]), halftone::gradedSpeedup(layer));
            if (layer.speedup)
                QCOMPARE(::gradedSpeedup(row), halftone::gradedSpeedup(layer));
            QCOMPARE(simple(cell(model, id, "speedup")), simple(speedupText(halftone::gradedSpeedup(layer))));
            const auto run = layer.byPrecision.find("int8");
            if (run == layer.byPrecision.end() || !run->second.medianMs)
                continue;
            const double ms = *run->second.medianMs;
            QCOMPARE(row.at("int8 ms").toDouble(), ms);
            QCOMPARE(cell(model, id, "otherTime"), timeText(ms, unit));
            const QString share = shareText(ms / int8.latencyMs.median);
            QCOMPARE(cell(model, id, "share"), percentText(ms / int8.latencyMs.median));
            document.selectLayer(id);
            QVERIFY2(panel.detail()->text().contains(timeWithUnit(ms, unit)), qPrintable(panel.detail()->text()));
            QVERIFY2(panel.detail()->text().contains(share + " of the whole latency"),
                     qPrintable(panel.detail()->text()));
            for (const Finding& finding : findings(*report))
                if (finding.text.startsWith(plain(layer.name) + " runs in "))
                    QVERIFY2(finding.text.contains(timeWithUnit(ms, unit) + ", " + share + " of the int8 time"),
                             qPrintable(finding.text));
        }
        for (const Chip& chip : layerChips(layerRows(*report)))
            if (chip.key == u"slower")
                QCOMPARE(chip.count, slower);
        for (const Finding& finding : findings(*report))
            if (finding.text.contains("slower in int8"))
                QVERIFY(finding.text.startsWith(slower == 1 ? finding.text.left(1)
                                                            : QStringLiteral("%1 layers").arg(slower)));
    }

    void accuracyIsOneFigureAndOneJudgement_data() { reports(); }
    void accuracyIsOneFigureAndOneJudgement() {
        QFETCH(test::ReportPointer, report);
        if (!report->accuracy || !report->accuracy->top1)
            return;
        Document document;
        document.setReport(report);
        const OverviewPanel overview(document);
        const QString fact = find<Fact>(overview, "accuracyFact")->value();
        const QString detail = find<Fact>(overview, "accuracyFact")->detail();
        const QString summary = QString::fromStdString(app::profileSummary(*report));
        const auto csv = csvRows(runsCsv(*report));
        for (size_t i = 0; i < report->runs.size(); ++i) {
            const std::string& precision = report->runs[i].precision;
            const double share = report->accuracy->top1->share.at(precision);
            QCOMPARE(csv[i].at("top-1").toDouble(), share);
            QVERIFY2(lineOf(summary, "top-1 ").contains(plain(precision) + u' ' + simple(shareText(share))),
                     qPrintable(summary));
            if (precision == "fp32" || precision == "int8")
                QVERIFY(fact.contains(shareText(share)));
        }
        const QString words = QString::fromStdString(accuracyChangeWords(*report->accuracy));
        QVERIFY(simple(detail).contains(words));
        QVERIFY(lineOf(summary, "top-1 ").contains(words));
        const bool drops = accuracyChange(*report->accuracy) == AccuracyChange::Worse;
        QCOMPARE(detail.contains("points"), drops);
        for (const Finding& finding : findings(*report))
            QVERIFY(drops || !finding.text.contains("drops"));
    }

    void sweepsInstructionSetsAndPlans_data() { reports(); }
    void sweepsInstructionSetsAndPlans() {
        QFETCH(test::ReportPointer, report);
        if (!report->sweep || !report->isas || !report->plan)
            return;
        Document document;
        document.setReport(report);
        const SweepPanel sweep(document);
        const IsasPanel isas(document);
        const PlannerPanel planner(document);
        const auto points = csvRows(sweepCsv(*report->sweep));
        const SweepTable table(*report->sweep);
        const TimeUnit unit = pageUnit(*report->sweep);
        const HeatGrid grid = heatGrid(table, {}, unit);
        const QString sweepText = QString::fromStdString(app::sweepSummary(*report));
        for (size_t i = 0; i < points.size(); ++i) {
            const SweepPoint& point = report->sweep->points[i];
            if (!point.speedup)
                continue;
            const GradedSpeedup comparison = halftone::gradedSpeedup(point);
            QCOMPARE(::gradedSpeedup(points[i]), comparison);
            QVERIFY(simple(pointText(point, unit)).contains(simple(speedupText(comparison))));
            const QString line = lineOf(sweepText, QStringLiteral("%1 %2 ").arg(point.batch, 5).arg(point.threads, 7));
            QVERIFY2(line.contains(simple(speedupText(comparison))), qPrintable(line));
            QVERIFY2(line.contains(simple(significant(point.latencyMs.at("int8").median))), qPrintable(line));
            for (size_t at = 0; at < grid.cells.size(); ++at)
                if (table.at(at) == &point)
                    QCOMPARE(simple(grid.cells[at].text).replace(u'\n', u' '), simple(speedupText(comparison)));
        }
        const auto runs = csvRows(isasCsv(*report->isas));
        const QString isaText = QString::fromStdString(app::isaSummary(*report));
        for (size_t i = 0; i < runs.size(); ++i) {
            const GradedSpeedup comparison = halftone::gradedSpeedup(report->isas->runs[i]);
            if (!comparison.speedup)
                continue;
            QCOMPARE(::gradedSpeedup(runs[i]), comparison);
            QVERIFY(isaText.contains(simple(speedupText(comparison))));
        }
        const QString planText = QString::fromStdString(app::planSummary(*report));
        QVERIFY(lineOf(planText, "speed-up of the plan")
                    .contains(simple(speedupText(halftone::gradedSpeedup(*report->plan)))));
        const auto front = csvRows(planFrontCsv(*report->plan));
        for (size_t i = 0; i < front.size(); ++i)
            QVERIFY(same(msOf(pointFigures(*report->plan, static_cast<int>(i))), shownMs(report->plan->front[i])));
        const std::pair<const QWidget*, QString> sections[] = {
            {&sweep, sweepText}, {&isas, isaText}, {&planner, planText}};
        for (const auto& [panel, text] : sections)
            QVERIFY2(text.contains(simple(find(*panel, "section")->text().remove(QStringLiteral("△ ")))),
                     qPrintable(text));
    }

private:
    void reports() const {
        QTest::addColumn<test::ReportPointer>("report");
        QTest::newRow("sure") << test::shared(fullExampleReport(30));
        QTest::newRow("rough") << test::shared(roughReport(30));
        QTest::newRow("not decided") << test::shared(undecidedReport(30));
        QTest::newRow("by chance") << test::shared(exampleReport(30));
        for (const QString& folder : {m_made.path(), qEnvironmentVariable("HALFTONE_REPORTS")})
            for (const QFileInfo& file : QDir(folder).entryInfoList({"*.json"}))
                if (!folder.isEmpty())
                    QTest::newRow(qPrintable(file.completeBaseName()))
                        << test::shared(loadReport(file.filePath().toStdString()));
    }

    test::SettingsSandbox m_sandbox;
    QTemporaryDir m_made;
};

QTEST_MAIN(TestOneFigure)
#include "test_one_figure.moc"
