// SPDX-License-Identifier: GPL-3.0-or-later
// The answer at one glance: the verdict, where the time went, speed, accuracy and size, and what stands out.
#pragma once

#include "ui/document.h"

#include <QScrollArea>

#include <map>
#include <string>

class QLabel;
class QPushButton;
class QStackedWidget;
class QVBoxLayout;

namespace halftone {

class Fact;
class MessagePage;
class TimeBars;

class OverviewPanel : public QScrollArea {
    Q_OBJECT
public:
    explicit OverviewPanel(Document& document, QWidget* parent = nullptr);

signals:
    /// "layers", "conversions", "warnings", or "data" for the control that adds pictures.
    void linkActivated(const QString& view);
    /// To set the preprocessing as a finding's cure says.
    void cureRequested(const std::map<std::string, std::string>& cure);

private:
    void showReport();
    void showSpeed(const Report& report);
    void showAccuracy(const Report& report);
    void showSize(const Report& report);
    void showFindings(const Report& report);

    Document& m_document;
    QStackedWidget* m_pages;
    MessagePage* m_notProfiled; // the report holds no run
    QLabel* m_verdict;
    TimeBars* m_bars;
    Fact* m_speed;
    Fact* m_accuracy;
    Fact* m_size;
    QPushButton* m_addPictures;
    QVBoxLayout* m_findings;
};

} // namespace halftone
