// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/outline.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/graph.h"
#include "core/graph/name_index.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

constexpr int64_t kOldest = 10;
constexpr size_t kMaxRank = 64, kMaxPorts = 65536;

[[noreturn]] void fail(const std::string& cause, const std::string& where = {}) {
    throw Error(ErrorCode::BadInput, cause + ". The file is damaged or was exported wrongly; export it again.", where);
}

/// An attribute that is a whole number from 0 to 2^31 - 1.
int64_t number(const pugi::xml_node& node, const char* attribute, const std::string& who) {
    const char* text = node.attribute(attribute).as_string();
    const std::optional<int64_t> value = integerOf(text);
    if (!value || *value < 0 || *value > std::numeric_limits<int32_t>::max())
        fail(fmt::format("{} has the {} \"{}\", which is no number", who, attribute, displayText(text, 64)));
    return *value;
}

Shape shapeOf(const pugi::xml_node& port, const std::string& who) {
    Shape shape;
    for (const pugi::xml_node dim : port.children("dim")) {
        const std::optional<int64_t> size = integerOf(dim.text().as_string());
        if (!size || *size < -1 || shape.size() == kMaxRank)
            fail(fmt::format("{} has a port with the dimension \"{}\", or more than {}", who,
                             displayText(dim.text().as_string(), 64), kMaxRank));
        shape.push_back(*size);
    }
    return shape;
}

class Outliner {
public:
    explicit Outliner(const ReadLimits& limits) : m_limits(limits) { m_valueNames.start(); }

    IrOutline run(const pugi::xml_document& document) {
        const pugi::xml_node net = document.child("net");
        readVersion(net);
        m_outline.name = displayText(net.attribute("name").as_string());
        readLayers(net.child("layers"));
        readEdges(net.child("edges"));
        for (const IrLayer& layer : m_outline.layers)
            for (size_t i = 0; i < layer.inputs.size(); ++i)
                if (layer.inputs[i].value.empty())
                    fail(fmt::format("Input {} of layer \"{}\" is connected to nothing", i, layer.name), layer.name);
        sort();
        return std::move(m_outline);
    }

private:
    struct Ports { // position by id
        std::unordered_map<int64_t, size_t> inputs, outputs;
        size_t layer = 0;
    };

    void readVersion(const pugi::xml_node& net) {
        const std::string_view text = net.attribute("version").as_string();
        const std::optional<int64_t> version = integerOf(text);
        if (!version)
            fail(text.empty()
                     ? std::string("The model does not say its version")
                     : fmt::format("The model has the version \"{}\", which is no number", displayText(text, 64)));
        if (*version < kOldest)
            throw Error(
                ErrorCode::Unsupported,
                fmt::format("The model has version {} of OpenVINO's format, which Halftone does not read; it reads "
                            "versions 10 and 11. Convert the original model again with OpenVINO 2021 or later.",
                            *version));
        m_outline.version = static_cast<int>(std::min<int64_t>(*version, 1'000'000));
    }

    void readLayers(const pugi::xml_node& layers) {
        NameIndex names;
        names.start();
        for (const pugi::xml_node xml : layers.children("layer")) {
            if (static_cast<int64_t>(m_outline.layers.size()) >= m_limits.nodes)
                throw Error(ErrorCode::Limit, fmt::format("The model has more than {} layers.", m_limits.nodes));
            IrLayer layer;
            layer.xml = xml;
            layer.type = displayText(xml.attribute("type").as_string(), 64);
            layer.opset = displayText(xml.attribute("version").as_string(), 64);
            const std::string given = xml.attribute("name").as_string();
            layer.name = names.unique(given.empty() ? fmt::format("{}_{}", layer.type, m_outline.layers.size())
                                                    : displayText(given));
            names.add(layer.name);
            const std::string who = fmt::format("Layer \"{}\"", layer.name);
            if (layer.type.empty())
                fail(who + " has no type", layer.name);
            const auto [entry, isNew] = m_ports.try_emplace(number(xml, "id", who));
            if (!isNew)
                fail(fmt::format("{} has the id of another layer", who), layer.name);
            entry->second.layer = m_outline.layers.size();
            readPorts(layer, entry->second, who);
            m_outline.layers.push_back(std::move(layer));
        }
        if (m_outline.layers.empty())
            fail("The model has no layers");
    }

