// SPDX-License-Identifier: GPL-3.0-or-later
// The network while it is read. What depends on constants alone is computed at once.
#pragma once

#include "core/formats/tensorflow/operand.h"
#include "core/formats/tensorflow/tensors.h"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <unordered_set>

namespace halftone::tensorflow_format {

struct Network {
    Network(int64_t maxConstantBytes, BatchChange batch)
        : builder("", batch), writer(builder), tensors(maxConstantBytes) {
        writer.computeConstants([this](const Tensor& result) {
            tensors.charge(result, fmt::format("The result of layer \"{}\"", writer.layer()));
        });
    }
    Network(const Network&) = delete;

    /// The name of a layer of the file, and of its first result; all of them before the first layer.
    void reserve(const std::string& layer) {
        writer.reserveLayer(layer);
        writer.reserveValue(layer);
    }
    /// The name for a result of this layer: its own, where no value has it yet.
    std::string resultName(const std::string& layer) {
        return given.insert(layer).second ? layer : writer.unusedValue(layer);
    }
    Oriented addConstant(const std::string& layer, Tensor tensor, const std::optional<QuantParams>& grid = {}) {
        const std::string name = resultName(layer);
        builder.addConstant(name, std::move(tensor), grid);
        return {name};
    }

    GraphBuilder builder;
    OrientedWriter writer;
    TensorReader tensors;
    int64_t compressedWeights = 0;         // elements that the file has as codes, to be computed with as real numbers
    bool channelsLast = false;             // the file's feature maps are NHWC: pictures are turned before anything else
    std::unordered_set<std::string> given; // layers whose name a value has
};

} // namespace halftone::tensorflow_format
