// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleHints>
#include <QStyleOption>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

// Paul Tol's "vibrant" scheme, safe for colour-blind readers.
const QColor blue(0x00, 0x77, 0xBB), orange(0xEE, 0x77, 0x33), teal(0x00, 0x99, 0x88), magenta(0xEE, 0x33, 0x77),
    cyan(0x33, 0xBB, 0xEE), grey(0xBB, 0xBB, 0xBB), red(0xCC, 0x33, 0x11);

struct Shades {
    QRgb window, base, alternate, button, text, quiet, disabled, link, light, midlight, mid, dark, shadow;
};

constexpr Shades lightShades{0xFFF4F5F7, 0xFFFFFFFF, 0xFFF8F9FA, 0xFFFCFCFD, 0xFF1B1F24, 0xFF59626D, 0xFF9AA1A9,
                             0xFF00629B, 0xFFFFFFFF, 0xFFEDEFF2, 0xFFC4C9CF, 0xFF9DA4AC, 0xFF5F666E};
constexpr Shades darkShades{0xFF22262B, 0xFF1A1D21, 0xFF1F2327, 0xFF2E333A, 0xFFE6E8EB, 0xFFA3ACB7, 0xFF6B737D,
                            0xFF5FB8EE, 0xFF454C55, 0xFF383E46, 0xFF30353C, 0xFF15181B, 0xFF0B0D0F};

QPalette paletteOf(const Shades& shades) {
    QPalette palette;
    palette.setColor(QPalette::Window, shades.window);
    palette.setColor(QPalette::WindowText, shades.text);
    palette.setColor(QPalette::Base, shades.base);
    palette.setColor(QPalette::AlternateBase, shades.alternate);
    palette.setColor(QPalette::Text, shades.text);
    palette.setColor(QPalette::Button, shades.button);
    palette.setColor(QPalette::ButtonText, shades.text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, shades.base);
    palette.setColor(QPalette::ToolTipText, shades.text);
    palette.setColor(QPalette::PlaceholderText, shades.quiet);
    palette.setColor(QPalette::Link, shades.link);
    palette.setColor(QPalette::LinkVisited, shades.link);
    palette.setColor(QPalette::Highlight, blue);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Light, shades.light);
    palette.setColor(QPalette::Midlight, shades.midlight);
    palette.setColor(QPalette::Mid, shades.mid);
    palette.setColor(QPalette::Dark, shades.dark);
    palette.setColor(QPalette::Shadow, shades.shadow);
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText})
        palette.setColor(QPalette::Disabled, role, shades.disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, shades.mid);
    return palette;
}

bool isDarkPalette(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

bool desktopIsDark() {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown)
        return scheme == Qt::ColorScheme::Dark;
#endif
    // The palette before ours was set is the desktop's.
    static const bool dark = isDarkPalette(QGuiApplication::palette());
    return dark;
}

/// Fusion with room between a button's text and its border.
class Style : public QProxyStyle {
public:
    Style() : QProxyStyle(QStringLiteral("Fusion")) {}

    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override {
        QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
        if (type == CT_PushButton)
            result.rwidth() += 2 * theme::grid;
        return result;
    }

    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* result) const override {
        if (hint == SH_DialogButtonBox_ButtonsHaveIcons) // no other button has one
            return 0;
        return QProxyStyle::styleHint(hint, option, widget, result);
    }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        if (element == PE_FrameLineEdit || element == PE_IndicatorCheckBox)
            outline(*option, *painter);
    }

    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override {
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) {
            QStyleOptionToolButton plain(*button);
            plain.features &= ~QStyleOptionToolButton::HasMenu; // the text says it with an arrow
            QProxyStyle::drawComplexControl(control, &plain, painter, widget);
            return;
        }
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        if (control == CC_SpinBox)
            outline(*option, *painter);
    }

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override {
        if (metric == PM_TabBarTabHSpace) // ten views fit in the smallest window
            return 2 * theme::grid;
        return QProxyStyle::pixelMetric(metric, option, widget);
    }

