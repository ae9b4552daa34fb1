// SPDX-License-Identifier: GPL-3.0-or-later
// How far each layer is from fp32, by itself and with all layers before it: a plot along the network, the figures as a
// table, what they mean for the selected layer, and where samples leave fp32.
#pragma once

#include "ui/models/error_table.h"
#include "ui/views/table_page.h"

class QLabel;
class QListWidget;

namespace halftone {

class ElidedLabel;
class ErrorPlot;

class ErrorsPanel : public TablePage<ErrorRow> {
    Q_OBJECT
public:
    explicit ErrorsPanel(Document& document, QWidget* parent = nullptr);

    ErrorPlot* plot() const { return m_plot; }
    QListWidget* divergences() const { return m_divergences; }
    QString sentence() const;
    /// What is said about the selected layer; "" while none is.
    QString explanation() const;

private:
    QWidget* makeDetail();
    void loadReport() override;
    void restoreCurrent(int before) override;
    void listDivergences();
    void showSelection();
    void choose(int id);
    /// Of the selected layer, or of the layer that computes it; -1 for none.
    int selectedRow() const;

    QLabel* m_sentence;
    ErrorPlot* m_plot;
    ElidedLabel* m_title;
    QLabel* m_explanation;
    QLabel* m_divergenceHeading;
    QListWidget* m_divergences;
};

} // namespace halftone
