// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/samples/samples_panel.h"

#include "core/report/accuracy_change.h"
#include "ui/document.h"
#include "ui/facts/sample_words.h"
#include "ui/format.h"
#include "ui/models/sample_delegate.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/filter_note.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

QString legendText(const Accuracy& accuracy) {
    const auto detailed =
        std::ranges::count_if(accuracy.changed, [](const ChangedSample& sample) { return !sample.picture.empty(); });
    const bool details =
        !accuracy.moved.empty() ||
        std::ranges::any_of(accuracy.changed, [](const ChangedSample& sample) { return sample.distance > 0; });
    if (!details)
        return Text::tr("This report comes from an earlier version and holds neither pictures nor outputs of the "
                        "samples. Run again to see them.");
    const bool judged = !accuracy.moved.empty() && accuracy.moved.front().kept;
    QString text = judged
                       ? Text::tr("Sorted by how little of the output's meaning is kept. It moved by |int8 − fp32| / "
                                  "|fp32|.")
                       : Text::tr("Sorted by how far the output moved: |int8 − fp32| / |fp32|.");
    if (accuracy.agreement)
        text += Text::tr(" Bars are the largest outputs, fp32 above int8; ✓ marks the label.");
    if (detailed > 0 && detailed < std::ssize(accuracy.changed))
        text +=
            Text::tr(" What the network is shown and its outputs are kept for the first %1.").arg(countText(detailed));
    return text;
}

} // namespace

SamplesPanel::SamplesPanel(Document& document, QWidget* parent)
    : View(document, QStringLiteral("samples"), tr("Samples"), parent), m_sentence(textLabel()), m_legend(textLabel()),
      m_filter(new FilterBar(tr("Filter by name or class"))), m_view(new QListView) {
    m_sentence->setObjectName(QStringLiteral("sampleSentence"));
    makeHeading(m_sentence);
    m_legend->setForegroundRole(QPalette::PlaceholderText);
    m_view->setModel(&m_list);
    m_view->setItemDelegate(new SampleDelegate(m_view));
    m_view->setUniformItemSizes(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->verticalScrollBar()->setSingleStep(3 * theme::grid);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setAccessibleName(tr("Samples"));
    m_view->installEventFilter(this);

    auto* content = new QWidget;
    QVBoxLayout* layout = viewLayout(content, theme::grid);
    layout->addWidget(m_sentence);
    layout->addWidget(m_legend);
    layout->addWidget(m_filter);
    layout->addWidget(m_view, 1);
    setContent(content);

    connect(message(), &MessagePage::actionTriggered, this, &SamplesPanel::dataRequested);
    connect(m_filter, &FilterBar::changed, this, &SamplesPanel::applyFilter);
    connect(m_filter, &FilterBar::leaveToTable, m_view, qOverload<>(&QWidget::setFocus));
    connect(&m_document, &Document::modelAboutToChange, m_filter, &FilterBar::clear);
    new FilterNote(m_filter, m_view);
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, m_view->viewport(), qOverload<>(&QWidget::update));
    loadReport();
}

SamplesPanel::~SamplesPanel() {
    delete m_view; // before its model, which is a member
}

void SamplesPanel::focusFilter() {
    m_filter->focusText();
}

bool SamplesPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_view && event->type() == QEvent::ShortcutOverride && !m_filter->isClear() &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        event->accept(); // here it clears the filter
        return true;
    }
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Copy)) {
            copySelected();
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            m_filter->clear();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void SamplesPanel::copySelected() {
    const QModelIndexList rows = m_view->selectionModel()->selectedIndexes();
    if (!rows.isEmpty())
        QApplication::clipboard()->setText(m_list.tabSeparated(rows));
}

void SamplesPanel::loadReport() {
    const auto report = m_document.report();
    const std::string shown =
        m_view->currentIndex().isValid() ? m_list.sample(m_view->currentIndex()).sample : std::string();
    m_list.setReport(report);
    if (m_list.totalCount() > 0) {
        showContent();
        m_sentence->setText(sampleSentence(*report));
        m_sentence->setToolTip(typeset(accuracyChangeProof(*report->accuracy)));
        m_legend->setText(legendText(*report->accuracy));
    } else {
        sayWhyEmpty(report.get());
    }
    m_filter->setChips(m_list.chips());
    applyFilter();
    for (int row = 0; !shown.empty() && row < m_list.rowCount(); ++row)
        if (m_list.sample(m_list.index(row)).sample == shown) {
            m_view->setCurrentIndex(m_list.index(row));
            break;
        }
}

void SamplesPanel::sayWhyEmpty(const Report* report) {
    if (!report) {
        showMessage(tr("No samples yet"),
                    tr("Open a model, choose data and click Quantize & Profile, or open a saved report. "
                       "The samples that int8 sees differently are then shown here."));
    } else if (!report->data) {
        showMessage(tr("No data was given"),
                    tr("No data was given, so it is unknown which samples int8 would see differently. Choose some, "
                       "with or without labels."),
                    tr("A&dd data…"));
    } else if (!report->accuracy) {
        showMessage(tr("No samples were compared"), tr("This report holds no comparison of fp32 and int8."));
    } else {
        showMessage(tr("No sample moved"), tr("fp32 and int8 give exactly the same output on all %1, or the report was "
                                              "made by a version that did not keep the samples.")
                                               .arg(countedSamples(report->accuracy->samples, sampleKindOf(*report))));
    }
}

void SamplesPanel::applyFilter() {
    m_list.setFilter(m_filter->chip(), m_filter->text());
    const bool moved = m_filter->chip() == u"moved";
    const auto report = m_document.report();
    if (!report || !report->accuracy)
        return;
    const auto& list = moved ? report->accuracy->moved : report->accuracy->changed;
    m_filter->setShown(m_list.rowCount(), static_cast<int>(list.size()),
                       moved ? tr("moved sample") : tr("changed sample"));
    m_view->scrollToTop();
}

} // namespace halftone
