// SPDX-License-Identifier: GPL-3.0-or-later
// How the window is put together: actions, menus, the left side, notices and views.
#include "ui/main_window.h"

#include "ui/dialogs/preview_dialog.h"
#include "ui/format.h"
#include "ui/frame/notice_bar.h"
#include "ui/frame/primary_button.h"
#include "ui/frame/running_panel.h"
#include "ui/frame/runs_panel.h"
#include "ui/frame/start_panel.h"
#include "ui/frame/status_bar.h"
#include "ui/input/input_panel.h"
#include "ui/models/table_view.h"
#include "ui/views/measuring.h"
#include "ui/views/view.h"
#include "ui/views/view_list.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace halftone {

namespace {

const QSize firstSize(1280, 800);
constexpr int inputWidth = 36 * theme::grid, widestInput = 64 * theme::grid;
constexpr int smallestCentre = 88 * theme::grid;
constexpr int runsHeight = 26 * theme::grid;

} // namespace

void MainWindow::makeActions() {
    const auto action = [this](const QString& text, const QKeySequence& key, auto slot) {
        auto* made = new QAction(text, this);
        made->setShortcut(key);
        connect(made, &QAction::triggered, this, slot);
        return made;
    };
    m_open = action(tr("&Open…"), QKeySequence::Open, &MainWindow::chooseFile);
    m_openSample = action(tr("Open the &sample"), QKeySequence("Ctrl+Shift+O"), &MainWindow::openSample);
    m_transform = action(tr("&Transform TensorFlow graph…"), QKeySequence("Ctrl+T"), &MainWindow::transformGraph);
    m_transform->setObjectName(QStringLiteral("transform"));
    m_exportJson = action(tr("Report as &JSON…"), QKeySequence::Save, &MainWindow::chooseJson);
    m_exportCsv = action(tr("Tables as &CSV…"), QKeySequence("Ctrl+Shift+S"), &MainWindow::chooseCsv);
    m_writeInt8 =
        action(tr("&Quantized network as ONNX…"), QKeySequence("Ctrl+E"), [this] { chooseOnnx(Precision::Int8); });
    m_writeFp32 = action(tr("&Folded fp32 network as ONNX…"), QKeySequence("Ctrl+Shift+E"),
                         [this] { chooseOnnx(Precision::Fp32); });
    m_quit = action(tr("&Quit"), QKeySequence("Ctrl+Q"), &MainWindow::close);
    m_run = action(tr("&Quantize && Profile"), QKeySequence("Ctrl+R"), [this] { start(JobKind::Profile); });
    m_sweep = action(tr("Measure &sweep"), QKeySequence("Ctrl+Shift+R"), [this] { start(JobKind::Sweep); });
    m_compare = action(tr("Compare &instruction sets"), QKeySequence("Ctrl+Shift+I"), [this] { start(JobKind::Isa); });
    m_plan = action(tr("Find &plan"), QKeySequence("Ctrl+Shift+P"), [this] { start(JobKind::Plan); });
    m_cancel = action(tr("&Cancel"), {}, [this] { m_session.cancel(); });
    m_cancel->setShortcuts({QKeySequence(Qt::Key_Escape), QKeySequence("Ctrl+.")});
    m_warningsAction = action(tr("&Warnings and notes"), QKeySequence("Ctrl+Shift+W"), &MainWindow::showWarnings);
    m_run->setObjectName(QStringLiteral("run"));
    m_sweep->setObjectName(QStringLiteral("measureSweepAction"));
    m_compare->setObjectName(QStringLiteral("compareIsasAction"));
    m_plan->setObjectName(QStringLiteral("findPlanAction"));
    m_about = action(tr("&About Halftone"), QKeySequence::HelpContents, &MainWindow::showAbout);
    m_openSample->setEnabled(!m_sampleFolder.isEmpty());
}

