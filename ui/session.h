// The open model, what is being done with it, and what came of it. Owns the runner; fills the document.
#pragma once

#include "ui/document.h"
#include "ui/runner.h"
#include "ui/settings.h"

#include <QTemporaryDir>

namespace halftone {

/// Lives in the GUI thread and does one thing at a time. A failure never changes the open model or the
/// report.
class Session : public QObject {
    Q_OBJECT
public:
    enum class Activity { None, Opening, Running };

    explicit Session(Document& document, QObject* parent = nullptr);

    Activity activity() const { return m_activity; }
    Runner& runner() { return m_runner; }

    /// What is known of the open model: its own report, or one without runs. Null while no model is open.
    std::shared_ptr<const Report> model() const { return m_model; }
    QString modelPath() const { return m_modelPath; }
    /// Why the open model cannot be profiled; null when nothing is known to stand against it.
    const Diagnostic* obstacle() const;

    /// A model or a saved report, told by content. Ignored while busy.
    void open(const QString& path);
    /// Profiles the open model. Ignored while busy or without a model.
    void run(const RunSettings& settings);
    /// Stops what is going on; cancelled() follows.
    void cancel();

signals:
    void activityChanged();
    /// The file at `path` is open: model() is about it, and the document holds its report, or none for a
    /// model.
    void opened(const QString& path);
    /// The report of this session's own run, made with `settings`, is in the document.
    void profiled(const RunSettings& settings);
    void failed(const QString& message, const QString& details);
    void cancelled();

private:
    void inspect();
    void load(const QString& path);
    void onFinished(const RunOutcome& outcome);
    void onLoaded(std::shared_ptr<const Report> report);
    void fail(const QString& message, const QString& details);
    void setActivity(Activity activity);

    Document& m_document;
    Runner m_runner;
    QTemporaryDir m_folder; // of the files that halftone-cli writes
    Activity m_activity = Activity::None;
    QString m_path;         // being opened
    RunSettings m_settings; // of the run that is going on
    std::shared_ptr<const Report> m_model;
    QString m_modelPath;
};

} // namespace halftone
