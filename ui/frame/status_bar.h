// SPDX-License-Identifier: GPL-3.0-or-later
// The line below: the machine, what is going on, and how many warnings there are.
#pragma once

#include "core/report/report.h"

#include <QStatusBar>

class QLabel;
class QProgressBar;
class QToolButton;

namespace halftone {

class StatusBar : public QStatusBar {
    Q_OBJECT
public:
    explicit StatusBar(QWidget* parent = nullptr);

    /// Null: not known yet.
    void setMachine(const Machine* machine);
    /// "" when nothing is going on. Without `showProgress` there is no bar.
    void setActivity(const QString& text, bool showProgress);
    void setProgress(double fraction);
    void setDiagnostics(const std::vector<Diagnostic>& diagnostics);
    /// For a few seconds.
    void tell(const QString& text);

signals:
    void warningsRequested();

private:
    QLabel* m_machine;
    QLabel* m_activity;
    QProgressBar* m_progress;
    QToolButton* m_warnings;
};

} // namespace halftone
