// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a test program away from the user's settings and data: both live in a folder of their own.
#pragma once

#include <QSettings>
#include <QTemporaryDir>

namespace halftone::test {

class SettingsSandbox {
public:
    SettingsSandbox() {
        qputenv("XDG_DATA_HOME", m_folder.filePath(QStringLiteral("data")).toUtf8());
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    }
    void clear() {
        const QString name = QStringLiteral("halftone");
        QSettings(QSettings::IniFormat, QSettings::UserScope, name, name).clear();
    }

private:
    QTemporaryDir m_folder;
};

} // namespace halftone::test
