// SPDX-License-Identifier: GPL-3.0-or-later
// Entry of the window: the command line, the theme, and the first file.
#include "ui/main_window.h"
#include "ui/settings.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTimer>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstring>

using namespace halftone;

namespace {

constexpr int usageError = 2;

struct CommandLine {
    QCommandLineParser parser;
    QCommandLineOption sample{"sample", "Open the bundled sample."};
    QCommandLineOption data{"data", "Data: a folder or a file.", "path"};
    QCommandLineOption labels{"labels", "The labels, where they are not with the data.", "path"};
    QCommandLineOption preset{"preset", "Preprocessing of the pictures.", "name"};
    QCommandLineOption help{{"h", "help"}, "Show this help."};
    QCommandLineOption version{{"v", "version"}, "Show the version."};

    CommandLine() {
        parser.setApplicationDescription("Profiles quantized neural networks in a window.");
        parser.addPositionalArgument("file",
                                     "A model (ONNX, TensorFlow, TensorFlow Lite, OpenVINO) or a saved report (JSON).",
                                     "[MODEL|REPORT]");
        parser.addOptions({sample, data, labels, preset, help, version});
    }
};

int fail(const QString& message) {
    std::fprintf(stderr, "halftone: %s\nSee halftone --help.\n", qPrintable(message));
    return usageError;
}

/// --help and --version need no display.
bool wantsText(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        for (const char* option : {"-h", "--help", "-v", "--version"})
            if (std::strcmp(argv[i], option) == 0)
                return true;
    return false;
}

int printText(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    CommandLine line;
    line.parser.parse(QCoreApplication::arguments());
    if (line.parser.isSet(line.help))
        std::fputs(qPrintable(line.parser.helpText()), stdout);
    else
        std::printf("halftone %s\n", qPrintable(QCoreApplication::applicationVersion()));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    QCoreApplication::setApplicationName("Halftone");
    QCoreApplication::setApplicationVersion(HALFTONE_VERSION);
    if (wantsText(argc, argv))
        return printText(argc, argv);

    QApplication application(argc, argv);
    std::setlocale(LC_NUMERIC, "C"); // QApplication takes the user's; JSON and the CLI speak "C"
    QGuiApplication::setDesktopFileName("halftone");

    CommandLine line;
    if (!line.parser.parse(QCoreApplication::arguments()))
        return fail(line.parser.errorText());
    const QStringList files = line.parser.positionalArguments();
    if (files.size() > 1)
        return fail("More than one file was given.");

    std::optional<JobRequest> chosen;
    for (const QCommandLineOption& option : {line.data, line.labels, line.preset})
        if (line.parser.isSet(option))
            chosen = Settings().lastRequest(JobKind::Profile);
    if (chosen) {
        chosen->dataPath = line.parser.value(line.data).toStdString();
        chosen->labelsPath = line.parser.value(line.labels).toStdString();
        if (line.parser.isSet(line.preset)) {
            const std::string name = line.parser.value(line.preset).toStdString();
            const auto preset = std::ranges::find(preprocessingPresets(), name, &PreprocessingPreset::name);
            if (preset == preprocessingPresets().end())
                return fail("There is no preset \"" + line.parser.value(line.preset) + "\".");
            chosen->preprocessing = preset->value;
        }
    }

    theme::apply(Settings().theme());
    MainWindow window(findSample(HALFTONE_SAMPLE_DIR));
    window.show();
    QTimer::singleShot(0, &window, [&] { // after the first paint
        if (!files.isEmpty())
            window.open(files.front(), chosen);
        else if (line.parser.isSet(line.sample))
            window.openSample();
    });
    return application.exec();
}
