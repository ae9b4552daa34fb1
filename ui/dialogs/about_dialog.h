// What the program is, its version, and the keys that do most of the work.
#pragma once

#include <QDialog>

namespace halftone {

class AboutDialog : public QDialog {
    Q_OBJECT
public:
    explicit AboutDialog(QWidget* parent = nullptr);
};

} // namespace halftone
