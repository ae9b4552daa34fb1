// SPDX-License-Identifier: GPL-3.0-or-later
// Kept runs: written, listed, found again, limited, and what happens where they cannot be written.
#include "core/report/json.h"
#include "tests/support/example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/format.h"
#include "ui/runs/run_store.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

Report withSpeedup(double factor, const Interval& ci95, Grade grade) {
    Report report = exampleReport(12);
    report.verdict.speedup = factor;
    report.verdict.speedupCi95 = ci95;
    report.verdict.grade = grade;
    return report;
}

RunRecord recordWith(double factor, const Interval& ci95, Grade grade) {
    return recordOf(withSpeedup(factor, ci95, grade), runFileName(QDateTime::currentDateTimeUtc(), JobKind::Profile));
}

} // namespace

class TestRunStore : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    test::SettingsSandbox m_sandbox;

    QString runsFolder() const { return m_folder->filePath("data/runs"); }
    QStringList files() const {
        return QDir(runsFolder()).entryList({"*-*.json"}, QDir::Files, QDir::Name | QDir::Reversed);
    }
    QByteArray content(const QString& file) const {
        QFile opened(runsFolder() + '/' + file);
        return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
    }
    void write(const QString& file, const QByteArray& text) const {
        QFile opened(runsFolder() + '/' + file);
        QVERIFY(opened.open(QIODevice::WriteOnly));
        opened.write(text);
    }
    std::unique_ptr<RunStore> opened() const {
        auto store = std::make_unique<RunStore>(runsFolder());
        store->finish();
        return store;
    }
    static QStringList names(const RunStore& store) {
        QStringList names;
        for (const RunRecord& run : store.runs())
            names << run.file;
        return names;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void itLiesInTheUsersDataFolder() {
        qputenv("XDG_DATA_HOME", m_folder->path().toUtf8());
        QVERIFY(RunStore::defaultFolder().startsWith(m_folder->path()));
        QVERIFY(RunStore::defaultFolder().endsWith("/runs"));
    }

    void everyRunIsAFileOfItsOwnAndFoundAgain() {
        const auto first = test::shared(withSpeedup(1.9, {1.85, 1.95}, Grade::Sure));
        const auto second = test::shared(withSpeedup(2.0, {1.2, 3.1}, Grade::Rough));
        QList<RunRecord> before;
        {
            const auto store = opened();
            QVERIFY(store->runs().isEmpty());
            const QString a = store->keep(first, JobKind::Profile), b = store->keep(second, JobKind::Sweep);
            QCOMPARE(names(*store), (QStringList{b, a}));
            QVERIFY(store->unwritten(a) == first); // can be opened before it is on disk
            store->finish();
            QVERIFY(!store->unwritten(a));
            QVERIFY(loadReport(store->pathOf(a).toStdString()) == *first);
            QVERIFY(loadReport(store->pathOf(b).toStdString()) == *second);
            QVERIFY(store->holds(store->pathOf(a)));
            QVERIFY(!store->holds(m_folder->filePath(a)));
            before = store->runs();
        }
        const auto again = opened();
        QVERIFY(again->runs() == before);
        const RunRecord& sweep = again->runs().front();
        QCOMPARE(sweep.kind, JobKind::Sweep);
        QCOMPARE(sweep.model, QString::fromStdString(second->model.name));
        QCOMPARE(sweep.modelBytes, second->model.sizeBytes);
        QCOMPARE(sweep.data, QString::fromStdString(second->data->path));
        QCOMPARE(sweep.sentence, QString::fromStdString(second->verdict.sentence));
        QCOMPARE(sweep.top1, std::optional(second->accuracy->top1->share.at("int8")));
        QVERIFY(sweep.time.secsTo(QDateTime::currentDateTimeUtc()) < 600);
    }

    void theListIsReadWithoutTheReports() {
        QString file;
        {
            const auto store = opened();
            file = store->keep(test::shared(exampleReport(12)), JobKind::Profile);
            store->finish();
        }
        write(file, "{ damaged after it was listed");
        const auto again = opened();
        QCOMPARE(again->runs().size(), 1);
        QVERIFY(again->runs().front().problem.isEmpty());
        QVERIFY(again->runs().front().speedup);
    }

    void aDamagedListIsMadeAgainFromTheFiles_data() {
        QTest::addColumn<QByteArray>("list");
        QTest::newRow("cut off") << QByteArray("{\"runs\": [{\"file\":");
        QTest::newRow("other JSON") << QByteArray("[1, 2, {\"file\": 3}]");
        QTest::newRow("wrong entries") << QByteArray("{\"runs\": [7, {\"file\": \"../../passwd\"}, {}]}");
        QTest::newRow("binary") << QByteArray("\xff\xfe\0\x01", 4);
        QTest::newRow("empty") << QByteArray();
    }
    void aDamagedListIsMadeAgainFromTheFiles() {
        QFETCH(QByteArray, list);
        QList<RunRecord> before;
        {
            const auto store = opened();
            store->keep(test::shared(exampleReport(12)), JobKind::Profile);
            store->keep(test::shared(exampleReport(20)), JobKind::Plan);
            store->finish();
            before = store->runs();
        }
        write("index.json", list);
        QVERIFY(opened()->runs() == before);
        const auto stored = QJsonDocument::fromJson(content("index.json")).object()["runs"].toArray();
        QCOMPARE(stored.size(), 2);
    }

    void aDamagedFileIsListedAndTheOthersStay() {
        QString good, bad;
        {
            const auto store = opened();
            good = store->keep(test::shared(exampleReport(12)), JobKind::Profile);
            bad = store->keep(test::shared(exampleReport(12)), JobKind::Profile);
            store->finish();
        }
        QVERIFY(QFile::remove(runsFolder() + "/index.json"));
        write(bad, "no report");
        write("notes.json", "{}"); // of somebody else
        const auto store = opened();
        QCOMPARE(names(*store), (QStringList{bad, good}));
        QVERIFY(store->runs()[0].problem.contains("JSON"));
        QCOMPARE(shortFigure(store->runs()[0]), missing());
        QVERIFY(store->runs()[1].problem.isEmpty());
        store->remove(bad);
        store->finish();
        QCOMPARE(files(), QStringList{good});
        QVERIFY(QFile::exists(runsFolder() + "/notes.json"));
    }

    void theNewestTwoHundredStay() {
        const auto report = test::shared(exampleReport(6));
        QStringList kept;
        {
            const auto store = opened();
            for (int run = 0; run < RunStore::mostRuns + 5; ++run)
                kept.prepend(store->keep(report, JobKind::Profile));
            QCOMPARE(store->runs().size(), RunStore::mostRuns);
            store->finish();
            store->finish(); // what the first one led to
        }
        kept.resize(RunStore::mostRuns);
        QCOMPARE(files(), kept);
        QCOMPARE(names(*opened()), kept);
    }

    void aFolderThatCannotBeMadeLosesNothing() {
        QFile inTheWay(m_folder->filePath("data"));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();
        const auto store = opened();
        QSignalSpy problems(store.get(), &RunStore::problem);
        const auto report = test::shared(exampleReport(12));
        const QString file = store->keep(report, JobKind::Profile);
        store->finish();
        QCOMPARE(problems.size(), 1);
        QVERIFY2(problems[0][0].toString().contains("data/runs"), qPrintable(problems[0][0].toString()));
        QCOMPARE(store->failed(), QStringList{file});
        QVERIFY(store->unwritten(file) == report);
        QCOMPARE(names(*store), QStringList{file});

        QVERIFY(inTheWay.remove()); // room was made: the next run takes the lost one along
        const QString next = store->keep(report, JobKind::Sweep);
        store->finish();
        QCOMPARE(problems.size(), 1);
        QVERIFY(store->failed().isEmpty());
        QCOMPARE(files(), (QStringList{next, file}));
    }

    void aRunIsDeleted() {
        const auto store = opened();
        const QString first = store->keep(test::shared(exampleReport(12)), JobKind::Profile);
        store->finish();
        const QString second = store->keep(test::shared(exampleReport(12)), JobKind::Profile);
        store->remove(second); // still being written
        store->remove(first);
        store->finish();
        store->finish();
        QVERIFY(store->runs().isEmpty());
        QVERIFY(files().isEmpty());
        QVERIFY(opened()->runs().isEmpty());
    }

    void figuresAreAsCertainAsTheyAre() {
        QCOMPARE(shortFigure(recordWith(1.9, {1.85, 1.95}, Grade::Sure)), "1.90×");
        QCOMPARE(shortFigure(recordWith(1.9, {1.6, 2.3}, Grade::Rough)), "1.60 to 2.30×");
        QCOMPARE(shortFigure(recordWith(1.9, {0.9, 46.8}, Grade::Undecided)), "?");
        QVERIFY(figureWords(recordWith(1.9, {0.9, 46.8}, Grade::Undecided)).contains("not decided"));
        Report none = exampleReport(12);
        none.verdict.speedup.reset();
        QCOMPARE(shortFigure(recordOf(none, runFileName(QDateTime::currentDateTimeUtc(), JobKind::Sweep))), missing());
    }

    void aNewRunIsToldBesideTheOneBefore() {
        const Report before = withSpeedup(2.29, {2.2, 2.4}, Grade::Sure);
        QCOMPARE(newRunText(nullptr, before), "2.29×");
        QCOMPARE(newRunText(&before, withSpeedup(1.9, {1.85, 1.95}, Grade::Sure)), "1.90× (was 2.29×)");
        QCOMPARE(newRunText(&before, withSpeedup(2.25, {2.18, 2.31}, Grade::Sure)),
                 "2.25× (was 2.29×, no sure difference)");
        QCOMPARE(newRunText(&before, withSpeedup(1.9, {0.9, 46.8}, Grade::Undecided)),
                 "0.90 to 46.8×, not decided (was 2.29×, no sure difference)");
        Report other = withSpeedup(1.9, {1.85, 1.95}, Grade::Sure);
        other.options.batch = 8;
        QCOMPARE(newRunText(&before, other), "1.90× (was 2.29× with other settings)");
        other.machine.cpu = "Another CPU";
        QCOMPARE(newRunText(&before, other), "1.90× (was 2.29× on another CPU)");
        other.model.sha256 = "another";
        QCOMPARE(newRunText(&before, other), "1.90×");
    }
};

QTEST_MAIN(TestRunStore)
#include "test_run_store.moc"
