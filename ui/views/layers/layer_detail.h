// SPDX-License-Identifier: GPL-3.0-or-later
// Everything known about the selected layer, one column a run: what became of it, the step that computes it,
// that step's kernel, tensors, time and reason.
#pragma once

#include <QWidget>

class QGridLayout;
class QHBoxLayout;
class QLabel;
class QToolButton;

namespace halftone {

class Document;
class ElidedLabel;

/// Follows the document's selection; hides itself while nothing is selected.
class LayerDetail : public QWidget {
    Q_OBJECT
public:
    explicit LayerDetail(Document& document, QWidget* parent = nullptr);

    /// All that is shown, as lines for the clipboard.
    QString text() const { return m_copyText; }

signals:
    void viewRequested(const QString& view); // "ranges" or "conversions", for the selected layer
    void closed();

private:
    void showSelected();

    Document& m_document;
    ElidedLabel* m_title;
    QLabel* m_summary;
    QHBoxLayout* m_links;
    QWidget* m_table;
    QGridLayout* m_grid;
    QString m_copyText;
};

} // namespace halftone