private:
    /// Fusion's own outline is darker than the window: on a dark one nobody sees where a field is.
    static void outline(const QStyleOption& option, QPainter& painter) {
        const bool focused = option.state & State_HasFocus && option.state & State_Enabled; // has a brighter one
        if (!isDarkPalette(option.palette) || focused)
            return;
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        const bool enabled = option.state & State_Enabled;
        painter.setPen(enabled ? option.palette.color(QPalette::Disabled, QPalette::Text)
                               : option.palette.color(QPalette::Light));
        painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter.restore();
    }
};

ThemeChoice currentChoice = ThemeChoice::System;

/// WCAG 2 relative luminance.
double luminance(const QColor& color) {
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

namespace theme {

QColor precision(const std::string& precision) {
    if (precision == "fp32")
        return blue;
    if (precision.rfind("int8", 0) == 0)
        return orange;
    if (precision == "bf16" || precision == "fp16")
        return teal;
    return grey;
}

QColor stepKind(StepKind kind) {
    switch (kind) {
    case StepKind::ConvertType:
    case StepKind::ConvertBoth: return magenta;
    case StepKind::ConvertLayout: return cyan;
    case StepKind::Compute:
    case StepKind::Copy: return grey;
    }
    return grey;
}

QColor other() {
    return grey;
}
QColor faster() {
    return teal;
}
QColor slower() {
    return red;
}

QColor gridLine() {
    return mixed(QGuiApplication::palette().color(QPalette::WindowText), 0.14);
}

QColor quietText() {
    return QGuiApplication::palette().color(QPalette::PlaceholderText);
}

QColor textOn(const QColor& background) {
    const double l = luminance(background);
    const double whiteContrast = 1.05 / (l + 0.05), blackContrast = (l + 0.05) / 0.05;
    return whiteContrast >= 4.5 || whiteContrast > blackContrast ? QColor(Qt::white) : QColor(Qt::black);
}

QColor asText(const QColor& hue) {
    const double background = luminance(QGuiApplication::palette().color(QPalette::Base));
    const QColor text = QGuiApplication::palette().color(QPalette::Text);
    QColor color = hue;
    const auto contrast = [&] {
        const double l = luminance(color);
        return (std::max(l, background) + 0.05) / (std::min(l, background) + 0.05);
    };
    for (int step = 0; step < 20 && contrast() < 4.5; ++step)
        color = QColor::fromRgbF(0.9F * color.redF() + 0.1F * text.redF(), 0.9F * color.greenF() + 0.1F * text.greenF(),
                                 0.9F * color.blueF() + 0.1F * text.blueF());
    return color;
}

QColor mixed(const QColor& color, double amount) {
    const QColor base = QGuiApplication::palette().color(QPalette::Base);
    const auto mix = [amount](float a, float b) { return static_cast<float>(amount * a + (1 - amount) * b); };
    return QColor::fromRgbF(mix(color.redF(), base.redF()), mix(color.greenF(), base.greenF()),
                            mix(color.blueF(), base.blueF()));
}

QColor diverging(double amount) {
    const double strength = std::min(1.0, std::abs(amount));
    const double full = isDark() ? 0.7 : 0.85; // text of one colour can be read on all cells
    return mixed(amount < 0 ? slower() : faster(), full * strength);
}

QColor sequential(const QColor& hue, double amount) {
    return mixed(hue, 0.1 + 0.8 * std::clamp(amount, 0.0, 1.0));
}

bool isDark() {
    return isDarkPalette(QGuiApplication::palette());
}

void apply(ThemeChoice choice) {
    const bool systemIsDark = desktopIsDark(); // asked first: afterwards the palette is ours
    currentChoice = choice;
    const bool dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && systemIsDark);
    static Style* style = nullptr;
    if (!style)
        QApplication::setStyle(style = new Style); // the application owns it
    QApplication::setPalette(paletteOf(dark ? darkShades : lightShades));
    QToolTip::setPalette(QApplication::palette()); // it keeps the desktop's otherwise
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    static const auto connection =
        QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, qApp, [] {
            if (currentChoice == ThemeChoice::System)
                apply(ThemeChoice::System);
        });
#endif
    emit ThemeNotifier::instance().changed();
}

} // namespace theme

ThemeNotifier& ThemeNotifier::instance() {
    static ThemeNotifier notifier;
    return notifier;
}

} // namespace halftone
