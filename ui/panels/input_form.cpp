#include "ui/panels/input_form.h"

#include "ui/theme.h"

#include <QApplication>
#include <QLabel>

namespace halftone {

QFormLayout* compactForm() {
    auto* form = new QFormLayout;
    form->setContentsMargins(0, 0, 0, 0);
    form->setHorizontalSpacing(theme::grid);
    form->setVerticalSpacing(theme::grid / 2);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    form->setLabelAlignment(Qt::AlignLeft);
    return form;
}

int labelWidth() {
    return QFontMetrics(QApplication::font()).horizontalAdvance(QStringLiteral("Calibrate with"));
}

void addField(QFormLayout* form, const QString& name, QWidget* field) {
    auto* label = new QLabel(name);
    label->setMinimumWidth(labelWidth());
    label->setBuddy(field);
    form->addRow(label, field);
}

} // namespace halftone
