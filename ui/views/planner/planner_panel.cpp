// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/planner/planner_panel.h"

#include "core/report/exclusions.h"
#include "ui/format.h"
#include "ui/plots/front_plot.h"
#include "ui/theme.h"
#include "ui/views/planner/plan_setup.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace halftone {

PlannerPanel::PlannerPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("planner"), tr("Planner"),
                {.name = tr("Layers of the plan"),
                 .columns = planColumns({}),
                 .filterHint = tr("Filter by layer, type or reason"),
                 .thing = tr("layer"),
                 .matches = planMatches},
                parent),
      m_setup(new PlanSetup), m_sentence(textLabel()), m_section(sectionLabel()), m_facts(textLabel()),
      m_plot(new FrontPlot), m_pointLine(new ElidedLabel), m_back(new QToolButton), m_copy(new QPushButton),
      m_pin(new QPushButton), m_profile(new QPushButton(tr("Profile this plan"))) {
    setContent(m_setup, makeContent());
    connect(m_setup, &PlanSetup::planRequested, this, &PlannerPanel::measureRequested);
    connect(message(), &MessagePage::actionTriggered, this, &PlannerPanel::measureRequested);
    connect(m_plot, &FrontPlot::pointChosen, this, &PlannerPanel::showPoint);
    connect(m_back, &QToolButton::clicked, this, [this] { showPoint(m_report->plan->chosen); });
    connect(m_profile, &QPushButton::clicked, this, [this] {
        QStringList layers;
        for (const std::string& layer : keptOut())
            layers += QString::fromStdString(layer);
        emit profileRequested(layers);
    });
    connect(m_table, &TableView::currentIdChanged, this,
            [this](int id) { m_document.selectLayer(m_model.row(id).layer->layer); });
    connect(m_table, &TableView::opened, this, [this](int id) {
        m_document.selectLayer(m_model.row(id).layer->layer);
        emit viewRequested(QStringLiteral("layers"));
    });
    connect(&m_document, &Document::selectedLayerChanged, this, &PlannerPanel::showSelection);
    loadReport();
}

QWidget* PlannerPanel::makeContent() {
    QFont large = m_sentence->font();
    large.setPointSizeF(large.pointSizeF() * 1.25);
    m_sentence->setFont(large);
    m_sentence->setObjectName(QStringLiteral("planSentence"));
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_back->setText(tr("Bac&k to the chosen plan"));
    m_back->setAutoRaise(true);
    m_profile->setObjectName(QStringLiteral("profilePlan"));
    m_profile->setToolTip(tr("Quantize and profile with the layers of this point kept in fp32"));
    m_copy->setText(tr("Copy e&xcluded layers as"));
    m_copy->setToolTip(tr("The layers that this point keeps out of int8, as other quantizers want to be told"));
    m_copy->setMenu(makeCopyMenu());
    makePinActions();

    auto* pointLine = new QHBoxLayout;
    pointLine->setSpacing(theme::grid);
    pointLine->addWidget(m_pointLine, 1);
    pointLine->addWidget(m_back);
    pointLine->addWidget(m_copy);
    pointLine->addWidget(m_profile);
    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, theme::grid, 0, 0);
    listLayout->setSpacing(theme::grid);
    listLayout->addLayout(pointLine);
    listLayout->addWidget(m_filter);
    listLayout->addWidget(m_table, 1);
    m_table->setLeastRows(5);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(m_plot);
    splitter->addWidget(list);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({208, 400});
    keepSplitter(splitter);

    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addWidget(m_sentence);
    layout->addWidget(m_section);
    layout->addWidget(m_facts);
    layout->addWidget(splitter, 1);
    return content;
}

void PlannerPanel::makePinActions() {
    auto* menu = new QMenu(m_pin);
    const std::tuple<QString, QString, QKeySequence> choices[] = {
        {tr("Pin to &int8"), QStringLiteral("int8"), QKeySequence(Qt::Key_8)},
        {tr("Pin to &fp32"), QStringLiteral("fp32"), QKeySequence(Qt::Key_3)},
        {tr("&Let the plan choose"), QString(), QKeySequence(Qt::Key_0)}};
    for (const auto& [text, precision, key] : choices) {
        auto* action = new QAction(text, m_table);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetShortcut);
        connect(action, &QAction::triggered, this, [this, precision = precision] { pin(precision); });
        m_table->addAction(action); // its menu and its keys
        menu->addAction(action);
    }
    m_pin->setText(tr("Pin"));
    m_pin->setToolTip(tr("Say for the selected layers what the next plan must hold to"));
    m_pin->setMenu(menu);
    m_filter->addWidget(m_pin);
}

