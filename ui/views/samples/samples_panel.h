// SPDX-License-Identifier: GPL-3.0-or-later
// The samples that int8 changes: whether that is more than chance, and each one with its picture and both outputs.
#pragma once

#include "ui/models/sample_list.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

class QLabel;
class QListView;
class QStackedWidget;

namespace halftone {

class Document;
class MessagePage;

class SamplesPanel : public QWidget {
    Q_OBJECT
public:
    explicit SamplesPanel(Document& document, QWidget* parent = nullptr);
    ~SamplesPanel() override;

    const SampleList& list() const { return m_list; }
    FilterBar* filter() const { return m_filter; }
    QListView* view() const { return m_view; }

public slots:
    void focusFilter();

signals:
    void dataRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void loadReport();
    void applyFilter();
    void copySelected();

    Document& m_document;
    SampleList m_list;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QLabel *m_sentence, *m_legend;
    FilterBar* m_filter;
    QListView* m_view;
};

} // namespace halftone
