// SPDX-License-Identifier: GPL-3.0-or-later
// A run as it goes: its stages with what each found, progress, time left, and the latencies measured so far.
#pragma once

#include "ui/runner.h"

#include <QMap>
#include <QWidget>

class QGridLayout;
class QLabel;
class QProgressBar;

namespace halftone {

class RunningPanel : public QWidget {
    Q_OBJECT
public:
    explicit RunningPanel(Runner& runner, QWidget* parent = nullptr);

    /// Empties the panel for a job; `heading` says what it is: "Profiling net.onnx".
    void begin(const QString& heading);

    /// "Stage 3 of 6: measuring fp32 and int8, 12 s left", for the status bar.
    QString summary() const;

signals:
    void summaryChanged();

private:
    void startStage(const RunStage& stage);
    void setFound(const QString& text);
    void setProgress(double fraction, double secondsLeft);
    void setLatency(const QString& precision, double medianMs);

    QLabel* m_heading;
    QProgressBar* m_bar;
    QLabel* m_left;
    QLabel* m_latencies;
    QGridLayout* m_stages;
    QList<QLabel*> m_labels; // of the stages' rows
    QLabel* m_mark = nullptr;
    QLabel* m_found = nullptr;
    RunStage m_stage;
    double m_secondsLeft = -1;
    QMap<QString, double> m_latencyMs;
};

} // namespace halftone
