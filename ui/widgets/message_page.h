// SPDX-License-Identifier: GPL-3.0-or-later
// What stands where a view has nothing to show: what happened, why, and what to do about it.
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace halftone {

class MessagePage : public QWidget {
    Q_OBJECT
public:
    explicit MessagePage(QWidget* parent = nullptr);

    /// Without `action` there is no button.
    void setMessage(const QString& title, const QString& text, const QString& action = {});
    void setActionEnabled(bool enabled);

signals:
    void actionTriggered();

private:
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_action;
};

} // namespace halftone
