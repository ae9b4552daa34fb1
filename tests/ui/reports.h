// SPDX-License-Identifier: GPL-3.0-or-later
// Reports that views must cope with, made from the example report.
#pragma once

#include "tests/support/example_report.h"

#include <memory>

namespace halftone::test {

using ReportPointer = std::shared_ptr<const Report>;

inline ReportPointer shared(Report report) {
    return std::make_shared<const Report>(std::move(report));
}

/// As after a run on random input.
inline Report withoutData(Report report) {
    report.data.reset();
    report.accuracy.reset();
    report.verdict.accuracyDrop.reset();
    report.errors.reset();
    for (TensorRange& tensor : report.tensors)
        tensor.synthetic = true;
    return report;
}

/// Every name of a layer or tensor goes through `rename`.
template <class Rename> Report renamed(Report report, const Rename& rename) {
    const auto apply = [&](std::string& name) {
        if (!name.empty())
            name = rename(name);
    };
    for (Layer& layer : report.layers) {
        apply(layer.name);
        for (auto& [precision, run] : layer.byPrecision)
            apply(run.into);
    }
    for (TensorRange& tensor : report.tensors) {
        apply(tensor.name);
        apply(tensor.layer);
    }
    for (Conversion& conversion : report.conversions) {
        apply(conversion.tensor);
        apply(conversion.edge.producer);
        apply(conversion.edge.consumer);
    }
    for (Run& run : report.runs)
        for (Step& step : run.steps) {
            apply(step.name);
            for (std::string& origin : step.origins)
                apply(origin);
        }
    if (report.errors) {
        for (LayerError& error : report.errors->layers) {
            apply(error.layer);
            apply(error.tensor);
        }
        for (Divergence& divergence : report.errors->divergences)
            apply(divergence.layer);
    }
    if (report.plan) {
        for (PlanLayer& layer : report.plan->layers)
            apply(layer.layer);
        for (PlanPoint& point : report.plan->front)
            for (std::string& name : point.keptOut)
                apply(name);
    }
    return report;
}

inline Report withLongNames(Report report) {
    return renamed(std::move(report), [](const std::string& name) {
        return "model/backbone/resnet_v1_50/block3/unit_17/bottleneck_v1/very/deeply/nested/scope/" + name +
               "/FusedBatchNormV3_and_everything_else";
    });
}

inline Report withRightToLeftNames(Report report) {
    return renamed(std::move(report), [](const std::string& name) { return "שכבה " + name + " \u202e</b>"; });
}

} // namespace halftone::test
