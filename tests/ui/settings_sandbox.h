// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a test program away from the user's settings and data: both live in a folder of their own.
#pragma once

#include <QCoreApplication>
#include <QSettings>
#include <QTemporaryDir>

namespace halftone::test {

class SettingsSandbox {
public:
    SettingsSandbox() {
        qputenv("XDG_DATA_HOME", m_folder.filePath(QStringLiteral("data")).toUtf8());
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
