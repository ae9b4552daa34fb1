// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/shape_fields.h"

#include "ui/format.h"
#include "ui/panels/input_form.h"
#include "ui/settings.h"

#include <QLabel>
#include <QLineEdit>

#include <algorithm>

namespace halftone {

namespace {

/// The batch, which stands first, is chosen with the run.
bool isOpen(const Port& input) {
    return std::any_of(input.shape.begin() + (input.shape.empty() ? 0 : 1), input.shape.end(),
                       [](int64_t size) { return size < 0; });
}

QString patternOf(const std::vector<int64_t>& shape) {
    QStringList sizes;
    for (const int64_t size : shape)
        sizes += size >= 0 ? QString::number(size) : sizes.isEmpty() ? QStringLiteral("1") : QStringLiteral("?");
    return sizes.join(u',');
}

} // namespace

QList<qint64> ShapeFields::Field::shape() const {
    const QList<qint64> parsed = parsedShape(edit->text());
    return parsed.size() == rank ? parsed : QList<qint64>();
}

ShapeFields::ShapeFields(QWidget* parent) : QWidget(parent), m_form(compactForm()) {
    m_form->setRowWrapPolicy(QFormLayout::WrapAllRows);
    setLayout(m_form);
    hide();
}

void ShapeFields::setModel(const Report* about) {
    m_fields.clear();
    while (m_form->rowCount() > 0)
        m_form->removeRow(0);
    if (about)
        for (const Port& input : about->model.inputs) {
            const auto given = about->options.inputShapes.find(input.name);
            const bool wasGiven = given != about->options.inputShapes.end();
            if (wasGiven || isOpen(input))
                addField(input, wasGiven ? given->second : input.shape);
        }
    setVisible(!m_fields.isEmpty());
}

void ShapeFields::addField(const Port& input, const std::vector<int64_t>& given) {
    const QString shown = plain(input.name);
    const Field field{new QLineEdit, patternOf(given), static_cast<qsizetype>(given.size())};
    field.edit->setObjectName(QStringLiteral("shape"));
    field.edit->setText(field.pattern);
    field.edit->setPlaceholderText(field.pattern);
    field.edit->setAccessibleName(tr("Size of %1").arg(shown));
    field.edit->setToolTip(tr("The file leaves this size open. Give a number in place of each ?. The first one is the "
                              "batch, which gives way to that of the run."));
    auto* label = new QLabel(tr("Size of %1").arg(shown));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setBuddy(field.edit);
    m_form->addRow(label, field.edit);
    connect(field.edit, &QLineEdit::textChanged, this, &ShapeFields::changed);
    m_fields[QString::fromStdString(input.name)] = field;
}

QMap<QString, QString> ShapeFields::value() const {
    QMap<QString, QString> shapes;
    for (const auto& [input, field] : m_fields.asKeyValueRange()) {
        QStringList sizes;
        for (const qint64 size : field.shape())
            sizes += QString::number(size);
        if (!sizes.isEmpty())
            shapes[input] = sizes.join(u',');
    }
    return shapes;
}

void ShapeFields::setValue(const QMap<QString, QString>& shapes) {
    for (const auto& [input, field] : m_fields.asKeyValueRange())
        field.edit->setText(shapes.value(input, field.pattern));
}

QString ShapeFields::problem() const {
    for (const auto& [input, field] : m_fields.asKeyValueRange())
        if (field.shape().isEmpty())
            return tr("The file leaves the size of the input %1 open. Give it under Model, %2 with a number in place "
                      "of each ?.")
                .arg(plain(input.toStdString()), field.pattern);
    return {};
}

void ShapeFields::focusProblem() {
    for (const Field& field : m_fields) {
        if (!field.shape().isEmpty())
            continue;
        field.edit->setFocus(Qt::OtherFocusReason);
        const auto open = static_cast<int>(field.edit->text().indexOf(u'?'));
        if (open >= 0)
            field.edit->setSelection(open, 1);
        return;
    }
}

} // namespace halftone
