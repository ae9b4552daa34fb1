// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/limits/limits_panel.h"

#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/plots/loss_bars.h"
#include "ui/plots/roofline_plot.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace halftone {

namespace {

constexpr int factsWidth = 31 * theme::grid;

/// The name on the left, the figures right-aligned under their columns.
void addRow(QGridLayout* grid, const QString& name, const QStringList& figures, const QString& tooltip = {}) {
    const int row = grid->rowCount();
    auto* label = new QLabel(name);
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setToolTip(tooltip);
    grid->addWidget(label, row, 0);
    for (qsizetype i = 0; i < figures.size(); ++i) {
        auto* figure = new QLabel(figures[i]);
        figure->setTextFormat(Qt::PlainText);
        figure->setToolTip(tooltip);
        figure->setAlignment(Qt::AlignRight);
        grid->addWidget(figure, row, static_cast<int>(i) + 1, Qt::AlignRight | Qt::AlignBottom);
    }
}

QString threadsText(int threads) {
    return threads == 1 ? Text::tr("1 thread") : Text::tr("%1 threads").arg(threads);
}

const PeakRate* peakOf(const Report& report, const char* precision, int threads) {
    for (const PeakRate& peak : report.roofline->peaks)
        if (peak.precision == precision && peak.threads == threads)
            return &peak;
    return nullptr;
}

/// What the ideal is, what int8 takes instead, and the largest part of the difference. Waiting for a CPU is no loss of
/// int8: it is told apart.
QString sentenceOf(const Report& report) {
    const Waterfall& fall = *report.waterfall;
    const TimeUnit unit = pageUnit(report);
    const LossPart* largest = nullptr;
    double idealMs = 0, waitingMs = 0;
    for (const LossPart& part : fall.parts) {
        if (part.kind == LossKind::Ideal)
            idealMs = part.ms;
        else if (part.kind == LossKind::Waiting)
            waitingMs = part.ms;
        else if (!largest || part.ms > largest->ms)
            largest = &part;
    }
    const Run* int8 = report.run("int8");
    const PeakRate* fp32Peak = int8 ? peakOf(report, "fp32", int8->threads) : nullptr;
    const PeakRate* int8Peak = int8 ? peakOf(report, "int8", int8->threads) : nullptr;
    const QString peak =
        fp32Peak && int8Peak && fp32Peak->gops > 0
            ? Text::tr("int8 computes at most %1× as fast as fp32 here. If every layer that multiplies gained that")
                  .arg(significant(int8Peak->gops / fp32Peak->gops))
            : Text::tr("If every layer that multiplies gained as much as the peak of int8 is above that of fp32");
    QString text = Text::tr("%1, they would take %2; the whole takes %3")
                       .arg(peak, timeWithUnit(idealMs, unit), timeWithUnit(fall.int8Ms, unit));
    const double lostMs = fall.int8Ms - waitingMs - idealMs;
    if (waitingMs > 0)
        text += Text::tr(", of it %1 waiting for a CPU").arg(partWithUnit(waitingMs, fall.int8Ms, unit));
    if (!largest || lostMs <= 0)
        return text + Text::tr(". Nothing is lost.");
    return text + Text::tr(". %1 is lost, most of it to: %2 (%3).")
                      .arg(partWithUnit(lostMs, fall.int8Ms, unit), lossName(report, largest->kind),
                           partWithUnit(largest->ms, fall.int8Ms, unit));
}

QString whyNoWaterfall(const Report& report) {
    if (!report.run("fp32") || !report.run("int8"))
        return Text::tr("This report lacks an fp32 or an int8 run, so there is no way from one to the other to show.");
    return Text::tr(
        "The losses of int8 are not known, because this machine's peaks were not measured for both fp32 and int8.");
}

} // namespace

