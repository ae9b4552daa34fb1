// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/overview/overview_panel.h"

#include "core/report/accuracy_change.h"
#include "core/report/computes_in.h"
#include "core/report/measures.h"
#include "ui/document.h"
#include "ui/facts/findings.h"
#include "ui/facts/sample_words.h"
#include "ui/format.h"
#include "ui/plots/time_bars.h"
#include "ui/presets.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/overview/fact.h"
#include "ui/widgets/parts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

constexpr int factWidth = 30 * theme::grid;
constexpr int contentWidth = 140 * theme::grid; // wider, the eye loses the line

const QString arrow = QStringLiteral(" → ");

/// "92.1 % → 92.0 %"; a precision that was not run is missing.
QString fromTo(const TopK& top) {
    const auto share = [&](const char* precision) {
        const auto found = top.share.find(precision);
        return found == top.share.end() ? missing() : shareText(found->second);
    };
    return share("fp32") + arrow + share("int8");
}

QString shareInterval(const TopK& top, const std::string& precision) {
    const auto found = top.ci95.find(precision);
    if (found == top.ci95.end())
        return missing();
    return shareText(found->second.lo).chopped(2) + Text::tr(" to ") + shareText(found->second.hi);
}

int64_t inUse(const Memory& memory) {
    return memory.weightsBytes + memory.arenaBytes + memory.scratchpadBytes;
}

} // namespace

OverviewPanel::OverviewPanel(Document& document, QWidget* parent)
    : View(document, QStringLiteral("overview"), tr("Overview"), parent), m_verdict(new QLabel), m_bars(new TimeBars),
      m_speed(new Fact(tr("Speed-up"))), m_accuracy(new Fact(tr("Accuracy"))), m_size(new Fact(tr("Weights"))),
      m_addPictures(new QPushButton(tr("A&dd data…"))), m_findings(new QVBoxLayout) {
    QFont large = m_verdict->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    m_verdict->setFont(large);
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_verdict->setObjectName(QStringLiteral("verdict"));
    m_speed->setObjectName(QStringLiteral("speedFact"));
    m_accuracy->setObjectName(QStringLiteral("accuracyFact"));
    m_size->setObjectName(QStringLiteral("sizeFact"));
    connect(m_addPictures, &QPushButton::clicked, this, [this] { emit viewRequested(QStringLiteral("data")); });

    auto* times = new QVBoxLayout;
    times->setSpacing(theme::grid);
    times->addWidget(headingLabel(tr("Where the time goes")));
    times->addWidget(m_bars);
    times->addStretch();
    auto* facts = new QVBoxLayout;
    facts->setSpacing(2 * theme::grid);
    facts->addWidget(m_speed);
    facts->addWidget(m_accuracy);
    facts->addWidget(m_addPictures, 0, Qt::AlignLeft);
    facts->addWidget(m_size);
    facts->addStretch();
    auto* columns = new QHBoxLayout;
    columns->setSpacing(4 * theme::grid);
    columns->addLayout(times, 1);
    columns->addLayout(facts);
    m_findings->setSpacing(theme::grid / 2);

    for (Fact* fact : {m_speed, m_accuracy, m_size})
        fact->setFixedWidth(factWidth);
    auto* content = new QWidget;
    content->setMaximumWidth(contentWidth);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(3 * theme::grid, 3 * theme::grid, 3 * theme::grid, 3 * theme::grid);
    layout->setSpacing(3 * theme::grid);
    layout->addWidget(m_verdict);
    layout->addLayout(columns);
    layout->addLayout(m_findings);
    layout->addStretch(1);
    QScrollArea* scroll = scrolling(content);
    setContent(scroll);
    connect(&m_document, &Document::modelAboutToChange, scroll, [scroll] { scroll->verticalScrollBar()->setValue(0); });
    loadReport();
}

