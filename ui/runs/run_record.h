// SPDX-License-Identifier: GPL-3.0-or-later
// What a list says of a kept run without reading its report.
#pragma once

#include "core/report/report.h"
#include "core/request/job_request.h"

#include <QDateTime>
#include <QJsonObject>
#include <QString>

#include <optional>

namespace halftone {

struct RunRecord {
    QString file;   // its name in the store, which tells time and task
    QDateTime time; // UTC, when it was kept
    JobKind kind = JobKind::Profile;
    QString model, modelPath, modelSha256; // its name, where it lay, and which one it is
    qint64 modelBytes = 0;
    QString cpu, data; // data: the path of the pictures, "" for none
    QString sentence;  // the verdict
    std::optional<double> speedup;
    Interval ci95;
    Grade grade = Grade::Undecided;
    std::optional<double> top1; // of int8, 0 to 1
    QString problem;            // why the file cannot be read; then only file, time and task are known

    bool operator==(const RunRecord&) const = default;
};

/// "20260423T105512123Z-profile.json"
QString runFileName(const QDateTime& time, JobKind kind);
/// The record of a file of this name with nothing but time and task; nothing for other names.
std::optional<RunRecord> recordOfName(const QString& file);

/// `file` must be a name of runFileName().
RunRecord recordOf(const Report& report, const QString& file);

QJsonObject toJson(const RunRecord& record);
/// Nothing where the file's name is none of ours; other missing or wrong fields keep their defaults.
std::optional<RunRecord> recordFromJson(const QJsonObject& json);

/// "1.90×" where it is sure, "1.60 to 2.30×" where it is rough, "?" where it is not decided; missing() without one.
QString shortFigure(const RunRecord& record);
/// What shortFigure() leaves out: "not decided: 0.95 to 1.12×".
QString figureWords(const RunRecord& record);

/// "1.90× (was 2.29×, no sure difference)"; `before` is null where there was no report.
QString newRunText(const Report* before, const Report& after);

/// "profile", "sweep", "instruction sets", "plan"
QString kindName(JobKind kind);

} // namespace halftone
