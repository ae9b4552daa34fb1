// SPDX-License-Identifier: GPL-3.0-or-later
// The range of every quantized tensor: the list beside the selected one's histogram; for activations the other ways of
// choosing the range and its growth with the samples, for weights with a scale per channel the ranges of their
// channels.
#pragma once

#include "ui/models/candidate_table.h"
#include "ui/models/tensor_table.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

class QCheckBox;
class QGridLayout;
class QLabel;
class QSplitter;
class QStackedWidget;

namespace halftone {

class ChannelRangesPlot;
class Document;
class ElidedLabel;
class HistogramPlot;
class MessagePage;
class RangeGrowthPlot;
class TableView;

class RangesPanel : public QWidget {
    Q_OBJECT
public:
    explicit RangesPanel(Document& document, QWidget* parent = nullptr);
    ~RangesPanel() override;

    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    HistogramPlot* histogram() const { return m_histogram; }
    QLabel* clipNote() const { return m_clipNote; }
    ChannelRangesPlot* channels() const { return m_channels; }
    /// The ways of choosing the range of the tensor shown; hovering or selecting one moves the histogram's clip lines.
    TableView* candidates() const { return m_candidates; }
    RangeGrowthPlot* growth() const { return m_growth; }
    /// Of the tensor shown, line by line: "Scale\t0.0230".
    QString factsText() const { return m_factsText; }
    /// The line that says that the ranges come from random input; null text when they do not.
    QString bannerText() const;

public slots:
    void focusFilter();

signals:
    void viewRequested(const QString& view); // "data": the user wants to add pictures

private:
    QWidget* makeBanner();
    QWidget* makeDetail();
    void loadReport();
    void applyFilter();
    void followSelection();
    void chooseTensor(int id);
    void showTensor(int id);
    void showCandidates(const TensorRange& range);
    void showClipOf(int candidate);
    bool eventFilter(QObject* watched, QEvent* event) override;

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<TensorRow> m_model;
    TableModel<CandidateRow> m_candidateModel;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QWidget* m_banner;
    QLabel* m_bannerText;
    FilterBar* m_filter;
    TableView* m_table;
    QSplitter* m_splitter;
    QStackedWidget* m_detailPages;
    ElidedLabel* m_title;
    QGridLayout* m_facts;
    QString m_factsText;
    QCheckBox* m_logarithmic;
    QLabel* m_clipNote;
    HistogramPlot* m_histogram;
    ChannelRangesPlot* m_channels;
    TableView* m_candidates;
    RangeGrowthPlot* m_growth;
};

} // namespace halftone
