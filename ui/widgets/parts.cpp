// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parts.h"

#include "core/report/section_words.h"
#include "ui/format.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QLabel>
#include <QLayout>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

namespace halftone {

QLabel* textLabel(const QString& text) {
    auto* label = new QLabel(text);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop | Qt::AlignAbsolute);
    return label;
}

void makeHeading(QWidget* widget) {
    QFont font = widget->font();
    font.setWeight(QFont::DemiBold);
    widget->setFont(font);
}

void setTextColour(QWidget* widget, const std::function<QColor()>& colour) {
    const auto set = [widget, colour] {
        QPalette palette; // the other roles stay the theme's
        palette.setColor(QPalette::WindowText, colour());
        widget->setPalette(palette);
    };
    set();
    QObject::connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, widget, set);
}

QLabel* headingLabel(const QString& text) {
    auto* label = new QLabel(text);
    makeHeading(label);
    return label;
}

QLabel* sectionLabel() {
    QLabel* label = textLabel();
    label->setObjectName(QStringLiteral("section"));
    return label;
}

void showSection(QLabel* label, const Report& report, const std::optional<Conditions>& conditions) {
    const bool apart = isApart(report, conditions);
    label->setForegroundRole(apart ? QPalette::WindowText : QPalette::PlaceholderText);
    label->setText((apart ? QStringLiteral("△ ") : QString()) + typeset(sectionWords(report, conditions)));
    label->setToolTip(apart ? Text::tr("Its figures and those of the report's runs are of different measurements")
                            : QString());
}

QToolButton* linkButton(const QString& text, const QString& tooltip) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(tooltip);
    button->setAutoRaise(true);
    return button;
}

QVBoxLayout* viewLayout(QWidget* content, int spacing) {
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, theme::grid);
    layout->setSpacing(spacing);
    return layout;
}

QScrollArea* scrolling(QWidget* content) {
    auto* scroll = new QScrollArea;
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    return scroll;
}

void clearLayout(QLayout* layout) {
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater(); // it may be the one that was clicked
        }
        delete item;
    }
}

} // namespace halftone
