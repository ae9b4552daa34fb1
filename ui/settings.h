// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers between starts, and what it asks where nothing was chosen.
#pragma once

#include "core/report/report.h"
#include "core/request/job_request.h"
#include "ui/theme.h"

#include <QByteArray>
#include <QString>
#include <QVariant>

#include <memory>
#include <optional>

class QSettings;

namespace halftone {

/// What the window asks where nothing was chosen: pictures as torchvision prepares them, and every precision that the
/// CPU has.
JobRequest usualRequest(JobKind kind = JobKind::Profile);

/// Whether a CPU with this instruction set (oneDNN's name) computes in the precision; fp32 and int8 run everywhere.
bool hasPrecision(const std::string& isa, Precision precision);

/// A first guess from the network's first input; `base` supplies what the model does not tell.
JobRequest requestForModel(const Model& model, const JobRequest& base);

/// A model or report that was opened before, with what was last asked of it.
struct RecentFile {
    QString path;
    std::optional<JobRequest> request;
};

/// The user's settings file, which nothing else opens; all of these share one copy in memory. Unreadable values count
/// as not set.
class Settings {
public:
    Settings();
    ~Settings();

    QList<RecentFile> recentFiles() const; // newest first
    /// Puts `path` first; keeps the request stored for it unless a new one is given.
    void addRecentFile(const QString& path, const std::optional<JobRequest>& request = std::nullopt);
    void clearRecentFiles();
    std::optional<JobRequest> requestFor(const QString& path) const;

    /// The last one of its kind, with any model.
    JobRequest lastRequest(JobKind kind) const;
    void setLastRequest(JobKind kind, const JobRequest& request);

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);

    QString lastFolder(const QString& purpose) const; // of file dialogs: "open", "data", "export"
    void setLastFolder(const QString& purpose, const QString& folder);

    QByteArray windowState(const QString& part) const; // "geometry", "window", "splitter", ...
    void setWindowState(const QString& part, const QByteArray& state);

    /// How a view or a table was left, by a key that begins with its name: "layers/splitter", "tables/plan/columns".
    QVariant viewState(const QString& key, const QVariant& otherwise = {}) const;
    void setViewState(const QString& key, const QVariant& state);

private:
    void store(const QList<RecentFile>& files);

    std::unique_ptr<QSettings> m_file;
};

} // namespace halftone
