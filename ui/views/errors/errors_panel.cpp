// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/errors/errors_panel.h"

#include "ui/format.h"
#include "ui/plots/error_plot.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

ErrorsPanel::ErrorsPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("errors"), tr("Errors"),
                {.name = tr("Errors of the layers"),
                 .columns = errorColumns(),
                 .filterHint = tr("Filter by layer, type or tensor"),
                 .thing = tr("layer"),
                 .matches = errorMatches},
                parent),
      m_sentence(textLabel()), m_plot(new ErrorPlot) {
    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, theme::grid, 0, 0);
    listLayout->setSpacing(theme::grid);
    listLayout->addWidget(m_filter);
    listLayout->addWidget(m_table, 1);
    m_table->setLeastRows(5);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(m_plot);
    splitter->addWidget(list);
    splitter->addWidget(makeDetail());
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({176, 400, 144});

    auto* content = new QWidget;
    QVBoxLayout* layout = viewLayout(content, theme::grid);
    layout->addWidget(m_sentence);
    layout->addWidget(splitter, 1);
    setContent(content);

    connect(m_table, &TableView::currentIdChanged, this, &ErrorsPanel::choose);
    connect(m_table, &TableView::opened, this, &ErrorsPanel::choose);
    connect(m_plot, &ErrorPlot::layerChosen, this, [this](const std::string& layer) { m_document.selectLayer(layer); });
    connect(&m_document, &Document::selectedLayerChanged, this, &ErrorsPanel::showSelection);
    connect(message(), &MessagePage::actionTriggered, this, [this] { emit viewRequested(QStringLiteral("data")); });
    keepSplitter(splitter);
    loadReport();
}

QWidget* ErrorsPanel::makeDetail() {
    m_title = new ElidedLabel;
    makeHeading(m_title);
    m_explanation = textLabel();
    m_explanation->setObjectName(QStringLiteral("errorExplanation"));
    QToolButton* toLayer = linkButton(tr("Show la&yer"), tr("Show the layer's times and kernels"));
    connect(toLayer, &QToolButton::clicked, this, [this] { emit viewRequested(QStringLiteral("layers")); });
    m_divergenceHeading = headingLabel({});
    m_divergences = new QListWidget;
    m_divergences->setFrameShape(QFrame::NoFrame);
    m_divergences->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_divergences->setTextElideMode(Qt::ElideRight);
    m_divergences->setUniformItemSizes(true);
    const auto follow = [this] {
        const int row = m_divergences->currentRow();
        if (row >= 0 && m_report && m_report->errors)
            m_document.selectLayer(m_report->errors->divergences[static_cast<size_t>(row)].layer);
    };
    connect(m_divergences, &QListWidget::currentRowChanged, this, follow);
    connect(m_divergences, &QListWidget::itemClicked, this, follow); // again, after another layer was chosen

    auto* head = new QHBoxLayout;
    head->setSpacing(theme::grid);
    head->addWidget(m_title, 1);
    head->addWidget(toLayer);
    auto* meaning = new QVBoxLayout;
    meaning->setSpacing(theme::grid / 2);
    meaning->addLayout(head);
    QScrollArea* scroll = scrolling(m_explanation);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    meaning->addWidget(scroll, 1);
    auto* leaving = new QVBoxLayout;
    leaving->setSpacing(theme::grid / 2);
    leaving->addWidget(m_divergenceHeading);
    leaving->addWidget(m_divergences, 1);
    leaving->addStretch();
    auto* detail = new QWidget;
    detail->setAccessibleName(tr("What the figures mean"));
    auto* layout = new QHBoxLayout(detail);
    layout->setContentsMargins(0, theme::grid, 0, theme::grid);
    layout->setSpacing(3 * theme::grid);
    layout->addLayout(meaning, 1);
    layout->addLayout(leaving, 1);
    return detail;
}

QString ErrorsPanel::sentence() const {
    return m_sentence->text();
}

QString ErrorsPanel::explanation() const {
    return m_explanation->text();
}

void ErrorsPanel::loadReport() {
    const auto report = m_document.report();
    const bool hasErrors = report && report->errors && !report->errors->layers.empty();
    std::vector<ErrorRow> rows = hasErrors ? errorRows(*report) : std::vector<ErrorRow>();
    const QList<Chip> chips = errorChips(rows);
    m_plot->setReport(report);
    if (!report)
        showMessage(tr("No errors yet"),
                    tr("Open a model and click Quantize & Profile, or open a saved report. How far "
                       "the int8 result of every layer is from fp32 is then shown here."));
    else if (!hasErrors && !report->data)
        showMessage(tr("Errors are not known"),
                    tr("No data was given, so there is nothing to compare the layers on. Choose some and profile "
                       "again."),
                    tr("A&dd data…"));
    else if (!hasErrors)
        showMessage(tr("Errors are not known"),
                    tr("This report does not hold the errors of the layers. Profile the model again in fp32 and int8 "
                       "to measure them."));
    m_sentence->setText(hasErrors ? errorsSentence(*report->errors) : QString());
    setRows(errorColumns(), std::move(rows), chips);
    listDivergences();
}

void ErrorsPanel::listDivergences() {
    const QSignalBlocker quiet(m_divergences);
    m_divergences->clear();
    if (!m_report || !m_report->errors)
        return;
    const auto& divergences = m_report->errors->divergences;
    m_divergenceHeading->setText(divergences.empty() ? tr("No sample leaves fp32 at one layer")
                                                     : tr("Samples that leave fp32 (%1)").arg(divergences.size()));
    m_divergences->setVisible(!divergences.empty());
    for (const Divergence& divergence : divergences) {
        auto* item = new QListWidgetItem(divergenceText(divergence), m_divergences);
        item->setToolTip(tr("Leaves fp32 first here: ") + item->text());
    }
}

void ErrorsPanel::restoreCurrent(int) {
    showSelection();
}

int ErrorsPanel::selectedRow() const {
    const int selected = m_document.selectedLayer();
    if (!m_report || selected < 0 || selected >= static_cast<int>(m_report->layers.size()))
        return -1;
    const Layer& layer = m_report->layers[static_cast<size_t>(selected)];
    const auto run = layer.byPrecision.find("int8");
    const std::string& name =
        run != layer.byPrecision.end() && !run->second.into.empty() ? run->second.into : layer.name;
    const auto& rows = m_model.rows();
    const auto found = std::ranges::find_if(rows, [&](const ErrorRow& row) { return row.error->layer == name; });
    return found == rows.end() ? -1 : static_cast<int>(found - rows.begin());
}

void ErrorsPanel::showSelection() {
    const int row = selectedRow();
    m_table->setCurrentId(row);
    const LayerError* error = row < 0 ? nullptr : m_model.row(row).error;
    m_plot->setSelectedLayer(error ? error->layer : std::string());
    m_title->setText(error ? QStringLiteral("%1 (%2)").arg(plain(error->layer), plain(error->op))
                           : tr("No layer selected"));
    m_explanation->setText(error ? errorExplanation(m_model.row(row)).join(u'\n')
                                 : tr("Choose a layer in the plot or in the table to see what its figures mean."));
}

void ErrorsPanel::choose(int id) {
    m_document.selectLayer(m_model.row(id).error->layer);
}

} // namespace halftone
