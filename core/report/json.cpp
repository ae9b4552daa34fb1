// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/certainty.h"
#include "core/report/json_fields.h"
#include "core/report/report_fields.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

using json::Json;
using json::Path;
using json::Reader;
using json::Writer;

constexpr size_t maxReportBytes = size_t{1} << 30;
constexpr std::string_view schemaFamily = "halftone-report/";
constexpr const char* kReportAdvice = "The file is not a whole Halftone report; profile the model again.";
constexpr std::string_view kReportWanted = "a report that Halftone has written";

/// "halftone-report/1" and "halftone-report/1.4" can be read; anything else cannot.
void checkSchema(const Json& json, const std::string& source) {
    const std::string shown = displayText(source);
    const auto found = json.is_object() ? json.find("schema") : json.end();
    if (found == json.end() || !found->is_string() || !found->get_ref<const std::string&>().starts_with(schemaFamily))
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} is not a Halftone report: its schema is not {}. Choose a report that Halftone "
                                "has written.",
                                shown, reportSchema),
                    shown);
    const std::string& schema = found->get_ref<const std::string&>();
    if (schema != reportSchema && !schema.starts_with(std::string(reportSchema) + "."))
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} has schema {}, but this Halftone reads {}. Open it with the version of Halftone "
                                "that wrote it.",
                                shown, displayText(schema), reportSchema),
                    shown);
}

/// What the types cannot say, and what readers of a report rely on: step numbers point to steps, the chosen plan to a
/// point of its front, and the per-channel lists of a tensor are equally long.
void checkReferences(const Report& report, const Reader& reader) {
    const Path root;
    const auto checkStep = [&](int step, const std::string& precision, const Path& at) {
        const Run* run = report.run(precision);
        const int64_t count = run ? static_cast<int64_t>(run->steps.size()) : 0;
        if (step < -1 || step >= count)
            reader.fail(at, fmt::format("is {}, but the {} run has {} steps", step, displayText(precision), count));
    };
    const Path layers = root.member("layers"), tensors = root.member("tensors");
    const Path conversions = root.member("conversions");
    for (size_t i = 0; i < report.layers.size(); ++i) {
        const Path layer = layers.element(i), runs = layer.member("byPrecision");
        for (const auto& [precision, run] : report.layers[i].byPrecision) {
            const Path layerRun = runs.member(precision);
            checkStep(run.step, precision, layerRun.member("step"));
        }
    }
    for (size_t i = 0; i < report.conversions.size(); ++i) {
        const Path conversion = conversions.element(i);
        checkStep(report.conversions[i].step, report.conversions[i].run, conversion.member("step"));
    }
    for (size_t i = 0; i < report.tensors.size(); ++i) {
        const TensorRange& tensor = report.tensors[i];
        const Path at = tensors.element(i);
        if (tensor.zeroPoints.size() != tensor.scales.size())
            reader.fail(at.member("zeroPoints"), "is not as long as scales");
        if (tensor.channelMin.size() != tensor.channelMax.size())
            reader.fail(at.member("channelMax"), "is not as long as channelMin");
    }
    if (report.plan && (report.plan->chosen < -1 || report.plan->chosen >= static_cast<int>(report.plan->front.size())))
        reader.fail(root.member("plan").member("chosen"),
                    fmt::format("is {}, but the front has {} points", report.plan->chosen, report.plan->front.size()));
}

/// Reports of before the grades tell intervals of all but layers, and whether something disturbed them.
void gradeByIntervals(Report& report) {
    const auto grade = [](auto& row, bool disturbed) {
        if (row.speedup && row.speedupCi95)
            row.grade = gradeOf(*row.speedup, *row.speedupCi95, disturbed);
    };
    const auto anyUnstable = [](const std::map<std::string, Latency>& latencyMs) {
        return std::ranges::any_of(latencyMs, [](const auto& each) { return !each.second.stable; });
    };
    const bool disturbed = std::ranges::any_of(report.runs, [](const Run& run) { return !run.latencyMs.stable; });
    for (Run& run : report.runs)
        grade(run, disturbed);
    grade(report.verdict, disturbed);
    if (report.sweep)
        for (SweepPoint& point : report.sweep->points)
            grade(point, anyUnstable(point.latencyMs));
    if (report.isas)
        for (IsaRun& run : report.isas->runs)
            grade(run, anyUnstable(run.latencyMs));
    if (report.plan)
        grade(*report.plan, anyUnstable(report.plan->latencyMs));
}

} // namespace

std::string toJson(const Report& report) {
    Writer writer;
    writer.write(report, Path{});
    return writer.takeText() + "\n";
}

Report reportFromJson(std::string_view text, const std::string& source) {
    const Json document = json::parse(text, source, kReportWanted);
    checkSchema(document, source);
    const Reader reader(source, kReportAdvice);
    Report report;
    reader.read(document, report, Path{});
    checkReferences(report, reader);
    if (!document["verdict"].contains("grade"))
        gradeByIntervals(report);
    return report;
}

std::string toJson(const Preview& preview) {
    Writer writer;
    writer.write(preview, Path{});
    return writer.takeText() + "\n";
}

Preview previewFromJson(std::string_view text, const std::string& source) {
    const Json document = json::parse(text, source, kReportWanted);
    const Reader reader(source, kReportAdvice);
    Preview preview;
    reader.read(document, preview, Path{});
    if (preview.schema != previewSchema)
        reader.fail(Path{}.member("schema"), fmt::format("is not {}", previewSchema));
    return preview;
}

void saveReport(const Report& report, const std::string& path) {
    writeFileAtomically(path, toJson(report));
}

Report loadReport(const std::string& path) {
    return reportFromJson(readTextFile(path, maxReportBytes), path);
}

} // namespace halftone
