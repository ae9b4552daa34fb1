// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does when it is asked: events, opening, showing. How it is put together is main_window_frame.cpp.
#include "ui/main_window.h"

#include "ui/dialogs/about_dialog.h"
#include "ui/dialogs/diagnostics_dialog.h"
#include "ui/format.h"
#include "ui/frame/runs_panel.h"
#include "ui/frame/start_panel.h"
#include "ui/frame/status_bar.h"
#include "ui/input/input_panel.h"
#include "ui/plots/picture.h"
#include "ui/views/view.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QCloseEvent>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QSplitter>
#include <QTabWidget>

namespace halftone {

namespace {

const QString sampleModel = QStringLiteral("fashion_resnet.onnx");
const QString samplePictures = QStringLiteral("fashion_test_1000.npz");
const QSize smallestSize(1024, 700);

/// The one local file of a drag, or "".
QString draggedFile(const QMimeData* data) {
    const QList<QUrl> urls = data->urls();
    return urls.size() == 1 && urls.front().isLocalFile() ? urls.front().toLocalFile() : QString();
}

bool isField(const QWidget* widget) {
    return qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget);
}

bool isEscape(const QEvent* event) {
    return static_cast<const QKeyEvent*>(event)->key() == Qt::Key_Escape;
}

/// Where the keys of a view go at first: to its table, else its picture, else to what Tab reaches first.
QWidget* firstFocus(QWidget* panel) {
    QWidget *picture = nullptr, *other = nullptr;
    for (QWidget* widget = panel->nextInFocusChain(); widget != panel; widget = widget->nextInFocusChain()) {
        if (!panel->isAncestorOf(widget) || !widget->isVisible() || !widget->isEnabled() ||
            !(widget->focusPolicy() & Qt::TabFocus))
            continue;
        if (qobject_cast<QAbstractItemView*>(widget))
            return widget;
        if (!picture && qobject_cast<Picture*>(widget))
            picture = widget;
        if (!other)
            other = widget;
    }
    return picture ? picture : other;
}

} // namespace

QString findSample(const QString& sourceFolder) {
    const QString installed = QCoreApplication::applicationDirPath() + "/../share/halftone/sample";
    for (const QString& folder : {installed, sourceFolder})
        if (QFileInfo::exists(folder + u'/' + sampleModel))
            return QDir(folder).canonicalPath();
    return {};
}

MainWindow::MainWindow(const QString& sampleFolder, QWidget* parent)
    : QMainWindow(parent), m_session(m_document), m_runs(RunStore::defaultFolder()), m_sampleFolder(sampleFolder) {
    setMinimumSize(smallestSize);
    setAcceptDrops(true);
    setWindowIcon(QIcon(QStringLiteral(":/icons/halftone.svg")));
    makeActions();
    makeCentre();
    makeMenus();
    makeToolBar();
    m_status = new StatusBar;
    setStatusBar(m_status);
    connect(m_status, &StatusBar::warningsRequested, this, &MainWindow::showWarnings);
    connectSession();
    restoreLayout();
    updateRecentFiles();
    updateState();
}

MainWindow::~MainWindow() = default;

void MainWindow::closeEvent(QCloseEvent* event) {
    m_settings.setWindowState("geometry", saveGeometry());
    m_settings.setWindowState("splitter", m_splitter->saveState());
    m_settings.setWindowState("left", m_left->saveState());
    m_runs.finish();
    if (!m_runs.failed().isEmpty() && !m_mayClose) {
        event->ignore();
        askAboutUnwrittenRuns();
        return;
    }
    QMainWindow::closeEvent(event);
}

/// Files may have come and gone while another program was in front.
void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow())
        m_input->checkFiles();
}

/// In a field Escape is no shortcut, which would stop a run: it empties the field.
bool MainWindow::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && isEscape(event) && isField(focusWidget())) {
        event->accept();
        return true;
    }
    return QMainWindow::event(event);
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
    auto* field = isEscape(event) ? qobject_cast<QLineEdit*>(focusWidget()) : nullptr;
    if (field && !field->isReadOnly())
        field->clear();
    else
        QMainWindow::keyPressEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (m_session.activity() != Session::Activity::None || draggedFile(event->mimeData()).isEmpty())
        return;
    m_start->setDropHighlight(true);
    event->acceptProposedAction();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
    m_start->setDropHighlight(false);
}

void MainWindow::dropEvent(QDropEvent* event) {
    m_start->setDropHighlight(false);
    const QString path = draggedFile(event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    if (m_session.model() && QFileInfo(path).isDir())
        m_input->setData(path);
    else
        open(path);
}

void MainWindow::open(const QString& path, const std::optional<JobRequest>& chosen) {
    if (m_session.activity() != Session::Activity::None)
        return;
    const QString absolute = QFileInfo(path).absoluteFilePath();
    m_chosen = chosen ? chosen : m_settings.requestFor(absolute);
    m_message->hide();
    m_session.open(absolute);
}

void MainWindow::openSample() {
    if (m_sampleFolder.isEmpty()) {
        onFailed(tr("The sample was not found. It belongs to share/halftone/sample; install Halftone again, or open a "
                    "model of your own."),
                 QCoreApplication::applicationDirPath());
        return;
    }
    JobRequest request = usualRequest();
    request.dataPath = (m_sampleFolder + u'/' + samplePictures).toStdString();
    request.preprocessing = preprocessingPreset("fashion-mnist");
    open(m_sampleFolder + u'/' + sampleModel, request);
}

void MainWindow::showView(const QString& key) {
    if (key == u"data")
        m_input->focusData();
    else if (key == u"warnings")
        showWarnings();
    else if (auto* view = m_tabs->findChild<View*>(key))
        showView(view);
}

void MainWindow::showView(View* view) {
    m_tabs->setCurrentWidget(view);
    if (QWidget* first = firstFocus(view))
        first->setFocus(Qt::OtherFocusReason);
}

void MainWindow::keepFp32(const QStringList& layers) {
    m_input->keepFp32(layers);
    m_status->tell(tr("The next run keeps %1 in fp32").arg(plain(layers.join(u',').toStdString())));
}

void MainWindow::openRun(const QString& file) {
    if (m_session.activity() != Session::Activity::None) {
        m_status->tell(tr("Another run can be opened when this one is done"));
        m_runsPanel->showCurrent();
        return;
    }
    m_message->hide();
    const auto report = m_runs.unwritten(file);
    if (!report) {
        m_session.open(m_runs.pathOf(file));
        return;
    }
    m_session.show(report);
    m_runsPanel->setCurrent(file);
}

void MainWindow::showWarnings() {
    if (const auto about = m_session.model()) {
        auto* dialog = new DiagnosticsDialog(about->diagnostics, this);
        connect(dialog, &DiagnosticsDialog::cureRequested, this, &MainWindow::followCure);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    }
}

void MainWindow::showAbout() {
    auto* dialog = new AboutDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::setTheme(ThemeChoice choice) {
    m_settings.setTheme(choice);
    theme::apply(choice);
}

} // namespace halftone
