// SPDX-License-Identifier: GPL-3.0-or-later
// One picture, as large as fits, with its proportions; small pictures keep their pixels visible.
#pragma once

#include <QPixmap>
#include <QWidget>

namespace halftone {

class PictureView : public QWidget {
    Q_OBJECT
public:
    explicit PictureView(QWidget* parent = nullptr);

    /// A null picture shows `instead`.
    void setPicture(const QPixmap& picture, const QString& instead = {});
    bool hasPicture() const { return !m_picture.isNull(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QPixmap m_picture;
    QString m_instead;
};

} // namespace halftone
