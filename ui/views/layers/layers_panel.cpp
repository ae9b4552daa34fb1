// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/layers/layers_panel.h"

#include "ui/theme.h"
#include "ui/views/layers/layer_detail.h"
#include "ui/widgets/parts.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace halftone {

namespace {

const QString precisionKey = QStringLiteral("layers/precision");
const QString foldedKey = QStringLiteral("layers/folded");

} // namespace

LayersPanel::LayersPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("layers"), tr("Layers"),
                {.name = tr("Layers"),
                 .sortKey = QStringLiteral("otherTime"),
                 .columns = layerColumns({}),
                 .filterHint = tr("Filter by name, type or kernel"),
                 .thing = tr("layer"),
                 .matches = layerMatches},
                parent),
      m_comparison(new QWidget), m_precision(new QComboBox), m_fold(new QToolButton), m_sums(textLabel()) {
    auto* keep = new QAction(tr("&Keep in fp32"), m_table);
    keep->setToolTip(tr("The next run keeps the selected layers in fp32"));
    keep->setShortcut(QKeySequence("Ctrl+K"));
    keep->setShortcutContext(Qt::WidgetShortcut);
    connect(keep, &QAction::triggered, this, &LayersPanel::keepSelected);
    m_table->addAction(keep);
    m_detail = new LayerDetail(m_document);

    auto* comparison = new QHBoxLayout(m_comparison);
    comparison->setContentsMargins(0, 0, 0, 0);
    comparison->setSpacing(theme::grid);
    auto* caption = new QLabel(tr("Co&mpare fp32 with"));
    caption->setBuddy(m_precision);
    comparison->addWidget(caption);
    comparison->addWidget(m_precision);
    m_precision->setObjectName(QStringLiteral("precision"));
    m_precision->setToolTip(tr("The run whose times, kernels and reasons stand beside those of fp32"));
    m_filter->addWidget(m_comparison);

    m_fold->setText(tr("Fol&d fused layers"));
    m_fold->setToolTip(tr("Hide the layers that are computed inside another layer's step"));
    m_fold->setCheckable(true);
    m_filter->addWidget(m_fold);

    m_table->setLeastRows(6);
    m_sums->setForegroundRole(QPalette::PlaceholderText);
    m_sums->setObjectName(QStringLiteral("layerSums"));
    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, 0, 0, 0);
    listLayout->setSpacing(theme::grid);
    listLayout->addWidget(m_table, 1);
    listLayout->addWidget(m_sums);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(list);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({600, 240});
    m_detail->setMinimumHeight(120);

    auto* content = new QWidget;
    QVBoxLayout* layout = viewLayout(content, 2 * theme::grid);
    layout->addWidget(m_filter);
    layout->addWidget(splitter, 1);
    setContent(content);

    connect(m_fold, &QToolButton::toggled, this, [this](bool folded) {
        m_table->setFolded(folded);
        Settings().setViewState(foldedKey, folded);
    });
    connect(m_precision, &QComboBox::activated, this, [this] {
        Settings().setViewState(precisionKey, m_precision->currentText());
        showRows();
    });
    connect(m_table, &TableView::currentIdChanged, &m_document, [this](int id) { m_document.selectLayer(id); });
    connect(m_table, &TableView::opened, &m_document, [this](int id) { m_document.selectLayer(id); });
    connect(m_detail, &LayerDetail::viewRequested, this, &LayersPanel::viewRequested);
    connect(&m_document, &Document::selectedLayerChanged, this, &LayersPanel::showSelection);

    keepSplitter(splitter);
    m_fold->setChecked(Settings().viewState(foldedKey).toBool());
    loadReport();
}

QString LayersPanel::sums() const {
    return m_sums->text();
}

void LayersPanel::loadReport() {
    const auto report = m_document.report();
    if (!report || report->layers.empty())
        showMessage(tr("No layers yet"),
                    report ? tr("This report lists no layers.")
                           : tr("Open a model and click Quantize & Profile, or open a saved report. Every layer of the "
                                "model is then listed here, with its fp32 and int8 time."));
    fillPrecisions(report.get());
    showRows();
}

void LayersPanel::fillPrecisions(const Report* report) {
    m_precision->clear();
    if (report)
        for (const Run& run : report->runs)
            if (run.precision != "fp32")
                m_precision->addItem(QString::fromStdString(run.precision));
    m_comparison->setVisible(m_precision->count() > 1);
    const QString chosen = Settings().viewState(precisionKey, QStringLiteral("int8")).toString();
    m_precision->setCurrentIndex(std::max(0, m_precision->findText(chosen)));
}

void LayersPanel::showRows() {
    const auto report = m_document.report();
    const std::string precision =
        m_precision->count() > 0 ? m_precision->currentText().toStdString() : std::string("int8");
    std::vector<LayerRow> rows = report ? layerRows(*report, precision) : std::vector<LayerRow>();
    const TimeUnit unit = report ? pageUnit(*report) : TimeUnit::Ms;
    std::vector<Column<LayerRow>> columns = layerColumns(rows, precision, unit);
    std::vector<int> parents = layerParents(rows);
    const QList<Chip> chips = layerChips(rows, precision);
    m_sums->setText(report ? layerSums(*report, precision, unit) : QString());
    m_sums->setToolTip(report ? layerSumsTooltip(*report, precision, unit) : QString());
    m_sums->setVisible(!m_sums->text().isEmpty());
    setRows(std::move(columns), std::move(rows), chips, std::move(parents));
}

void LayersPanel::restoreCurrent(int) {
    m_fold->setEnabled(m_model.hasGroups());
    showSelection();
}

/// A fused layer has no precision of its own: the one that computes it is kept.
void LayersPanel::keepSelected() {
    QStringList layers;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) {
        const LayerRow& row = m_model.row(TableModelBase::idOf(index));
        const auto int8 = row.layer->byPrecision.find("int8");
        const bool fused = int8 != row.layer->byPrecision.end() && !int8->second.into.empty();
        const QString name = QString::fromStdString(fused ? int8->second.into : row.layer->name);
        if (!layers.contains(name))
            layers += name;
    }
    if (!layers.isEmpty())
        emit keepFp32Requested(layers);
}

void LayersPanel::showSelection() {
    m_table->setCurrentId(m_document.selectedLayer());
}

} // namespace halftone