QMenu* PlannerPanel::makeCopyMenu() {
    auto* menu = new QMenu(m_copy);
    for (const NamedExclusionFormat& format : kExclusionFormats) {
        const QString title = QString::fromLatin1(format.title.data(), static_cast<qsizetype>(format.title.size()));
        menu->addAction(title, this, [this, title, value = format.value] {
            QApplication::clipboard()->setText(QString::fromStdString(exclusionText(*m_report, keptOut(), value)));
            emit told(tr("Copied for %1").arg(title));
        });
    }
    return menu;
}

void PlannerPanel::setReady(bool ready) {
    m_ready = ready;
    m_setup->setReady(ready);
    message()->setActionEnabled(ready);
    m_profile->setEnabled(ready);
}

/// Bound by the pins alone, and not by what the plan before kept out.
void PlannerPanel::complete(JobRequest& request) const {
    std::vector<std::string>& kept = request.quantization.keepFp32;
    if (m_report && m_report->plan)
        kept = keptLayers(kept, *m_report->plan, {});
    m_setup->complete(request);
}

void PlannerPanel::recall(const JobRequest& request) {
    m_setup->setRequest(request);
}

QString PlannerPanel::sentence() const {
    return m_sentence->text();
}

QString PlannerPanel::pointLine() const {
    return m_pointLine->text();
}

void PlannerPanel::loadReport() {
    const auto report = m_document.report();
    const bool hasPlan = report && report->plan;
    m_plot->setReport(report);
    const bool samePlan = m_report && report && m_report->plan == report->plan; // a profile keeps it
    if (!hasPlan || !samePlan)
        m_point = hasPlan ? report->plan->chosen : -1;
    if (hasPlan)
        showContent();
    else
        showMessage(
            tr("No plan yet"),
            tr("A plan says which layers should not run in int8: those that are slower in it, and those that cost more "
               "accuracy than they save time. Each layer is tried alone, the best combinations are measured, and the "
               "fastest within the drop above is chosen, with a reason for every layer that stays out."),
            tr("Find plan"));
    message()->setActionEnabled(m_ready);
    if (!samePlan)
        m_setup->setPins(hasPlan ? pinsOf(*report->plan) : QMap<QString, QString>(), false);
    if (hasPlan && !samePlan) {
        JobRequest made;
        made.plan = {report->plan->maxDrop, report->plan->relative, {}};
        made.timeBudgetS = report->plan->timeBudgetS;
        m_setup->setRequest(made);
    }
    if (!hasPlan) {
        setRows(planColumns({}), {});
        return;
    }
    m_sentence->setText(typeset(report->plan->sentence));
    showSection(m_section, *report, report->plan->conditions);
    m_facts->setText(planFacts(*report->plan));
    showPoint(m_point);
}

void PlannerPanel::showPoint(int point) {
    const MixedPlan& plan = *m_document.report()->plan;
    m_point = point;
    m_plot->setShownPoint(point);
    m_pointLine->setText(pointSentence(plan, point));
    m_back->setVisible(plan.chosen >= 0 && point != plan.chosen);
    showRows();
}

void PlannerPanel::showRows() {
    const Report& report = *m_document.report();
    std::vector<PlanRow> rows = planRows(report, m_point, m_setup->pins());
    const QList<Chip> chips = planChips(rows);
    setRows(planColumns(*report.plan), std::move(rows), chips);
}

void PlannerPanel::restoreCurrent(int) {
    showSelection();
}

void PlannerPanel::showSelection() {
    const int selected = m_document.selectedLayer();
    int row = -1;
    if (m_report && selected >= 0 && selected < static_cast<int>(m_report->layers.size())) {
        const std::string& name = m_report->layers[static_cast<size_t>(selected)].name;
        for (int id = 0; id < m_model.totalCount() && row < 0; ++id)
            if (m_model.row(id).layer->layer == name)
                row = id;
    }
    m_table->setCurrentId(row);
}

void PlannerPanel::pin(const QString& precision) {
    if (!m_report || !m_report->plan)
        return;
    QMap<QString, QString> pins = m_setup->pins();
    QList<int> ids;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        ids += TableModelBase::idOf(index);
        const QString name = QString::fromStdString(m_model.row(ids.back()).layer->layer);
        if (precision.isEmpty())
            pins.remove(name);
        else
            pins[name] = precision;
    }
    m_setup->setPins(pins, pins != pinsOf(*m_report->plan));
    const int current = m_table->currentId();
    showRows();
    m_table->setCurrentId(current);
    for (const int id : ids)
        if (const QModelIndex index = m_model.indexOf(id); index.isValid())
            m_table->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

std::vector<std::string> PlannerPanel::keptOut() const {
    std::vector<std::string> layers;
    for (const PlanRow& row : m_model.rows())
        if (row.precision != "int8")
            layers.push_back(row.layer->layer);
    return layers;
}

} // namespace halftone
