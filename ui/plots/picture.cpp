// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/picture.h"

#include "ui/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHelpEvent>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <QToolTip>

#include <limits>

namespace halftone {

namespace {

constexpr int untilTheMouseLeaves = std::numeric_limits<int>::max(); // ms

QPixmap pixmapFor(const QWidget& widget) {
    constexpr int scale = 2;
    QPixmap pixmap(widget.size() * scale);
    pixmap.setDevicePixelRatio(scale);
    return pixmap;
}

bool isOwnKey(const QKeyEvent& event) {
    return event.matches(QKeySequence::Copy) || event.matches(QKeySequence::Save);
}

} // namespace

Picture::Picture(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, this, qOverload<>(&QWidget::update));
}

void Picture::drawOn(QPaintDevice& device) const {
    QPainter painter(&device);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    painter.setFont(font());
    draw(painter);
}

bool Picture::savePicture(const QString& path) const {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    const QString suffix = QFileInfo(path).suffix().toLower();
    if (suffix == u"pdf") {
        QPdfWriter writer(&file);
        writer.setTitle(accessibleName());
        writer.setCreator(tr("Halftone"));
        writer.setResolution(logicalDpiX()); // a unit is a pixel on screen
        writer.setPageSize(QPageSize(QSizeF(size()) * 72 / logicalDpiX(), QPageSize::Point));
        writer.setPageMargins({});
        drawOn(writer);
    } else if (suffix == u"svg") {
        QSvgGenerator generator;
        generator.setOutputDevice(&file);
        generator.setSize(size());
        generator.setViewBox(rect());
        generator.setResolution(logicalDpiX());
        generator.setTitle(accessibleName());
        generator.setDescription(summary());
        drawOn(generator);
    } else {
        QPixmap pixmap = pixmapFor(*this);
        drawOn(pixmap);
        pixmap.save(&file, "PNG");
    }
    return file.flush() && file.size() > 0;
}

void Picture::copyPicture() const {
    QPixmap pixmap = pixmapFor(*this);
    drawOn(pixmap);
    auto* data = new QMimeData; // the clipboard owns it
    data->setImageData(pixmap.toImage());
    if (const QString inWords = text(); !inWords.isEmpty())
        data->setText(inWords);
    QApplication::clipboard()->setMimeData(data);
}

void Picture::saveWithDialog() {
    auto* dialog = new QFileDialog(this, tr("Save picture"), QString(),
                                   tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(m_fileName + QStringLiteral(".png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.section(QStringLiteral("*."), 1).chopped(1));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        if (savePicture(path))
            return;
        auto* message =
            new QMessageBox(QMessageBox::Warning, tr("Save picture"),
                            tr("%1 cannot be written. Choose another folder or check its permissions.").arg(path),
                            QMessageBox::Ok, this);
        message->setTextFormat(Qt::PlainText);
        message->setAttribute(Qt::WA_DeleteOnClose);
        message->open();
    });
    dialog->open();
}

void Picture::contextMenuEvent(QContextMenuEvent* event) {
    showMenu(event->globalPos());
}

void Picture::showMenu(const QPoint& globalPosition) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("&Copy picture"), this, &Picture::copyPicture)->setShortcut(QKeySequence::Copy);
    menu->addAction(tr("&Save picture…"), this, &Picture::saveWithDialog)->setShortcut(QKeySequence::Save);
    extendMenu(*menu);
    menu->popup(globalPosition);
}

void Picture::showTip(const QPoint& position) {
    QToolTip::showText(mapToGlobal(position), tooltipAt(position), this, {}, untilTheMouseLeaves);
}

bool Picture::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && isOwnKey(*static_cast<QKeyEvent*>(event))) {
        event->accept(); // while the picture has the focus they are its keys, not the window's
        return true;
    }
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    showTip(static_cast<QHelpEvent*>(event)->pos()); // comes when the mouse rests, also to the parts of a picture
    return true;
}

void Picture::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy))
        copyPicture();
    else if (event->matches(QKeySequence::Save))
        saveWithDialog();
    else
        QWidget::keyPressEvent(event);
}

void Picture::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void Picture::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

void Picture::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    draw(painter);
    if (!hasFocus())
        return;
    painter.setPen(palette().color(QPalette::Highlight));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace halftone