LimitsPanel::LimitsPanel(Document& document, QWidget* parent)
    : View(document, QStringLiteral("limits"), tr("Limits"), parent), m_sentence(textLabel()), m_note(textLabel()),
      m_losses(new LossBars), m_roofline(new RooflinePlot), m_toLayer(new QToolButton),
      m_memoryHeading(headingLabel({})), m_memory(new QGridLayout), m_machine(new QGridLayout) {
    setContent(makeContent());
    const auto select = [this](const std::string& layer) { m_document.selectLayer(layer); };
    connect(m_losses, &LossBars::layerChosen, this, select);
    connect(m_roofline, &RooflinePlot::layerChosen, this, select);
    connect(m_toLayer, &QToolButton::clicked, this, [this] { emit viewRequested(QStringLiteral("layers")); });
    connect(&m_document, &Document::selectedLayerChanged, this, &LimitsPanel::showSelection);
    loadReport();
}

QWidget* LimitsPanel::makeContent() {
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_toLayer->setAutoRaise(true);
    for (QGridLayout* grid : {m_memory, m_machine}) {
        grid->setHorizontalSpacing(2 * theme::grid);
        grid->setVerticalSpacing(theme::grid / 2);
        grid->setColumnStretch(0, 1);
    }
    auto* charts = new QVBoxLayout;
    charts->setSpacing(theme::grid);
    charts->addWidget(headingLabel(tr("From fp32 to int8")));
    charts->addWidget(m_sentence);
    charts->addWidget(m_losses);
    charts->addSpacing(theme::grid);
    charts->addWidget(headingLabel(tr("Steps under the machine's limits")));
    charts->addWidget(m_roofline, 1);
    auto* foot = new QHBoxLayout;
    foot->setSpacing(theme::grid);
    foot->addWidget(m_note, 1);
    foot->addWidget(m_toLayer, 0, Qt::AlignTop);
    charts->addLayout(foot);

    auto* factsWidget = new QWidget;
    factsWidget->setMinimumWidth(factsWidth); // wider where there are more runs
    factsWidget->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    auto* facts = new QVBoxLayout(factsWidget);
    facts->setContentsMargins(0, 0, 0, 0);
    facts->setSpacing(theme::grid);
    facts->addWidget(m_memoryHeading);
    facts->addLayout(m_memory);
    facts->addSpacing(2 * theme::grid);
    facts->addWidget(headingLabel(tr("Measured limits")));
    facts->addLayout(m_machine);
    facts->addStretch(1);

    auto* content = new QWidget;
    auto* layout = new QHBoxLayout(content);
    layout->setContentsMargins(3 * theme::grid, 3 * theme::grid, 3 * theme::grid, 2 * theme::grid);
    layout->setSpacing(4 * theme::grid);
    layout->addLayout(charts, 1);
    layout->addWidget(factsWidget);
    return scrolling(content);
}

QString LimitsPanel::sentence() const {
    return m_sentence->text();
}

void LimitsPanel::loadReport() {
    const auto report = m_document.report();
    m_losses->setReport(report);
    m_roofline->setReport(report);
    showSelection();
    if (!report)
        showMessage(tr("No limits yet"),
                    tr("Open a model and click Quantize & Profile, or open a saved report. How near the runs "
                       "come to what this machine can do is then shown here."));
    else if (!report->roofline)
        showMessage(tr("The machine's limits are not known"),
                    tr("This report holds no measured peaks and bandwidths. Profile the model again to measure them."));
    if (!report || !report->roofline)
        return;
    showContent();
    m_losses->setVisible(report->waterfall.has_value());
    m_sentence->setText(report->waterfall ? sentenceOf(*report) : whyNoWaterfall(*report));
    size_t steps = 0;
    for (const Run& run : report->runs)
        steps += run.steps.size();
    m_note->setText(tr("One dot a step, its area the time. %1 of %2 steps multiply nothing and are not shown.")
                        .arg(countText(static_cast<int64_t>(steps - m_roofline->dots().size())),
                             countText(static_cast<int64_t>(steps))));
    showMemory(*report);
    showMachine(*report);
}

