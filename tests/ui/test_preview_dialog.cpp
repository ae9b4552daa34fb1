// SPDX-License-Identifier: GPL-3.0-or-later
// The preview with the real profiler on the bundled sample, and what stands there when it fails. With HALFTONE_GRAB_DIR
// set, pictures of the dialog are kept there.
#include "tests/ui/settings_sandbox.h"
#include "ui/dialogs/picture_view.h"
#include "ui/dialogs/preview_dialog.h"
#include "ui/format.h"
#include "ui/input/input_panel.h"
#include "ui/theme.h"

#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QtTest>

using namespace halftone;

namespace {

const QString sampleFolder = QStringLiteral(HALFTONE_SAMPLE_DIR "/");

JobRequest sampleRequest() {
    JobRequest request;
    request.dataPath = (sampleFolder + "fashion_test_1000.npz").toStdString();
    request.preprocessing = preprocessingPreset("fashion-mnist");
    return request;
}

bool shows(const PreviewDialog& dialog, const QString& text) {
    for (const QLabel* label : dialog.findChildren<QLabel*>())
        if (label->isVisibleTo(&dialog) && label->text().contains(text))
            return true;
    return false;
}

} // namespace

class TestPreviewDialog : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_sandbox.clear();
        qputenv("HALFTONE_CLI", HALFTONE_CLI_PATH);
    }

    void valuesAreToldWithTrueSigns() {
        QCOMPARE(channelValuesText({{-2.1, 2.6, 0.25}}),
                 QString::fromUtf8("The network gets values from −2.10 to 2.60, mean 0.250."));
        QCOMPARE(channelValuesText({{0, 1, 0.5}, {-1, 0.5, -0.25}, {0, 2, 1}}),
                 QString::fromUtf8("The network gets values from −1.00 to 2.00, means of the network's channels 0.500, "
                                   "−0.250, 1.00."));
        QVERIFY(channelValuesText({}).isEmpty());
    }

    void allPicturesArePagedThrough() {
        PreviewDialog dialog(sampleFolder + "fashion_resnet.onnx", sampleRequest());
        dialog.show();
        QVERIFY(shows(dialog, "Preparing"));
        QTRY_COMPARE_WITH_TIMEOUT(dialog.current(), 0, 60000);
        QCOMPARE(dialog.size(), 1000);
        auto* number = dialog.findChild<QSpinBox*>("number");
        QCOMPARE(number->text(), "1 of " + countText(1000));
        QVERIFY(shows(dialog, "The network gets values from"));
        QVERIFY(shows(dialog, "Label 9"));
        for (const PictureView* view : dialog.findChildren<PictureView*>())
            QVERIFY(view->hasPicture());
        auto* next = dialog.findChild<QPushButton*>("next");
        auto* previous = dialog.findChild<QPushButton*>("previous");
        QVERIFY(!previous->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(dialog.isPrepared(8), 60000); // before anybody asks
        QVERIFY(!dialog.isPrepared(500));                      // and no more than that
        const auto waitForPicture = [&] {
            return QTest::qWaitFor([&] { return dialog.findChild<PictureView*>()->hasPicture(); }, 60000);
        };
        for (int place = 1; place < 20; ++place) { // beyond what one call prepares
            QVERIFY(next->isEnabled());
            next->click();
            QCOMPARE(dialog.current(), place);
            QVERIFY(waitForPicture());
        }
        grab(dialog, "preview");
        QTest::keyClick(&dialog, Qt::Key_PageUp);
        QCOMPARE(dialog.current(), 9);
        QTest::keyClick(&dialog, Qt::Key_End);
        QCOMPARE(dialog.current(), 999);
        QVERIFY(!next->isEnabled());
        QVERIFY(waitForPicture());
        previous->click();
        QCOMPARE(number->value(), 999);
        number->setValue(500);
        QCOMPARE(dialog.current(), 499);
        QVERIFY(!dialog.findChild<PictureView*>()->hasPicture()); // until it is prepared
        QVERIFY(waitForPicture());
        QVERIFY(shows(dialog, "Label"));
    }

    void aLaterFailureStandsInThePictures() {
        const QTemporaryDir folder;
        QImage picture(28, 28, QImage::Format_Grayscale8);
        picture.fill(Qt::gray);
        for (int i = 0; i < 60; ++i)
            QVERIFY(picture.save(folder.filePath(QStringLiteral("%1.png").arg(i, 3, 10, QChar(u'0')))));
        JobRequest request;
        request.dataPath = folder.path().toStdString();
        PreviewDialog dialog({}, request);
        dialog.show();
        QTRY_VERIFY_WITH_TIMEOUT(dialog.isPrepared(8), 60000);
        qputenv("HALFTONE_CLI", "/nowhere/halftone-cli");
        dialog.showSample(40);
        QTRY_VERIFY_WITH_TIMEOUT(dialog.isPrepared(40), 60000);
        QVERIFY(!dialog.findChild<PictureView*>()->hasPicture());
        dialog.showSample(0);
        QVERIFY(dialog.findChild<PictureView*>()->hasPicture()); // what was prepared stays
    }

    void aFailureStandsWhereThePicturesWouldBe() {
        JobRequest request = sampleRequest();
        request.dataPath = "/nowhere/at/all";
        PreviewDialog dialog({}, request);
        dialog.show();
        QTRY_VERIFY_WITH_TIMEOUT(shows(dialog, "The pictures cannot be shown"), 60000);
        QVERIFY(shows(dialog, "there is no such data set"));
        QCOMPARE(dialog.current(), -1);
        QVERIFY(!dialog.findChild<QPushButton*>("next")->isEnabled());
    }

    void aDamagedPictureIsSaidToBeLeftOut() {
        const QTemporaryDir folder;
        QFile file(folder.filePath("a.png"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no picture") > 0);
        file.close();
        JobRequest request;
        request.dataPath = folder.path().toStdString();
        PreviewDialog dialog({}, request);
        dialog.show();
        QTRY_COMPARE_WITH_TIMEOUT(dialog.current(), 0, 60000);
        for (const PictureView* view : dialog.findChildren<PictureView*>())
            QVERIFY(!view->hasPicture());
        grab(dialog, "preview-damaged");
    }

    void closingStopsTheProfiler() {
        auto dialog = std::make_unique<PreviewDialog>(sampleFolder + "fashion_resnet.onnx", sampleRequest());
        dialog.reset(); // must neither hang nor crash
    }

    void theInputPanelOffersItWhereThereIsData() {
        InputPanel panel;
        Report report;
        panel.setModel(&report, "net.onnx");
        auto* button = panel.findChild<QPushButton*>("preview");
        QVERIFY(!button->isEnabled());
        panel.setRequest(sampleRequest());
        QVERIFY(button->isEnabled());
        QSignalSpy requested(&panel, &InputPanel::previewRequested);
        button->click();
        QCOMPARE(requested.size(), 1);
    }

private:
    static void grab(PreviewDialog& dialog, const QString& name) {
        const QString folder = qEnvironmentVariable("HALFTONE_GRAB_DIR");
        for (const bool dark : {false, true}) {
            theme::apply(dark ? ThemeChoice::Dark : ThemeChoice::Light);
            QCoreApplication::processEvents(); // the palette comes to widgets as an event
            const QPixmap picture = dialog.grab();
            QVERIFY(!picture.isNull());
            if (!folder.isEmpty() && QDir().mkpath(folder))
                QVERIFY(picture.save(QStringLiteral("%1/%2-%3.png").arg(folder, name, dark ? "dark" : "light")));
        }
        theme::apply(ThemeChoice::Light);
    }

    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestPreviewDialog)
#include "test_preview_dialog.moc"
