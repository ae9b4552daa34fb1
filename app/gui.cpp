// Entry of the window.
#include "ui/theme.h"

#include <QApplication>
#include <QMainWindow>

#include <clocale>

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    std::setlocale(LC_NUMERIC, "C"); // QApplication takes the user's; JSON and the CLI speak "C"
    halftone::theme::apply(halftone::ThemeChoice::System);
    QMainWindow window;
    window.show();
    return application.exec();
}
