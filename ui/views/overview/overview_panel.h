// SPDX-License-Identifier: GPL-3.0-or-later
// The answer at one glance: the verdict, where the time went, speed, accuracy and size, and what stands out.
#pragma once

#include "core/report/report.h"
#include "ui/views/view.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace halftone {

class Fact;
class TimeBars;

class OverviewPanel : public View {
    Q_OBJECT
public:
    explicit OverviewPanel(Document& document, QWidget* parent = nullptr);

private:
    void loadReport() override;
    void showSpeed(const Report& report);
    void showAccuracy(const Report& report);
    void showMeasures(const Accuracy& accuracy, const QString& samples);
    void showSize(const Report& report);
    void showFindings(const Report& report);

    QLabel* m_verdict;
    TimeBars* m_bars;
    Fact* m_speed;
    Fact* m_accuracy;
    Fact* m_size;
    QPushButton* m_addPictures;
    QVBoxLayout* m_findings;
};

} // namespace halftone
