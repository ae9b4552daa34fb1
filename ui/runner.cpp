// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runner.h"

#include "ui/text.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <csignal>
#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

namespace halftone {

namespace {

constexpr qsizetype longestLine = 1 << 20;
constexpr qsizetype errorsKept = 64 << 10;
constexpr qsizetype unreadableKept = 20;
constexpr int killAfterMs = 3000;

QString reportDefect() {
    return Text::tr("This is a defect of Halftone; copy the details and report it with the model.");
}

/// `where` follows what happened: " during ...", or nothing.
QString signalSentence(int signal, const QString& where) {
    const auto sentence = [&](const QString& happened, const QString& toDo) {
        return Text::tr("halftone-cli %1%2. %3").arg(happened, where, toDo);
    };
    switch (signal) {
    case SIGILL:
        return sentence(Text::tr("used an instruction that this CPU does not have (SIGILL)"),
                        Text::tr("It was built for another CPU; build Halftone on this machine."));
    case SIGABRT: return sentence(Text::tr("stopped itself after an internal error (SIGABRT)"), reportDefect());
    case SIGBUS:
        return sentence(Text::tr("lost a file that it was reading (SIGBUS)"),
                        Text::tr("The file was cut short, or its disk failed; check it and run again."));
    case SIGKILL:
        return sentence(
            Text::tr("was killed (SIGKILL)"),
            Text::tr("Most likely memory ran out. Close other programs or choose a smaller batch, then run again."));
    case SIGSEGV:
        return sentence(Text::tr("crashed: it reached for memory that it does not have (SIGSEGV)"), reportDefect());
    case SIGFPE: return sentence(Text::tr("crashed in a division (SIGFPE)"), reportDefect());
    case SIGXCPU:
        return sentence(Text::tr("used up the CPU time that it is allowed (SIGXCPU)"),
                        Text::tr("Raise the limit and run again."));
    case SIGINT:
    case SIGTERM:
    case SIGHUP: return sentence(Text::tr("was stopped by another program"), Text::tr("Run again."));
    default: return sentence(Text::tr("was ended by signal %1").arg(signal), reportDefect());
    }
}

QString exitSentence(int code, const QString& reason, const QString& where) {
    if (!reason.isEmpty())
        return reason;
    if (code == 2)
        return Text::tr("halftone-cli did not understand its options. halftone and halftone-cli come from different "
                        "versions; install both from one build.");
    return Text::tr("halftone-cli failed without giving a reason (exit code %1)%2. ").arg(code).arg(where) +
           reportDefect();
}

} // namespace

Runner::Runner(QObject* parent) : QObject(parent) {
    m_killTimer.setSingleShot(true);
    m_killTimer.setInterval(killAfterMs);
    connect(&m_killTimer, &QTimer::timeout, this, [this] {
        if (m_process)
            m_process->kill();
    });
}

Runner::~Runner() {
    if (!m_process)
        return;
    m_process->disconnect(this);
    m_process->terminate();
    if (!m_process->waitForFinished(killAfterMs)) {
        m_process->kill();
        m_process->waitForFinished();
    }
}

QString Runner::cliPath() {
    const QString chosen = qEnvironmentVariable("HALFTONE_CLI");
    return chosen.isEmpty() ? QCoreApplication::applicationDirPath() + QStringLiteral("/halftone-cli") : chosen;
}

void Runner::start(const QStringList& arguments) {
    Q_ASSERT(!m_process);
    m_pending.clear();
    m_errors.clear();
    m_unreadable.clear();
    m_error.reset();
    m_stage = {};
    m_skipping = m_cancelling = false;

    m_process.reset(new QProcess);
    m_process->setProgram(cliPath());
    m_process->setArguments(arguments + QStringList{"--progress", "jsonl"});
    m_process->setStandardInputFile(QProcess::nullDevice());
#ifdef Q_OS_LINUX
    // Should the window die, the job must not go on and keep all cores busy.
    m_process->setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGTERM); });
#endif
    connect(m_process.get(), &QProcess::readyReadStandardOutput, this, &Runner::readLines);
    connect(m_process.get(), &QProcess::readyReadStandardError, this, &Runner::readErrors);
    connect(m_process.get(), &QProcess::finished, this, &Runner::onExit);
    // Queued: a start that fails at once must not report before start() returns.
    connect(
        m_process.get(), &QProcess::errorOccurred, this,
        [this](QProcess::ProcessError error) {
            if (!m_process || error != QProcess::FailedToStart)
                return;
            const QString path = m_process->program();
            const QString message =
                QFileInfo::exists(path)
                    ? tr("%1 cannot be started: %2. Install Halftone again.").arg(path, m_process->errorString())
                    : tr("halftone-cli was not found at %1. It belongs beside halftone; install Halftone again.")
                          .arg(path);
            finish({RunOutcome::Kind::Failed, message, details(m_process->errorString())});
        },
        Qt::QueuedConnection);
    m_process->start();
}

