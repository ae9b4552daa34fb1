// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/preprocessing_editor.h"

#include "ui/text.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr int largestSide = 8192;

QString channelValuesText(const std::vector<float>& values) {
    QStringList texts;
    for (const float value : values) // as many digits as tell single precision numbers apart
        texts += QString::fromStdString(fmt::format("{}", value));
    return texts.join(QStringLiteral(", "));
}

QSpinBox* sideBox(const QString& none) {
    auto* box = new QSpinBox;
    box->setRange(0, largestSide);
    box->setSpecialValueText(none);
    box->setSuffix(Text::tr(" px"));
    return box;
}

} // namespace

std::optional<std::vector<float>> parseChannelValues(const QString& text) {
    std::vector<float> values;
    if (text.trimmed().isEmpty())
        return values;
    for (const QString& part : text.split(u',')) {
        bool isNumber = false;
        values.push_back(part.trimmed().toFloat(&isNumber));
        if (!isNumber || !std::isfinite(values.back()))
            return std::nullopt;
    }
    return values.size() == 1 || values.size() == 3 ? std::optional(values) : std::nullopt;
}

PreprocessingEditor::PreprocessingEditor(QWidget* parent)
    : QWidget(parent), m_preset(new QComboBox), m_disclose(new QToolButton), m_values(new QWidget),
      m_resize(sideBox(tr("keep size"))), m_crop(sideBox(tr("keep all"))), m_mean(new QLineEdit), m_std(new QLineEdit),
      m_channels(new QComboBox), m_offset(new QSpinBox) {
    for (const Preset& preset : presets())
        m_preset->addItem(preset.title, QString::fromStdString(preset.value.preset));
    m_preset->addItem(tr("Custom"), QStringLiteral("custom"));
    m_preset->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_preset->setObjectName(QStringLiteral("preset"));
    m_channels->addItem(tr("RGB"), static_cast<int>(ChannelOrder::Rgb));
    m_channels->addItem(tr("BGR"), static_cast<int>(ChannelOrder::Bgr));
    m_channels->addItem(tr("Grey"), static_cast<int>(ChannelOrder::Gray));
    m_mean->setPlaceholderText(QStringLiteral("0"));
    m_std->setPlaceholderText(QStringLiteral("1"));
    m_mean->setToolTip(
        tr("Subtracted from the values 0 to 255: one number, or one for each channel in the network's order"));
    m_std->setToolTip(tr("The difference is divided by it: one number, or one for each channel"));
    m_resize->setObjectName(QStringLiteral("resizeShortSide"));
    m_crop->setObjectName(QStringLiteral("cropSize"));
    m_channels->setObjectName(QStringLiteral("channels"));
    m_offset->setObjectName(QStringLiteral("labelOffset"));
    m_mean->setObjectName(QStringLiteral("mean"));
    m_std->setObjectName(QStringLiteral("std"));
    m_offset->setRange(-1000, 1000);
    m_offset->setToolTip(tr("Added to a picture's label; 1 where output 0 means background"));

    m_disclose->setText(tr("Val&ues"));
    m_disclose->setCheckable(true);
    m_disclose->setAutoRaise(true);
    m_disclose->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_disclose->setArrowType(Qt::RightArrow);
    m_values->hide();
    connect(m_disclose, &QToolButton::toggled, this, [this](bool open) {
        m_disclose->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_values->setVisible(open);
    });

    auto* form = new QFormLayout(m_values);
    form->setContentsMargins(0, 0, 0, 0);
    form->setSpacing(theme::grid / 2);
    form->addRow(tr("Resize short side"), m_resize);
    form->addRow(tr("Crop"), m_crop);
    form->addRow(tr("Mean"), m_mean);
    form->addRow(tr("Deviation"), m_std);
    form->addRow(tr("Channels"), m_channels);
    form->addRow(tr("Label offset"), m_offset);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addWidget(m_preset);
    layout->addWidget(m_disclose);
    layout->addWidget(m_values);

    connect(m_preset, &QComboBox::activated, this, [this] {
        const std::string chosen = m_preset->currentData().toString().toStdString();
        const auto preset = std::ranges::find(preprocessingPresets(), chosen, &PreprocessingPreset::name);
        if (preset != preprocessingPresets().end())
            fill(preset->value);
        else
            m_disclose->setChecked(true);
        emit changed();
    });
    const auto edited = [this] {
        if (m_filling)
            return;
        showPresetOf(typedValues("custom"));
        emit changed();
    };
    for (QSpinBox* box : {m_resize, m_crop, m_offset})
        connect(box, &QSpinBox::valueChanged, this, edited);
    for (QLineEdit* edit : {m_mean, m_std})
        connect(edit, &QLineEdit::textChanged, this, edited);
    connect(m_channels, &QComboBox::currentIndexChanged, this, edited);
    setValue(presets().front().value);
}

Preprocessing PreprocessingEditor::value() const {
    return typedValues(m_preset->currentData().toString().toStdString());
}

void PreprocessingEditor::setValue(const Preprocessing& value) {
    fill(value);
    showPresetOf(value);
}

QString PreprocessingEditor::problem() const {
    for (const auto& [name, edit] : {std::pair{tr("mean"), m_mean}, std::pair{tr("deviation"), m_std}})
        if (!parseChannelValues(edit->text()))
            return tr("The %1 needs one number or three with commas between, like 123.7, 116.3, 103.5.").arg(name);
    const auto deviations = parseChannelValues(m_std->text());
    if (std::ranges::count(*deviations, 0.F) > 0)
        return tr("The deviation must not be 0.");
    return {};
}

QWidget* PreprocessingEditor::focusTarget() const {
    return m_preset;
}

void PreprocessingEditor::fill(const Preprocessing& value) {
    m_filling = true;
    m_resize->setValue(value.resizeShortSide);
    m_crop->setValue(value.cropSize);
    m_mean->setText(channelValuesText(value.mean));
    m_std->setText(channelValuesText(value.std));
    m_channels->setCurrentIndex(std::max(0, m_channels->findData(static_cast<int>(value.channels))));
    m_offset->setValue(value.labelOffset);
    m_filling = false;
}

/// By its values: whatever was typed, the name of a preset says that they are its own.
void PreprocessingEditor::showPresetOf(Preprocessing value) {
    nameByValues(value);
    m_preset->setCurrentIndex(m_preset->findData(QString::fromStdString(value.preset)));
}

Preprocessing PreprocessingEditor::typedValues(const std::string& preset) const {
    return {preset,
            m_resize->value(),
            m_crop->value(),
            parseChannelValues(m_mean->text()).value_or(std::vector<float>()),
            parseChannelValues(m_std->text()).value_or(std::vector<float>()),
            static_cast<ChannelOrder>(m_channels->currentData().toInt()),
            m_offset->value()};
}

} // namespace halftone
