// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/message_page.h"

#include "ui/theme.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

MessagePage::MessagePage(QWidget* parent)
    : QWidget(parent), m_title(new QLabel), m_text(new QLabel), m_action(new QPushButton) {
    QFont font = m_title->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    m_title->setFont(font);
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignHCenter);
        label->setWordWrap(true);
        label->setFixedWidth(480);
    }
    connect(m_action, &QPushButton::clicked, this, &MessagePage::actionTriggered);

    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(2 * theme::grid);
    layout->addStretch(2);
    layout->addWidget(m_title, 0, Qt::AlignHCenter);
    layout->addWidget(m_text, 0, Qt::AlignHCenter);
    layout->addWidget(m_action, 0, Qt::AlignHCenter);
    layout->addStretch(3);
}

void MessagePage::setMessage(const QString& title, const QString& text, const QString& action) {
    m_title->setText(title);
    m_text->setText(text);
    // Centred items are not asked for it; without a text there is none.
    m_text->setFixedHeight(std::max(0, m_text->heightForWidth(m_text->width())));
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
}

void MessagePage::setActionEnabled(bool enabled) {
    m_action->setEnabled(enabled);
}

} // namespace halftone
