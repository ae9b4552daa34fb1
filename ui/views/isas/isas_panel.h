// SPDX-License-Identifier: GPL-3.0-or-later
// What the model does with lesser instruction sets: times on one scale, the figures of each as a table, and what
// saturated and how to mend it.
#pragma once

#include "ui/models/isa_table.h"
#include "ui/views/measuring.h"
#include "ui/views/table_page.h"

class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace halftone {

class LatencyBars;

class IsasPanel : public TablePage<IsaRow>, public Measuring {
    Q_OBJECT
public:
    explicit IsasPanel(Document& document, QWidget* parent = nullptr);

    Measuring* measuring() override { return this; }
    JobKind kind() const override { return JobKind::Isa; }
    void setReady(bool ready) override;
    void complete(JobRequest& request) const override;
    void recall(const JobRequest& request) override;

private:
    QWidget* makeSetup();
    void loadReport() override;

    QDoubleSpinBox* m_time; // of each instruction set
    QPushButton* m_measure;
    QLabel *m_section, *m_how;
    LatencyBars* m_bars;
    QLabel* m_remarks;
};

} // namespace halftone