void MainWindow::makeMenus() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(m_open);
    file->addAction(m_openSample);
    m_recentMenu = file->addMenu(tr("Open &recent"));
    file->addSeparator();
    file->addAction(m_transform);
    QMenu* exports = file->addMenu(tr("&Export"));
    exports->addActions({m_exportJson, m_exportCsv});
    m_exclusions = exports->addMenu(tr("&Excluded layers as"));
    for (const NamedExclusionFormat& format : kExclusionFormats)
        m_exclusions->addAction(QString::fromLatin1(format.title.data(), static_cast<qsizetype>(format.title.size())) +
                                    u'…',
                                this, [this, value = format.value] { chooseExclusions(value); });
    exports->addSeparator();
    exports->addActions({m_writeInt8, m_writeFp32});
    file->addSeparator();
    file->addAction(m_quit);

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    run->addActions({m_run, m_plan, m_sweep, m_compare, m_cancel});

    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (View* shown : m_views) {
        QAction* show = view->addAction(shown->title(), this, [this, shown] { showView(shown); });
        const qsizetype number = m_viewActions.size() + 1;
        if (number <= 10)
            show->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(number % 10)));
        m_viewActions += show;
    }
    // The filter's own shortcut works in the view that has the focus; here it is only named.
    m_viewActions +=
        view->addAction(tr("&Filter rows\tCtrl+F"), this, [this] { m_views[m_tabs->currentIndex()]->focusFilter(); });
    QAction* runs = view->addAction(tr("&Runs"), this, [this] { m_runsPanel->table()->setFocus(); });
    runs->setShortcut(QKeySequence("Ctrl+H"));
    view->addAction(m_warningsAction);
    view->addSeparator();
    QMenu* themes = view->addMenu(tr("&Theme"));
    auto* group = new QActionGroup(this);
    const std::pair<QString, ThemeChoice> choices[] = {{tr("As the &desktop"), ThemeChoice::System},
                                                       {tr("&Light"), ThemeChoice::Light},
                                                       {tr("D&ark"), ThemeChoice::Dark}};
    for (const auto& [text, choice] : choices) {
        QAction* choose = themes->addAction(text, this, [this, choice = choice] { setTheme(choice); });
        choose->setCheckable(true);
        choose->setChecked(m_settings.theme() == choice);
        group->addAction(choose);
    }

    menuBar()->addMenu(tr("&Help"))->addAction(m_about);
}

