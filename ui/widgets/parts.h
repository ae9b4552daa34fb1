// SPDX-License-Identifier: GPL-3.0-or-later
// Small parts that the panels share.
#pragma once

#include "core/report/report.h"

#include <QString>

#include <functional>

class QColor;
class QLabel;
class QLayout;
class QScrollArea;
class QToolButton;
class QVBoxLayout;
class QWidget;

namespace halftone {

/// Plain text in lines as wide as there is room, which can be selected and copied.
QLabel* textLabel(const QString& text = {});
/// As bold as the names of a view's parts.
void makeHeading(QWidget* widget);
/// `colour` is asked again when the theme changes.
void setTextColour(QWidget* widget, const std::function<QColor()>& colour);
/// Names a part of a view.
QLabel* headingLabel(const QString& text);

/// Stands beside the title of a section: when and with which settings it was measured, quietly where these are those
/// of the runs.
QLabel* sectionLabel();
void showSection(QLabel* label, const Report& report, const std::optional<Conditions>& conditions);

/// A flat button that leads elsewhere.
QToolButton* linkButton(const QString& text, const QString& tooltip);

/// The layout of what a view shows, with the margins of all views.
QVBoxLayout* viewLayout(QWidget* content, int spacing);
/// `content` as wide as there is room, and scrolled where it is higher.
QScrollArea* scrolling(QWidget* content);

/// Removes and deletes all that the layout holds.
void clearLayout(QLayout* layout);

} // namespace halftone
