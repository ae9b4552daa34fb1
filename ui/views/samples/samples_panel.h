// SPDX-License-Identifier: GPL-3.0-or-later
// The samples that int8 changes: whether that is more than chance, and each one with its picture and both outputs.
#pragma once

#include "ui/models/sample_list.h"
#include "ui/views/view.h"
#include "ui/widgets/filter_bar.h"

class QLabel;
class QListView;

namespace halftone {

class SamplesPanel : public View {
    Q_OBJECT
public:
    explicit SamplesPanel(Document& document, QWidget* parent = nullptr);
    ~SamplesPanel() override;

    const SampleList& list() const { return m_list; }
    FilterBar* filter() const { return m_filter; }
    QListView* view() const { return m_view; }

    void focusFilter() override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void loadReport() override;
    /// Null without a report.
    void sayWhyEmpty(const Report* report);
    void applyFilter();
    void copySelected();

    SampleList m_list;
    QLabel *m_sentence, *m_legend;
    FilterBar* m_filter;
    QListView* m_view;
};

} // namespace halftone
