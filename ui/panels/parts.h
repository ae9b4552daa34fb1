// Small parts that the panels share.
#pragma once

#include <QString>

class QLabel;
class QLayout;

namespace halftone {

/// Plain text in lines as wide as there is room, which can be selected and copied.
QLabel* textLabel(const QString& text = {});
/// Names a part of a view.
QLabel* headingLabel(const QString& text);

/// Removes and deletes all that the layout holds.
void clearLayout(QLayout* layout);

} // namespace halftone
