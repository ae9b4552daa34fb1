// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/isas/isas_panel.h"

#include "ui/format.h"
#include "ui/plots/latency_bars.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace halftone {

namespace {

QString howText(const IsaComparison& isas) {
    const QString accuracy = isas.samples > 0 ? Text::tr("accuracy on ") + counted(isas.samples, Text::tr("sample"))
                                              : Text::tr("no accuracy, because no data was given");
    return Text::tr("Each in a process of its own, measured for %1 s; %2.")
        .arg(significant(isas.timeBudgetS, 2), accuracy);
}

} // namespace

IsasPanel::IsasPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("instructionSets"), tr("Instruction sets"),
                {.name = tr("Instruction sets"), .columns = isaColumns({})}, parent),
      m_section(sectionLabel()), m_how(textLabel()), m_bars(new LatencyBars), m_remarks(textLabel()) {
    m_bars->setAccessibleName(tr("Latency by instruction set"));
    m_how->setForegroundRole(QPalette::PlaceholderText);
    m_remarks->setObjectName(QStringLiteral("isaRemarks"));

    auto* results = new QWidget;
    auto* layout = new QVBoxLayout(results);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_section);
    layout->addWidget(m_how);
    layout->addWidget(m_bars);
    layout->addWidget(m_remarks);
    layout->addWidget(m_table);
    layout->addStretch();
    setContent(makeSetup(), scrolling(results));
    loadReport();
}

QWidget* IsasPanel::makeSetup() {
    auto* setup = new QWidget;
    m_time = new QDoubleSpinBox;
    m_time->setRange(0.5, 600);
    m_time->setDecimals(1);
    m_time->setValue(3);
    m_time->setSuffix(tr(" s"));
    m_time->setToolTip(tr("How long to measure with each instruction set; longer gives narrower intervals"));
    m_measure = new QPushButton(tr("Co&mpare instruction sets"));
    m_measure->setObjectName(QStringLiteral("compareIsas"));
    auto* name = new QLabel(tr("Each for"));
    name->setBuddy(m_time);
    auto* cost = new QLabel(tr("and the time to quantize and to run the samples."));
    cost->setForegroundRole(QPalette::PlaceholderText);
    auto* line = new QHBoxLayout(setup);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(theme::grid);
    line->addWidget(name);
    line->addWidget(m_time);
    line->addWidget(cost, 1);
    line->addWidget(m_measure);
    connect(m_measure, &QPushButton::clicked, this, &IsasPanel::measureRequested);
    return setup;
}

void IsasPanel::setReady(bool ready) {
    m_measure->setEnabled(ready);
}

void IsasPanel::complete(JobRequest& request) const {
    request.timeBudgetS = m_time->value();
}

void IsasPanel::recall(const JobRequest& request) {
    m_time->setValue(request.timeBudgetS);
}

void IsasPanel::loadReport() {
    const auto report = m_document.report();
    const bool hasRuns = report && report->isas && !report->isas->runs.empty();
    std::vector<IsaRow> rows = hasRuns ? isaRows(*report->isas) : std::vector<IsaRow>();
    std::vector<Column<IsaRow>> columns = isaColumns(hasRuns ? *report->isas : IsaComparison());
    setRows(std::move(columns), std::move(rows));
    if (!hasRuns) {
        showMessage(tr("Instruction sets were not compared yet"),
                    tr("The model is measured once with each instruction set of this CPU from the least one up, each "
                       "in a process of its own: times, speed-up, accuracy, and whether int8 sums overflow there. So "
                       "one machine tells what lesser CPUs would do."));
        return;
    }
    std::vector<LatencyGroup> groups;
    for (const IsaRun& run : report->isas->runs)
        groups.push_back({isaName(run, *report->isas),
                          {run.latencyMs.begin(), run.latencyMs.end()},
                          run.latencyMs.empty() ? tr("failed") : QString()});
    m_bars->setGroups(std::move(groups));
    showSection(m_section, *report, report->isas->conditions);
    m_how->setText(howText(*report->isas));
    m_remarks->setText(isaRemarks(*report->isas).join(QStringLiteral("\n\n")));
    m_remarks->setVisible(!m_remarks->text().isEmpty());
    m_table->fitHeightToRows();
}

} // namespace halftone
