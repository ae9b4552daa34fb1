// SPDX-License-Identifier: GPL-3.0-or-later
// How near to this machine's limits the runs come: the way from fp32 to int8, the roofline, and the memory of the runs.
#pragma once

#include "core/report/report.h"
#include "ui/views/view.h"

class QGridLayout;
class QLabel;
class QToolButton;

namespace halftone {

class LossBars;
class RooflinePlot;

class LimitsPanel : public View {
    Q_OBJECT
public:
    explicit LimitsPanel(Document& document, QWidget* parent = nullptr);

    LossBars* losses() const { return m_losses; }
    RooflinePlot* roofline() const { return m_roofline; }
    /// The sentence above the waterfall, or why there is none.
    QString sentence() const;

private:
    QWidget* makeContent();
    void loadReport() override;
    void showSelection();
    void showMachine(const Report& report);
    void showMemory(const Report& report);

    QLabel *m_sentence, *m_note;
    LossBars* m_losses;
    RooflinePlot* m_roofline;
    QToolButton* m_toLayer;
    QLabel* m_memoryHeading;
    QGridLayout *m_memory, *m_machine;
};

} // namespace halftone
