// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/input_form.h"

#include "ui/text.h"
#include "ui/theme.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QWheelEvent>

#include <algorithm>

namespace halftone {

namespace {

class WheelGuard : public QObject {
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* field, QEvent* event) override {
        if (event->type() != QEvent::Wheel || static_cast<QWidget*>(field)->hasFocus())
            return false;
        event->ignore(); // for what scrolls around it
        return true;
    }
};

constexpr int mostSamples = 10'000'000;

} // namespace

QSpinBox* countBox(int lowest, const QString& lowestText) {
    auto* box = new QSpinBox;
    box->setRange(lowest, mostSamples);
    box->setSpecialValueText(lowestText);
    return box;
}

int fittingCount(int64_t count) {
    return static_cast<int>(std::clamp<int64_t>(count, 0, mostSamples));
}

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
    return QFontMetrics(QApplication::font()).horizontalAdvance(Text::tr("Calibrate with"));
}

void addField(QFormLayout* form, const QString& name, QWidget* field) {
    auto* label = new QLabel(name);
    label->setMinimumWidth(labelWidth());
    label->setBuddy(field);
    form->addRow(label, field);
}

void guardFieldsFromWheel(QWidget* parent) {
    auto* guard = new WheelGuard(parent);
    for (QWidget* field : parent->findChildren<QWidget*>()) {
        if (!qobject_cast<QAbstractSpinBox*>(field) && !qobject_cast<QComboBox*>(field))
            continue;
        field->setFocusPolicy(Qt::StrongFocus); // the wheel would give it the focus first
        field->installEventFilter(guard);
    }
}

} // namespace halftone
