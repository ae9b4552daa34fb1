// SPDX-License-Identifier: GPL-3.0-or-later
// The runner against a script that plays halftone-cli, well and badly behaved.
#include "ui/runner.h"

#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace halftone;

class TestRunner : public QObject {
    Q_OBJECT

    static RunOutcome outcomeOf(const QStringList& arguments) {
        Runner runner;
        QSignalSpy finished(&runner, &Runner::finished);
        runner.start(arguments);
        if (finished.isEmpty())
            finished.wait(20000);
        return finished.size() == 1 ? finished[0][0].value<RunOutcome>() : RunOutcome{};
    }

private slots:
    void init() { qputenv("HALFTONE_CLI", HALFTONE_FAKE_CLI); }

    void linesBecomeSignalsInOrder() {
        Runner runner;
        QStringList events;
        connect(&runner, &Runner::stageStarted, this, [&](const RunStage& stage) {
            events += QStringLiteral("%1/%2 %3: %4").arg(stage.index).arg(stage.count).arg(stage.name, stage.text);
        });
        connect(&runner, &Runner::found, this, [&](const QString& text) { events += text; });
        connect(&runner, &Runner::progress, this,
                [&](double fraction, double left) { events += QStringLiteral("%1 %2").arg(fraction).arg(left); });
        connect(&runner, &Runner::latency, this,
                [&](const QString& precision, double ms) { events += QStringLiteral("%1 %2").arg(precision).arg(ms); });
        connect(&runner, &Runner::diagnostic, this, [&](const Diagnostic& diagnostic) {
            events += QString::fromStdString(diagnostic.code + ": " + diagnostic.message);
        });
        QSignalSpy finished(&runner, &Runner::finished);
        runner.start({"stages"});
        QVERIFY(runner.isRunning());
        QVERIFY(finished.wait());
        QVERIFY(!runner.isRunning());
        QCOMPARE(finished[0][0].value<RunOutcome>().kind, RunOutcome::Kind::Done);
        QCOMPARE(events,
                 (QStringList{"1/2 open: Reading the model", "175 layers, 3.67 G MACs",
                              "2/2 measure: Measuring fp32 and int8", "0.42 12.5", "int8 3.9", "no-vnni: No VNNI."}));
    }

    void anErrorLineGivesTheMessage() {
        const RunOutcome outcome = outcomeOf({"error"});
        QCOMPARE(outcome.kind, RunOutcome::Kind::Failed);
        QCOMPARE(outcome.message, "net.onnx: the file is empty. Export it again.");
        QVERIFY(outcome.details.contains("a word on stderr"));
        QVERIFY(outcome.details.contains("bad-input"));
        QVERIFY(outcome.details.contains("--progress jsonl"));
    }

    void failuresWithoutAReasonAreExplained() {
        QVERIFY(outcomeOf({"silent"}).message.contains("without giving a reason (exit code 1)"));
        QVERIFY(outcomeOf({"usage"}).message.contains("different versions"));
    }

    void crashesAreNamed_data() {
        QTest::addColumn<int>("signal");
        QTest::addColumn<QString>("word");
        QTest::newRow("illegal instruction") << SIGILL << "instruction that this CPU does not have";
        QTest::newRow("abort") << SIGABRT << "SIGABRT";
        QTest::newRow("bus error") << SIGBUS << "lost a file";
        QTest::newRow("killed") << SIGKILL << "memory ran out";
        QTest::newRow("segmentation fault") << SIGSEGV << "does not have (SIGSEGV)";
        QTest::newRow("division") << SIGFPE << "division (SIGFPE)";
        QTest::newRow("another one") << SIGQUIT << "by signal 3";
        QTest::newRow("terminated from outside") << SIGTERM << "stopped by another program";
    }
    void crashesAreNamed() {
        QFETCH(int, signal);
        QFETCH(QString, word);
        const RunOutcome outcome = outcomeOf({"crash", QString::number(signal)});
        QCOMPARE(outcome.kind, RunOutcome::Kind::Failed);
        QVERIFY2(outcome.message.contains(word), qPrintable(outcome.message));
        QVERIFY(!outcome.message.contains("during")); // there was no stage yet
        QVERIFY2(outcome.details.contains(QStringLiteral("signal %1").arg(signal)), qPrintable(outcome.details));
    }

