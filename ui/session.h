// SPDX-License-Identifier: GPL-3.0-or-later
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
    /// What is running, or ran last: Profile, Sweep, Isa, Plan or Write. A sweep, a comparison of instruction sets and
    /// a plan become part of the report on show; a profile replaces it and keeps these parts of it. Writing leaves it
    /// alone.
    JobKind kind() const { return m_kind; }
    Runner& runner() { return m_runner; }

    /// What is known of the open model: its own report, or one without runs. Null while no model is open.
    std::shared_ptr<const Report> model() const { return m_model; }
    QString modelPath() const { return m_modelPath; }
    /// Why the open model cannot be profiled; null when nothing is known to stand against it.
    const Diagnostic* obstacle() const;

    /// A model or a saved report, told by content. Ignored while busy.
    void open(const QString& path);
    /// A report that is in memory already. Ignored while busy.
    void show(const std::shared_ptr<const Report>& report);
    /// With the open model. Ignored while busy or without one. `target`: the ONNX file that a Write writes.
    void run(JobKind kind, JobRequest request, const QString& target = {});
    /// Stops what is going on; cancelled() follows.
    void cancel();

signals:
    void activityChanged();
    /// The file at `path` is open: model() is about it, and the document holds its report, or none for a
    /// model.
    void opened(const QString& path);
    /// The report of this session's own run, made with `request`, is in the document.
    void profiled(const JobRequest& request);
    /// What a job other than a profile measured is in the document's report: `joined` with the one before it, or
    /// alone, because that one was of another CPU or of another state of the model's file.
    void measured(JobKind kind, bool joined);
    /// The network was written there.
    void written(const QString& path);
    void failed(const QString& message, const QString& details);
    void cancelled();

private:
    void inspect();
    QString reportPath() const;
    void onWritten();
    void loadInspected();
    void loadMeasured();
    /// Reads and changes a report on another thread.
    template <class Change>
    void load(const QString& path, Change change, void (Session::*onLoaded)(std::shared_ptr<const Report>));
    void onFinished(const RunOutcome& outcome);
    void onMeasured(std::shared_ptr<const Report> report);
    void onOpened(std::shared_ptr<const Report> report);
    void fail(const QString& message, const QString& details);
    void setActivity(Activity activity);

    Document& m_document;
    Runner m_runner;
    QTemporaryDir m_folder; // of the files that halftone-cli writes
    Activity m_activity = Activity::None;
    JobKind m_kind = JobKind::Profile;
    QString m_path;       // being opened
    QString m_target;     // that the running command writes
    JobRequest m_request; // of the run that is going on
    std::shared_ptr<const Report> m_model;
    QString m_modelPath;
};

} // namespace halftone
