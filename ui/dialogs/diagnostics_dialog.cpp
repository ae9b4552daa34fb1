// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/diagnostics_dialog.h"

#include "ui/format.h"
#include "ui/presets.h"
#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

DiagnosticsDialog::DiagnosticsDialog(std::vector<Diagnostic> diagnostics, QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("Warnings and notes"));
    std::ranges::stable_partition(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::Warning; });
    QStringList paragraphs;
    for (const Diagnostic& diagnostic : diagnostics) {
        const QString kind = diagnostic.severity == Severity::Warning ? tr("Warning") : tr("Note");
        const QString where =
            diagnostic.where.empty() ? QString() : QStringLiteral(" (") + plain(diagnostic.where) + u')';
        paragraphs += kind + where + QStringLiteral(": ") + typeset(diagnostic.message);
    }
    auto* text = new QPlainTextEdit(paragraphs.join(QStringLiteral("\n\n")));
    text->setReadOnly(true);
    text->setAccessibleName(windowTitle());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (const Diagnostic& diagnostic : diagnostics) {
        if (!cured({}, diagnostic.cure))
            continue;
        auto* follow = buttons->addButton(cureText(diagnostic.cure), QDialogButtonBox::ActionRole);
        connect(follow, &QPushButton::clicked, this, [this, cure = diagnostic.cure] {
            accept();
            emit cureRequested(cure);
        });
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(text);
    layout->addWidget(buttons);
    resize(100 * theme::grid, 60 * theme::grid);
}

} // namespace halftone
