// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/layers/layer_detail.h"

#include "core/report/run_time.h"
#include "ui/document.h"
#include "ui/facts/layers.h"
#include "ui/format.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/parts.h"

#include <QApplication>
#include <QClipboard>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QToolButton>

#include <algorithm>
#include <set>

namespace halftone {

namespace {

constexpr int columnWidth = 18 * theme::grid; // narrower, a run's column is broken after every word

struct DetailField {
    QString name;
    QStringList values; // one a run
};

QString portsText(const std::vector<StepPort>& ports) {
    QStringList lines;
    for (const StepPort& port : ports)
        lines << QStringLiteral("%1  (%2, %3)").arg(plain(port.tensor), plain(port.type), plain(port.layout));
    return lines.isEmpty() ? missing() : lines.join(u'\n');
}

QString namesText(const std::vector<std::string>& names) {
    QStringList texts;
    for (const std::string& name : names)
        texts << plain(name);
    return texts.isEmpty() ? missing() : texts.join(QStringLiteral(", "));
}

QString orMissing(const std::string& text) {
    return text.empty() ? missing() : plain(text);
}

const Step* stepOf(const Run& run, const LayerRun* layerRun) {
    const bool exists = layerRun && layerRun->step >= 0 && layerRun->step < static_cast<int>(run.steps.size());
    return exists ? &run.steps[layerRun->step] : nullptr;
}

QString limitText(const Step& step, TimeUnit unit) {
    if (!step.limitMs || step.medianMs <= 0)
        return missing();
    const QString cause =
        step.bound == StepBound::Overhead ? Text::tr("too small") : nameText(step.bound) + Text::tr("-bound");
    return Text::tr("%1 at least, %2; %3 of the limit reached")
        .arg(timeWithUnit(*step.limitMs, unit), cause, shareText(*step.limitMs / step.medianMs));
}

/// "12.3 µs (12.1 to 12.5, 24 rounds), 4.5 % of the whole latency", the interval where the report has one. Of all steps
/// of the layer; of the step that it is fused into where it has none of its own.
QString timeText(const Run& run, const LayerRun& layer, const Step& step, TimeUnit unit) {
    const double ms = layer.medianMs.value_or(step.medianMs);
    const Interval ci95 = layer.ci95 ? *layer.ci95 : ms == step.medianMs ? step.ci95 : Interval();
    QString text = timeWithUnit(ms, unit);
    if (ci95.hi > 0) {
        const QString rounds = step.roundMs.empty()
                                   ? QString()
                                   : QStringLiteral(", ") + counted(std::ssize(step.roundMs), Text::tr("round"));
        text += Text::tr(" (%1 to %2%3)").arg(timeText(ci95.lo, unit), timeText(ci95.hi, unit), rounds);
    }
    if (const auto share = shareOfWhole(run, ms))
        text += Text::tr(", %1 of the whole latency").arg(shareText(*share));
    return text;
}

/// "In int8 it is 1.90× faster than fp32 (sure: 95 % interval 1.85 to 1.95×, of 24 rounds)."
QString speedupSentence(const GradedSpeedup& comparison, int64_t rounds) {
    QString certain = certaintyText(comparison);
    if (rounds > 0)
        certain += Text::tr(", of ") + counted(rounds, Text::tr("round"));
    if (!comparison.ci95)
        return Text::tr("fp32 time / int8 time is %1; %2.").arg(speedupText(comparison), certain);
    if (comparison.grade == Grade::Undecided)
        return isSame(*comparison.ci95) ? Text::tr("In int8 it is %1.").arg(certain)
                                        : Text::tr("Whether int8 is faster here is %1.").arg(certain);
    return Text::tr("In int8 it is %1 (%2).").arg(typeset(speedupWords(comparison)), certain);
}

std::vector<DetailField> detailFields(const Report& report, const Layer& layer) {
    const TimeUnit unit = pageUnit(report);
    std::vector<DetailField> fields{{Text::tr("Status"), {}},   {Text::tr("Step"), {}},   {Text::tr("Time"), {}},
                                    {Text::tr("Limit"), {}},    {Text::tr("Kernel"), {}}, {Text::tr("Precision"), {}},
                                    {Text::tr("Computes"), {}}, {Text::tr("Reads"), {}},  {Text::tr("Writes"), {}},
                                    {Text::tr("Amount"), {}},   {Text::tr("Why"), {}}};
    for (const Run& run : report.runs) {
        const auto found = layer.byPrecision.find(run.precision);
        const LayerRun* layerRun = found == layer.byPrecision.end() ? nullptr : &found->second;
        const Step* step = stepOf(run, layerRun);
        size_t i = 0;
        const auto add = [&](const QString& text) { fields[i++].values << text; };
        add(statusText(layerRun));
        if (!step) {
            while (i < fields.size())
                add(missing());
            continue;
        }
        add(Text::tr("%1 of %2, %3").arg(step->index + 1).arg(run.steps.size()).arg(plain(step->name)));
        add(timeText(run, *layerRun, *step, unit));
        add(limitText(*step, unit));
        add(orMissing(step->kernel));
        add(orMissing(step->precision));
        add(namesText(step->origins));
        add(portsText(step->inputs));
        add(portsText(step->outputs));
        add(Text::tr("%1 MACs, %2").arg(macsText(step->macs), bytesText(step->bytes)));
        add(step->why.empty() ? missing() : typeset(step->why));
    }
    // Lines that say nothing for any run would only push the others out of sight.
    std::erase_if(fields, [](const DetailField& field) {
        return std::all_of(field.values.begin(), field.values.end(), [](const QString& v) { return v == missing(); });
    });
    return fields;
}

} // namespace

LayerDetail::LayerDetail(Document& document, QWidget* parent)
    : QWidget(parent), m_document(document), m_title(new ElidedLabel), m_summary(new QLabel), m_links(new QHBoxLayout),
      m_table(new QWidget), m_grid(new QGridLayout(m_table)) {
    setAccessibleName(tr("Detail of the selected layer"));
    makeHeading(m_title);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_links->setSpacing(theme::grid / 2);

    auto* titleLine = new QHBoxLayout;
    titleLine->setSpacing(theme::grid);
    titleLine->addWidget(m_title, 1);
    titleLine->addLayout(m_links);

    m_grid->setContentsMargins(0, 0, theme::grid, theme::grid);
    m_grid->setHorizontalSpacing(2 * theme::grid);
    m_grid->setVerticalSpacing(theme::grid / 2);
    QScrollArea* scroll = scrolling(m_table);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, theme::grid, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addLayout(titleLine);
    layout->addWidget(m_summary);
    layout->addWidget(scroll, 1);

    connect(&m_document, &Document::selectedLayerChanged, this, &LayerDetail::showSelected);
    connect(&m_document, &Document::reportChanged, this, &LayerDetail::showSelected);
    showSelected();
}

void LayerDetail::showSelected() {
    clearLayout(m_grid);
    for (int column = 1; column < m_grid->columnCount(); ++column) { // a grid keeps the widths of columns that are gone
        m_grid->setColumnStretch(column, 0);
        m_grid->setColumnMinimumWidth(column, 0);
    }
    clearLayout(m_links);
    m_copyText.clear();
    const auto report = m_document.report();
    const int selected = m_document.selectedLayer();
    const bool exists = report && selected >= 0 && selected < static_cast<int>(report->layers.size());
    setVisible(exists);
    if (!exists)
        return;

    const Layer& layer = report->layers[selected];
    const QString title = QStringLiteral("%1  ·  %2").arg(plain(layer.name), plain(layer.op));
    m_title->setText(title);
    QString summary;
    const GradedSpeedup comparison = gradedSpeedup(layer);
    if (comparison.speedup)
        summary = speedupSentence(comparison, layer.rounds) + u' ';
    if (!layer.reason.empty())
        summary += tr("Not in int8: %1").arg(plain(layer.reason));
    m_summary->setText(summary);
    m_summary->setVisible(!summary.isEmpty());

    const auto link = [this](const QString& text, const QString& tip) {
        QToolButton* button = linkButton(text, tip);
        m_links->addWidget(button);
        return button;
    };
    std::set<std::string> targets;
    for (const auto& [precision, run] : layer.byPrecision)
        if (run.status == LayerStatus::Fused && !run.into.empty() && run.into != layer.name)
            targets.insert(run.into);
    for (const std::string& target : targets) {
        const QString name = plain(target);
        const QString shortName = fontMetrics().elidedText(name, Qt::ElideMiddle, 20 * theme::grid);
        connect(link(tr("Go to %1").arg(shortName), tr("Select %1, whose step computes this layer").arg(name)),
                &QToolButton::clicked, this, [this, target] { m_document.selectLayer(target); });
    }
    connect(link(tr("Ranges"), tr("Show the ranges of this layer's tensors")), &QToolButton::clicked, this,
            [this] { emit viewRequested(QStringLiteral("ranges")); });
    connect(link(tr("Conversions"), tr("Show the conversions of the runs")), &QToolButton::clicked, this,
            [this] { emit viewRequested(QStringLiteral("conversions")); });
    connect(link(tr("Copy"), tr("Copy this detail as text")), &QToolButton::clicked, this,
            [this] { QApplication::clipboard()->setText(m_copyText); });
    connect(link(tr("Close"), tr("Close the detail and select nothing")), &QToolButton::clicked, this, [this] {
        m_document.selectLayer(-1);
        emit closed();
    });

    QStringList lines{title};
    if (!summary.isEmpty())
        lines << summary;
    QStringList header{QString()};
    for (size_t i = 0; i < report->runs.size(); ++i) {
        const Run& run = report->runs[i];
        auto* label = textLabel(tr("%1 run").arg(plain(run.precision)));
        makeHeading(label);
        setTextColour(label, [precision = run.precision] { return theme::asText(theme::precision(precision)); });
        m_grid->addWidget(label, 0, static_cast<int>(i) + 1);
        m_grid->setColumnStretch(static_cast<int>(i) + 1, 1);
        m_grid->setColumnMinimumWidth(static_cast<int>(i) + 1, columnWidth);
        header << label->text();
    }
    lines << header.join(u'\t');
    int row = 1;
    for (const DetailField& field : detailFields(*report, layer)) {
        auto* name = textLabel(field.name);
        name->setWordWrap(false);
        name->setForegroundRole(QPalette::PlaceholderText);
        m_grid->addWidget(name, row, 0);
        for (qsizetype i = 0; i < field.values.size(); ++i)
            m_grid->addWidget(textLabel(field.values[i]), row, static_cast<int>(i) + 1);
        lines << field.name + u'\t' + QStringList(field.values).replaceInStrings("\n", "; ").join(u'\t');
        ++row;
    }
    m_grid->setRowStretch(row, 1);
    m_copyText = lines.join(u'\n') + u'\n';
}

} // namespace halftone
