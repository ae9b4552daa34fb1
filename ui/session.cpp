// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session.h"

#include "core/base/error.h"
#include "core/report/json.h"
#include "core/report/merge.h"
#include "core/report/request_file.h"
#include "core/request/command_line.h"
#include "ui/background.h"

#include <QFile>
#include <QFileInfo>

namespace halftone {

namespace {

/// A report is JSON; no model that can be opened begins with a brace.
bool looksLikeReport(const QString& path) {
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly))
        return false; // halftone-cli says what is wrong with it
    return file.read(256).trimmed().startsWith('{');
}

std::shared_ptr<const Report> reportIfAny(const QString& path) {
    return looksLikeReport(path) ? std::make_shared<const Report>(loadReport(path.toStdString())) : nullptr;
}

/// Both in one, or the newer one where they do not belong together.
Report joined(const Report& older, const Report& newer) {
    try {
        return merged(older, newer);
    } catch (const Error&) {
        return newer;
    }
}

} // namespace

Session::Session(Document& document, QObject* parent) : QObject(parent), m_document(document) {
    connect(&m_runner, &Runner::finished, this, &Session::onFinished);
}

void Session::open(const QString& path) {
    if (m_activity != Activity::None)
        return;
    m_path = path;
    setActivity(Activity::Opening);
    inBackground(
        this, [path] { return reportIfAny(path); },
        [this](std::shared_ptr<const Report> report, const QString& error) {
            if (!error.isEmpty())
                fail(error, m_path);
            else if (report)
                onOpened(report);
            else
                inspect();
        });
}

void Session::show(const std::shared_ptr<const Report>& report) {
    if (m_activity != Activity::None)
        return;
    m_path = QString::fromStdString(report->model.path);
    onOpened(report);
}

void Session::inspect() {
    m_runner.start({"inspect", m_path, "--out", m_folder.filePath("inspect.json")});
}

QString Session::reportPath() const {
    return m_folder.filePath(QStringLiteral("report.json"));
}

void Session::run(JobKind kind, JobRequest request, const QString& target) {
    if (m_activity != Activity::None || !m_model)
        return;
    m_kind = kind;
    m_request = std::move(request);
    m_request.modelPath = m_modelPath.toStdString();
    m_target = kind == JobKind::Write ? target : reportPath();
    const QString file = m_folder.filePath(QStringLiteral("request.json"));
    try {
        saveRequest(m_request, file.toStdString());
    } catch (const Error& error) {
        fail(QString::fromStdString(error.message()), file);
        return;
    }
    m_document.setPrevious(kind == JobKind::Profile && m_document.report());
    setActivity(Activity::Running);
    m_runner.start({QLatin1String(name(kind)), QStringLiteral("--request"), file, QStringLiteral("--out"), m_target});
}

const Diagnostic* Session::obstacle() const {
    if (m_model && m_model->runs.empty())
        for (const Diagnostic& diagnostic : m_model->diagnostics)
            if (diagnostic.code == "unsupported")
                return &diagnostic;
    return nullptr;
}

void Session::cancel() {
    m_runner.cancel();
}

void Session::onFinished(const RunOutcome& outcome) {
    switch (outcome.kind) {
    case RunOutcome::Kind::Done:
        if (m_activity == Activity::Opening)
            loadInspected();
        else if (m_kind == JobKind::Write)
            onWritten();
        else
            loadMeasured();
        break;
    case RunOutcome::Kind::Failed: // the request's file goes away with the window; its words do not
        fail(outcome.message, m_activity == Activity::Running
                                  ? QString::fromStdString(commandLine(m_kind, m_request)) + u'\n' + outcome.details
                                  : outcome.details);
        break;
    case RunOutcome::Kind::Cancelled:
        m_document.setPrevious(false);
        setActivity(Activity::None);
        emit cancelled();
        break;
    }
}

void Session::onWritten() {
    setActivity(Activity::None);
    emit written(m_target);
}

void Session::loadInspected() {
    load(
        m_folder.filePath("inspect.json"), [](Report report) { return report; }, &Session::onOpened);
}

void Session::loadMeasured() {
    const auto before = m_document.report() ? m_document.report() : m_model;
    load(
        reportPath(), [before](const Report& measured) { return joined(*before, measured); }, &Session::onMeasured);
}

template <class Change>
void Session::load(const QString& path, Change change, void (Session::*onLoaded)(std::shared_ptr<const Report>)) {
    inBackground(
        this, [path, change] { return std::make_shared<const Report>(change(loadReport(path.toStdString()))); },
        [this, path, onLoaded](std::shared_ptr<const Report> report, const QString& error) {
            if (error.isEmpty())
                (this->*onLoaded)(report);
            else
                fail(error, path);
        });
}

void Session::onMeasured(std::shared_ptr<const Report> report) {
    const bool isJoined = report->runs.empty() == m_model->runs.empty();
    m_model = report;
    setActivity(Activity::None);
    m_document.setReport(report);
    if (m_kind == JobKind::Profile) {
        emit profiled(m_request);
        return;
    }
    emit measured(m_kind, isJoined);
}

void Session::onOpened(std::shared_ptr<const Report> report) {
    const bool isReport = !report->runs.empty() || report->sweep || report->isas || report->plan;
    m_model = report;
    m_modelPath = isReport ? QString::fromStdString(report->model.path) : m_path;
    setActivity(Activity::None);
    m_document.setReport(isReport ? report : nullptr);
    emit opened(m_path);
}

void Session::fail(const QString& message, const QString& details) {
    m_document.setPrevious(false);
    setActivity(Activity::None);
    emit failed(message, details);
}

void Session::setActivity(Activity activity) {
    m_activity = activity;
    emit activityChanged();
}

} // namespace halftone
