// SPDX-License-Identifier: GPL-3.0-or-later
// A figure with its name above and what it means below.
#pragma once

#include <QWidget>

class QLabel;

namespace halftone {

class Fact : public QWidget {
    Q_OBJECT
public:
    explicit Fact(const QString& name, QWidget* parent = nullptr);

    /// `value` large, `detail` in lines below. Both are plain text.
    void setFact(const QString& value, const QString& detail, const QString& tooltip = {});
    QString value() const;
    QString detail() const;

private:
    QLabel* m_value;
    QLabel* m_detail;
};

} // namespace halftone
