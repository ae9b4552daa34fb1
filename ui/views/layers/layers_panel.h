// SPDX-License-Identifier: GPL-3.0-or-later
// One row per layer of the file, fp32 and another precision side by side, with the selected layer's detail below. Fused
// layers are children of the layer whose step computes them: a real tree of two levels, so that folding,
// keyboard and screen readers work as in any tree, at the price of one shared order for groups (see
// TableModelBase).
#pragma once

#include "ui/models/layer_table.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace halftone {

class Document;
class LayerDetail;
class MessagePage;
class TableView;

class LayersPanel : public QWidget {
    Q_OBJECT
public:
    explicit LayersPanel(Document& document, QWidget* parent = nullptr);
    ~LayersPanel() override;

    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    LayerDetail* detail() const { return m_detail; }
    QString sums() const;

public slots:
    void focusFilter();

signals:
    void viewRequested(const QString& view);
    /// The next run is to keep these layers in fp32.
    void keepFp32Requested(const QStringList& layers);

private:
    void loadReport();
    void fillPrecisions(const Report* report);
    void showRows();
    void applyFilter();
    void showSelection();
    void keepSelected();

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<LayerRow> m_model;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    FilterBar* m_filter;
    QWidget* m_comparison; // choice of the other precision, where there are several
    QComboBox* m_precision;
    QToolButton* m_fold;
    TableView* m_table;
    QLabel* m_sums; // below the table
    LayerDetail* m_detail;
    QSplitter* m_splitter;
};

} // namespace halftone
