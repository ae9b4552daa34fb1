#include "ui/session.h"

#include "core/report/json.h"
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
                onLoaded(report);
            else
                inspect();
        });
}

void Session::inspect() {
    m_runner.start({"inspect", m_path, "--out", m_folder.filePath("inspect.json")});
}

void Session::run(const RunSettings& settings) {
    if (m_activity != Activity::None || !m_model)
        return;
    m_settings = settings;
    m_document.setPrevious(m_document.report() != nullptr);
    setActivity(Activity::Running);
    m_runner.start(QStringList{"profile", m_modelPath} + profileOptions(settings) +
                   QStringList{"--out", m_folder.filePath("report.json")});
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
        load(m_folder.filePath(m_activity == Activity::Running ? "report.json" : "inspect.json"));
        break;
    case RunOutcome::Kind::Failed:
        fail(outcome.message, outcome.details);
        break;
    case RunOutcome::Kind::Cancelled:
        m_document.setPrevious(false);
        setActivity(Activity::None);
        emit cancelled();
        break;
    }
}

void Session::load(const QString& path) {
    inBackground(
        this, [path] { return std::make_shared<const Report>(loadReport(path.toStdString())); },
        [this, path](std::shared_ptr<const Report> report, const QString& error) {
            if (error.isEmpty())
                onLoaded(report);
            else
                fail(error, path);
        });
}

void Session::onLoaded(std::shared_ptr<const Report> report) {
    const bool running = m_activity == Activity::Running;
    const bool isReport = !report->runs.empty();
    m_model = report;
    if (!running)
        m_modelPath = isReport ? QString::fromStdString(report->model.path) : m_path;
    setActivity(Activity::None);
    m_document.setReport(isReport ? report : nullptr);
    if (running)
        emit profiled(m_settings);
    else
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