void LimitsPanel::showSelection() {
    const auto report = m_document.report();
    const int selected = m_document.selectedLayer();
    const bool exists = report && selected >= 0 && selected < static_cast<int>(report->layers.size());
    const std::string name = exists ? report->layers[static_cast<size_t>(selected)].name : std::string();
    m_roofline->setSelectedLayer(name);
    m_toLayer->setVisible(exists);
    m_toLayer->setText(tr("Show %1").arg(fontMetrics().elidedText(plain(name), Qt::ElideMiddle, 20 * theme::grid)));
}

void LimitsPanel::showMemory(const Report& report) {
    clearLayout(m_memory);
    int64_t largest = 0;
    for (const Run& run : report.runs)
        largest = std::max({largest, run.memory.weightsBytes, run.memory.arenaBytes, run.memory.scratchpadBytes,
                            run.memory.peakRssBytes});
    const ColumnUnit unit = bytesUnit(largest);
    m_memoryHeading->setText(tr("Memory of the runs, %1").arg(unit.unit));
    QStringList header;
    for (const Run& run : report.runs)
        header += shortPrecision(run.precision);
    addRow(m_memory, {}, header);
    const auto addFigures = [&](const QString& name, int64_t Memory::*bytes, const QString& tooltip) {
        QStringList figures;
        for (const Run& run : report.runs)
            figures += significant(static_cast<double>(run.memory.*bytes) / unit.divisor);
        addRow(m_memory, name, figures, tooltip);
    };
    addFigures(tr("Weights"), &Memory::weightsBytes, tr("Packed weights, biases and scales."));
    addFigures(tr("Activations"), &Memory::arenaBytes, tr("One block that all activations share, after reuse."));
    addFigures(tr("Scratchpad"), &Memory::scratchpadBytes, tr("Work space of the kernels, shared by all steps."));
    addFigures(tr("Peak growth"), &Memory::peakRssBytes,
               tr("How much more memory the profiler held at most while it built and first ran this plan."));
}

void LimitsPanel::showMachine(const Report& report) {
    clearLayout(m_machine);
    const Roofline& roofline = *report.roofline;
    std::set<int> threads;
    for (const PeakRate& peak : roofline.peaks)
        threads.insert(peak.threads);
    QStringList header;
    for (const int count : threads)
        header += threadsText(count);
    addRow(m_machine, {}, header);
    // One row a name, one column a number of threads.
    const auto addRates = [&](const auto& rates, const auto& nameOf, const auto& figureOf, const auto& tooltipOf) {
        std::vector<std::string> names;
        for (const auto& rate : rates)
            if (std::find(names.begin(), names.end(), nameOf(rate)) == names.end())
                names.push_back(nameOf(rate));
        for (const std::string& name : names) {
            QStringList figures, tooltip;
            for (const int count : threads) {
                const auto found = std::find_if(rates.begin(), rates.end(), [&](const auto& rate) {
                    return nameOf(rate) == name && rate.threads == count;
                });
                figures += found == rates.end() ? missing() : figureOf(*found);
                if (found != rates.end())
                    tooltip += threadsText(count) + QStringLiteral(": ") + tooltipOf(*found);
            }
            addRow(m_machine, plain(name), figures, tooltip.join(u'\n'));
        }
    };
    addRates(
        roofline.peaks, [](const PeakRate& one) { return one.precision; },
        [](const PeakRate& one) { return significant(one.gops) + tr(" GOP/s"); },
        [](const PeakRate& one) { return tr("best of several runs, reached by %1").arg(plain(one.kernel)); });
    addRates(
        roofline.bandwidths, [](const Bandwidth& one) { return one.level; },
        [](const Bandwidth& one) { return significant(one.gbps) + tr(" GB/s"); },
        [](const Bandwidth& one) { return tr("best of several passes over %1").arg(bytesText(one.workingSetBytes)); });
    QStringList overhead(threads.empty() ? 0 : static_cast<qsizetype>(threads.size()) - 1, QString());
    overhead += timeWithUnit(roofline.overheadMs, pageUnit(report));
    addRow(m_machine, tr("Empty step"), overhead, tr("Waking all threads and calling a kernel that does nothing."));
}

} // namespace halftone
