// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/ranges/ranges_panel.h"

#include "ui/format.h"
#include "ui/plots/channel_ranges_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/range_growth_plot.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

const QString logarithmicKey = QStringLiteral("ranges/logarithmic");

QList<std::pair<QString, QString>> factsOf(const TensorRange& range) {
    const bool isWeight = range.role == "weight";
    QList<std::pair<QString, QString>> facts{
        {Text::tr("Observed"), intervalText({range.observedMin, range.observedMax})},
    };
    if (range.notFinite > 0)
        facts << std::pair{
            Text::tr("Not finite"),
            Text::tr("%1 NaN or infinite, in no other figure").arg(counted(range.notFinite, Text::tr("value")))};
    if (!range.scales.empty())
        facts << std::pair{Text::tr("Clipped to"), Text::tr("%1, outside: %2")
                                                       .arg(intervalText({range.clipMin, range.clipMax}),
                                                            outsideText(range.clippedShare, range.clippedBySteps))};
    facts << QList<std::pair<QString, QString>>{
        {Text::tr("Stored as"),
         range.storage.empty() ? Text::tr("real numbers, not quantized")
         : range.scales.empty()
             ? Text::tr("%1, with the range of each inference").arg(plain(range.storage))
             : QStringLiteral("%1, %2, %3").arg(plain(range.storage), scalesText(range), zeroPointsText(range))},
        {Text::tr("SQNR"), range.sqnrDb ? decibelText(*range.sqnrDb) : missing()},
        {isWeight ? Text::tr("Used by") : Text::tr("Computed by"),
         range.layer.empty() ? Text::tr("the input of the network") : plain(range.layer)},
    };
    if (range.health) {
        const RangeHealth& health = *range.health;
        facts << std::pair{Text::tr("Range"),
                           health.stableAfter
                               ? Text::tr("stable after %1").arg(counted(*health.stableAfter, Text::tr("sample")))
                               : Text::tr("still growing with the last sample; calibrate with more")};
        facts << std::pair{
            Text::tr("Ends set by"),
            health.minSample == health.maxSample
                ? plain(health.minSample)
                : Text::tr("%1 (smallest), %2 (largest)").arg(plain(health.minSample), plain(health.maxSample))};
        facts << std::pair{
            Text::tr("Other samples"),
            health.heldOutClippedShare
                ? Text::tr("%1 of their values are clipped")
                      .arg(*health.heldOutClippedShare > 0 ? shareText(*health.heldOutClippedShare) : Text::tr("none"))
                : Text::tr("none were left to try the range on")};
    }
    if (range.synthetic)
        facts << std::pair{Text::tr("Source"), Text::tr("random input, not data")};
    return facts;
}

} // namespace

RangesPanel::RangesPanel(Document& document, QWidget* parent)
    : TablePage(document, QStringLiteral("ranges"), tr("Ranges"),
                {.name = tr("Tensors"),
                 .columns = tensorColumns(),
                 .filterHint = tr("Filter by tensor or layer"),
                 .thing = tr("tensor"),
                 .matches = tensorMatches},
                parent),
      m_bannerText(textLabel()), m_detailPages(new QStackedWidget), m_title(new ElidedLabel), m_facts(new QGridLayout),
      m_logarithmic(new QCheckBox(tr("Logarith&mic"))), m_clipNote(textLabel()), m_histogram(new HistogramPlot),
      m_channels(new ChannelRangesPlot), m_growth(new RangeGrowthPlot) {
    m_candidateModel.setTable(candidateColumns(), {});
    m_candidates = new TableView(QStringLiteral("candidates"), &m_candidateModel, {});
    m_candidates->setAccessibleName(tr("Ways of choosing the range"));
    m_candidates->setSelectionMode(QAbstractItemView::SingleSelection);
    m_candidates->setMouseTracking(true);
    m_candidates->viewport()->installEventFilter(this);
    m_banner = makeBanner();

    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->addWidget(m_table);
    splitter->addWidget(makeDetail());
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({500, 500});

    auto* content = new QWidget;
    QVBoxLayout* layout = viewLayout(content, 2 * theme::grid);
    layout->addWidget(m_banner);
    layout->addWidget(m_filter);
    layout->addWidget(splitter, 1);
    setContent(content);

    connect(message(), &MessagePage::actionTriggered, this, [this] { emit viewRequested(QStringLiteral("data")); });
    connect(m_table, &TableView::currentIdChanged, this, &RangesPanel::chooseTensor);
    connect(m_table, &TableView::opened, this, &RangesPanel::chooseTensor);
    connect(m_candidates, &TableView::currentIdChanged, this, &RangesPanel::showClipOf);
    connect(m_candidates, &QAbstractItemView::entered, this,
            [this](const QModelIndex& index) { showClipOf(TableModelBase::idOf(index)); });
    connect(m_logarithmic, &QCheckBox::toggled, this, [this](bool on) {
        m_histogram->setLogarithmic(on);
        Settings().setViewState(logarithmicKey, on);
    });
    connect(&m_document, &Document::selectedLayerChanged, this, &RangesPanel::followSelection);

    keepSplitter(splitter);
    m_logarithmic->setChecked(Settings().viewState(logarithmicKey).toBool());
    loadReport();
}

