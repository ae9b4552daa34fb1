// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep is to measure: batches, threads, seconds for each setting, and the button that starts it.
#pragma once

#include "ui/settings.h"

#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace halftone {

class SweepSetup : public QWidget {
    Q_OBJECT
public:
    explicit SweepSetup(QWidget* parent = nullptr);

    /// Sets the grid of the sweep, and the time of each setting.
    void complete(JobRequest& request) const;
    void setRequest(const JobRequest& request);
    /// Why a sweep cannot start with what was typed, as a sentence; "" when it can.
    QString problem() const;
    /// Whether a sweep could start now, as far as the rest of the window goes.
    void setReady(bool ready);

signals:
    void settingsChanged();
    void measureRequested();

private:
    QList<int> batches() const, threads() const;
    void onEdited();

    QLineEdit *m_batches, *m_threads;
    QDoubleSpinBox* m_time;
    QLabel* m_estimate;
    QPushButton* m_measure;
};

/// "1, 2, 4": whole numbers from 1 to `largest`, ascending and each once; empty when the text is anything else.
QList<int> countsFromText(const QString& text, int largest);
QString countsText(const QList<int>& counts);

} // namespace halftone
