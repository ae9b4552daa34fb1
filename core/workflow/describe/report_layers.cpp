// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/describe/report_run.h"

#include "core/base/text.h"
#include "core/profile/comparison.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace halftone {

namespace {

/// Where one run computes each layer: layer name -> step, whether the step bears its name, and the time of all steps
/// that do.
struct Place {
    int step;
    bool anchor;
    StepSum time;
};

std::map<std::string, Place> placesOf(const Run& run) {
    std::map<std::string, Place> places;
    for (const Step& step : run.steps)
        for (size_t i = 0; i < step.origins.size(); ++i) {
            const Place place{step.index, i == 0, i == 0 ? StepSum{step.medianMs, step.ci95, step.roundMs} : StepSum()};
            const auto [at, isNew] = places.emplace(step.origins[i], place);
            if (isNew || !place.anchor)
                continue;
            if (at->second.anchor)
                at->second.time.add(place.time);
            else
                at->second = place;
        }
    return places;
}

LayerRun layerRun(const Run& run, const Place* place) {
    if (!place)
        return {LayerStatus::Eliminated, "", "", std::nullopt, "", -1};
    const Step& step = run.steps[static_cast<size_t>(place->step)];
    if (!place->anchor)
        return {LayerStatus::Fused, step.origins.front(), step.precision, std::nullopt, step.kernel, step.index};
    LayerRun executed{LayerStatus::Executed, "", step.precision, place->time.ms, step.kernel, step.index};
    if (!place->time.roundMs.empty())
        executed.ci95 = place->time.ci95;
    return executed;
}

/// Disjoint sets; the representative is the smallest member.
int find(std::vector<int>& parent, int member) {
    while (parent[static_cast<size_t>(member)] != member)
        member = parent[static_cast<size_t>(member)] = parent[static_cast<size_t>(parent[static_cast<size_t>(member)])];
    return member;
}

void join(std::vector<int>& parent, int a, int b) {
    a = find(parent, a);
    b = find(parent, b);
    parent[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
}

void setGroups(std::vector<Layer>& layers, const std::map<std::string, int>& indexOf, const std::vector<Run>& runs) {
    std::vector<int> parent(layers.size());
    std::iota(parent.begin(), parent.end(), 0);
    for (const Run& run : runs)
        for (const Step& step : run.steps)
            for (size_t i = 1; i < step.origins.size(); ++i) {
                const auto a = indexOf.find(step.origins[0]), b = indexOf.find(step.origins[i]);
                if (a != indexOf.end() && b != indexOf.end())
                    join(parent, a->second, b->second);
            }
    for (size_t i = 0; i < layers.size(); ++i)
        layers[i].group = find(parent, static_cast<int>(i));
}

/// What a group of layers takes in both precisions, and where its figures stand.
struct GroupTimes {
    StepSum fp32, int8;
    Layer* anchor = nullptr;
};

void setSpeedups(std::map<int, GroupTimes>& groups, bool disturbed) {
    for (auto& [group, times] : groups) {
        if (!times.anchor || times.fp32.ms <= 0 || times.int8.ms <= 0)
            continue;
        Layer& layer = *times.anchor;
        layer.speedup = times.fp32.ms / times.int8.ms;
        layer.rounds = static_cast<int64_t>(std::min(times.fp32.roundMs.size(), times.int8.roundMs.size()));
        if (layer.rounds == 0)
            continue;
        const Speedup compared = compareSteps(times.fp32, times.int8, disturbed);
        layer.speedupCi95 = compared.ci95;
        layer.grade = compared.grade;
    }
}

} // namespace

std::vector<Layer> alignLayers(const std::vector<FileLayer>& fileLayers, const std::vector<Run>& runs, bool disturbed) {
    std::vector<Layer> layers;
    std::map<std::string, int> indexOf;
    for (const FileLayer& fileLayer : fileLayers) {
        Layer layer;
        layer.name = displayText(fileLayer.name);
        layer.op = displayText(fileLayer.op);
        layer.originIndex = static_cast<int>(layers.size());
        indexOf.emplace(layer.name, layer.originIndex);
        layers.push_back(std::move(layer));
    }
    setGroups(layers, indexOf, runs);
    std::map<int, GroupTimes> groups;
    for (const Run& run : runs) {
        const auto places = placesOf(run);
        for (Layer& layer : layers) {
            const auto place = places.find(layer.name);
            LayerRun placed = layerRun(run, place == places.end() ? nullptr : &place->second);
            if (placed.status == LayerStatus::Executed) {
                const Step& step = run.steps[static_cast<size_t>(placed.step)];
                GroupTimes& times = groups[layer.group];
                if (run.precision == "fp32") {
                    layer.macs = step.macs;
                    layer.bytes = step.bytes;
                    times.fp32.add(place->second.time);
                } else if (run.precision == "int8") {
                    if (step.kind == StepKind::Compute && step.precision == "fp32")
                        layer.reason = step.why;
                    times.int8.add(place->second.time);
                }
                if ((run.precision == "fp32" || run.precision == "int8") &&
                    (!times.anchor || layer.originIndex < times.anchor->originIndex))
                    times.anchor = &layer;
            }
            layer.byPrecision[run.precision] = std::move(placed);
        }
    }
    setSpeedups(groups, disturbed);
    return layers;
}

} // namespace halftone
