#include "ui/dialogs/diagnostics_dialog.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

DiagnosticsDialog::DiagnosticsDialog(std::vector<Diagnostic> diagnostics, QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("Warnings and notes"));
    std::ranges::stable_partition(diagnostics, [](const Diagnostic& one) { return one.severity == Severity::Warning; });
    QStringList paragraphs;
    for (const Diagnostic& diagnostic : diagnostics) {
        const QString kind =
            diagnostic.severity == Severity::Warning ? QStringLiteral("Warning") : QStringLiteral("Note");
        const QString where =
            diagnostic.where.empty() ? QString() : QStringLiteral(" (") + plain(diagnostic.where) + u')';
        paragraphs += kind + where + QStringLiteral(": ") + typeset(diagnostic.message);
    }
    auto* text = new QPlainTextEdit(paragraphs.join(QStringLiteral("\n\n")));
    text->setReadOnly(true);
    text->setAccessibleName(windowTitle());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(text);
    layout->addWidget(buttons);
    resize(100 * theme::grid, 60 * theme::grid);
}

} // namespace halftone
