// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/filter_bar.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/chip_button.h"
#include "ui/widgets/flow_layout.h"

#include <QAction>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>

namespace halftone {

FilterBar::FilterBar(const QString& placeholder, QWidget* parent)
    : QWidget(parent), m_text(new QLineEdit), m_shown(new QLabel), m_firstLine(new QHBoxLayout),
      m_chipLines(new FlowLayout), m_chips(new QButtonGroup(this)) {
    m_text->setPlaceholderText(placeholder);
    m_text->setClearButtonEnabled(true);
    m_text->setAccessibleName(tr("Filter"));
    m_text->setMinimumWidth(200);
    m_text->setMaximumWidth(360);
    m_text->installEventFilter(this);
    m_shown->setTextFormat(Qt::PlainText);
    m_chips->setExclusive(true);

    m_firstLine->setSpacing(2 * theme::grid);
    m_firstLine->addWidget(m_text, 1);
    m_firstLine->addWidget(m_shown);
    m_firstLine->addStretch();
    m_chipLines->setSpacing(theme::grid);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addLayout(m_firstLine);
    layout->addLayout(m_chipLines);

    auto* find = new QAction(tr("Filter"), this);
    find->setShortcut(QKeySequence::Find);
    find->setShortcutContext(Qt::WindowShortcut);
    addAction(find);
    connect(find, &QAction::triggered, this, &FilterBar::focusText);
    connect(m_text, &QLineEdit::textChanged, this, &FilterBar::changed);
    connect(m_chips, &QButtonGroup::buttonClicked, this, &FilterBar::changed);
}

void FilterBar::setChips(const QList<Chip>& chips) {
    const QString chosen = chip();
    while (QLayoutItem* item = m_chipLines->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const Chip& chip : chips) {
        auto* button = new ChipButton(this);
        button->setObjectName(chip.key);
        button->setText(QStringLiteral("%1  %2").arg(chip.label, countText(chip.count)));
        button->setToolTip(chip.tooltip);
        button->setAccessibleName(tr("%1, %2 rows").arg(chip.label).arg(chip.count));
        // "None" is an answer too, so such a chip stays visible.
        button->setEnabled(chip.count > 0 || chip.key == chips.first().key);
        m_chips->addButton(button);
        m_chipLines->addWidget(button);
    }
    chooseChip(chosen);
    if (!m_chips->checkedButton() && !chips.isEmpty())
        chooseChip(chips.first().key);
}

void FilterBar::chooseChip(const QString& key) {
    for (QAbstractButton* button : m_chips->buttons())
        if (button->objectName() == key && button->isEnabled() && !button->isChecked()) {
            button->setChecked(true);
            emit changed();
        }
}

QString FilterBar::chip() const {
    const QAbstractButton* button = m_chips->checkedButton();
    return button ? button->objectName() : QString();
}

QString FilterBar::text() const {
    return m_text->text();
}

void FilterBar::setText(const QString& text) {
    m_text->setText(text);
}

bool FilterBar::isClear() const {
    return m_text->text().isEmpty() && (m_chips->buttons().isEmpty() || m_chips->buttons().first()->isChecked());
}

void FilterBar::clear() {
    if (isClear())
        return;
    {
        const QSignalBlocker blocker(this);
        m_text->clear();
        if (!m_chips->buttons().isEmpty())
            m_chips->buttons().first()->setChecked(true);
    }
    emit changed();
}

void FilterBar::focusText() {
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void FilterBar::setShown(int shown, int total, const QString& thing) {
    const QString all = counted(total, thing);
    m_shown->setText(shown == total ? all : tr("%1 of %2").arg(countText(shown), all));
    m_emptyText.clear();
    if (shown == 0 && total > 0) {
        const QAbstractButton* button = m_chips->checkedButton();
        const bool chosen = button && button != m_chips->buttons().first();
        const QString label = chosen ? button->text().section(QStringLiteral("  "), 0, 0) : QString();
        m_emptyText = !chosen            ? tr("No %1 matches “%2”.").arg(thing, text())
                      : text().isEmpty() ? tr("No %1 is left by “%2”.").arg(thing, label)
                                         : tr("No %1 of “%2” matches “%3”.").arg(thing, label, text());
    }
    emit shownChanged();
}

void FilterBar::addWidget(QWidget* widget) {
    m_firstLine->addWidget(widget);
}

bool FilterBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_text && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape && !m_text->text().isEmpty()) {
            m_text->clear();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Escape) {
            emit leaveToTable();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace halftone