void OverviewPanel::loadReport() {
    const auto report = m_document.report();
    m_bars->setReport(report);
    if (!report) {
        showMessage({}, {});
        return;
    }
    if (report->runs.empty())
        showMessage(tr("Not profiled yet"),
                    tr("This report holds no run. Click Quantize & Profile to measure the model "
                       "in fp32 and int8; what the report holds already is kept."));
    else
        showContent();
    m_verdict->setText(typeset(report->verdict.sentence));
    showSpeed(*report);
    showAccuracy(*report);
    showSize(*report);
    showFindings(*report);
}

void OverviewPanel::showSpeed(const Report& report) {
    const GradedSpeedup comparison = gradedSpeedup(report.verdict);
    const TimeUnit unit = pageUnit(report);
    QStringList lines, tooltip;
    if (comparison.speedup)
        // The figure above is the interval where it is rough: it is not said twice.
        lines += comparison.grade == Grade::Rough ? tr("rough: the 95 % interval") : certaintyText(comparison);
    for (const Run& run : report.runs) {
        if (run.precision == "fp32" || run.precision == "int8")
            lines += QStringLiteral("%1 %2").arg(plain(run.precision), timeWithUnit(run.latencyMs.median, unit));
        tooltip += plain(run.precision) + QStringLiteral(": ") + latencyTooltip(run.latencyMs, unit);
    }
    m_speed->setFact(speedupText(comparison), lines.join(u'\n'), tooltip.join(u'\n'));
}

void OverviewPanel::showAccuracy(const Report& report) {
    m_addPictures->setVisible(!report.data);
    if (!report.accuracy) {
        m_accuracy->setFact({}, report.data ? tr("The accuracy was not measured.")
                                            : tr("No data was given, so accuracy is unknown."));
        return;
    }
    const Accuracy& accuracy = *report.accuracy;
    const QString samples = countedSamples(accuracy.samples, sampleKindOf(report));
    QStringList lines;
    if (!accuracy.top1) {
        if (accuracy.agreement)
            m_accuracy->setFact(shareText(*accuracy.agreement),
                                tr("of %1 get the same class in fp32 and int8. They have no labels, so accuracy is "
                                   "unknown.")
                                    .arg(samples));
        else
            showMeasures(accuracy, samples);
        return;
    }
    const AccuracyChange change = accuracyChange(accuracy);
    const bool decided = change == AccuracyChange::Worse || change == AccuracyChange::Better;
    lines += tr("top-1 on %1").arg(samples);
    if (decided && report.verdict.accuracyDrop)
        lines.back() += QStringLiteral(", ") + pointsText(-*report.verdict.accuracyDrop);
    if (change != AccuracyChange::Unknown)
        lines += typeset(accuracyChangeWords(accuracy));
    lines += tr("95 % interval of int8 %1").arg(shareInterval(*accuracy.top1, "int8"));
    if (accuracy.top5)
        lines += tr("top-5 %1").arg(fromTo(*accuracy.top5));
    if (accuracy.agreement)
        lines += tr("same class for %1").arg(shareText(*accuracy.agreement));
    QStringList intervals;
    for (const Run& run : report.runs)
        intervals += plain(run.precision) + u' ' + shareInterval(*accuracy.top1, run.precision);
    QStringList tooltip{tr("95 % intervals of top-1: ") + intervals.join(QStringLiteral(", "))};
    if (change != AccuracyChange::Unknown)
        tooltip += typeset(accuracyChangeProof(accuracy));
    m_accuracy->setFact(fromTo(*accuracy.top1), lines.join(u'\n'), tooltip.join(u'\n'));
}

