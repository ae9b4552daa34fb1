// SPDX-License-Identifier: GPL-3.0-or-later
// How near to this machine's limits the runs come: the way from fp32 to int8, the roofline, and the memory of the runs.
#pragma once

#include "ui/document.h"

#include <QStackedWidget>

class QGridLayout;
class QLabel;
class QToolButton;

namespace halftone {

class LossBars;
class MessagePage;
class RooflinePlot;

class LimitsPanel : public QStackedWidget {
    Q_OBJECT
public:
    explicit LimitsPanel(Document& document, QWidget* parent = nullptr);

    LossBars* losses() const { return m_losses; }
    RooflinePlot* roofline() const { return m_roofline; }
    /// The sentence above the waterfall, or why there is none.
    QString sentence() const;

signals:
    void viewRequested(const QString& view);

private:
    QWidget* makeContent();
    void showReport();
    void showSelection();
    void showMachine(const Report& report);
    void showMemory(const Report& report);

    Document& m_document;
    MessagePage* m_message;
    QLabel *m_sentence, *m_note;
    LossBars* m_losses;
    RooflinePlot* m_roofline;
    QToolButton* m_toLayer;
    QLabel* m_memoryHeading;
    QGridLayout *m_memory, *m_machine;
};

} // namespace halftone
