#include "ui/dialogs/about_dialog.h"

#include "ui/theme.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QIcon>
#include <QLabel>
#include <QVBoxLayout>

namespace halftone {

AboutDialog::AboutDialog(QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("About Halftone"));
    auto* icon = new QLabel;
    icon->setPixmap(QIcon(QStringLiteral(":/icons/halftone.svg")).pixmap(8 * theme::grid));
    auto* name = new QLabel(QStringLiteral("Halftone %1").arg(QCoreApplication::applicationVersion()));
    QFont large = name->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setWeight(QFont::DemiBold);
    name->setFont(large);
    auto* text = new QLabel(QStringLiteral("Profiles quantized neural networks: what int8 gains on this "
                                           "machine, where the time goes, and what accuracy "
                                           "it costs.\n\nThe neural network primitives are oneDNN's, the "
                                           "window is made with Qt and QCustomPlot."));
    text->setWordWrap(true);
    text->setMinimumWidth(48 * theme::grid);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * theme::grid, 3 * theme::grid, 3 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(icon);
    layout->addWidget(name);
    layout->addWidget(text);
    layout->addWidget(buttons);
}

} // namespace halftone
