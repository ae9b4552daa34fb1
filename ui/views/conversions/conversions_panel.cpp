// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/conversions/conversions_panel.h"

#include "ui/format.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/parts.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

QString factsText(const Conversion& conversion, TimeUnit unit) {
    const QString change = QStringLiteral("%1 %2 → %3 %4")
                               .arg(plain(conversion.fromType), plain(conversion.fromLayout), plain(conversion.toType),
                                    plain(conversion.toLayout));
    const QString time =
        conversion.medianMs ? timeWithUnit(*conversion.medianMs, unit) + QStringLiteral(", ") : QString();
    return Text::tr("%1 run, tensor %2: %3, %4, %5%6")
        .arg(plain(conversion.run), plain(conversion.tensor), change, bytesText(conversion.bytes), time,
             whenText(conversion.when));
}

/// In words, what having no conversions means.
QString emptyReason(const Report& report) {
    const Run* int8 = report.run("int8");
    const bool allInt8 = int8 && std::all_of(int8->steps.begin(), int8->steps.end(), [](const Step& step) {
                             return step.kind != StepKind::Compute || step.precision == "int8";
                         });
    if (report.runs.empty())
        return Text::tr("This report holds no run, so there are no steps to list.");
    if (allInt8)
        return Text::tr("No conversions: the whole model runs in int8.");
    if (!int8)
        return Text::tr(
            "No conversions: this report has no int8 run, and no step of the others changes type or layout.");
    return Text::tr("No conversions: no step changes type or layout.");
}

} // namespace

ConversionsPanel::ConversionsPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("conversions"), tr("Conversions"),
                {.name = tr("Conversions"),
                 .sortKey = QStringLiteral("time"),
                 .columns = conversionColumns({}),
                 .filterHint = tr("Filter by layer, tensor, type, layout or reason"),
                 .thing = tr("conversion"),
                 .matches = conversionMatches},
                parent),
      m_sums(textLabel()) {
    m_sums->setAccessibleName(tr("Sum of the conversions"));
    m_detail = makeDetail();

    auto* content = new QWidget;
    QVBoxLayout* layout = viewLayout(content, 2 * theme::grid);
    layout->addWidget(m_sums);
    layout->addWidget(m_filter);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_detail);
    setContent(content);

    connect(m_table, &TableView::currentIdChanged, this, &ConversionsPanel::choose);
    connect(m_table, &TableView::opened, this, &ConversionsPanel::choose);
    loadReport();
}

QWidget* ConversionsPanel::makeDetail() {
    m_title = new ElidedLabel;
    makeHeading(m_title);
    m_facts = textLabel();
    m_why = textLabel();
    m_producer = linkButton(tr("Go to pro&ducer"), tr("Show the layer that computes the tensor"));
    m_consumer = linkButton(tr("Go to consu&mer"), tr("Show the layer that needs the tensor converted"));
    QToolButton* copy = linkButton(tr("Copy"), tr("Copy this detail as text"));
    connect(m_producer, &QToolButton::clicked, this,
            [this] { goTo(m_model.row(m_table->currentId()).conversion->edge.producer); });
    connect(m_consumer, &QToolButton::clicked, this,
            [this] { goTo(m_model.row(m_table->currentId()).conversion->edge.consumer); });
    connect(copy, &QToolButton::clicked, this, [this] {
        QApplication::clipboard()->setText(QStringList{m_title->text(), m_facts->text(), m_why->text()}.join(u'\n') +
                                           u'\n');
    });

    auto* detail = new QWidget;
    detail->setAccessibleName(tr("Detail of the selected conversion"));
    auto* head = new QHBoxLayout;
    head->setSpacing(theme::grid / 2);
    head->addWidget(m_title, 1);
    head->addWidget(m_producer);
    head->addWidget(m_consumer);
    head->addWidget(copy);
    auto* layout = new QVBoxLayout(detail);
    layout->setContentsMargins(0, 0, 0, theme::grid);
    layout->setSpacing(theme::grid / 2);
    layout->addLayout(head);
    layout->addWidget(m_facts);
    layout->addWidget(m_why);
    return detail;
}

QString ConversionsPanel::sumText() const {
    return m_sums->text();
}

void ConversionsPanel::loadReport() {
    const auto report = m_document.report();
    const int before = m_table->currentId();
    const Conversion shown = before >= 0 ? *m_model.row(before).conversion : Conversion();
    std::vector<ConversionRow> rows = report ? conversionRows(*report) : std::vector<ConversionRow>();
    const std::vector<ConversionSum> sumsOfRuns = report ? conversionSums(*report) : std::vector<ConversionSum>();
    m_unit = conversionUnit(sumsOfRuns);
    std::vector<Column<ConversionRow>> columns = conversionColumns(rows, m_unit);
    const QList<Chip> chips = conversionChips(rows);
    m_emptyText.clear();
    QStringList sums;
    if (!report) {
        m_emptyText = tr("Open a model and click Quantize & Profile, or open a saved report. Every step that only "
                         "changes type or layout is then listed here.");
        showMessage(tr("No conversions yet"), m_emptyText);
    } else if (report->conversions.empty()) {
        m_emptyText = emptyReason(*report);
        showMessage(tr("No conversions"), m_emptyText);
    } else {
        for (const ConversionSum& sum : sumsOfRuns)
            sums << conversionSumText(sum, m_unit);
    }
    m_sums->setText(sums.join(u'\n'));
    setRows(std::move(columns), std::move(rows), chips);
    const auto& now = m_model.rows();
    const auto same = std::ranges::find_if(now, [&](const ConversionRow& row) {
        const Conversion& one = *row.conversion;
        return before >= 0 && one.run == shown.run && one.tensor == shown.tensor && one.kind == shown.kind &&
               one.edge == shown.edge;
    });
    if (same != now.end()) {
        m_table->setCurrentId(static_cast<int>(same - now.begin()));
        showConversion(m_table->currentId());
    }
}

void ConversionsPanel::restoreCurrent(int before) {
    m_table->setCurrentId(before < m_model.totalCount() ? before : -1);
    showConversion(m_table->currentId());
}

void ConversionsPanel::choose(int id) {
    showConversion(id);
    const Edge& edge = m_model.row(id).conversion->edge;
    m_document.selectLayer(edge.consumer.empty() ? edge.producer : edge.consumer);
}

void ConversionsPanel::showConversion(int id) {
    m_detail->setVisible(id >= 0);
    if (id < 0)
        return;
    const Conversion& conversion = *m_model.row(id).conversion;
    m_title->setText(edgeText(m_model.row(id)));
    m_facts->setText(factsText(conversion, m_unit));
    m_why->setText(conversion.why.empty() ? tr("The engine gave no reason.") : typeset(conversion.why));
    m_producer->setEnabled(!conversion.edge.producer.empty());
    m_consumer->setEnabled(!conversion.edge.consumer.empty());
}

void ConversionsPanel::goTo(const std::string& layer) {
    m_document.selectLayer(layer);
    emit viewRequested(QStringLiteral("layers"));
}

} // namespace halftone
