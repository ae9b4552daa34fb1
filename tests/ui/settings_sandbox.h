// Keeps a test program away from the user's settings: its QSettings live in a folder of their own.
#pragma once

#include <QCoreApplication>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>

namespace halftone::test {

class SettingsSandbox {
public:
    SettingsSandbox() {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("HalftoneTest"));
        QCoreApplication::setApplicationName(QStringLiteral("HalftoneTest"));
        for (const QSettings::Format format : {QSettings::NativeFormat, QSettings::IniFormat})
            QSettings::setPath(format, QSettings::UserScope, m_folder.path());
    }
    void clear() { QSettings().clear(); }

private:
    QTemporaryDir m_folder;
};

} // namespace halftone::test
