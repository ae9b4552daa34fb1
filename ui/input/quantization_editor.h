// SPDX-License-Identifier: GPL-3.0-or-later
// How to quantize: folded away at first, because the defaults suit most networks.
#pragma once

#include "ui/quantization_settings.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QListWidget;
class QPushButton;
class QToolButton;

namespace halftone {

class QuantizationEditor : public QWidget {
    Q_OBJECT
public:
    explicit QuantizationEditor(QWidget* parent = nullptr);

    QuantizationSettings value() const;
    void setValue(const QuantizationSettings& value);
    /// Adds these layers to those that stay in fp32.
    void keepFp32(const QStringList& layers);

signals:
    void changed();

private:
    QWidget* makeValues();
    QWidget* makeExceptions();
    void addChoice(const char* name, const QString& label, const QList<NamedChoice>& choices,
                   QString QuantizationSettings::*member, const QString& tip);
    void removeSelected();
    void showExceptions();
    void onEdited();
    QString summary() const;

    struct Choice {
        QComboBox* box;
        QString QuantizationSettings::*member;
    };
    QList<Choice> m_choices;
    QToolButton* m_disclose;
    QLabel* m_summary;
    QWidget* m_values;
    QFormLayout* m_form;
    QDoubleSpinBox* m_percentile;
    QCheckBox *m_first, *m_last;
    QWidget* m_exceptions;
    QListWidget* m_list;
    QPushButton* m_remove;
    QStringList m_kept;
    QMap<QString, QString> m_rangesOf;
    bool m_filling = false;
};

} // namespace halftone
