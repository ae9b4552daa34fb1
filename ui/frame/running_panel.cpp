// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/running_panel.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QGridLayout>
#include <QLabel>
#include <QProgressBar>
#include <QVBoxLayout>

namespace halftone {

namespace {

constexpr int barSteps = 1000;

QLabel* plainLabel() {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    return label;
}

} // namespace

RunningPanel::RunningPanel(Runner& runner, QWidget* parent)
    : QWidget(parent), m_heading(plainLabel()), m_bar(new QProgressBar), m_left(plainLabel()),
      m_latencies(plainLabel()), m_stages(new QGridLayout) {
    QFont font = m_heading->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    m_heading->setFont(font);
    m_bar->setRange(0, barSteps);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(theme::grid);
    m_bar->setAccessibleName(tr("Progress of the run"));
    m_left->setForegroundRole(QPalette::PlaceholderText);
    m_left->setMinimumWidth(12 * theme::grid);
    m_stages->setHorizontalSpacing(2 * theme::grid);
    m_stages->setVerticalSpacing(theme::grid / 2);
    m_stages->setColumnStretch(2, 1);

    auto* progress = new QHBoxLayout;
    progress->setSpacing(2 * theme::grid);
    progress->addWidget(m_bar, 1);
    progress->addWidget(m_left);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * theme::grid, 2 * theme::grid, 3 * theme::grid, 2 * theme::grid);
    layout->setSpacing(theme::grid);
    layout->addWidget(m_heading);
    layout->addLayout(progress);
    layout->addLayout(m_stages);
    layout->addWidget(m_latencies);
    layout->addStretch();

    connect(&runner, &Runner::stageStarted, this, &RunningPanel::startStage);
    connect(&runner, &Runner::found, this, &RunningPanel::setFound);
    connect(&runner, &Runner::progress, this, &RunningPanel::setProgress);
    connect(&runner, &Runner::latency, this, &RunningPanel::setLatency);
}

void RunningPanel::begin(const QString& heading) {
    qDeleteAll(m_labels);
    m_labels.clear();
    m_mark = m_found = nullptr;
    m_stage = {};
    m_latencyMs.clear();
    m_heading->setText(heading);
    m_latencies->clear();
    setProgress(0, -1);
}

QString RunningPanel::summary() const {
    QString text = m_stage.count > 0 ? tr("Stage %1 of %2: %3").arg(m_stage.index).arg(m_stage.count).arg(m_stage.text)
                                     : tr("Starting");
    if (m_secondsLeft >= 0)
        text += QStringLiteral(", ") + secondsLeftText(m_secondsLeft);
    return text;
}

void RunningPanel::startStage(const RunStage& stage) {
    if (m_mark)
        m_mark->setText(QStringLiteral("✓"));
    m_stage = stage;
    m_mark = plainLabel();
    m_mark->setText(QStringLiteral("▸"));
    m_mark->setFixedWidth(2 * theme::grid);
    auto* name = plainLabel();
    name->setText(plain(stage.text.toStdString()));
    m_found = plainLabel();
    m_found->setForegroundRole(QPalette::PlaceholderText);
    m_found->setWordWrap(true);
    const int row = m_stages->rowCount();
    m_stages->addWidget(m_mark, row, 0, Qt::AlignTop);
    m_stages->addWidget(name, row, 1, Qt::AlignTop);
    m_stages->addWidget(m_found, row, 2, Qt::AlignTop);
    m_labels << m_mark << name << m_found;
    emit summaryChanged();
}

void RunningPanel::setFound(const QString& text) {
    if (m_found)
        m_found->setText(typeset(text.toStdString()));
}

void RunningPanel::setProgress(double fraction, double secondsLeft) {
    m_secondsLeft = secondsLeft;
    m_bar->setValue(static_cast<int>(fraction * barSteps));
    m_left->setText(secondsLeftText(secondsLeft));
    emit summaryChanged();
}

void RunningPanel::setLatency(const QString& precision, double medianMs) {
    m_latencyMs[precision] = medianMs;
    QStringList texts;
    for (auto latency = m_latencyMs.cbegin(); latency != m_latencyMs.cend(); ++latency)
        texts += latency.key() + u' ' + timeWithUnit(latency.value());
    m_latencies->setText(tr("Median so far: ") + texts.join(QStringLiteral(", ")));
}

} // namespace halftone
