// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli transform: TensorFlow's graph_transforms, under the names and options of its own tool.
#include "app/command.h"
#include "app/targets.h"
#include "core/formats/tensorflow/transforms/transform_graph.h"

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

class TransformCommand : public Command {
public:
    TransformCommand() : Command("transform", "Change a frozen TensorFlow graph for inference") {}

    void add(Options& options) override {
        options.add("--in_graph", "Frozen TensorFlow graph, binary or text", m_request.inPath, Options::Needed::Yes);
        options.add("--out_graph", "Where to write the changed graph", m_request.outPath, Options::Needed::Yes);
        options.addList("--inputs", "Names of the input nodes: a,b", m_request.inputs);
        options.addList("--outputs", "Names of the output nodes: c,d", m_request.outputs, Options::Needed::Yes);
        options.add("--transforms",
                    "In their order: 'strip_unused_nodes(type=float, shape=\"1,224,224,3\") fold_constants "
                    "fold_batch_norms quantize_weights' ...",
                    m_request.transforms, Options::Needed::Yes);
        options.add("--output_as_text", "Write the graph as text (.pbtxt)", m_request.asText);
        options.add("--sizes", "Write the sizes after each transform here, as JSON", m_sizes);
        options.addProgress(progress);
    }

    int run(Job& job, Progress& told) override {
        m_request.inPath = withHome(m_request.inPath);
        m_request.outPath = withHome(m_request.outPath);
        if (!m_request.outPath.empty())
            checkFileTarget(m_request.outPath);
        if (!m_sizes.empty())
            checkFileTarget(m_sizes);
        const TransformReport report = transformGraph(m_request, job);
        if (!m_sizes.empty())
            writeFileAtomically(m_sizes, toJson(report));
        told.done("", "");
        if (progress != "jsonl")
            std::fputs(summary(report, m_request.outPath).c_str(), stdout);
        return 0;
    }

private:
    TransformRequest m_request;
    std::string m_sizes;
};

} // namespace

std::unique_ptr<Command> transformCommand() {
    return std::make_unique<TransformCommand>();
}

} // namespace halftone::app
