// SPDX-License-Identifier: GPL-3.0-or-later
// Transforming a graph from the window with the real profiler. With HALFTONE_GRAB_DIR set, a picture is kept there.
#include "tests/ui/settings_sandbox.h"
#include "ui/dialogs/transform_dialog.h"

#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QTableWidget>
#include <QtTest>

using namespace halftone;

namespace {

const char* const kGraph = "node { name: \"x\" op: \"Placeholder\" attr { key: \"dtype\" value { type: DT_FLOAT } }\n"
                           "  attr { key: \"shape\" value { shape { dim { size: 1 } dim { size: 4 } } } } }\n"
                           "node { name: \"pass\" op: \"Identity\" input: \"x\" }\n"
                           "node { name: \"y\" op: \"Relu\" input: \"pass\" }\n";

template <class Widget> Widget* part(const TransformDialog& dialog, const char* name) {
    return dialog.findChild<Widget*>(QLatin1String(name));
}

QString message(const TransformDialog& dialog) {
    return part<QLabel>(dialog, "message")->text();
}

} // namespace

class TestTransformDialog : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_sandbox.clear();
        qputenv("HALFTONE_CLI", HALFTONE_CLI_PATH);
        QFile file(graph());
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(kGraph) > 0);
    }

    void itNeedsAGraphAndItsOutputs() {
        TransformDialog empty({}, {}, {});
        QVERIFY(!part<QPushButton>(empty, "start")->isEnabled());
        TransformDialog dialog(graph(), {"x"}, {"y", "z"});
        QVERIFY(part<QPushButton>(dialog, "start")->isEnabled());
        QCOMPARE(part<QLineEdit>(dialog, "outGraph")->text(), m_folder.filePath("net_transformed.pb"));
        QCOMPARE(dialog.arguments().mid(0, 4),
                 (QStringList{"transform", "--in_graph=" + graph(),
                              "--out_graph=" + m_folder.filePath("net_transformed.pb"), "--outputs=y,z"}));
        part<QLineEdit>(dialog, "outputs")->setText(" , ");
        QVERIFY(!part<QPushButton>(dialog, "start")->isEnabled());
    }

    void transformsAreAddedMovedAndRemoved() {
        TransformDialog dialog(graph(), {"x"}, {"y"});
        auto* list = part<QListWidget>(dialog, "transforms");
        const int proposed = list->count();
        QVERIFY(proposed > 2);
        for (QAction* action : part<QPushButton>(dialog, "add")->menu()->actions())
            if (action->text() == "quantize_weights")
                action->trigger();
        QCOMPARE(list->count(), proposed + 1);
        QCOMPARE(list->currentItem()->text(), QString("quantize_weights(minimum_size=1024)"));
        part<QPushButton>(dialog, "up")->click();
        QCOMPARE(list->currentRow(), proposed - 1);
        part<QPushButton>(dialog, "down")->click();
        QCOMPARE(list->currentRow(), proposed);
        QVERIFY(!part<QPushButton>(dialog, "down")->isEnabled());
        QVERIFY(dialog.arguments().filter("--transforms=").front().endsWith(" quantize_weights(minimum_size=1024)"));
        while (list->count() > 0)
            part<QPushButton>(dialog, "remove")->click();
        QVERIFY(!part<QPushButton>(dialog, "start")->isEnabled());
    }

    void sizesAreShownForEachTransform() {
        TransformDialog dialog(graph(), {"x"}, {"y"});
        dialog.show();
        for (QAction* action : part<QPushButton>(dialog, "add")->menu()->actions())
            if (action->text() == "quantize_nodes") // has something to say
                action->trigger();
        auto* start = part<QPushButton>(dialog, "start");
        start->click();
        QTRY_VERIFY_WITH_TIMEOUT(message(dialog).startsWith("Written"), 60000);
        QCOMPARE(message(dialog).count('\n'), 1); // a line for the note
        QVERIFY(!message(dialog).contains("\\x"));
        auto* table = part<QTableWidget>(dialog, "sizes");
        QCOMPARE(table->rowCount(), 1 + part<QListWidget>(dialog, "transforms")->count());
        QCOMPARE(table->item(0, 1)->text(), QString("3"));
        QCOMPARE(table->item(2, 0)->text(), QString("remove_nodes"));
        QCOMPARE(table->item(2, 1)->text(), QString("2"));
        QVERIFY(QFile::exists(m_folder.filePath("net_transformed.pb")));
        QCOMPARE(start->text(), QString("&Transform"));
        const QString folder = qEnvironmentVariable("HALFTONE_GRAB_DIR");
        if (!folder.isEmpty())
            QVERIFY(dialog.grab().save(folder + "/transform.png"));
    }

    void aFailureIsSaid() {
        TransformDialog dialog(graph(), {"x"}, {"nowhere"});
        part<QPushButton>(dialog, "start")->click();
        QTRY_VERIFY_WITH_TIMEOUT(message(dialog).contains("no node \"nowhere\""), 60000);
        QVERIFY(!QFile::exists(m_folder.filePath("nowhere.pb")));
    }

private:
    QString graph() const { return m_folder.filePath("net.pbtxt"); }

    test::SettingsSandbox m_sandbox;
    QTemporaryDir m_folder;
};

QTEST_MAIN(TestTransformDialog)
#include "test_transform_dialog.moc"
