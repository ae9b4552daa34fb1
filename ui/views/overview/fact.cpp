// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/overview/fact.h"

#include "ui/theme.h"

#include <QLabel>
#include <QVBoxLayout>

namespace halftone {

Fact::Fact(const QString& name, QWidget* parent) : QWidget(parent), m_value(new QLabel), m_detail(new QLabel) {
    auto* heading = new QLabel(name);
    heading->setForegroundRole(QPalette::PlaceholderText);
    QFont large = m_value->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setWeight(QFont::DemiBold);
    m_value->setFont(large);
    m_detail->setForegroundRole(QPalette::PlaceholderText);
    for (QLabel* label : {m_value, m_detail}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 4);
    layout->addWidget(heading);
    layout->addWidget(m_value);
    layout->addWidget(m_detail);
}

void Fact::setFact(const QString& value, const QString& detail, const QString& tooltip) {
    m_value->setText(value);
    m_value->setVisible(!value.isEmpty());
    m_detail->setText(detail);
    m_detail->setVisible(!detail.isEmpty());
    setToolTip(tooltip);
}

QString Fact::value() const {
    return m_value->text();
}
QString Fact::detail() const {
    return m_detail->text();
}

} // namespace halftone
