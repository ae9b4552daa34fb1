// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/size_fields.h"

#include "core/report/request_file.h"
#include "ui/format.h"
#include "ui/input/input_form.h"

#include <QLabel>
#include <QLineEdit>

#include <limits>

namespace halftone {

qint64 SizeFields::Field::size() const {
    bool isNumber = false;
    const qint64 number = edit->text().trimmed().toLongLong(&isNumber);
    return isNumber && number >= 1 && number <= std::numeric_limits<qint32>::max() ? number : 0;
}

SizeFields::SizeFields(QWidget* parent) : QWidget(parent), m_form(compactForm()) {
    setLayout(m_form);
    hide();
}

void SizeFields::setModel(const Report* about) {
    m_fields.clear();
    while (m_form->rowCount() > 0)
        m_form->removeRow(0);
    if (about) {
        // Those that the data told are told by it again.
        const JobRequest asked = requestOf(*about);
        const bool fromData = about->data && about->data->sampleKind != SampleKind::Picture;
        const Sizes& sizes = fromData ? asked.sizes.sizes : about->options.sizes;
        for (const std::string& symbol : about->model.openSizes) {
            const auto given = sizes.find(symbol);
            addField(QString::fromStdString(symbol), given == sizes.end() ? 0 : given->second);
        }
    }
    setVisible(!m_fields.isEmpty());
}

void SizeFields::addField(const QString& symbol, qint64 given) {
    const QString shown = tr("Size %1").arg(plain(symbol.toStdString()));
    const Field field{symbol, new QLineEdit};
    field.edit->setObjectName(QStringLiteral("size"));
    if (given > 0)
        field.edit->setText(QString::number(given));
    field.edit->setAccessibleName(shown);
    field.edit->setToolTip(tr("The file leaves this size open. Give a number."));
    auto* label = new QLabel(shown);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setBuddy(field.edit);
    m_form->addRow(label, field.edit);
    connect(field.edit, &QLineEdit::textChanged, this, &SizeFields::changed);
    m_fields += field;
}

Sizes SizeFields::value() const {
    Sizes sizes;
    for (const Field& field : m_fields)
        if (field.size() > 0)
            sizes[field.symbol.toStdString()] = field.size();
    return sizes;
}

void SizeFields::setValue(const Sizes& sizes) {
    for (const Field& field : m_fields) {
        const auto size = sizes.find(field.symbol.toStdString());
        field.edit->setText(size != sizes.end() ? QString::number(size->second) : QString());
    }
}

void SizeFields::setFromData(bool fromData) {
    for (const Field& field : m_fields)
        field.edit->setPlaceholderText(fromData ? tr("that of the data") : QString());
}

QString SizeFields::problem() const {
    for (const Field& field : m_fields)
        if (field.size() == 0)
            return tr("The file leaves the size %1 open. Give a number for it under Model.")
                .arg(plain(field.symbol.toStdString()));
    return {};
}

void SizeFields::focusProblem() {
    for (const Field& field : m_fields)
        if (field.size() == 0) {
            field.edit->setFocus(Qt::OtherFocusReason);
            field.edit->selectAll();
            return;
        }
}

} // namespace halftone
