// SPDX-License-Identifier: GPL-3.0-or-later
// What a plan must hold to: the largest drop of accuracy, the time it may take, the pins; and the button that starts
// it.
#pragma once

#include "ui/settings.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace halftone {

class PlanSetup : public QWidget {
    Q_OBJECT
public:
    explicit PlanSetup(QWidget* parent = nullptr);

    /// Sets the limits of the plan, the pins included, and its time.
    void complete(JobRequest& request) const;
    /// The pins excepted: they belong to the plan on show.
    void setRequest(const JobRequest& request);

    const QMap<QString, QString>& pins() const { return m_pins; }
    /// `changed`: since the plan on show.
    void setPins(const QMap<QString, QString>& pins, bool changed);
    /// Whether a plan could start now, as far as the rest of the window goes.
    void setReady(bool ready);

signals:
    void planRequested();

private:
    QDoubleSpinBox* m_drop;
    QComboBox* m_kind;
    QDoubleSpinBox* m_time;
    QLabel* m_note;
    QPushButton* m_find;
    QMap<QString, QString> m_pins;
};

} // namespace halftone