void OverviewPanel::showMeasures(const Accuracy& accuracy, const QString& samples) {
    QStringList lines, tooltip;
    const auto int8 = accuracy.byPrecision.find("int8");
    if (int8 == accuracy.byPrecision.end() || int8->second.measures.empty()) {
        const auto& sqnr = accuracy.outputs.sqnrDb;
        m_accuracy->setFact(sqnr ? tr("%1 dB").arg(significant(*sqnr, 3)) : tr("identical"),
                            tr("signal to noise of the output against fp32, on %1").arg(samples));
        return;
    }
    for (const Measure& measure : int8->second.measures) {
        const QString interval = plain(intervalOf(measure));
        lines += measureText(measure.kind) + (lines.isEmpty() ? QString() : u' ' + plain(figureOf(measure)));
        if (lines.size() == 1)
            lines.back() += tr(" against fp32, on %1").arg(samples);
        if (!interval.isEmpty())
            lines += tr("95 % interval %1").arg(interval);
    }
    lines += tr("Compared as: %1").arg(judgedText(accuracy.judgedAs));
    for (const auto& [precision, closeness] : accuracy.byPrecision)
        tooltip += plain(precision) + QStringLiteral(": ") + plain(measureWords(closeness.measures));
    if (!accuracy.judgedWhy.empty())
        tooltip += tr("%1: %2").arg(plain(accuracy.output), plain(accuracy.judgedWhy));
    m_accuracy->setFact(plain(figureOf(int8->second.measures.front())), lines.join(u'\n'), tooltip.join(u'\n'));
}

void OverviewPanel::showSize(const Report& report) {
    const Model& model = report.model;
    const bool quantized = model.int8WeightsBytes > 0;
    QStringList lines{tr("model file %1").arg(bytesText(model.sizeBytes))};
    if (const std::string products = computesInWords(report); !products.empty()) {
        lines += plain(products);
        lines += tr("the file itself: %1").arg(plain(fileComputesInWords(report)));
    }
    QStringList memory, tooltip;
    for (const Run& run : report.runs) {
        memory += plain(run.precision) + u' ' + bytesText(inUse(run.memory));
        tooltip += tr("%1: weights %2, activations %3, scratchpad %4")
                       .arg(plain(run.precision), bytesText(run.memory.weightsBytes), bytesText(run.memory.arenaBytes),
                            bytesText(run.memory.scratchpadBytes));
    }
    if (!memory.isEmpty())
        lines += tr("in memory ") + memory.join(QStringLiteral(", "));
    m_size->setFact(bytesText(model.fp32WeightsBytes) + arrow +
                        (quantized ? bytesText(model.int8WeightsBytes) : missing()),
                    lines.join(u'\n'), tooltip.join(u'\n'));
}

void OverviewPanel::showFindings(const Report& report) {
    clearLayout(m_findings);
    m_findings->addWidget(headingLabel(tr("What stands out")));
    const auto found = findings(report);
    if (found.empty()) {
        auto* nothing = new QLabel(tr(
            "Nothing: no layer outside int8, no slower layer, no conversion and no loss takes 1 % of the int8 time."));
        nothing->setForegroundRole(QPalette::PlaceholderText);
        nothing->setWordWrap(true);
        m_findings->addWidget(nothing);
    }
    for (const Finding& finding : found) {
        auto* text = new QLabel(finding.text);
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        const bool curable = cured({}, finding.cure).has_value();
        const bool toBeFound = finding.view == u"planner" && !report.plan; // there only the way to one is shown
        const QString action = curable     ? cureText(finding.cure)
                               : toBeFound ? tr("Find plan…")
                                           : tr("Show %1").arg(finding.view);
        auto* link = new QPushButton(action);
        link->setFixedWidth(std::max(18 * theme::grid, link->sizeHint().width()));
        link->setAccessibleName(action + (curable ? QStringLiteral(": ") : tr(" of: ")) + finding.text);
        connect(link, &QPushButton::clicked, this, [this, finding, curable] {
            if (curable) {
                emit cureRequested(finding.cure);
                return;
            }
            if (!finding.layer.empty())
                m_document.selectLayer(finding.layer);
            emit viewRequested(finding.view);
        });
        auto* rowWidget = new QWidget;
        auto* row = new QHBoxLayout(rowWidget);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(2 * theme::grid);
        row->addWidget(text, 1);
        row->addWidget(link, 0, Qt::AlignTop);
        m_findings->addWidget(rowWidget);
    }
}

} // namespace halftone