    /// Their ids only tell them apart: what counts is their order.
    void readPorts(IrLayer& layer, Ports& ports, const std::string& who) {
        const auto add = [&](const pugi::xml_node& xml, std::unordered_map<int64_t, size_t>& ids) {
            if (ids.size() >= kMaxPorts || !ids.emplace(number(xml, "id", who), ids.size()).second)
                fail(who + " has two ports of one id, or too many", layer.name);
        };
        for (const pugi::xml_node xml : layer.xml.child("input").children("port")) {
            add(xml, ports.inputs);
            layer.inputs.emplace_back();
        }
        for (const pugi::xml_node xml : layer.xml.child("output").children("port")) {
            add(xml, ports.outputs);
            const std::string base =
                layer.outputs.empty() ? layer.name : fmt::format("{}.{}", layer.name, layer.outputs.size());
            Port port{m_valueNames.unique(base), displayText(xml.attribute("precision").as_string(), 64),
                      shapeOf(xml, who)};
            m_valueNames.add(port.value);
            layer.outputs.push_back(std::move(port));
        }
    }

    void readEdges(const pugi::xml_node& edges) {
        for (const pugi::xml_node edge : edges.children("edge")) {
            const auto [from, output] = end(edge, "from-layer", "from-port", true);
            const auto [to, input] = end(edge, "to-layer", "to-port", false);
            std::string& connected = m_outline.layers[to].inputs[input].value;
            if (!connected.empty())
                fail(fmt::format("Input {} of layer \"{}\" is connected twice", input, m_outline.layers[to].name),
                     m_outline.layers[to].name);
            connected = m_outline.layers[from].outputs[output].value;
        }
    }

    std::pair<size_t, size_t> end(const pugi::xml_node& edge, const char* layer, const char* port,
                                  bool isOutput) const {
        const auto found = m_ports.find(number(edge, layer, "An edge"));
        if (found == m_ports.end())
            fail(fmt::format("An edge names layer {}, which does not exist", edge.attribute(layer).as_string()));
        const auto& ports = isOutput ? found->second.outputs : found->second.inputs;
        const auto position = ports.find(number(edge, port, "An edge"));
        if (position == ports.end())
            fail(fmt::format("An edge names port {} of layer \"{}\", which does not exist",
                             edge.attribute(port).as_string(), m_outline.layers[found->second.layer].name));
        return {found->second.layer, position->second};
    }

    /// A graph without operators knows how to sort, how to name a cycle and what nobody needs.
    void sort() {
        Graph skeleton;
        std::unordered_map<std::string, ValueId> values;
        for (const IrLayer& layer : m_outline.layers)
            for (const Port& port : layer.outputs)
                values.emplace(port.value, skeleton.addValue({}));
        for (const IrLayer& layer : m_outline.layers) {
            Node node;
            node.name = layer.name;
            for (const Port& port : layer.inputs)
                node.inputs.push_back(values.at(port.value));
            for (const Port& port : layer.outputs)
                node.outputs.push_back(values.at(port.value));
            if (layer.type == "Result" || layer.type == "Assign")
                skeleton.outputs.insert(skeleton.outputs.end(), node.inputs.begin(), node.inputs.end());
            skeleton.addNode(std::move(node));
        }
        skeleton.sortTopologically();
        std::unordered_map<std::string_view, size_t> positions;
        for (size_t i = 0; i < m_outline.layers.size(); ++i)
            positions.emplace(m_outline.layers[i].name, i);
        const std::vector<NodeId> producers = skeleton.producers();
        std::vector<bool> needed;
        for (const Node& node : skeleton.nodes())
            needed.push_back(m_outline.layers[positions.at(node.name)].type == "Assign");
        std::vector<ValueId> open = skeleton.outputs;
        while (!open.empty()) {
            const auto producer = static_cast<size_t>(producers[static_cast<size_t>(open.back())]);
            open.pop_back();
            if (needed[producer])
                continue;
            needed[producer] = true;
            const Node& node = skeleton.nodes()[producer];
            open.insert(open.end(), node.inputs.begin(), node.inputs.end());
        }
        for (size_t i = 0; i < needed.size(); ++i)
            if (needed[i])
                m_outline.order.push_back(positions.at(skeleton.nodes()[i].name));
    }

    const ReadLimits& m_limits;
    NameIndex m_valueNames;
    std::unordered_map<int64_t, Ports> m_ports;
    IrOutline m_outline;
};

} // namespace

std::string attributeOf(const IrLayer& layer, const char* name) {
    return layer.xml.child("data").attribute(name).as_string();
}

IrOutline outlineOf(const pugi::xml_document& document, const ReadLimits& limits) {
    return Outliner(limits).run(document);
}

} // namespace halftone::openvino_format
