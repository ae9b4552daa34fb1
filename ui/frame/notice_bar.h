// SPDX-License-Identifier: GPL-3.0-or-later
// One sentence above the view, with what can be done about it: a failure, a cancelled run, changed settings.
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace halftone {

class NoticeBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Note, Failure };

    explicit NoticeBar(QWidget* parent = nullptr);

    /// `heading` is a few words ("Failed"); `action` is the button's text, "" for none.
    void setNotice(Kind kind, const QString& heading, const QString& text, const QString& action = {});
    void setDismissable(bool dismissable);
    QString text() const;
    /// A failure is on show.
    bool isFailure() const { return !isHidden() && m_kind == Kind::Failure; }

signals:
    void dismissed();
    void actionTriggered();

private:
    void updateColours();

    Kind m_kind = Kind::Note;
    QLabel* m_heading;
    QLabel* m_text;
    QPushButton* m_action;
    QToolButton* m_dismiss;
};

} // namespace halftone