RangesPanel::~RangesPanel() {
    delete m_candidates; // before its model, which is a member
}

QWidget* RangesPanel::makeBanner() {
    auto* banner = new QWidget;
    auto* add = new QPushButton(tr("A&dd data…"));
    connect(add, &QPushButton::clicked, this, [this] { emit viewRequested(QStringLiteral("data")); });
    auto* layout = new QHBoxLayout(banner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_bannerText, 1);
    layout->addWidget(add);
    return banner;
}

QWidget* RangesPanel::makeDetail() {
    makeHeading(m_title);
    m_facts->setHorizontalSpacing(2 * theme::grid);
    m_facts->setVerticalSpacing(theme::grid / 2);
    m_facts->setColumnStretch(1, 1);
    m_logarithmic->setToolTip(tr("Draw the counts of the histogram on a logarithmic axis"));

    auto* detail = new QWidget;
    auto* layout = new QVBoxLayout(detail);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    auto* head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_logarithmic);
    layout->addLayout(head);
    layout->addLayout(m_facts);
    layout->addWidget(m_candidates);
    layout->addWidget(m_clipNote);
    layout->addWidget(m_histogram, 3);
    layout->addWidget(m_growth, 2);
    layout->addWidget(m_channels, 3);

    auto* none = textLabel(tr("Select a tensor to see its histogram and its clip range."));
    none->setAlignment(Qt::AlignCenter);
    QScrollArea* scroll = scrolling(detail); // a small window shows the facts and the first plot
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_detailPages->addWidget(none);
    m_detailPages->addWidget(scroll);
    auto* framed = new QWidget;
    auto* frame = new QVBoxLayout(framed);
    frame->setContentsMargins(theme::grid, 0, 0, 0);
    frame->addWidget(m_detailPages);
    framed->setMinimumWidth(280);
    return framed;
}

QString RangesPanel::bannerText() const {
    return m_banner->isHidden() ? QString() : m_bannerText->text();
}

void RangesPanel::loadReport() {
    const auto report = m_document.report();
    const int before = m_table->currentId();
    const std::string shown = before >= 0 ? m_model.row(before).range->name : std::string();
    std::vector<TensorRow> rows = report ? tensorRows(*report) : std::vector<TensorRow>();
    m_candidateModel.setTable(candidateColumns(), {}); // pointed into the old report
    const bool synthetic = std::any_of(rows.begin(), rows.end(), [](const TensorRow& row) {
        return row.range->synthetic && row.range->role != "weight";
    });
    const QList<Chip> chips = tensorChips(rows);
    if (!report)
        showMessage(
            tr("No ranges yet"),
            tr("Open a model and click Quantize & Profile, or open a saved report. The range of every quantized "
               "tensor is then shown here."));
    else if (rows.empty() && !report->data)
        showMessage(tr("No ranges were measured"),
                    tr("No data was given, so nothing is known about the values in this model. Choose some and run "
                       "again."),
                    tr("A&dd data…"));
    else if (rows.empty())
        showMessage(tr("No quantized tensors"),
                    tr("Nothing in this report was quantized, so there are no ranges to show."));
    m_banner->setVisible(synthetic);
    m_bannerText->setText(tr("No data was given, so the ranges of activations come from random input. They say nothing "
                             "about real samples."));
    setRows(tensorColumns(), std::move(rows), chips);
    const auto same = std::ranges::find(m_model.rows(), shown, [](const TensorRow& row) { return row.range->name; });
    if (same != m_model.rows().end()) {
        m_table->setCurrentId(static_cast<int>(same - m_model.rows().begin()));
        showTensor(m_table->currentId());
    }
    followSelection();
    if (m_table->currentId() < 0 && m_model.totalCount()) {
        m_table->setCurrentId(0);
        showTensor(0);
    }
}

