// SPDX-License-Identifier: GPL-3.0-or-later
// How the window follows the session: what it is asked to do, and what is shown, enabled and said in each state.
#include "core/report/request_file.h"
#include "ui/facts/plan.h"
#include "ui/format.h"
#include "ui/frame/primary_button.h"
#include "ui/frame/running_panel.h"
#include "ui/frame/runs_panel.h"
#include "ui/frame/start_panel.h"
#include "ui/frame/status_bar.h"
#include "ui/input/input_panel.h"
#include "ui/main_window.h"
#include "ui/presets.h"
#include "ui/views/measuring.h"
#include "ui/views/view.h"
#include "ui/widgets/message_page.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QMenu>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>

namespace halftone {

void MainWindow::start(JobKind kind) {
    if (m_session.activity() != Session::Activity::None || !m_session.model())
        return;
    JobRequest request = m_input->request();
    m_settings.setLastRequest(JobKind::Profile, request);
    m_settings.addRecentFile(QFileInfo(m_session.modelPath()).absoluteFilePath(), request);
    updateRecentFiles();
    m_message->hide();
    m_before = m_document.report();
    View* view = viewOf(kind);
    if (const Measuring* measuring = view->measuring()) {
        measuring->complete(request);
        JobRequest remembered = request;
        remembered.plan.pins.clear(); // which belong to one model
        m_settings.setLastRequest(kind, remembered);
        m_tabs->setCurrentWidget(view);
    }
    m_running->begin(doing(kind, m_session.modelPath()));
    m_session.run(kind, request);
}

QString MainWindow::doing(JobKind kind, const QString& file) {
    const QString name = plain(QFileInfo(file).fileName().toStdString());
    switch (kind) {
    case JobKind::Profile: return tr("Profiling %1").arg(name);
    case JobKind::Sweep: return tr("Measuring a sweep of %1").arg(name);
    case JobKind::Isa: return tr("Comparing instruction sets with %1").arg(name);
    case JobKind::Plan: return tr("Finding a plan for %1").arg(name);
    case JobKind::Write: return tr("Writing %1").arg(name);
    default: break; // of none of the window's
    }
    return {};
}

QAction* MainWindow::actionOf(JobKind kind) const {
    switch (kind) {
    case JobKind::Profile: return m_run;
    case JobKind::Sweep: return m_sweep;
    case JobKind::Isa: return m_compare;
    case JobKind::Plan: return m_plan;
    default: break; // writing has one for each precision
    }
    return nullptr;
}

View* MainWindow::viewOf(JobKind kind) const {
    for (View* view : m_views)
        if (const Measuring* measuring = view->measuring(); measuring && measuring->kind() == kind)
            return view;
    return m_views.front();
}

void MainWindow::profilePlan(const QStringList& keptOut) {
    const auto report = m_document.report();
    if (!m_run->isEnabled() || !report || !report->plan)
        return;
    JobRequest request = m_input->request();
    request.quantization.keepFp32 = keptLayers(request.quantization.keepFp32, *report->plan, keptOut);
    m_input->setRequest(request);
    start(JobKind::Profile);
}

void MainWindow::followCure(const std::map<std::string, std::string>& cure) {
    JobRequest request = m_input->request();
    const auto preprocessing = cured(request.preprocessing, cure);
    if (!preprocessing || m_session.activity() != Session::Activity::None)
        return;
    request.preprocessing = *preprocessing;
    m_input->setRequest(request);
    if (m_run->isEnabled())
        m_primary->setFocus(); // beside "Run again" of the notice: Enter starts it
}

void MainWindow::tell(NoticeBar::Kind kind, const QString& heading, const QString& text, const QString& actionText,
                      const std::function<void()>& action) {
    m_messageAction = action;
    m_message->setNotice(kind, heading, text, actionText);
    updateReadyPage();
}

void MainWindow::keepRun(JobKind kind) {
    m_runsPanel->setCurrent(m_runs.keep(m_document.report(), kind));
}

void MainWindow::onOpened(const QString& path) {
    const auto about = m_session.model();
    const bool isReport = m_document.report() != nullptr;
    m_input->setModel(about.get(), m_session.modelPath()); // says which precisions the CPU has
    if (isReport)
        m_input->setRequest(requestOf(*about));
    else
        m_input->setRequest(m_chosen ? *m_chosen
                                     : requestForModel(about->model, m_settings.lastRequest(JobKind::Profile)));
    m_reportRequest.reset();
    if (!about->runs.empty())
        m_reportRequest = m_input->request(); // as the controls hold them
    const bool isKept = m_runs.holds(path);
    if (!isKept) // those have their list
        m_settings.addRecentFile(path);
    m_runsPanel->setCurrent(isKept ? QFileInfo(path).fileName() : QString());
    const bool otherModel = std::exchange(m_otherModel, false);
    if (otherModel)
        m_tabs->setCurrentIndex(0);
    if (otherModel && isReport && about->runs.empty())
        m_tabs->setCurrentWidget(viewOf(about->sweep ? JobKind::Sweep : about->plan ? JobKind::Plan : JobKind::Isa));
    updateRecentFiles();
    updateState();
    if (isReport) // the reader stays in the list of runs, or reads
        return;
    if (m_input->problem().isEmpty())
        m_primary->setFocus();
    else
        m_input->focusProblem();
}

/// Nobody is moved: where the reader was at another view, a line above it tells of the new run.
void MainWindow::onProfiled(const JobRequest& request) {
    const auto before = std::exchange(m_before, nullptr);
    m_reportRequest = request;
    m_otherModel = false;
    m_input->setModel(m_session.model().get(), m_session.modelPath());
    keepRun(JobKind::Profile);
    if (!before)
        m_tabs->setCurrentIndex(0);
    else
        tell(NoticeBar::Kind::Note, tr("New run"), newRunText(before.get(), *m_document.report()),
             m_tabs->currentIndex() == 0 ? QString() : tr("Show"), [this] {
                 m_message->hide();
                 showView(m_views.front());
             });
    updateState();
}

void MainWindow::onMeasured(JobKind kind, bool joined) {
    m_before.reset();
    m_otherModel = false;
    m_input->setModel(m_session.model().get(), m_session.modelPath());
    keepRun(kind);
    View* view = viewOf(kind);
    const QString measured = kind == JobKind::Sweep  ? tr("sweep")
                             : kind == JobKind::Plan ? tr("plan")
                                                     : tr("comparison");
    const bool elsewhere = m_tabs->currentWidget() != view;
    const QString show = elsewhere ? tr("Show") : QString();
    const auto lead = [this, view] {
        m_message->hide();
        showView(view);
    };
    if (!joined) {
        m_reportRequest.reset();
        tell(NoticeBar::Kind::Note, tr("Measured apart"),
             tr("The report before was made on another CPU or of another state of the model's file, so the %1 is a "
                "report of its own.")
                 .arg(measured),
             show, lead);
    } else if (elsewhere) {
        tell(NoticeBar::Kind::Note, tr("Measured"), tr("The %1 is part of this report now.").arg(measured), show, lead);
    }
    updateState();
}

void MainWindow::onFailed(const QString& message, const QString& details) {
    m_before.reset();
    m_runsPanel->showCurrent(); // where another one was to be opened
    tell(NoticeBar::Kind::Failure, tr("Failed"), typeset(message.toStdString()), tr("Cop&y details"),
         [text = message + u'\n' + details] { QApplication::clipboard()->setText(text); });
    updateState();
}

void MainWindow::onCancelled() {
    m_before.reset();
    const bool profiling = m_session.kind() == JobKind::Profile;
    const QString kept = m_session.kind() == JobKind::Write && m_session.model() ? tr("Nothing was written.")
                         : m_document.report() && !profiling
                             ? tr("The measurement was stopped. The report is as it was.")
                         : m_document.report() ? tr("The run was stopped. The report before it is kept.")
                         : m_session.model()   ? tr("The run was stopped. It leaves no report; the model stays open.")
                                               : tr("Opening was stopped.");
    tell(NoticeBar::Kind::Note, tr("Cancelled"), kept);
    updateState();
}

void MainWindow::updateState() {
    const auto about = m_session.model();
    const auto report = m_document.report();
    const Session::Activity activity = m_session.activity();
    const bool busy = activity != Session::Activity::None;
    const bool running = activity == Session::Activity::Running;

    const QString name = about ? plain(QFileInfo(m_session.modelPath()).fileName().toStdString()) : tr("No model");
    setWindowTitle(about ? name + tr(" – Halftone") : tr("Halftone"));
    m_modelButton->setText(QString(name).replace(u'&', QStringLiteral("&&")) + QStringLiteral("  ▾"));

    m_open->setEnabled(!busy);
    m_openSample->setEnabled(!busy && !m_sampleFolder.isEmpty());
    m_recentMenu->setEnabled(!busy);
    m_start->setEnabled(!busy);
    m_cancel->setEnabled(busy);
    for (QAction* action : {m_exportJson, m_exportCsv})
        action->setEnabled(report != nullptr);
    for (QAction* action : m_viewActions)
        action->setEnabled(report != nullptr);
    m_exclusions->setEnabled(report && (report->plan || !excludedLayers(*report).empty()));
    m_warningsAction->setEnabled(about && !about->diagnostics.empty());
    m_input->setLocked(busy || !about);
    m_primary->setText((busy ? m_cancel : m_run)->text());

    m_running->setVisible(running);
    m_pages->setVisible(!running || report);
    if (report)
        m_pages->setCurrentWidget(m_tabs);
    else
        m_pages->setCurrentWidget(about ? static_cast<QWidget*>(m_ready) : m_start);
    m_runsPanel->setModel(about ? QString::fromStdString(about->model.sha256) : QString());
    m_status->setMachine(about ? &about->machine : nullptr);
    m_status->setDiagnostics(about ? about->diagnostics : std::vector<Diagnostic>());
    updateActivity();
    updateStateNotice();
}

void MainWindow::updateActivity() {
    switch (m_session.activity()) {
    case Session::Activity::None: m_status->setActivity({}, false); break;
    case Session::Activity::Opening: m_status->setActivity(tr("Opening"), false); break;
    case Session::Activity::Running: m_status->setActivity(m_running->summary(), true); break;
    }
}

void MainWindow::updateStateNotice() {
    const bool idle = m_session.activity() == Session::Activity::None;
    const bool canRun = idle && m_session.model() && !m_session.obstacle() && m_input->problem().isEmpty();
    m_run->setEnabled(canRun);
    m_primary->setEnabled(canRun || !idle);
    m_primary->setToolTip(canRun || !idle || !m_session.model() ? QString()
                          : m_session.obstacle()                ? typeset(m_session.obstacle()->message)
                                                                : m_input->problem());
    for (View* view : m_views)
        if (Measuring* measuring = view->measuring()) {
            const bool ready = canRun && measuring->problem().isEmpty();
            actionOf(measuring->kind())->setEnabled(ready);
            measuring->setReady(ready);
        }
    m_writeInt8->setEnabled(canRun);
    m_writeFp32->setEnabled(canRun);

    if (m_document.isPrevious())
        m_state->setNotice(NoticeBar::Kind::Note, tr("Previous report"),
                           tr("This is the report before the run that is going on."));
    else if (idle && m_reportRequest && *m_reportRequest != m_input->request())
        m_state->setNotice(NoticeBar::Kind::Note, {}, tr("Settings have changed since this report."), tr("Run again"));
    else
        m_state->hide();

    updateReadyPage();
}

void MainWindow::updateReadyPage() {
    if (const Diagnostic* obstacle = m_session.obstacle()) {
        m_ready->setMessage(tr("This model cannot be profiled"), typeset(obstacle->message));
        return;
    }
    if (const QString problem = m_input->problem(); !problem.isEmpty()) {
        m_ready->setMessage(tr("Not ready to profile"), problem);
        return;
    }
    const QString data = QString::fromStdString(m_input->request().dataPath);
    const bool failed = m_message->isFailure(); // what is said above is not undone here
    m_ready->setMessage(failed ? tr("Not profiled yet") : tr("Ready to profile"),
                        data.isEmpty() ? tr("No data is chosen, so only times will be measured, with random input. "
                                            "Choose data on the left to see ranges and accuracy too.")
                                       : tr("The ranges and the accuracy will be taken from %1.")
                                             .arg(plain(QFileInfo(data).fileName().toStdString())));
}

void MainWindow::updateRecentFiles() {
    m_recentMenu->clear();
    QStringList paths;
    for (const RecentFile& file : m_settings.recentFiles()) {
        const QString path = file.path;
        paths += path;
        QAction* action = m_recentMenu->addAction(plain(path.toStdString()).replace(u'&', QStringLiteral("&&")));
        connect(action, &QAction::triggered, this, [this, path] { open(path); });
    }
    if (paths.isEmpty())
        m_recentMenu->addAction(tr("No recent files"))->setEnabled(false);
    m_recentMenu->addSeparator();
    m_recentMenu->addAction(m_openSample);
    QAction* clear = m_recentMenu->addAction(tr("&Clear the list"));
    clear->setEnabled(!paths.isEmpty());
    connect(
        clear, &QAction::triggered, this,
        [this] {
            m_settings.clearRecentFiles();
            updateRecentFiles();
        },
        Qt::QueuedConnection); // the menu must not lose the action that is being triggered
    m_start->setRecentFiles(paths);
}

} // namespace halftone
