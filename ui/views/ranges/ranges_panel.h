// SPDX-License-Identifier: GPL-3.0-or-later
// The range of every quantized tensor: the list beside the selected one's histogram; for activations the other ways of
// choosing the range and its growth with the samples, for weights with a scale per channel the ranges of their
// channels.
#pragma once

#include "ui/models/candidate_table.h"
#include "ui/models/tensor_table.h"
#include "ui/views/table_page.h"

class QCheckBox;
class QGridLayout;
class QLabel;
class QStackedWidget;

namespace halftone {

class ChannelRangesPlot;
class ElidedLabel;
class HistogramPlot;
class RangeGrowthPlot;

class RangesPanel : public TablePage<TensorRow> {
    Q_OBJECT
public:
    explicit RangesPanel(Document& document, QWidget* parent = nullptr);
    ~RangesPanel() override;

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

private:
    QWidget* makeBanner();
    QWidget* makeDetail();
    void loadReport() override;
    void restoreCurrent(int before) override;
    void followSelection();
    void chooseTensor(int id);
    void showTensor(int id);
    void showCandidates(const TensorRange& range);
    void showClipOf(int candidate);
    bool eventFilter(QObject* watched, QEvent* event) override;

    TableModel<CandidateRow> m_candidateModel;
    QWidget* m_banner;
    QLabel* m_bannerText;
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
