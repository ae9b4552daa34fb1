// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/sweep/sweep_panel.h"

#include "ui/document.h"
#include "ui/plots/throughput_plot.h"
#include "ui/theme.h"
#include "ui/views/sweep/sweep_grid.h"
#include "ui/views/sweep/sweep_setup.h"
#include "ui/widgets/chip_button.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/parts.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

SweepPanel::SweepPanel(Document& document, QWidget* parent)
    : View(document, QStringLiteral("sweep"), tr("Sweep"), parent), m_setup(new SweepSetup),
      m_measureLine(new FlowLayout), m_measureButtons(new QButtonGroup(this)), m_map(new HeatMap),
      m_plot(new ThroughputPlot), m_section(sectionLabel()), m_best(textLabel()), m_point(textLabel()),
      m_failures(textLabel()) {
    m_measureLine->setSpacing(theme::grid);
    m_plot->setMaximumHeight(60 * theme::grid); // higher, the lines only get steeper
    m_map->setAccessibleName(tr("Sweep by batch and threads"));
    m_best->setObjectName(QStringLiteral("sweepBest"));
    m_point->setObjectName(QStringLiteral("sweepPoint"));
    m_failures->setObjectName(QStringLiteral("sweepFailures"));

    auto* results = new QWidget;
    auto* map = new QVBoxLayout;
    map->setSpacing(2 * theme::grid);
    map->addWidget(m_map);
    map->addWidget(m_point);
    map->addStretch();
    auto* columns = new QHBoxLayout;
    columns->setSpacing(3 * theme::grid);
    columns->addLayout(map, 1);
    auto* plot = new QVBoxLayout;
    plot->addWidget(m_plot, 1);
    plot->addStretch(); // both begin at the same height
    columns->addLayout(plot, 1);
    auto* layout = new QVBoxLayout(results);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_best);
    layout->addWidget(m_section);
    layout->addLayout(m_measureLine);
    layout->addLayout(columns, 1);
    layout->addWidget(m_failures);
    layout->addStretch();
    setContent(m_setup, scrolling(results));

    connect(m_setup, &SweepSetup::settingsChanged, this, &SweepPanel::settingsChanged);
    connect(m_setup, &SweepSetup::measureRequested, this, &SweepPanel::measureRequested);
    connect(m_measureButtons, &QButtonGroup::idClicked, this, &SweepPanel::showGrid);
    connect(m_map, &HeatMap::currentChanged, this, &SweepPanel::showPoint);
    loadReport();
}

QString SweepPanel::problem() const {
    return m_setup->problem();
}
void SweepPanel::setReady(bool ready) {
    m_setup->setReady(ready);
}

void SweepPanel::complete(JobRequest& request) const {
    m_setup->complete(request);
}

void SweepPanel::recall(const JobRequest& request) {
    m_setup->setRequest(request);
}

void SweepPanel::loadReport() {
    const auto report = m_document.report();
    const bool hasSweep = report && report->sweep && !report->sweep->points.empty();
    m_table = hasSweep ? std::make_unique<SweepTable>(*report->sweep) : nullptr;
    m_report = report; // only now: until here the old table pointed into the old report
    if (!hasSweep) {
        showMessage(tr("No sweep yet"),
                    tr("A sweep measures the model with every batch and number of threads above, in fp32 and in int8, "
                       "and shows where int8 pays and which setting gives the most samples in a second."));
        return;
    }
    showContent();
    offerMeasures(*report->sweep);
    m_plot->setSweep(*report->sweep);
    m_best->setText(bestText(*report->sweep));
    showSection(m_section, *report, report->sweep->conditions);
    m_failures->setText(failuresText(*report->sweep));
    m_failures->setVisible(!m_failures->text().isEmpty());
    showGrid();
}

void SweepPanel::offerMeasures(const Sweep& sweep) {
    const auto measures = sweepMeasures(sweep);
    const int before = std::max(0, m_measureButtons->checkedId());
    const SweepMeasure chosen = before < static_cast<int>(m_measures.size()) ? m_measures[before] : SweepMeasure{};
    for (QAbstractButton* button : m_measureButtons->buttons())
        m_measureButtons->removeButton(button);
    clearLayout(m_measureLine);
    m_measures = measures;
    for (size_t i = 0; i < measures.size(); ++i) {
        auto* button = new ChipButton(this);
        button->setText(measureName(measures[i]));
        m_measureButtons->addButton(button, static_cast<int>(i));
        m_measureLine->addWidget(button);
    }
    const auto found = std::find(measures.begin(), measures.end(), chosen);
    m_measureButtons->button(found == measures.end() ? 0 : static_cast<int>(found - measures.begin()))
        ->setChecked(true);
}

void SweepPanel::showGrid() {
    m_map->setGrid(heatGrid(*m_table, m_measures[m_measureButtons->checkedId()], pageUnit(*m_report->sweep)));
}

void SweepPanel::showPoint(int cell) {
    const SweepPoint* point = m_table && cell >= 0 ? m_table->at(static_cast<size_t>(cell)) : nullptr;
    m_point->setText(point ? pointText(*point, pageUnit(*m_report->sweep)) : tr("This setting was not measured."));
    m_map->setAccessibleDescription(m_point->text());
}

} // namespace halftone
