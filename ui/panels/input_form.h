// Forms of the left side: narrow, and all with their second column at the same place.
#pragma once

#include <QFormLayout>

namespace halftone {

QFormLayout* compactForm();
int labelWidth();
void addField(QFormLayout* form, const QString& name, QWidget* field);

} // namespace halftone
