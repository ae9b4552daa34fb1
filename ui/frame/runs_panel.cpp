// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/runs_panel.h"

#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/runs/run_store.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QAction>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

const QString allKey = QStringLiteral("runs/ofAllModels");

/// "10:55" of today, "3 Mar" of this year.
QString shortTime(const QDateTime& time) {
    const QDateTime local = time.toLocalTime();
    const QDate day = local.date(), today = QDate::currentDate();
    return day == today                 ? local.toString(QStringLiteral("HH:mm"))
           : day.year() == today.year() ? QLocale::c().toString(day, QStringLiteral("d MMM"))
                                        : QLocale::c().toString(day, QStringLiteral("MMM yyyy"));
}

QString longTime(const QDateTime& time) {
    return QLocale::c().toString(time.toLocalTime(), QStringLiteral("d MMMM yyyy, HH:mm"));
}

Cell timeCell(const RunRecord& run) {
    QString tip = longTime(run.time);
    if (!run.sentence.isEmpty())
        tip += QStringLiteral(". ") + typeset(run.sentence.toStdString());
    const QChar mark = run.problem.isEmpty() && run.grade == Grade::Sure ? QChar(0x25CF) : QChar(0x25CB);
    return {QStringLiteral("%1 %2").arg(mark).arg(shortTime(run.time)), tip};
}

Cell accuracyCell(const RunRecord& run) {
    if (!run.top1)
        return {missing(), run.problem.isEmpty() ? Text::tr("No top-1 was measured") : figureWords(run)};
    return {shareText(*run.top1),
            run.data.isEmpty()
                ? QString()
                : Text::tr("Top-1 of int8 on %1").arg(plain(QFileInfo(run.data).fileName().toStdString()))};
}

/// Of another task its name: the speed-up in its report is that of a profile before it.
Cell resultCell(const RunRecord& run) {
    if (!run.problem.isEmpty())
        return {Text::tr("damaged"), figureWords(run)};
    if (run.kind != JobKind::Profile)
        return {kindName(run.kind), Text::tr("The report holds what was known before, too")};
    return {shortFigure(run), figureWords(run)};
}

Cell modelCell(const RunRecord& run) {
    if (!run.problem.isEmpty())
        return {missing(), figureWords(run)};
    return {plain(run.model.toStdString()),
            QStringLiteral("%1, %2").arg(plain(run.modelPath.toStdString()), bytesText(run.modelBytes))};
}

} // namespace

std::vector<Column<RunRecord>> runColumns() {
    Column<RunRecord> time;
    time.key = QStringLiteral("time");
    time.header = Text::tr("When");
    time.tooltip = Text::tr("When the run was done. A full dot: its speed-up is sure.");
    time.width = 72;
    time.numeric = true;
    time.cell = timeCell;
    time.value = [](const RunRecord& run) { return static_cast<double>(run.time.toMSecsSinceEpoch()); };
    Column<RunRecord> result;
    result.key = QStringLiteral("result");
    result.header = Text::tr("Speed-up");
    result.tooltip = Text::tr("Of a profile fp32 time / int8 time: the factor where it is sure, the interval where it "
                              "is rough, ? where it is not decided. Else what was measured.");
    result.width = 104;
    result.numeric = true;
    result.cell = resultCell;
    result.value = [](const RunRecord& run) { return run.kind == JobKind::Profile ? run.speedup : std::nullopt; };
    Column<RunRecord> accuracy;
    accuracy.key = QStringLiteral("top1");
    accuracy.header = Text::tr("Top-1");
    accuracy.tooltip = Text::tr("Share of the samples that int8 gets right.");
    accuracy.width = 64;
    accuracy.numeric = true;
    accuracy.cell = accuracyCell;
    accuracy.value = [](const RunRecord& run) { return run.top1; };
    Column<RunRecord> model;
    model.key = QStringLiteral("model");
    model.header = Text::tr("Model");
    model.tooltip = Text::tr("The model that was measured.");
    model.width = 88;
    model.elideMiddle = true;
    model.cell = modelCell;
    return {time, result, accuracy, model};
}

RunsPanel::RunsPanel(const RunStore& store, QWidget* parent)
    : QWidget(parent), m_store(store), m_all(linkButton(tr("All models"), tr("List the runs of all models"))) {
    m_model.setTable(runColumns(), {});
    m_table = new TableView(QStringLiteral("runs"), &m_model, QStringLiteral("time"));
    m_table->setObjectName(QStringLiteral("runs"));
    m_table->setAccessibleName(tr("Runs"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setRootIsDecorated(false);
    m_table->setLeastRows(3);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_all->setCheckable(true);
    m_all->setChecked(Settings().viewState(allKey).toBool());

    const auto act = [this](const QString& text, const QKeySequence& key, void (RunsPanel::*signal)(const QString&)) {
        auto* action = new QAction(text, m_table);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetShortcut);
        connect(action, &QAction::triggered, this, [this, signal] {
            if (const int id = m_table->currentId(); id >= 0)
                (this->*signal)(m_model.row(id).file);
        });
        m_table->addAction(action);
    };
    act(tr("&Open"), {}, &RunsPanel::openRequested);
    act(tr("&Delete…"), QKeySequence::Delete, &RunsPanel::deleteRequested);
    connect(m_table, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (QGuiApplication::keyboardModifiers() == Qt::NoModifier)
            emit openRequested(m_model.row(TableModelBase::idOf(index)).file);
    });
    connect(m_table, &TableView::opened, this, [this](int id) { emit openRequested(m_model.row(id).file); });
    connect(m_all, &QToolButton::toggled, this, [this](bool all) {
        Settings().setViewState(allKey, all);
        showRuns();
    });
    connect(&m_store, &RunStore::changed, this, &RunsPanel::showRuns);

    auto* head = new QHBoxLayout;
    head->addWidget(headingLabel(tr("Runs")), 1);
    head->addWidget(m_all);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, theme::grid, 2 * theme::grid, theme::grid);
    layout->setSpacing(theme::grid / 2);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);
    showRuns();
}

RunsPanel::~RunsPanel() {
    delete m_table; // before its model, which is a member
}

void RunsPanel::setModel(const QString& sha256) {
    if (m_sha256 == sha256)
        return;
    m_sha256 = sha256;
    showRuns();
}

void RunsPanel::setCurrent(const QString& file) {
    m_current = file;
    showCurrent();
}

void RunsPanel::showRuns() {
    const bool all = m_sha256.isEmpty() || m_all->isChecked();
    m_all->setVisible(!m_sha256.isEmpty());
    std::vector<RunRecord> rows;
    for (const RunRecord& run : m_store.runs())
        if (all || run.modelSha256 == m_sha256)
            rows.push_back(run);
    m_model.setTable(runColumns(), std::move(rows));
    // Of one model its name says nothing; of several it needs the room.
    m_table->header()->setSectionHidden(m_model.columnOf(QStringLiteral("model")), !all);
    m_table->header()->setSectionHidden(m_model.columnOf(QStringLiteral("top1")), all);
    setVisible(!m_store.runs().isEmpty());
    showCurrent();
}

void RunsPanel::showCurrent() {
    const auto& rows = m_model.rows();
    const auto found = std::ranges::find(rows, m_current, &RunRecord::file);
    m_table->setCurrentId(found == rows.end() ? -1 : static_cast<int>(found - rows.begin()));
}

} // namespace halftone
