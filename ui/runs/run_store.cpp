// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_store.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/report/json.h"
#include "ui/background.h"
#include "ui/text.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStandardPaths>

#include <algorithm>

namespace halftone {

namespace {

const QString listFile = QStringLiteral("index.json");

QByteArray listText(const QList<RunRecord>& runs) {
    QJsonArray array;
    for (const RunRecord& record : runs)
        array.append(toJson(record));
    return QJsonDocument(QJsonObject{{"runs", array}}).toJson(QJsonDocument::Compact);
}

/// By file; empty where there is no list or a damaged one.
QMap<QString, RunRecord> readList(const QString& path) {
    QMap<QString, RunRecord> records;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return records;
    for (const QJsonValue& value : QJsonDocument::fromJson(file.readAll()).object()["runs"].toArray())
        if (const auto record = recordFromJson(value.toObject()))
            records[record->file] = *record;
    return records;
}

RunRecord readRecord(const QString& folder, const QString& file) {
    try {
        return recordOf(loadReport((folder + u'/' + file).toStdString()), file);
    } catch (const std::exception& error) { // it is listed all the same, so that it can be deleted
        RunRecord record = recordOfName(file).value_or(RunRecord{.file = file});
        record.problem = QString::fromUtf8(error.what());
        return record;
    }
}

/// Throws Error{Io} with the system's reason.
void makeFolder(const QString& folder) {
    if (!QDir().mkpath(folder))
        throw Error(ErrorCode::Io,
                    Text::tr("%1: the folder cannot be made. Check its permissions.").arg(folder).toStdString(),
                    folder.toStdString());
}

} // namespace

RunStore::RunStore(const QString& folder, QObject* parent) : QObject(parent), m_folder(folder) {
    m_thread.setMaxThreadCount(1);
    inBackground(
        this, [folder] { return readFolder(folder); },
        [this](const Listed& found, const QString& error) { take(found); }, &m_thread);
}

RunStore::~RunStore() {
    m_thread.waitForDone();
}

QString RunStore::defaultFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/runs");
}

QString RunStore::pathOf(const QString& file) const {
    return m_folder + u'/' + file;
}

bool RunStore::holds(const QString& path) const {
    const QFileInfo file(path);
    return file.absolutePath() == QFileInfo(m_folder).absoluteFilePath() && recordOfName(file.fileName());
}

RunStore::Listed RunStore::readFolder(const QString& folder) {
    Listed found;
    const QMap<QString, RunRecord> known = readList(folder + u'/' + listFile);
    QStringList files = QDir(folder).entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name);
    files.removeIf([](const QString& file) { return !recordOfName(file); });
    std::reverse(files.begin(), files.end()); // names begin with the time
    for (const QString& file : files.mid(0, mostRuns)) {
        const auto record = known.find(file);
        found.runs += record != known.end() ? *record : readRecord(folder, file);
        found.differs |= record == known.end();
    }
    found.differs |= known.size() != found.runs.size();
    return found;
}

void RunStore::take(const Listed& found) {
    for (const RunRecord& record : found.runs)
        insert(record);
    forgetOldest();
    if (found.differs)
        writeList();
    emit changed();
}

void RunStore::insert(const RunRecord& record) {
    const auto place = std::ranges::find_if(m_runs, [&](const RunRecord& one) { return one.file <= record.file; });
    if (place == m_runs.end() || place->file != record.file)
        m_runs.insert(place, record);
}

QString RunStore::keep(std::shared_ptr<const Report> report, JobKind kind) {
    QDateTime time = QDateTime::currentDateTimeUtc();
    while (std::ranges::any_of(m_runs, [&](const RunRecord& one) { return one.file == runFileName(time, kind); }))
        time = time.addMSecs(1);
    const QString file = runFileName(time, kind);
    insert(recordOf(*report, file));
    m_unwritten[file] = std::move(report);
    for (const QString& waiting : failed())
        write(waiting);
    write(file);
    forgetOldest();
    emit changed();
    return file;
}

void RunStore::write(const QString& file) {
    inBackground(
        this,
        [folder = m_folder, path = pathOf(file), report = m_unwritten[file]] {
            makeFolder(folder);
            saveReport(*report, path.toStdString());
            return true;
        },
        [this, file](bool, const QString& error) {
            const bool again = m_failures.contains(file);
            if (error.isEmpty()) {
                m_unwritten.remove(file);
                m_failures.remove(file);
                if (std::ranges::count(m_runs, file, &RunRecord::file) == 0)
                    deleteFile(file); // it was deleted meanwhile
                writeList();
                emit changed();
                return;
            }
            m_failures[file] = error;
            emit changed();
            if (!again)
                emit problem(tr("The run is not kept on disk: %1 It stays in the list until the window closes, and is "
                                "tried again after the next run.")
                                 .arg(error));
        },
        &m_thread);
}

QStringList RunStore::failed() const {
    QStringList files = m_failures.keys();
    std::reverse(files.begin(), files.end());
    return files;
}

void RunStore::remove(const QString& file) {
    m_runs.removeIf([&](const RunRecord& one) { return one.file == file; });
    const bool isOnDisk = !m_unwritten.contains(file);
    if (m_failures.remove(file))
        m_unwritten.remove(file);
    if (isOnDisk) {
        deleteFile(file);
        writeList();
    }
    emit changed();
}

void RunStore::deleteFile(const QString& file) {
    inBackground(
        this,
        [path = pathOf(file)] {
            QFile gone(path);
            return gone.remove() || !gone.exists() ? QString() : gone.errorString();
        },
        [this, file](const QString& reason, const QString&) {
            if (!reason.isEmpty())
                emit problem(tr("%1 cannot be deleted: %2. It will be listed again when the window opens next.")
                                 .arg(pathOf(file), reason));
        },
        &m_thread);
}

void RunStore::forgetOldest() {
    while (m_runs.size() > mostRuns) {
        const QString file = m_runs.last().file;
        m_runs.removeLast();
        m_unwritten.remove(file);
        m_failures.remove(file);
        deleteFile(file);
    }
}

/// A list that cannot be written is made again from the files.
void RunStore::writeList() {
    QList<RunRecord> written = m_runs;
    // Those with a problem are read again: it may be gone.
    written.removeIf([this](const RunRecord& one) { return m_unwritten.contains(one.file) || !one.problem.isEmpty(); });
    inBackground(
        this,
        [path = pathOf(listFile), text = listText(written)] {
            writeFileAtomically(path.toStdString(), {text.constData(), static_cast<size_t>(text.size())});
            return true;
        },
        [](bool, const QString&) {}, &m_thread);
}

void RunStore::finish() {
    m_thread.waitForDone();
    QCoreApplication::sendPostedEvents(qApp, QEvent::MetaCall);
}

} // namespace halftone
