// SPDX-License-Identifier: GPL-3.0-or-later
// How to quantize: folded away at first, because the defaults suit most networks.
#pragma once

#include "core/request/quantization.h"
#include "ui/choices.h"

#include <QWidget>

#include <functional>
#include <map>
#include <string>
#include <vector>

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

    QuantizeOptions value() const;
    void setValue(const QuantizeOptions& value);
    /// Adds these layers to those that stay in fp32.
    void keepFp32(const QStringList& layers);

signals:
    void changed();

private:
    QWidget* makeValues();
    QWidget* makeExceptions();
    template <class Member>
    void addChoice(const char* name, const QString& label, const QList<NamedChoice>& choices,
                   Member QuantizeOptions::*member, const QString& tip);
    void removeSelected();
    void showExceptions();
    void onEdited();
    QString summary() const;

    /// A box whose rows have the names of a member's values.
    struct Choice {
        QComboBox* box;
        std::function<std::string(const QuantizeOptions&)> name;
        std::function<void(QuantizeOptions&, const std::string&)> set;
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
    std::vector<std::string> m_kept;
    std::map<std::string, RangeMethod> m_rangesOf;
    bool m_filling = false;
};

} // namespace halftone
