// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that run a graph inside of them several times: where it is known how often, they become the layers of all
// runs.
#pragma once

#include "core/formats/onnx/body.h"
#include "core/formats/onnx/layer_view.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace halftone::onnx_format {

/// Loop, Scan, SequenceMap.
bool runsABody(const onnx::NodeProto& node);

class Unroller {
public:
    /// `readRun` reads the layers of one run into the graph that `writer` writes.
    Unroller(LayerWriter& writer, std::function<void(BodyRun&)> readRun)
        : m_writer(writer), m_readRun(std::move(readRun)) {}

    /// Reads such a layer. Gives the names of the values that its outputs are. Throws Error{BadInput} for a layer that
    /// contradicts ONNX, CannotRun where the number of runs is not known before the network runs, or is too large.
    std::vector<std::string> unroll(const onnx::NodeProto& proto, LayerView& layer);

private:
    std::vector<std::string> loop(const Body& body, LayerView& layer);
    std::vector<std::string> scan(const Body& body, LayerView& layer);
    std::vector<std::string> map(const Body& body, LayerView& layer);

    int64_t roundsOf(const Body& body, LayerView& layer) const;
    bool endIsKnown(const Body& body, LayerView& layer, bool sameEveryRound) const;
    void requireRoom(const Body& body, LayerView& layer, int64_t rounds) const;
    std::vector<std::string> run(const Body& body, const std::string& layer, int64_t round,
                                 const std::vector<std::string>& inputs);
    std::string named(const LayerView& layer, ValueId value);
    std::string stacked(const LayerView& layer, const std::vector<std::string>& parts, int64_t axis);

    LayerWriter& m_writer;
    std::function<void(BodyRun&)> m_readRun;
    int64_t m_layers = 0; // of all runs so far
};

} // namespace halftone::onnx_format
