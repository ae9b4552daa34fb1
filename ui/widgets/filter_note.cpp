// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/filter_note.h"

#include "ui/theme.h"
#include "ui/widgets/filter_bar.h"

#include <QAbstractItemView>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

FilterNote::FilterNote(FilterBar* bar, QAbstractItemView* view)
    : QWidget(view), m_bar(bar), m_view(view), m_text(new QLabel) {
    setObjectName(QStringLiteral("filterNote"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignCenter);
    auto* clear = new QPushButton(tr("Clear filter"));
    connect(clear, &QPushButton::clicked, this, [this] {
        m_bar->clear();
        m_view->setFocus();
    });
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(theme::grid);
    layout->addWidget(m_text);
    layout->addWidget(clear, 0, Qt::AlignHCenter);
    connect(m_bar, &FilterBar::shownChanged, this, &FilterNote::follow);
    m_view->viewport()->installEventFilter(this);
    follow();
}

void FilterNote::follow() {
    m_text->setText(m_bar->emptyText());
    setVisible(!m_bar->emptyText().isEmpty());
    place();
}

/// In the middle of the view without its header.
void FilterNote::place() {
    const QRect rows = m_view->viewport()->geometry();
    const int width = std::min(rows.width(), 48 * theme::grid);
    const int height = std::min(rows.height(), heightForWidth(width));
    setGeometry(rows.center().x() - width / 2, rows.center().y() - height / 2, width, height);
}

bool FilterNote::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize || event->type() == QEvent::Move)
        place();
    return QWidget::eventFilter(watched, event);
}

} // namespace halftone
