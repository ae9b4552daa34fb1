// SPDX-License-Identifier: GPL-3.0-or-later
// The window's file dialogs, and what is written to files.
#include "core/base/file.h"
#include "core/report/csv.h"
#include "core/report/json.h"
#include "ui/background.h"
#include "ui/dialogs/transform_dialog.h"
#include "ui/format.h"
#include "ui/frame/running_panel.h"
#include "ui/frame/status_bar.h"
#include "ui/input/input_panel.h"
#include "ui/main_window.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>

#include <algorithm>
#include <utility>
#include <vector>

namespace halftone {

namespace {

/// "resnet34.halftone.json" for resnet34.onnx.
QString reportName(const QString& modelPath) {
    return QFileInfo(modelPath).completeBaseName() + QStringLiteral(".halftone.json");
}

} // namespace

template <class Chosen>
void MainWindow::askForFile(const QString& title, const QString& purpose, QFileDialog::FileMode mode, Chosen onChosen) {
    auto* dialog = new QFileDialog(this, title, m_settings.lastFolder(purpose));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(mode);
    if (mode == QFileDialog::Directory)
        dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this, purpose, onChosen](const QString& path) {
        m_settings.setLastFolder(purpose, QFileInfo(path).absolutePath());
        onChosen(path);
    });
    dialog->open();
}

void MainWindow::chooseFile() {
    askForFile(tr("Open a model or a report"), QStringLiteral("open"), QFileDialog::ExistingFile,
               [this](const QString& path) { open(path); });
}

void MainWindow::chooseData(bool folder) {
    askForFile(folder ? tr("Choose a folder of samples") : tr("Choose a file with samples"), QStringLiteral("data"),
               folder ? QFileDialog::Directory : QFileDialog::ExistingFile,
               [this](const QString& path) { m_input->setData(path); });
}

void MainWindow::chooseLabels() {
    askForFile(tr("Choose the file with the labels"), QStringLiteral("data"), QFileDialog::ExistingFile,
               [this](const QString& path) { m_input->setLabels(path); });
}

void MainWindow::chooseJson() {
    auto* dialog =
        new QFileDialog(this, tr("Export the report"), m_settings.lastFolder("export"), tr("Halftone report (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->selectFile(reportName(m_session.modelPath()));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_settings.setLastFolder("export", QFileInfo(path).absolutePath());
        exportJson(path);
    });
    dialog->open();
}

