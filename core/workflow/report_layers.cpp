#include "core/workflow/report_run.h"

#include "core/base/text.h"

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
    double medianMs;
};

std::map<std::string, Place> placesOf(const Run& run) {
    std::map<std::string, Place> places;
    for (const Step& step : run.steps)
        for (size_t i = 0; i < step.origins.size(); ++i) {
            const Place place{step.index, i == 0, i == 0 ? step.medianMs : 0};
            const auto [at, isNew] = places.emplace(step.origins[i], place);
            if (isNew || !place.anchor)
                continue;
            if (at->second.anchor)
                at->second.medianMs += place.medianMs;
            else
                at->second = place;
        }
    return places;
}

LayerRun layerRun(const Run& run, const std::map<std::string, Place>& places, const std::string& layer) {
    const auto place = places.find(layer);
    if (place == places.end())
        return {"ELIMINATED", "", "", std::nullopt, "", -1};
    const Step& step = run.steps[static_cast<size_t>(place->second.step)];
    if (!place->second.anchor)
        return {"FUSED", step.origins.front(), step.precision, std::nullopt, step.kernel, step.index};
    return {"EXECUTED", "", step.precision, place->second.medianMs, step.kernel, step.index};
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

void setSpeedups(std::vector<Layer>& layers) {
    struct Times {
        double fp32 = 0, int8 = 0;
        Layer* anchor = nullptr;
    };
    std::map<int, Times> groups;
    for (Layer& layer : layers) {
        Times& times = groups[layer.group];
        const auto add = [&](const char* precision, double& sum) {
            const auto run = layer.byPrecision.find(precision);
            if (run == layer.byPrecision.end() || !run->second.medianMs)
                return;
            sum += *run->second.medianMs;
            if (!times.anchor)
                times.anchor = &layer;
        };
        add("fp32", times.fp32);
        add("int8", times.int8);
    }
    for (auto& [group, times] : groups)
        if (times.anchor && times.fp32 > 0 && times.int8 > 0)
            times.anchor->speedup = times.fp32 / times.int8;
}

} // namespace

std::vector<Layer> alignLayers(const std::vector<FileLayer>& fileLayers, const std::vector<Run>& runs) {
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
    for (const Run& run : runs) {
        const auto places = placesOf(run);
        for (Layer& layer : layers) {
            const LayerRun placed = layerRun(run, places, layer.name);
            if (placed.status == "EXECUTED") {
                const Step& step = run.steps[static_cast<size_t>(placed.step)];
                if (run.precision == "fp32") {
                    layer.macs = step.macs;
                    layer.bytes = step.bytes;
                } else if (run.precision == "int8" && step.kind == "compute" && step.precision == "fp32") {
                    layer.reason = step.why;
                }
            }
            layer.byPrecision[run.precision] = placed;
        }
    }
    setGroups(layers, indexOf, runs);
    setSpeedups(layers);
    return layers;
}

} // namespace halftone
