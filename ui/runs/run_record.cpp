// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_record.h"

#include "core/report/certainty.h"
#include "core/request/command_line.h"
#include "ui/format.h"
#include "ui/text.h"

#include <QTimeZone>

#include <array>

namespace halftone {

namespace {

const QString timeFormat = QStringLiteral("yyyyMMdd'T'HHmmsszzz'Z'");

/// Those that leave a report.
constexpr std::array kKinds{JobKind::Profile, JobKind::Sweep, JobKind::Isa, JobKind::Plan};

/// The window's "×" for the report's "x".
QString figure(double factor, const Interval& ci95, Grade grade) {
    return typeset(speedupFigure(factor, ci95, grade));
}

Interval intervalOf(const Verdict& verdict) {
    return verdict.speedupCi95.value_or(Interval{verdict.speedup.value_or(0), verdict.speedup.value_or(0)});
}

bool surelyDiffer(const Verdict& a, const Verdict& b) {
    const Interval first = intervalOf(a), second = intervalOf(b);
    return a.grade != Grade::Undecided && b.grade != Grade::Undecided && (first.hi < second.lo || second.hi < first.lo);
}

} // namespace

QString runFileName(const QDateTime& time, JobKind kind) {
    return time.toUTC().toString(timeFormat) + u'-' + QLatin1String(name(kind)) + QStringLiteral(".json");
}

std::optional<RunRecord> recordOfName(const QString& file) {
    RunRecord record;
    record.file = file;
    for (const JobKind kind : kKinds) {
        const QString end = u'-' + QLatin1String(name(kind)) + QStringLiteral(".json");
        if (!file.endsWith(end))
            continue;
        record.time = QDateTime::fromString(file.chopped(end.size()), timeFormat);
        record.time.setTimeSpec(Qt::UTC);
        record.kind = kind;
    }
    return record.time.isValid() ? std::optional(record) : std::nullopt;
}

RunRecord recordOf(const Report& report, const QString& file) {
    RunRecord record = recordOfName(file).value_or(RunRecord{.file = file});
    record.model = QString::fromStdString(report.model.name);
    record.modelPath = QString::fromStdString(report.model.path);
    record.modelSha256 = QString::fromStdString(report.model.sha256);
    record.modelBytes = report.model.sizeBytes;
    record.cpu = QString::fromStdString(report.machine.cpu);
    record.data = report.data ? QString::fromStdString(report.data->path) : QString();
    record.sentence = QString::fromStdString(report.verdict.sentence);
    record.speedup = report.verdict.speedup;
    record.ci95 = intervalOf(report.verdict);
    record.grade = report.verdict.grade;
    if (report.accuracy && report.accuracy->top1)
        if (const auto share = report.accuracy->top1->share.find("int8"); share != report.accuracy->top1->share.end())
            record.top1 = share->second;
    return record;
}

QJsonObject toJson(const RunRecord& record) {
    QJsonObject json{{"file", record.file},
                     {"model", record.model},
                     {"modelPath", record.modelPath},
                     {"modelSha256", record.modelSha256},
                     {"modelBytes", record.modelBytes},
                     {"cpu", record.cpu},
                     {"data", record.data},
                     {"sentence", record.sentence},
                     {"grade", QLatin1String(name(record.grade))}};
    if (record.speedup) {
        json["speedup"] = *record.speedup;
        json["from"] = record.ci95.lo;
        json["to"] = record.ci95.hi;
    }
    if (record.top1)
        json["top1"] = *record.top1;
    return json;
}

std::optional<RunRecord> recordFromJson(const QJsonObject& json) {
    std::optional<RunRecord> record = recordOfName(json["file"].toString());
    if (!record)
        return record;
    record->model = json["model"].toString();
    record->modelPath = json["modelPath"].toString();
    record->modelSha256 = json["modelSha256"].toString();
    record->modelBytes = json["modelBytes"].toInteger();
    record->cpu = json["cpu"].toString();
    record->data = json["data"].toString();
    record->sentence = json["sentence"].toString();
    for (const Grade grade : {Grade::Sure, Grade::Rough})
        if (json["grade"].toString() == QLatin1String(name(grade)))
            record->grade = grade;
    if (json["speedup"].isDouble()) {
        record->speedup = json["speedup"].toDouble();
        record->ci95 = {json["from"].toDouble(), json["to"].toDouble()};
    }
    if (json["top1"].isDouble())
        record->top1 = json["top1"].toDouble();
    return record;
}

QString shortFigure(const RunRecord& record) {
    if (!record.speedup)
        return missing();
    return record.grade == Grade::Undecided ? QStringLiteral("?") : figure(*record.speedup, record.ci95, record.grade);
}

QString figureWords(const RunRecord& record) {
    if (!record.problem.isEmpty())
        return typeset(record.problem.toStdString());
    if (!record.speedup)
        return Text::tr("No speed-up was measured");
    const QString words = typeset(speedupWords(*record.speedup, record.ci95, record.grade));
    const bool open = record.grade == Grade::Undecided && !isSame(record.ci95);
    return Text::tr("int8 is %1%2").arg(words, open ? Text::tr(" (not decided)") : QString());
}

QString newRunText(const Report* before, const Report& after) {
    const auto told = [](const Verdict& verdict) {
        if (!verdict.speedup)
            return Text::tr("no speed-up");
        const QString value = figure(*verdict.speedup, intervalOf(verdict), verdict.grade);
        return verdict.grade == Grade::Sure ? value
                                            : QStringLiteral("%1, %2").arg(value, QLatin1String(name(verdict.grade)));
    };
    const QString now = told(after.verdict);
    if (!before || before->model.sha256 != after.model.sha256 || before->runs.empty())
        return now;
    const QString was = told(before->verdict);
    if (before->machine.cpu != after.machine.cpu)
        return Text::tr("%1 (was %2 on another CPU)").arg(now, was);
    if (before->options != after.options)
        return Text::tr("%1 (was %2 with other settings)").arg(now, was);
    if (!after.verdict.speedup || !before->verdict.speedup || surelyDiffer(before->verdict, after.verdict))
        return Text::tr("%1 (was %2)").arg(now, was);
    return Text::tr("%1 (was %2, no sure difference)").arg(now, was);
}

QString kindName(JobKind kind) {
    switch (kind) {
    case JobKind::Sweep: return Text::tr("sweep");
    case JobKind::Isa: return Text::tr("instruction sets");
    case JobKind::Plan: return Text::tr("plan");
    default: return Text::tr("profile");
    }
}

} // namespace halftone
