// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/notice_bar.h"

#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>

namespace halftone {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent), m_heading(new QLabel), m_text(new QLabel), m_action(new QPushButton), m_dismiss(new QToolButton) {
    QFont bold = m_heading->font();
    bold.setWeight(QFont::DemiBold);
    m_heading->setFont(bold);
    for (QLabel* label : {m_heading, m_text})
        label->setTextFormat(Qt::PlainText);
    m_text->setObjectName(QStringLiteral("noticeText"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_dismiss->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
    m_dismiss->setAutoRaise(true);
    m_dismiss->setToolTip(tr("Dismiss"));
    m_dismiss->setAccessibleName(tr("Dismiss"));
    setAutoFillBackground(true);
    setFrameShape(QFrame::StyledPanel);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, theme::grid, theme::grid, theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_heading, 0, Qt::AlignVCenter);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action, 0, Qt::AlignVCenter);
    layout->addWidget(m_dismiss, 0, Qt::AlignVCenter);

    connect(m_action, &QPushButton::clicked, this, &NoticeBar::actionTriggered);
    connect(m_dismiss, &QToolButton::clicked, this, [this] {
        hide();
        emit dismissed();
    });
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, this, &NoticeBar::updateColours);
    hide();
}

void NoticeBar::setNotice(Kind kind, const QString& heading, const QString& text, const QString& action) {
    m_kind = kind;
    m_heading->setText(heading);
    m_heading->setVisible(!heading.isEmpty());
    m_text->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    updateColours();
    show();
}

void NoticeBar::setDismissable(bool dismissable) {
    m_dismiss->setVisible(dismissable);
}

QString NoticeBar::text() const {
    return m_text->text();
}

void NoticeBar::updateColours() {
    QPalette colours;
    const QColor tint = m_kind == Kind::Failure ? theme::slower() : theme::precision("fp32");
    colours.setColor(QPalette::Window, theme::mixed(tint, m_kind == Kind::Failure ? 0.16 : 0.08));
    setPalette(colours);
}

} // namespace halftone