void MainWindow::makeToolBar() {
    QToolBar* bar = addToolBar(tr("Main"));
    bar->setObjectName(QStringLiteral("mainToolBar"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setContentsMargins(theme::grid, theme::grid / 2, theme::grid, theme::grid / 2);

    auto* open = new QPushButton(m_open->text());
    open->setToolTip(tr("Open a model or a report (%1)").arg(m_open->shortcut().toString()));
    connect(open, &QPushButton::clicked, m_open, &QAction::trigger);
    connect(m_open, &QAction::enabledChanged, open, &QWidget::setEnabled);
    m_modelButton = new QToolButton;
    m_modelButton->setPopupMode(QToolButton::InstantPopup);
    m_modelButton->setMenu(m_recentMenu);
    m_modelButton->setAutoRaise(true);
    m_modelButton->setFocusPolicy(Qt::StrongFocus);
    m_modelButton->setToolTip(tr("Recent files"));
    m_primary = new PrimaryButton;
    m_primary->setObjectName(QStringLiteral("primary"));
    connect(m_primary, &QPushButton::clicked, this,
            [this] { (m_session.activity() == Session::Activity::None ? m_run : m_cancel)->trigger(); });

    const auto gap = [] {
        auto* widget = new QWidget;
        widget->setFixedWidth(theme::grid);
        return widget;
    };
    auto* spring = new QWidget;
    spring->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(gap());
    bar->addWidget(open);
    bar->addWidget(gap());
    bar->addWidget(m_modelButton);
    bar->addWidget(spring);
    bar->addWidget(m_primary);
}

void MainWindow::makeLeft() {
    m_runsPanel = new RunsPanel(m_runs);
    connect(m_runsPanel, &RunsPanel::openRequested, this, &MainWindow::openRun);
    connect(m_runsPanel, &RunsPanel::deleteRequested, this, &MainWindow::askToDeleteRun);
    connect(&m_runs, &RunStore::problem, this, [this](const QString& message) {
        tell(NoticeBar::Kind::Failure, tr("Not kept"), typeset(message.toStdString()), tr("Export as JSON…"),
             [this] { m_exportJson->trigger(); });
    });
    m_input = new InputPanel;
    QScrollArea* settings = scrolling(m_input);
    settings->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    settings->setMinimumHeight(32 * theme::grid);
    m_left = new QSplitter(Qt::Vertical);
    m_left->addWidget(m_runsPanel);
    m_left->addWidget(settings);
    m_left->setStretchFactor(1, 1);
    m_left->setChildrenCollapsible(false);
    m_left->setSizes({runsHeight, firstSize.height() - runsHeight});
    m_left->setMinimumWidth(m_input->minimumSizeHint().width() + settings->verticalScrollBar()->sizeHint().width());
    m_left->setMaximumWidth(widestInput);
    connect(m_input, &InputPanel::settingsChanged, this, &MainWindow::updateStateNotice);
    connect(m_input, &InputPanel::dataFolderRequested, this, [this] { chooseData(true); });
    connect(m_input, &InputPanel::dataFileRequested, this, [this] { chooseData(false); });
    connect(m_input, &InputPanel::labelsRequested, this, &MainWindow::chooseLabels);
    connect(m_input, &InputPanel::previewRequested, this, [this] {
        auto* dialog = new PreviewDialog(m_session.modelPath(), m_input->request(), this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    });
}

void MainWindow::makeNotices() {
    m_message = new NoticeBar;
    m_message->setObjectName(QStringLiteral("message"));
    connect(m_message, &NoticeBar::actionTriggered, this, [this] {
        if (const auto action = m_messageAction)
            action();
    });
    connect(m_message, &NoticeBar::dismissed, this, &MainWindow::updateReadyPage);
    m_state = new NoticeBar;
    m_state->setObjectName(QStringLiteral("state"));
    m_state->setDismissable(false);
    connect(m_state, &NoticeBar::actionTriggered, m_run, &QAction::trigger);
    m_running = new RunningPanel(m_session.runner());
    m_running->hide();
}

void MainWindow::makeViews() {
    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    for (const ViewFactory& make : viewFactories()) {
        View* view = make(m_document);
        m_views += view;
        m_tabs->addTab(view, view->title());
        connect(view, &View::viewRequested, this, qOverload<const QString&>(&MainWindow::showView));
        connect(view, &View::dataRequested, this, [this] { chooseData(true); });
        connect(view, &View::cureRequested, this, &MainWindow::followCure);
        connect(view, &View::keepFp32Requested, this, &MainWindow::keepFp32);
        connect(view, &View::profileRequested, this, &MainWindow::profilePlan);
        connect(view, &View::told, this, [this](const QString& text) { m_status->tell(text); });
        if (Measuring* measuring = view->measuring()) {
            measuring->recall(m_settings.lastRequest(measuring->kind()));
            connect(view, &View::measureRequested, actionOf(measuring->kind()), &QAction::trigger);
            connect(view, &View::settingsChanged, this, &MainWindow::updateStateNotice);
        }
    }
}

void MainWindow::makeCentre() {
    makeLeft();
    makeNotices();
    makeViews();

    m_start = new StartPanel;
    m_start->setSampleAvailable(!m_sampleFolder.isEmpty());
    connect(m_start, &StartPanel::openRequested, m_open, &QAction::trigger);
    connect(m_start, &StartPanel::sampleRequested, m_openSample, &QAction::trigger);
    connect(m_start, &StartPanel::fileRequested, this, [this](const QString& path) { open(path); });
    m_ready = new MessagePage;

    m_pages = new QStackedWidget;
    for (QWidget* page :
         {static_cast<QWidget*>(m_start), static_cast<QWidget*>(m_ready), static_cast<QWidget*>(m_tabs)})
        m_pages->addWidget(page);

    auto* centre = new QWidget;
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_message);
    layout->addWidget(m_running);
    layout->addWidget(m_state);
    layout->addWidget(m_pages, 1);
    centre->setMinimumWidth(smallestCentre);
    m_splitter = new QSplitter;
    m_splitter->setObjectName(QStringLiteral("frame"));
    m_splitter->addWidget(m_left);
    m_splitter->addWidget(centre);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setSizes({inputWidth, firstSize.width() - inputWidth});
    setCentralWidget(m_splitter);
}

void MainWindow::connectSession() {
    connect(&m_session, &Session::activityChanged, this, &MainWindow::updateState);
    connect(&m_session, &Session::opened, this, &MainWindow::onOpened);
    connect(&m_session, &Session::profiled, this, &MainWindow::onProfiled);
    connect(&m_session, &Session::measured, this, &MainWindow::onMeasured);
    connect(&m_session, &Session::written, this, &MainWindow::onWritten);
    connect(&m_session, &Session::failed, this, &MainWindow::onFailed);
    connect(&m_session, &Session::cancelled, this, &MainWindow::onCancelled);
    connect(&m_document, &Document::previousChanged, this, &MainWindow::updateStateNotice);
    connect(&m_document, &Document::modelAboutToChange, this, [this] { m_otherModel = true; });
    connect(m_running, &RunningPanel::summaryChanged, this, &MainWindow::updateActivity);
    connect(&m_session.runner(), &Runner::progress, this, [this](double fraction) { m_status->setProgress(fraction); });
}

void MainWindow::restoreLayout() {
    if (!restoreGeometry(m_settings.windowState("geometry")))
        resize(firstSize);
    m_splitter->restoreState(m_settings.windowState("splitter"));
    m_left->restoreState(m_settings.windowState("left"));
}

} // namespace halftone