void MainWindow::transformGraph() {
    // What is open is proposed where it is such a graph.
    const std::shared_ptr<const Report> report = m_document.report();
    const bool isGraph =
        report && report->model.format.starts_with("TensorFlow GraphDef") && !m_session.modelPath().isEmpty();
    const auto names = [&](const std::vector<Port>& ports) {
        QStringList result;
        for (const Port& port : ports)
            result += QString::fromStdString(port.name).section(u':', 0, 0);
        result.removeDuplicates();
        return result;
    };
    auto* dialog = isGraph ? new TransformDialog(m_session.modelPath(), names(report->model.inputs),
                                                 names(report->model.outputs), this)
                           : new TransformDialog({}, {}, {}, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::chooseCsv() {
    QStringList names;
    for (const std::string& file : csvFiles(*m_document.report()))
        names += QString::fromStdString(file);
    const QString title =
        tr("Choose a folder for %1 and %2")
            .arg(QStringList(names.begin(), names.end() - 1).join(QStringLiteral(", ")), names.back());
    askForFile(title, QStringLiteral("export"), QFileDialog::Directory, [this, names](const QString& folder) {
        QStringList existing;
        for (const QString& name : names)
            if (QFileInfo::exists(QDir(folder).filePath(name)))
                existing += name;
        if (existing.isEmpty()) {
            exportCsv(folder);
            return;
        }
        auto* question = new QMessageBox(
            QMessageBox::Question, tr("Replace files"),
            tr("%1 exist in this folder already. Replace them?").arg(existing.join(QStringLiteral(", "))),
            QMessageBox::Cancel, this);
        question->setTextFormat(Qt::PlainText);
        question->setAttribute(Qt::WA_DeleteOnClose);
        QPushButton* replace = question->addButton(tr("&Replace"), QMessageBox::AcceptRole);
        connect(replace, &QPushButton::clicked, this, [this, folder] { exportCsv(folder); });
        question->open();
    });
}

void MainWindow::chooseExclusions(ExclusionFormat format) {
    auto* dialog =
        new QFileDialog(this, tr("Export the excluded layers"), m_settings.lastFolder("export"), tr("Python (*.py)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("py"));
    dialog->selectFile(QFileInfo(m_session.modelPath()).completeBaseName() + QStringLiteral(".excluded.py"));
    connect(dialog, &QFileDialog::fileSelected, this, [this, format](const QString& path) {
        m_settings.setLastFolder("export", QFileInfo(path).absolutePath());
        exportExclusions(path, format);
    });
    dialog->open();
}

void MainWindow::chooseOnnx(Precision precision) {
    auto* dialog =
        new QFileDialog(this, tr("Write the network"), m_settings.lastFolder("export"), tr("ONNX model (*.onnx)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("onnx"));
    dialog->selectFile(QStringLiteral("%1.%2.onnx")
                           .arg(QFileInfo(m_session.modelPath()).completeBaseName(), QLatin1String(name(precision))));
    connect(dialog, &QFileDialog::fileSelected, this, [this, precision](const QString& path) {
        m_settings.setLastFolder("export", QFileInfo(path).absolutePath());
        writeNetwork(precision, path);
    });
    dialog->open();
}

void MainWindow::writeNetwork(Precision precision, const QString& path) {
    if (m_session.activity() != Session::Activity::None || !m_session.model())
        return;
    m_message->hide();
    m_running->begin(doing(JobKind::Write, path));
    JobRequest request = m_input->request();
    request.written = precision;
    m_session.run(JobKind::Write, request, path);
}

void MainWindow::onWritten(const QString& path) {
    tell(NoticeBar::Kind::Note, tr("Written"), plain(QDir::toNativeSeparators(path).toStdString()));
    updateState();
}

void MainWindow::askToDeleteRun(const QString& file) {
    const auto& runs = m_runs.runs();
    const auto run = std::ranges::find(runs, file, &RunRecord::file);
    if (run == runs.end())
        return;
    const QString time = QLocale::c().toString(run->time.toLocalTime(), QStringLiteral("d MMMM yyyy, HH:mm"));
    auto* question = new QMessageBox(QMessageBox::Question, tr("Delete run"),
                                     tr("The %1 of %2, %3, is gone then. Delete it?")
                                         .arg(kindName(run->kind), plain(run->model.toStdString()), time),
                                     QMessageBox::Cancel, this);
    question->setTextFormat(Qt::PlainText);
    question->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* confirm = question->addButton(tr("&Delete"), QMessageBox::DestructiveRole);
    connect(confirm, &QPushButton::clicked, this, [this, file] { m_runs.remove(file); });
    question->open();
}

void MainWindow::askAboutUnwrittenRuns() {
    const auto count = m_runs.failed().size();
    const QString folder = QFileInfo(m_runs.pathOf(m_runs.failed().front())).absolutePath();
    auto* question =
        new QMessageBox(QMessageBox::Warning, tr("Runs are not saved"),
                        (count == 1 ? tr("1 run could not be written to %1. It is lost when the window closes.")
                                    : tr("%2 runs could not be written to %1. They are lost when the window closes.")
                                          .replace(QStringLiteral("%2"), QString::number(count)))
                            .arg(plain(QDir::toNativeSeparators(folder).toStdString())),
                        QMessageBox::Cancel, this);
    question->setObjectName(QStringLiteral("unwrittenRuns"));
    question->setTextFormat(Qt::PlainText);
    question->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* save = question->addButton(tr("&Save elsewhere…"), QMessageBox::AcceptRole);
    QPushButton* close = question->addButton(tr("Close and &lose"), QMessageBox::DestructiveRole);
    connect(save, &QPushButton::clicked, this, [this] {
        askForFile(tr("Choose a folder for the runs"), QStringLiteral("export"), QFileDialog::Directory,
                   [this](const QString& chosen) { saveUnwrittenRuns(chosen); });
    });
    connect(close, &QPushButton::clicked, this, [this] {
        m_mayClose = true;
        this->close();
    });
    question->open();
}

void MainWindow::saveUnwrittenRuns(const QString& folder) {
    std::vector<std::pair<QString, std::shared_ptr<const Report>>> reports;
    for (const QString& file : m_runs.failed())
        reports.emplace_back(QDir(folder).filePath(file), m_runs.unwritten(file));
    inBackground(
        this,
        [reports] {
            for (const auto& [path, report] : reports)
                saveReport(*report, path.toStdString());
            return true;
        },
        [this, folder](bool, const QString& error) {
            if (!error.isEmpty()) {
                onFailed(error, folder);
                return;
            }
            m_mayClose = true;
            close();
        });
}

void MainWindow::exportExclusions(const QString& path, ExclusionFormat format) {
    exportWith(path, [report = m_document.report(), path, format] {
        writeFileAtomically(path.toStdString(), exclusionText(*report, excludedLayers(*report), format));
    });
}

void MainWindow::exportJson(const QString& path) {
    exportWith(path, [report = m_document.report(), path] { saveReport(*report, path.toStdString()); });
}

void MainWindow::exportCsv(const QString& folder) {
    exportWith(folder, [report = m_document.report(), folder] { saveCsv(*report, folder.toStdString()); });
}

void MainWindow::exportWith(const QString& path, const std::function<void()>& write) {
    inBackground(
        this,
        [write] {
            write();
            return true;
        },
        [this, path](bool, const QString& error) {
            if (error.isEmpty())
                m_status->tell(tr("Saved %1").arg(QDir::toNativeSeparators(path)));
            else
                onFailed(error, path);
        });
}

} // namespace halftone
