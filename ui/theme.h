// SPDX-License-Identifier: GPL-3.0-or-later
// Colours with one meaning everywhere, the two palettes, and spacing. Nothing else in the window names a colour.
#pragma once

#include "core/report/kinds.h"

#include <QColor>
#include <QObject>
#include <QPalette>

#include <string>

namespace halftone {

enum class ThemeChoice { System, Light, Dark };

namespace theme {

inline constexpr int grid = 8; // all margins and spacings are multiples of it (4 for the inside of a pair)

QColor precision(const std::string& precision); // "fp32", "int8", "bf16", ... else grey
QColor stepKind(StepKind kind);                 // of conversions; else grey
QColor other();                                 // unexplained
QColor faster();
QColor slower();
QColor gridLine();                                // of plots, from the palette
QColor quietText();                               // second rank of information, still 4.5:1 on the background
QColor textOn(const QColor& background);          // black or white, whichever can be read on it
QColor asText(const QColor& hue);                 // the hue as a colour of text: at least 4.5:1 on the palette's base
QColor mixed(const QColor& color, double amount); // `amount` (0 to 1) of the colour over the palette's base
QColor diverging(double amount); // -1 slower over 0 (the base) to 1 faster, for cells with text on them
QColor sequential(const QColor& hue, double amount); // 0 pale to 1 full, for cells with text on them
bool isDark();                                       // the palette in force

/// Sets Fusion and the palette for the choice; System follows the desktop.
void apply(ThemeChoice choice);

} // namespace theme

/// changed() tells plots and delegates to read their colours again.
class ThemeNotifier : public QObject {
    Q_OBJECT
public:
    static ThemeNotifier& instance();
signals:
    void changed();
};

} // namespace halftone
