// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/transform_command.h"

#include "app/options.h"
#include "app/targets.h"

#include "core/base/file.h"
#include "core/base/text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace halftone::app {

namespace {

constexpr double kMega = 1e6;

std::string row(const std::string& name, const GraphSizes& sizes, size_t width) {
    return fmt::format("{:<{}}  {:>6}  {:>9.3f}  {:>10.3f}\n", name, width, sizes.nodes,
                       static_cast<double>(sizes.bytes) / kMega, static_cast<double>(sizes.compressedBytes) / kMega);
}

/// Shells leave a "~" behind "=" as it is.
std::string withHome(const std::string& path) {
    const char* home = std::getenv("HOME");
    const bool isBelow = path == "~" || path.starts_with("~/");
    return isBelow && home ? home + path.substr(1) : path;
}

double percent(int64_t part, int64_t whole) {
    return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string summary(const TransformReport& report, const std::string& outPath) {
    size_t width = 8;
    for (const TransformStep& step : report.steps)
        width = std::max(width, step.name.size());
    std::string text = fmt::format("{:<{}}  {:>6}  {:>9}  {:>10}\n", "", width, "nodes", "MB", "deflated");
    text += row("before", report.before, width);
    std::string notes;
    for (const TransformStep& step : report.steps) {
        text += row(step.name, step.after, width);
        if (!step.ignoredError.empty())
            notes += fmt::format("{} was left out: {}\n", step.name, step.ignoredError);
        if (!step.note.empty())
            notes += step.note + "\n";
    }
    const GraphSizes& before = report.before;
    const GraphSizes& after = report.steps.back().after;
    return text + notes +
           fmt::format("{:.1f} MB -> {:.1f} MB ({:.1f} %), deflated {:.1f} MB -> {:.1f} MB ({:.1f} %): {}\n",
                       static_cast<double>(before.bytes) / kMega, static_cast<double>(after.bytes) / kMega,
                       percent(after.bytes, before.bytes), static_cast<double>(before.compressedBytes) / kMega,
                       static_cast<double>(after.compressedBytes) / kMega,
                       percent(after.compressedBytes, before.compressedBytes), displayText(outPath, 4096));
}

nlohmann::ordered_json toJson(const GraphSizes& sizes) {
    return {{"nodes", sizes.nodes}, {"bytes", sizes.bytes}, {"compressedBytes", sizes.compressedBytes}};
}

std::string toJson(const TransformReport& report) {
    nlohmann::ordered_json json{{"schema", "halftone-transform/1"}, {"before", toJson(report.before)}};
    json["steps"] = nlohmann::ordered_json::array();
    for (const TransformStep& step : report.steps) {
        nlohmann::ordered_json entry = toJson(step.after);
        entry["name"] = step.name;
        entry["note"] = step.note;
        entry["ignoredError"] = step.ignoredError;
        json["steps"].push_back(std::move(entry));
    }
    return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace

void TransformCommand::add(CLI::App* command) {
    command->add_option("--in_graph", request.inPath, "Frozen TensorFlow graph, binary or text")->required();
    command->add_option("--out_graph", request.outPath, "Where to write the changed graph")->required();
    command->add_option("--inputs", request.inputs, "Names of the input nodes: a,b")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--outputs", request.outputs, "Names of the output nodes: c,d")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->required();
    command
        ->add_option("--transforms", request.transforms,
                     "In their order: 'strip_unused_nodes(type=float, shape=\"1,224,224,3\") fold_constants "
                     "fold_batch_norms quantize_weights' ...")
        ->required();
    command->add_flag("--output_as_text", request.asText, "Write the graph as text (.pbtxt)");
    command->add_option("--sizes", sizes, "Write the sizes after each transform here, as JSON");
    addProgress(command, progress);
}

int TransformCommand::run(Job& job, Progress& told) {
    request.inPath = withHome(request.inPath);
    request.outPath = withHome(request.outPath);
    if (!request.outPath.empty())
        checkFileTarget(request.outPath);
    if (!sizes.empty())
        checkFileTarget(sizes);
    const TransformReport report = transformGraph(request, job);
    if (!sizes.empty())
        writeFileAtomically(sizes, toJson(report));
    told.done("", "");
    if (progress != "jsonl")
        std::fputs(summary(report, request.outPath).c_str(), stdout);
    return 0;
}

} // namespace halftone::app
