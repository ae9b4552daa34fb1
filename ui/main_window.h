// SPDX-License-Identifier: GPL-3.0-or-later
// The frame: actions, the left side, the views, notices above them and the status bar below.
#pragma once

#include "core/report/exclusions.h"
#include "ui/document.h"
#include "ui/frame/notice_bar.h"
#include "ui/runs/run_store.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QFileDialog>
#include <QMainWindow>

#include <functional>

class QAction;
class QMenu;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QToolButton;

namespace halftone {

class InputPanel;
class MessagePage;
class PrimaryButton;
class RunningPanel;
class RunsPanel;
class StartPanel;
class StatusBar;
class View;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `sampleFolder` holds fashion_resnet.onnx and its pictures; the sample is not offered when it is
    /// missing there.
    explicit MainWindow(const QString& sampleFolder, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// A model or a report. `chosen` is the request to propose with a model, else the one it had last time.
    void open(const QString& path, const std::optional<JobRequest>& chosen = std::nullopt);
    void openSample();

    Document& document() { return m_document; }
    Session& session() { return m_session; }
    RunStore& runs() { return m_runs; }
    /// One of runs().
    void openRun(const QString& file);

    /// Writes the report; a failure is shown above the view.
    void exportJson(const QString& path);
    void exportCsv(const QString& folder);
    void exportExclusions(const QString& path, ExclusionFormat format);
    /// Lets halftone-cli write the open network as ONNX, in int8 or fp32.
    void writeNetwork(Precision precision, const QString& path);

protected:
    void changeEvent(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void makeActions();
    void makeMenus();
    void makeToolBar();
    void makeLeft();
    void makeNotices();
    void makeViews();
    void makeCentre();
    void connectSession();
    void restoreLayout();

    template <class Chosen>
    void askForFile(const QString& title, const QString& purpose, QFileDialog::FileMode mode, Chosen onChosen);
    void chooseFile();
    void chooseData(bool folder);
    void chooseLabels();
    void chooseJson();
    void transformGraph();
    void chooseCsv();
    void exportWith(const QString& path, const std::function<void()>& write);
    void chooseExclusions(ExclusionFormat format);
    void chooseOnnx(Precision precision);
    void askToDeleteRun(const QString& file);
    void askAboutUnwrittenRuns();
    void saveUnwrittenRuns(const QString& folder);
    /// Not for writing, which asks for a file first: writeNetwork().
    void start(JobKind kind);
    /// "Profiling net.onnx"
    static QString doing(JobKind kind, const QString& file);
    QAction* actionOf(JobKind kind) const;
    /// That the job fills: the first one for a profile.
    View* viewOf(JobKind kind) const;
    void keepFp32(const QStringList& layers);
    void profilePlan(const QStringList& keptOut);
    /// Sets the preprocessing on the left as a finding's cure says, and offers to run again.
    void followCure(const std::map<std::string, std::string>& cure);
    void showView(const QString& key);
    /// And gives it the keys.
    void showView(View* view);
    void showWarnings();
    void showAbout();
    void setTheme(ThemeChoice choice);

    /// Says it above the view; `action` is what the button of this text does.
    void tell(NoticeBar::Kind kind, const QString& heading, const QString& text, const QString& actionText = {},
              const std::function<void()>& action = nullptr);
    void keepRun(JobKind kind);
    void onOpened(const QString& path);
    void onProfiled(const JobRequest& request);
    void onMeasured(JobKind kind, bool joined);
    void onWritten(const QString& path);
    void onFailed(const QString& message, const QString& details);
    void onCancelled();
    void updateState();
    void updateActivity();
    void updateStateNotice();
    void updateReadyPage();
    void updateRecentFiles();

    Settings m_settings;
    Document m_document;
    Session m_session;
    RunStore m_runs;
    QString m_sampleFolder;
    std::optional<JobRequest> m_chosen;        // for the model being opened
    std::optional<JobRequest> m_reportRequest; // that the report on show was made with
    std::shared_ptr<const Report> m_before;    // on show when the run that is going on began
    bool m_otherModel = false;                 // than the one of the report before
    bool m_mayClose = false;                   // though runs are not written
    std::function<void()> m_messageAction;

    QAction *m_open, *m_openSample, *m_transform, *m_exportJson, *m_exportCsv, *m_quit;
    QMenu* m_exclusions;
    QAction *m_writeInt8, *m_writeFp32;
    QAction *m_run, *m_sweep, *m_compare, *m_plan, *m_cancel, *m_warningsAction, *m_about;
    QList<QAction*> m_viewActions;
    QMenu* m_recentMenu;
    QToolButton* m_modelButton;
    PrimaryButton* m_primary;

    QSplitter* m_splitter;
    QSplitter* m_left;
    RunsPanel* m_runsPanel;
    InputPanel* m_input;
    NoticeBar* m_message; // what happened last
    NoticeBar* m_state;   // how the report relates to the settings
    RunningPanel* m_running;
    QStackedWidget* m_pages;
    StartPanel* m_start;
    MessagePage* m_ready;
    QTabWidget* m_tabs;
    QList<View*> m_views; // in the order of the tabs

    StatusBar* m_status;
};

/// Where the sample lies: below the installation's share folder, else `sourceFolder`. "" when in neither.
QString findSample(const QString& sourceFolder);

} // namespace halftone