void RangesPanel::restoreCurrent(int before) {
    m_table->setCurrentId(before < m_model.totalCount() ? before : -1);
    showTensor(m_table->currentId());
}

void RangesPanel::followSelection() {
    const int layer = m_document.selectedLayer();
    if (!m_report || layer < 0 || layer >= static_cast<int>(m_report->layers.size()))
        return;
    const std::string& name = m_report->layers[layer].name;
    const int current = m_table->currentId();
    if (current >= 0 && m_model.row(current).range->layer == name)
        return;
    for (int id = 0; id < m_model.totalCount(); ++id)
        if (m_model.row(id).range->layer == name && m_model.indexOf(id).isValid()) {
            m_table->setCurrentId(id);
            showTensor(id);
            return;
        }
}

void RangesPanel::chooseTensor(int id) {
    showTensor(id);
    m_document.selectLayer(m_model.row(id).range->layer);
}

void RangesPanel::showTensor(int id) {
    m_factsText.clear();
    while (QLayoutItem* item = m_facts->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_detailPages->setCurrentIndex(id >= 0 ? 1 : 0);
    if (id < 0)
        return;
    const TensorRange& range = *m_model.row(id).range;
    m_title->setText(plain(range.name));
    int line = 0;
    for (const auto& [name, value] : factsOf(range)) {
        auto* label = textLabel(name);
        label->setWordWrap(false);
        label->setForegroundRole(QPalette::PlaceholderText);
        m_facts->addWidget(label, line, 0);
        m_facts->addWidget(textLabel(value), line, 1);
        m_factsText += name + u'\t' + value + u'\n';
        ++line;
    }
    const bool hasHistogram = !range.histogram.counts.empty();
    m_histogram->setVisible(hasHistogram);
    m_logarithmic->setVisible(hasHistogram);
    m_clipNote->setText(plain(range.clipNote));
    m_clipNote->setVisible(!range.clipNote.empty());
    if (hasHistogram)
        m_histogram->setTensor(range);
    showCandidates(range);
    const bool hasGrowth = range.health && range.health->growth.size() > 1;
    m_growth->setVisible(hasGrowth);
    if (hasGrowth)
        m_growth->setHealth(*range.health);
    const bool hasChannels = range.channelMin.size() > 1 && range.channelMin.size() == range.channelMax.size();
    m_channels->setVisible(hasChannels);
    if (hasChannels)
        m_channels->setTensor(range);
}

void RangesPanel::showCandidates(const TensorRange& range) {
    m_candidates->setVisible(!range.candidates.empty());
    m_candidateModel.setTable(candidateColumns(), candidateRows(range));
    m_candidates->fitHeightToRows();
    for (int id = 0; id < m_candidateModel.totalCount(); ++id)
        if (m_candidateModel.row(id).chosen)
            m_candidates->setCurrentId(id);
}

void RangesPanel::showClipOf(int candidate) {
    if (candidate < 0 || candidate >= m_candidateModel.totalCount())
        return;
    const RangeCandidate& shown = *m_candidateModel.row(candidate).candidate;
    m_histogram->showClip(shown.clipMin, shown.clipMax, shown.clippedShare);
}

/// The mouse has left the table: back from what it hovered over to what is selected.
bool RangesPanel::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Leave && watched == m_candidates->viewport())
        showClipOf(m_candidates->currentId());
    return QWidget::eventFilter(watched, event);
}

} // namespace halftone
