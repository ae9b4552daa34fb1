// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/sweep/sweep_setup.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QThread>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

constexpr int largestBatch = 1024;
constexpr qsizetype mostSettings = 144;

int mostThreads() {
    return 4 * QThread::idealThreadCount();
}

/// Powers of two, and `largest`.
QList<int> doubling(int largest) {
    QList<int> counts;
    for (int count = 1; count < largest; count *= 2)
        counts += count;
    return counts << largest;
}

QLineEdit* countsEdit(const char* name, int width) {
    auto* edit = new QLineEdit;
    edit->setObjectName(QLatin1String(name));
    edit->setMinimumWidth(width);
    edit->setMaximumWidth(2 * width);
    return edit;
}

} // namespace

QList<int> countsFromText(const QString& text, int largest) {
    static const QRegularExpression separator(QStringLiteral("[,;\\s]+"));
    QList<int> counts;
    for (const QString& word : text.split(separator, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const int count = word.toInt(&isNumber);
        if (!isNumber || count < 1 || count > largest)
            return {};
        if (!counts.contains(count))
            counts += count;
    }
    std::sort(counts.begin(), counts.end());
    return counts;
}

QString countsText(const QList<int>& counts) {
    QStringList texts;
    for (const int count : counts)
        texts += QString::number(count);
    return texts.join(QStringLiteral(", "));
}

SweepSetup::SweepSetup(QWidget* parent)
    : QWidget(parent), m_batches(countsEdit("batches", 16 * theme::grid)),
      m_threads(countsEdit("sweepThreads", 10 * theme::grid)), m_time(new QDoubleSpinBox), m_estimate(new QLabel),
      m_measure(new QPushButton(tr("&Measure sweep"))) {
    m_batches->setToolTip(tr("Samples in one inference, separated by commas"));
    m_threads->setToolTip(tr("Numbers of threads, separated by commas"));
    m_time->setObjectName(QStringLiteral("sweepTime"));
    m_time->setRange(0.2, 600);
    m_time->setDecimals(1);
    m_time->setSuffix(tr(" s"));
    m_time->setToolTip(tr("How long to measure each setting; longer gives narrower intervals"));
    m_estimate->setForegroundRole(QPalette::PlaceholderText);
    m_estimate->setTextFormat(Qt::PlainText);
    m_estimate->setWordWrap(true);
    m_estimate->setObjectName(QStringLiteral("sweepEstimate"));
    m_measure->setObjectName(QStringLiteral("measureSweep"));

    auto* line = new QHBoxLayout;
    line->setSpacing(theme::grid);
    const auto addField = [&](const QString& name, QWidget* field, int stretch) {
        auto* label = new QLabel(name);
        label->setBuddy(field);
        line->addWidget(label);
        line->addWidget(field, stretch);
        line->addSpacing(theme::grid);
    };
    addField(tr("Batches"), m_batches, 2);
    addField(tr("Threads"), m_threads, 1);
    addField(tr("Each for"), m_time, 0);
    line->addStretch(1);
    line->addWidget(m_measure);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addLayout(line);
    layout->addWidget(m_estimate);

    connect(m_batches, &QLineEdit::textChanged, this, &SweepSetup::onEdited);
    connect(m_threads, &QLineEdit::textChanged, this, &SweepSetup::onEdited);
    connect(m_time, &QDoubleSpinBox::valueChanged, this, &SweepSetup::onEdited);
    connect(m_measure, &QPushButton::clicked, this, &SweepSetup::measureRequested);
    setRequest(usualRequest(JobKind::Sweep));
}

QList<int> SweepSetup::batches() const {
    return countsFromText(m_batches->text(), largestBatch);
}

QList<int> SweepSetup::threads() const {
    return countsFromText(m_threads->text(), mostThreads());
}

void SweepSetup::complete(JobRequest& request) const {
    const QList<int> counts = batches(), teams = threads();
    request.sweep.batches.assign(counts.begin(), counts.end());
    request.sweep.threads.assign(teams.begin(), teams.end());
    request.timeBudgetS = m_time->value();
}

void SweepSetup::setRequest(const JobRequest& request) {
    QList<int> counts;
    for (const int64_t batch : request.sweep.batches)
        if (batch >= 1 && batch <= largestBatch)
            counts += static_cast<int>(batch);
    const QList<int> teams(request.sweep.threads.begin(), request.sweep.threads.end());
    m_batches->setText(countsText(counts));
    m_threads->setText(countsText(teams.isEmpty() ? doubling(QThread::idealThreadCount()) : teams));
    m_time->setValue(request.timeBudgetS);
    onEdited();
}

QString SweepSetup::problem() const {
    if (batches().isEmpty())
        return tr("The batches are not a list of whole numbers from 1 to %1, as in 1, 4, 16.")
            .arg(countText(largestBatch));
    if (threads().isEmpty())
        return tr("The threads are not a list of whole numbers from 1 to %1, as in 1, 2.")
            .arg(countText(mostThreads()));
    if (batches().size() * threads().size() > mostSettings)
        return tr("These are %1 settings, more than the %2 that one sweep measures. Choose fewer batches or threads.")
            .arg(countText(batches().size() * threads().size()), countText(mostSettings));
    return {};
}

void SweepSetup::setReady(bool ready) {
    m_measure->setEnabled(ready);
}

void SweepSetup::onEdited() {
    const qsizetype count = batches().size() * threads().size();
    const double seconds = static_cast<double>(count) * m_time->value();
    const QString time =
        seconds < 90 ? tr("%1 s").arg(significant(seconds, 2)) : tr("%1 min").arg(significant(seconds / 60, 2));
    const QString wrong = problem();
    m_estimate->setText(!wrong.isEmpty() ? wrong
                        : count == 1     ? tr("1 setting: %1, and the time to build it.").arg(time)
                                     : tr("%1 settings: %2, and the time to build each.").arg(countText(count), time));
    emit settingsChanged();
}

} // namespace halftone
