// SPDX-License-Identifier: GPL-3.0-or-later
// Every finished run as a report of its own in the user's data folder, and a list of them that is quick to read. The
// folder is the truth and the list a copy of it: a list that is lost, damaged or written by two windows at once is made
// again from the files.
#pragma once

#include "ui/runs/run_record.h"

#include <QList>
#include <QMap>
#include <QObject>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace halftone {

/// Lives in the GUI thread; reads and writes on a thread of its own, one thing after the other. Its destructor waits
/// for what is being written.
class RunStore : public QObject {
    Q_OBJECT
public:
    static constexpr int mostRuns = 200;

    /// Reads the list at once; the folder is made when the first run is kept.
    explicit RunStore(const QString& folder, QObject* parent = nullptr);
    ~RunStore() override;

    /// Below the user's data folder.
    static QString defaultFolder();

    /// Newest first.
    const QList<RunRecord>& runs() const { return m_runs; }
    QString pathOf(const QString& file) const;
    /// Whether this is the path of a kept run.
    bool holds(const QString& path) const;

    /// Writes the report and forgets the oldest beyond mostRuns. The run is listed at once, and stays so in memory when
    /// it cannot be written; it is tried again with the next one. Returns its file.
    QString keep(std::shared_ptr<const Report> report, JobKind kind);
    /// The report of a run that is not on disk, or not yet; null for the others.
    std::shared_ptr<const Report> unwritten(const QString& file) const { return m_unwritten.value(file); }
    /// Runs that could not be written, newest first.
    QStringList failed() const;
    void remove(const QString& file);
    /// Waits until all is written, or has failed.
    void finish();

signals:
    void changed();
    /// Why a run could not be written or deleted, as sentences.
    void problem(const QString& message);

private:
    struct Listed {
        QList<RunRecord> runs;
        bool differs = false; // from the stored list
    };
    static Listed readFolder(const QString& folder);
    void take(const Listed& found);
    void insert(const RunRecord& record);
    void write(const QString& file);
    void writeList();
    void forgetOldest();
    void deleteFile(const QString& file);

    QString m_folder;
    QList<RunRecord> m_runs;
    QMap<QString, std::shared_ptr<const Report>> m_unwritten; // by file
    QMap<QString, QString> m_failures;                        // why; by file
    QThreadPool m_thread;
};

} // namespace halftone
