// SPDX-License-Identifier: GPL-3.0-or-later
// A panel that stands in a tab. It reads the document, owns no data, and asks the window for everything else by
// signals.
#pragma once

#include <QWidget>

#include <map>
#include <string>

class QStackedWidget;

namespace halftone {

class Document;
class Measuring;
class MessagePage;

class View : public QWidget {
    Q_OBJECT
public:
    /// `key` names it to other views, and in what is remembered of it; it is its object name. Its tab and the View menu
    /// show `title`.
    View(Document& document, const QString& key, const QString& title, QWidget* parent);

    const QString& title() const { return m_title; }
    /// Null where no measurement of its own fills it.
    virtual Measuring* measuring() { return nullptr; }
    /// Gives the keys to its filter, where it has one.
    virtual void focusFilter() {}

signals:
    /// Another view by its key; "data" for the field of the pictures, "warnings" for their list.
    void viewRequested(const QString& key);
    /// A dialog that chooses a folder of pictures.
    void dataRequested();
    /// To set the preprocessing as a finding's cure says.
    void cureRequested(const std::map<std::string, std::string>& cure);
    /// The next run is to keep these layers in fp32 too.
    void keepFp32Requested(const QStringList& layers);
    /// A profile that keeps these of the plan's layers in fp32.
    void profileRequested(const QStringList& layers);
    /// What measuring() measures.
    void measureRequested();
    /// Those of measuring().
    void settingsChanged();
    /// Something was done that shows nowhere else.
    void told(const QString& text);

protected:
    /// Fills the view with `content`, or with a message where it has nothing to show.
    void setContent(QWidget* content);
    /// The same below `head`, which shows always.
    void setContent(QWidget* head, QWidget* content);
    void showContent();
    /// Without `action` there is no button.
    void showMessage(const QString& title, const QString& text, const QString& action = {});
    MessagePage* message() const { return m_message; }

    /// The document has another report, or none.
    virtual void loadReport() = 0;

    Document& m_document;

private:
    QString m_title;
    QStackedWidget* m_pages;
    MessagePage* m_message;
};

} // namespace halftone
