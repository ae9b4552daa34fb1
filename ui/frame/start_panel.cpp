// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/start_panel.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace halftone {

namespace {

constexpr int contentWidth = 520;

class DropTarget : public QWidget {
public:
    bool highlighted = false;

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QColor accent = palette().color(QPalette::Highlight);
        QPen pen(highlighted ? accent : palette().color(QPalette::PlaceholderText), 1.5, Qt::DashLine);
        painter.setPen(pen);
        painter.setBrush(highlighted ? theme::mixed(accent, 0.12) : palette().color(QPalette::Base));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme::grid, theme::grid);
    }
};

QLabel* quietLabel(const QString& text) {
    auto* label = new QLabel(text);
    label->setTextFormat(Qt::PlainText);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

} // namespace

StartPanel::StartPanel(QWidget* parent) : QWidget(parent) {
    m_dropTarget = makeDropTarget();
    m_recentHeading = quietLabel(tr("Recent files"));
    m_recent = new QListWidget;
    m_recentHeading->setBuddy(m_recent);
    m_recent->setAccessibleName(tr("Recent files"));
    m_recent->setObjectName(QStringLiteral("recentFiles"));
    m_recent->setFrameShape(QFrame::NoFrame);
    m_recent->setTextElideMode(Qt::ElideMiddle);
    m_recent->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    const auto open = [this](QListWidgetItem* item) { emit fileRequested(item->data(Qt::UserRole).toString()); };
    connect(m_recent, &QListWidget::itemClicked, this, open);
    connect(m_recent, &QListWidget::itemActivated, this, open);

    auto* column = new QVBoxLayout;
    column->setSpacing(theme::grid);
    column->addStretch(1);
    column->addWidget(m_dropTarget);
    column->addSpacing(2 * theme::grid);
    column->addWidget(m_recentHeading);
    column->addWidget(m_recent, 2);
    column->addStretch(1);
    auto* row = new QHBoxLayout(this);
    row->addStretch();
    row->addLayout(column);
    row->addStretch();
    setRecentFiles({});
}

QWidget* StartPanel::makeDropTarget() {
    auto* target = new DropTarget;
    target->setFixedSize(contentWidth, 26 * theme::grid);
    auto* heading = new QLabel(tr("Drop a model or a report here"));
    QFont font = heading->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    heading->setFont(font);
    auto* explanation =
        quietLabel(tr("A model of ONNX, TensorFlow, TensorFlow Lite or OpenVINO is quantized to int8, run in fp32 and "
                      "in int8 on this machine, and shown with where the time goes and what accuracy it costs."));
    explanation->setWordWrap(true);
    explanation->setAlignment(Qt::AlignHCenter);
    auto* open = new QPushButton(tr("&Open…"));
    auto* sample = new QPushButton(tr("Open the &sample"));
    sample->setToolTip(tr("A small residual network with 1,000 labelled Fashion-MNIST pictures"));
    m_sample = sample;
    connect(open, &QPushButton::clicked, this, &StartPanel::openRequested);
    connect(sample, &QPushButton::clicked, this, &StartPanel::sampleRequested);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(open);
    buttons->addWidget(sample);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(target);
    layout->setContentsMargins(4 * theme::grid, 2 * theme::grid, 4 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addStretch();
    layout->addWidget(heading, 0, Qt::AlignHCenter);
    layout->addWidget(explanation);
    layout->addLayout(buttons);
    layout->addStretch();
    return target;
}

void StartPanel::setRecentFiles(const QStringList& paths) {
    m_recent->clear();
    for (const QString& path : paths) {
        const QFileInfo file(path);
        const QString folder = QDir::toNativeSeparators(file.absolutePath());
        auto* item = new QListWidgetItem(plain(file.fileName().toStdString()) + QStringLiteral("  –  ") +
                                         plain(folder.toStdString()));
        item->setData(Qt::UserRole, path);
        item->setToolTip(plain(path.toStdString()));
        item->setSizeHint(QSize(0, 3 * theme::grid));
        m_recent->addItem(item);
    }
    m_recent->setVisible(!paths.isEmpty());
    m_recentHeading->setVisible(!paths.isEmpty());
}

void StartPanel::setSampleAvailable(bool available) {
    m_sample->setVisible(available);
}

void StartPanel::setDropHighlight(bool on) {
    static_cast<DropTarget*>(m_dropTarget)->highlighted = on;
    m_dropTarget->update();
}

} // namespace halftone
