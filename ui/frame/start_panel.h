// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows before anything is open: a place to drop a file, the sample, recent files.
#pragma once

#include <QStringList>
#include <QWidget>

class QLabel;
class QListWidget;

namespace halftone {

class StartPanel : public QWidget {
    Q_OBJECT
public:
    explicit StartPanel(QWidget* parent = nullptr);

    void setRecentFiles(const QStringList& paths);
    void setSampleAvailable(bool available);
    /// A file is being dragged over the window.
    void setDropHighlight(bool on);

signals:
    void openRequested();
    void sampleRequested();
    void fileRequested(const QString& path);

private:
    QWidget* makeDropTarget();

    QWidget* m_dropTarget;
    QWidget* m_sample = nullptr;
    QLabel* m_recentHeading;
    QListWidget* m_recent;
};

} // namespace halftone
