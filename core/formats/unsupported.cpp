// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/unsupported.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/model_source.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>

namespace halftone {

namespace {

constexpr size_t kMaxReasonsShown = 12;

std::string describe(const Unsupported& unsupported) {
    if (unsupported.layers == 1)
        return fmt::format("{} (layer {})", unsupported.reason, unsupported.firstLayer);
    return fmt::format("{} ({} layers, first {})", unsupported.reason, unsupported.layers, unsupported.firstLayer);
}

} // namespace

std::vector<Unsupported> unsupportedIn(const Graph& graph) {
    std::vector<Unsupported> found;
    for (const Node& node : graph.nodes())
        if (const auto* opaque = std::get_if<Opaque>(&node.op)) {
            std::string reason = opaque->reason;
            if (reason.starts_with("operator "))
                reason = reason.substr(std::string_view("operator ").size());
            auto same = std::find_if(found.begin(), found.end(),
                                     [&](const Unsupported& other) { return other.reason == reason; });
            if (same == found.end())
                same = found.insert(found.end(), {reason, 0, node.origins.empty() ? node.name : node.origins.front()});
            ++same->layers;
        }
    return found;
}

std::string listed(const std::vector<Unsupported>& found) {
    std::vector<std::string> parts;
    for (size_t i = 0; i < std::min(found.size(), kMaxReasonsShown); ++i)
        parts.push_back(describe(found[i]));
    if (found.size() > kMaxReasonsShown)
        parts.push_back(fmt::format("and {} more", found.size() - kMaxReasonsShown));
    return join(parts, ", ");
}

void refuseUnsupported(const BoundModel& model) {
    const std::vector<Unsupported> found = unsupportedIn(model.graph);
    if (found.empty())
        return;
    const char* advice = model.alreadyQuantized
                             ? "The model is quantized already: open the float model that it was made from."
                             : "Export the model without them or cut the graph before them.";
    throw Error(ErrorCode::Unsupported,
                fmt::format("{} uses operators that Halftone cannot run: {}. {}",
                            displayText(std::filesystem::path(model.path).filename().string()), listed(found), advice),
                found.front().firstLayer);
}

} // namespace halftone