void Runner::cancel() {
    if (!m_process || m_cancelling)
        return;
    m_cancelling = true;
    m_process->terminate();
    m_killTimer.start();
}

void Runner::readLines() {
    m_pending += m_process->readAllStandardOutput();
    qsizetype begin = 0;
    for (qsizetype end; (end = m_pending.indexOf('\n', begin)) >= 0; begin = end + 1) {
        if (!m_skipping)
            readLine(m_pending.mid(begin, end - begin));
        m_skipping = false;
    }
    m_pending.remove(0, begin);
    if (m_pending.size() > longestLine) {
        m_skipping = true;
        m_pending.clear();
    }
}

void Runner::readLine(const QByteArray& line) {
    const auto message = progressMessage(std::string_view(line.data(), static_cast<size_t>(line.size())));
    if (!message) {
        if (!line.trimmed().isEmpty() && m_unreadable.size() < unreadableKept)
            m_unreadable += QString::fromUtf8(line.left(200));
        return;
    }
    const auto text = [](const std::string& from) { return QString::fromStdString(from); };
    if (const auto* begins = std::get_if<StageBegins>(&*message)) {
        m_stage = {begins->index, begins->count, text(begins->name),
                   text(begins->text.empty() ? begins->name : begins->text)};
        emit stageStarted(m_stage);
    } else if (const auto* going = std::get_if<StageProgress>(&*message)) {
        emit progress(std::clamp(going->fraction, 0.0, 1.0), going->secondsLeft);
    } else if (const auto* result = std::get_if<StageFound>(&*message)) {
        emit found(text(result->text));
    } else if (const auto* measured = std::get_if<LatencyMeasured>(&*message)) {
        emit latency(text(measured->precision), measured->medianMs);
    } else if (const auto* told = std::get_if<Diagnostic>(&*message)) {
        emit diagnostic(*told);
    } else if (const auto* failure = std::get_if<JobFailed>(&*message)) {
        m_error = *failure;
    }
}

void Runner::readErrors() {
    m_errors += m_process->readAllStandardError();
    if (m_errors.size() > errorsKept)
        m_errors = m_errors.right(errorsKept);
}

void Runner::onExit() {
    readLines();
    readErrors();
    const int code = m_process->exitCode();
    const bool crashed = m_process->exitStatus() == QProcess::CrashExit;
    // A wrapper script passes a signal on as 128 + its number.
    const int signal = crashed ? code : code > 128 && code < 160 ? code - 128 : 0;
    const QString ending = signal ? tr("ended by signal %1").arg(signal) : tr("exit code %1").arg(code);

    const QString where =
        m_stage.index == 0 ? QString()
                           : tr(" during step %1 of %2, “%3”").arg(m_stage.index).arg(m_stage.count).arg(m_stage.text);

    if (!crashed && code == 0)
        finish({RunOutcome::Kind::Done, {}, details(ending)});
    else if (m_cancelling || code == 130)
        finish({RunOutcome::Kind::Cancelled, {}, details(ending)});
    else if (signal)
        finish({RunOutcome::Kind::Failed, signalSentence(signal, where), details(ending)});
    else
        finish({RunOutcome::Kind::Failed,
                exitSentence(code, m_error ? QString::fromStdString(m_error->message) : QString(), where),
                details(ending)});
}

void Runner::finish(RunOutcome outcome) {
    m_killTimer.stop();
    m_process.reset();
    emit finished(outcome);
}

QString Runner::details(const QString& ending) const {
    QStringList parts{m_process->program() + u' ' + m_process->arguments().join(u' '), ending};
    if (m_error)
        parts += QString::fromStdString(progressLine(*m_error));
    if (!m_unreadable.isEmpty())
        parts += tr("Other output:\n") + m_unreadable.join(u'\n');
    if (!m_errors.isEmpty())
        parts += tr("Messages:\n") + QString::fromUtf8(m_errors).trimmed();
    return parts.join(u'\n');
}

} // namespace halftone