    void aCrashTellsWhatWasGoingOn() {
        const RunOutcome outcome = outcomeOf({"crash-in-stage", QString::number(SIGSEGV)});
        QCOMPARE(outcome.kind, RunOutcome::Kind::Failed);
        QCOMPARE(outcome.message,
                 "halftone-cli crashed: it reached for memory that it does not have (SIGSEGV) during step 2 of 2, "
                 "“Measuring fp32 and int8”. This is a defect of Halftone; copy the details and report it with the "
                 "model.");
        Runner runner; // a stage of a run before is not told of
        QSignalSpy finished(&runner, &Runner::finished);
        runner.start({"stages"});
        QVERIFY(finished.wait());
        runner.start({"crash", QString::number(SIGFPE)});
        QVERIFY(finished.wait());
        QVERIFY(!finished[1][0].value<RunOutcome>().message.contains("during"));
    }

    void aShellsExitCodeOfACrashIsUnderstood() {
        QVERIFY(outcomeOf({"wrapped-crash"}).message.contains("memory ran out"));
    }

    void aMissingProgramIsReportedAfterStartReturns() {
        qputenv("HALFTONE_CLI", "/nowhere/halftone-cli");
        Runner runner;
        QSignalSpy finished(&runner, &Runner::finished);
        runner.start({"stages"});
        QCOMPARE(finished.size(), 0);
        QVERIFY(finished.wait());
        const auto outcome = finished[0][0].value<RunOutcome>();
        QCOMPARE(outcome.kind, RunOutcome::Kind::Failed);
        QVERIFY(outcome.message.contains("/nowhere/halftone-cli"));
    }

    void cancelEndsTheJob_data() {
        QTest::addColumn<QString>("mode");
        QTest::newRow("that listens") << "cancel";
        QTest::newRow("that does not listen") << "stubborn";
    }
    void cancelEndsTheJob() {
        QFETCH(QString, mode);
        Runner runner;
        QSignalSpy stage(&runner, &Runner::stageStarted), finished(&runner, &Runner::finished);
        runner.start({mode});
        QVERIFY(stage.wait());
        runner.cancel();
        QVERIFY(finished.wait(10000));
        QCOMPARE(finished[0][0].value<RunOutcome>().kind, RunOutcome::Kind::Cancelled);
        runner.start({"stages"}); // and the runner can be used again
        QVERIFY(finished.wait());
        QCOMPARE(finished[1][0].value<RunOutcome>().kind, RunOutcome::Kind::Done);
    }

    void destructionEndsTheJob() {
        auto runner = std::make_unique<Runner>();
        QSignalSpy stage(runner.get(), &Runner::stageStarted);
        runner->start({"cancel"});
        QVERIFY(stage.wait());
        runner.reset(); // returns: the job is gone
    }

    void garbageIsKeptForTheDetailsAndDoesNoHarm() {
        Runner runner;
        QSignalSpy found(&runner, &Runner::found), progress(&runner, &Runner::progress),
            finished(&runner, &Runner::finished);
        runner.start({"garbage"});
        QVERIFY(finished.wait());
        const auto outcome = finished[0][0].value<RunOutcome>();
        QCOMPARE(outcome.kind, RunOutcome::Kind::Done);
        QCOMPARE(found.size(), 1);
        QCOMPARE(progress.size(), 1);
        QCOMPARE(progress[0][0].toDouble(), 1.0);
        QVERIFY(outcome.details.contains("libgomp: something odd"));
    }

    void hugeOutputNeitherBlocksNorFillsMemory() {
        Runner runner;
        QSignalSpy found(&runner, &Runner::found), progress(&runner, &Runner::progress),
            finished(&runner, &Runner::finished);
        runner.start({"huge"});
        QVERIFY(finished.wait(20000));
        QCOMPARE(progress.size(), 50000);
        QCOMPARE(found.size(), 1);
        QVERIFY(finished[0][0].value<RunOutcome>().details.size() < 100000);
    }
};

QTEST_GUILESS_MAIN(TestRunner)
#include "test_runner.moc"
