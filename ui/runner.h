// SPDX-License-Identifier: GPL-3.0-or-later
// Starts halftone-cli, turns its lines into signals and its end, however it comes, into one outcome.
#pragma once

#include "core/report/progress.h"

#include <QByteArray>
#include <QObject>
#include <QProcess>
#include <QStringList>
#include <QTimer>

#include <memory>
#include <optional>

namespace halftone {

struct RunStage {
    int index = 0, count = 0; // from 1
    QString name;             // "measure"
    QString text;             // "Measuring fp32 and int8"
};

struct RunOutcome {
    enum class Kind { Done, Failed, Cancelled };
    Kind kind = Kind::Failed;
    QString message; // when failed: what happened, where, what to do
    QString details; // command line, exit status, what stderr said: for a bug report
};

/// Runs one job at a time. Lives in the GUI thread and never blocks it, but for the destructor, which ends a
/// job that is still running.
class Runner : public QObject {
    Q_OBJECT
public:
    explicit Runner(QObject* parent = nullptr);
    ~Runner() override;

    /// The environment's HALFTONE_CLI, else halftone-cli beside this program.
    static QString cliPath();

    /// `arguments` with "--progress jsonl" appended. finished() follows exactly once, never before this
    /// returns.
    void start(const QStringList& arguments);
    /// Asks the job to stop and kills it after 3 s.
    void cancel();
    bool isRunning() const { return m_process != nullptr; }

signals:
    void stageStarted(const RunStage& stage);
    /// `fraction` of the whole job, 0 to 1; `secondsLeft` is negative when unknown.
    void progress(double fraction, double secondsLeft);
    void found(const QString& text);
    void latency(const QString& precision, double medianMs);
    void diagnostic(const Diagnostic& diagnostic);
    void finished(const RunOutcome& outcome);

private:
    void readLines();
    void readLine(const QByteArray& line);
    void readErrors();
    void onExit();
    void finish(RunOutcome outcome);
    QString details(const QString& ending) const;

    struct ProcessDeleter {
        void operator()(QProcess* process) const { process->deleteLater(); }
    };
    std::unique_ptr<QProcess, ProcessDeleter> m_process;
    QTimer m_killTimer;
    QByteArray m_pending;             // of a line that is not complete yet
    bool m_skipping = false;          // inside a line that is too long to be ours
    QByteArray m_errors;              // tail of stderr
    QStringList m_unreadable;         // first lines of stdout that were not of the protocol
    std::optional<JobFailed> m_error; // the "error" line
    RunStage m_stage;                 // the last one that began
    bool m_cancelling = false;
};

} // namespace halftone
