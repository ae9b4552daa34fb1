// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/status_bar.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include <algorithm>

namespace halftone {

StatusBar::StatusBar(QWidget* parent)
    : QStatusBar(parent), m_machine(new QLabel), m_activity(new QLabel), m_progress(new QProgressBar),
      m_warnings(new QToolButton) {
    for (QLabel* label : {m_machine, m_activity})
        label->setTextFormat(Qt::PlainText);
    m_machine->setObjectName(QStringLiteral("machine"));
    m_activity->setObjectName(QStringLiteral("activity"));
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setFixedSize(20 * theme::grid, theme::grid);
    m_progress->setAccessibleName(tr("Progress"));
    m_warnings->setAutoRaise(true);
    m_warnings->setObjectName(QStringLiteral("warnings"));
    connect(m_warnings, &QToolButton::clicked, this, &StatusBar::warningsRequested);
    setContentsMargins(theme::grid, 0, theme::grid, 0);
    addWidget(m_machine);
    addPermanentWidget(m_activity);
    addPermanentWidget(m_progress);
    addPermanentWidget(m_warnings);
    setMachine(nullptr);
    setActivity({}, false);
    setDiagnostics({});
}

void StatusBar::setMachine(const Machine* machine) {
    m_machine->setVisible(machine);
    if (!machine)
        return;
    const int threads = machine->threads > 0 ? machine->threads : machine->cores;
    m_machine->setText(QStringLiteral("%1, %2, %3 %4")
                           .arg(plain(machine->cpu), plain(machine->isa), countText(threads),
                                threads == 1 ? tr("thread") : tr("threads")));
    m_machine->setToolTip(tr("%1\n%2 memory").arg(plain(machine->os), bytesText(machine->memoryBytes)));
}

void StatusBar::setActivity(const QString& text, bool showProgress) {
    m_activity->setText(text);
    m_progress->setVisible(showProgress);
}

void StatusBar::setProgress(double fraction) {
    m_progress->setValue(static_cast<int>(fraction * 1000));
}

void StatusBar::setDiagnostics(const std::vector<Diagnostic>& diagnostics) {
    const auto warnings = std::count_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::Warning;
    });
    const auto notes = static_cast<int64_t>(diagnostics.size()) - warnings;
    m_warnings->setText(warnings > 0 || notes == 0 ? tr("Warnings (%1)").arg(countText(warnings))
                                                   : tr("Notes (%1)").arg(countText(notes)));
    m_warnings->setVisible(!diagnostics.empty());
}

void StatusBar::tell(const QString& text) {
    constexpr int forMs = 6000;
    showMessage(text, forMs);
}

} // namespace halftone
