// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view.h"

#include "ui/document.h"
#include "ui/theme.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QStackedWidget>
#include <QVBoxLayout>

namespace halftone {

View::View(Document& document, const QString& key, const QString& title, QWidget* parent)
    : QWidget(parent), m_document(document), m_title(title), m_pages(new QStackedWidget), m_message(new MessagePage) {
    setObjectName(key);
    m_pages->addWidget(m_message);
    connect(&m_document, &Document::reportChanged, this, [this] { loadReport(); });
}

void View::setContent(QWidget* content) {
    m_pages->addWidget(content);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_pages);
}

void View::setContent(QWidget* head, QWidget* content) {
    m_pages->addWidget(content);
    QVBoxLayout* layout = viewLayout(this, 2 * theme::grid);
    layout->addWidget(head);
    layout->addWidget(m_pages, 1);
}

void View::showContent() {
    m_pages->setCurrentIndex(1);
}

void View::showMessage(const QString& title, const QString& text, const QString& action) {
    m_message->setMessage(title, text, action);
    m_pages->setCurrentWidget(m_message);
}

} // namespace halftone
