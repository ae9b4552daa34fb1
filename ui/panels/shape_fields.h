// SPDX-License-Identifier: GPL-3.0-or-later
// A field for the size of each input that the file of the open model leaves open; hidden where there is none.
#pragma once

#include "core/report/report.h"

#include <QMap>
#include <QWidget>

class QFormLayout;
class QLineEdit;

namespace halftone {

class ShapeFields : public QWidget {
    Q_OBJECT
public:
    explicit ShapeFields(QWidget* parent = nullptr);

    /// What `about` was made with stands in the fields; null: no model is open.
    void setModel(const Report* about);

    /// "1,3,48,192" by input, of the fields that hold a whole shape.
    QMap<QString, QString> value() const;
    void setValue(const QMap<QString, QString>& shapes);

    /// What is missing, as a sentence; "" when nothing is.
    QString problem() const;
    /// The field that it is about, at its first ?.
    void focusProblem();

signals:
    void changed();

private:
    struct Field {
        QLineEdit* edit;
        QString pattern; // "1,3,?,?"
        qsizetype rank;

        QList<qint64> shape() const; // empty when it is none
    };
    void addField(const Port& input, const std::vector<int64_t>& given);

    QFormLayout* m_form;
    QMap<QString, Field> m_fields; // by input
};

} // namespace halftone
