// SPDX-License-Identifier: GPL-3.0-or-later
// One row per layer of the file, fp32 and another precision side by side, with the selected layer's detail below. Fused
// layers are children of the layer whose step computes them: a real tree of two levels, so that folding,
// keyboard and screen readers work as in any tree, at the price of one shared order for groups (see
// TableModelBase).
#pragma once

#include "ui/models/layer_table.h"
#include "ui/views/table_page.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace halftone {

class LayerDetail;

class LayersPanel : public TablePage<LayerRow> {
    Q_OBJECT
public:
    explicit LayersPanel(Document& document, QWidget* parent = nullptr);

    LayerDetail* detail() const { return m_detail; }
    QString sums() const;

private:
    void loadReport() override;
    void restoreCurrent(int before) override;
    void fillPrecisions(const Report* report);
    void showRows();
    void showSelection();
    void keepSelected();

    QWidget* m_comparison; // choice of the other precision, where there are several
    QComboBox* m_precision;
    QToolButton* m_fold;
    QLabel* m_sums; // below the table
    LayerDetail* m_detail;
};

} // namespace halftone
