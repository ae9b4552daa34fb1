// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/about_dialog.h"

#include "ui/theme.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QFile>
#include <QIcon>
#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace halftone {

namespace {

QString thirdPartyNotices() {
    QFile file(QStringLiteral(":/THIRD-PARTY.txt"));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

AboutDialog::AboutDialog(QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("About Halftone"));
    auto* icon = new QLabel;
    icon->setPixmap(QIcon(QStringLiteral(":/icons/halftone.svg")).pixmap(8 * theme::grid));
    auto* name = new QLabel(tr("Halftone %1").arg(QCoreApplication::applicationVersion()));
    QFont large = name->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setWeight(QFont::DemiBold);
    name->setFont(large);
    auto* text = new QLabel(tr("Profiles quantized neural networks: what int8 gains on this machine, where the time "
                               "goes, and what accuracy it costs.\n\nHalftone is free software under the GNU General "
                               "Public License, version 3 or later, and comes without any warranty."));
    text->setObjectName(QStringLiteral("licence"));
    text->setWordWrap(true);
    text->setMinimumWidth(64 * theme::grid);
    auto* notices = new QPlainTextEdit(thirdPartyNotices());
    notices->setObjectName(QStringLiteral("notices"));
    notices->setReadOnly(true);
    notices->setMinimumHeight(20 * theme::grid);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * theme::grid, 3 * theme::grid, 3 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(icon);
    layout->addWidget(name);
    layout->addWidget(text);
    layout->addWidget(notices, 1);
    layout->addWidget(buttons);
}

} // namespace halftone
