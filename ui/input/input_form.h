// SPDX-License-Identifier: GPL-3.0-or-later
// Forms of the left side: narrow, and all with their second column at the same place.
#pragma once

#include <QFormLayout>

namespace halftone {

QFormLayout* compactForm();
int labelWidth();
void addField(QFormLayout* form, const QString& name, QWidget* field);
/// The wheel scrolls past the number and choice fields below `parent` and changes only one that has the focus.
void guardFieldsFromWheel(QWidget* parent);

} // namespace halftone
