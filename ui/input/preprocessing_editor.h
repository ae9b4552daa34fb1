// SPDX-License-Identifier: GPL-3.0-or-later
// A preset of preprocessing and its values, which can be changed one by one.
#pragma once

#include "ui/presets.h"

#include <QWidget>

#include <optional>
#include <vector>

class QComboBox;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace halftone {

class PreprocessingEditor : public QWidget {
    Q_OBJECT
public:
    explicit PreprocessingEditor(QWidget* parent = nullptr);

    Preprocessing value() const;
    void setValue(const Preprocessing& value);

    /// What is wrong with the values, as a sentence; "" when nothing is.
    QString problem() const;
    /// The control that a label's mnemonic leads to.
    QWidget* focusTarget() const;

signals:
    void changed();

private:
    void fill(const Preprocessing& value);
    void showPresetOf(Preprocessing value);
    Preprocessing typedValues(const std::string& preset) const;

    QComboBox* m_preset;
    QToolButton* m_disclose;
    QWidget* m_values;
    QSpinBox* m_resize;
    QSpinBox* m_crop;
    QLineEdit* m_mean;
    QLineEdit* m_std;
    QComboBox* m_channels;
    QSpinBox* m_offset;
    bool m_filling = false;
};

/// "123.7, 116.3, 103.5" as numbers; nullopt for anything that is not a list of none, one or three numbers.
std::optional<std::vector<float>> parseChannelValues(const QString& text);

} // namespace halftone
