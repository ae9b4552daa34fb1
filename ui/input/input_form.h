// SPDX-License-Identifier: GPL-3.0-or-later
// Forms of the left side: narrow, and all with their second column at the same place.
#pragma once

#include <QFormLayout>

#include <cstdint>

class QSpinBox;

namespace halftone {

QFormLayout* compactForm();
int labelWidth();
void addField(QFormLayout* form, const QString& name, QWidget* field);
/// For numbers of samples; its lowest value is shown as `lowestText` where there is one.
QSpinBox* countBox(int lowest, const QString& lowestText);
/// What such a box can hold.
int fittingCount(int64_t count);
/// The wheel scrolls past the number and choice fields below `parent` and changes only one that has the focus.
void guardFieldsFromWheel(QWidget* parent);

} // namespace halftone
