// SPDX-License-Identifier: GPL-3.0-or-later
// A field for each size that the file of the open model leaves open, the batch aside; hidden where there is none.
#pragma once

#include "core/report/report.h"

#include <QList>
#include <QWidget>

class QFormLayout;
class QLineEdit;

namespace halftone {

class SizeFields : public QWidget {
    Q_OBJECT
public:
    explicit SizeFields(QWidget* parent = nullptr);

    /// What `about` was made with stands in the fields; null: no model is open.
    void setModel(const Report* about);

    /// By symbol, of the fields that hold a number.
    Sizes value() const;
    void setValue(const Sizes& sizes);

    /// Says in empty fields that the data tells these sizes.
    void setFromData(bool fromData);
    /// What is missing, as a sentence; "" when nothing is.
    QString problem() const;
    /// The first field that holds no number.
    void focusProblem();

signals:
    void changed();

private:
    struct Field {
        QString symbol;
        QLineEdit* edit;

        qint64 size() const; // 0 when it is none
    };
    void addField(const QString& symbol, qint64 given);

    QFormLayout* m_form;
    QList<Field> m_fields;
};

} // namespace halftone
