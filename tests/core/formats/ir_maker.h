// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO models made in a few lines, good and bad.
#pragma once

#include "tests/core/formats/model_maker.h"
#include "tests/support/read_model.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace halftone::test {

class IrMaker {
public:
    std::string version = "11";

    int parameter(const std::string& name, const std::string& shape, const std::string& type = "f32") {
        return layer(name, "Parameter", "element_type=\"" + type + "\" shape=\"" + shape + "\"", {});
    }
    template <class T>
    int constant(const std::string& name, const std::string& type, const std::string& shape,
                 const std::vector<T>& values) {
        const size_t offset = bin.size(), size = values.size() * sizeof(T);
        bin.resize(offset + size);
        if (size > 0)
            std::memcpy(bin.data() + offset, values.data(), size);
        return layer(name, "Const",
                     "element_type=\"" + type + "\" shape=\"" + shape + "\" offset=\"" + std::to_string(offset) +
                         "\" size=\"" + std::to_string(size) + "\"",
                     {});
    }
    int floats(const std::string& name, const std::string& shape, const std::vector<float>& values) {
        return constant(name, "f32", shape, values);
    }
    int integers(const std::string& name, const std::vector<int64_t>& values) {
        return constant(name, "i64", std::to_string(values.size()), values);
    }
    /// A layer that reads output 0 of these layers, or output 1 where `outputs` says so.
    int layer(const std::string& name, const std::string& type, const std::string& data, const std::vector<int>& inputs,
              int outputs = 1, const std::string& opset = "opset1") {
        const int id = m_layers++;
        layersXml += "<layer id=\"" + std::to_string(id) + "\" name=\"" + name + "\" type=\"" + type + "\" version=\"" +
                     opset + "\">\n<data " + data + "/>\n<input>";
        for (size_t i = 0; i < inputs.size(); ++i) {
            layersXml += "<port id=\"" + std::to_string(i) + "\"/>";
            edge(inputs[i], m_outputPort[static_cast<size_t>(inputs[i])], id, static_cast<int>(i));
        }
        layersXml += "</input>\n<output>";
        for (int i = 0; i < outputs; ++i)
            layersXml += "<port id=\"" + std::to_string(static_cast<int>(inputs.size()) + i) + "\"/>";
        layersXml += "</output>\n</layer>\n";
        m_outputPort.push_back(static_cast<int>(inputs.size()));
        return id;
    }
    void result(int from, int output = 0) {
        const int id = m_layers++;
        layersXml += "<layer id=\"" + std::to_string(id) + "\" name=\"result" + std::to_string(id) +
                     "\" type=\"Result\" version=\"opset1\"><input><port id=\"0\"/></input></layer>\n";
        m_outputPort.push_back(0);
        edge(from, m_outputPort[static_cast<size_t>(from)] + output, id, 0);
    }
    void edge(int from, int fromPort, int to, int toPort) {
        edgesXml += "<edge from-layer=\"" + std::to_string(from) + "\" from-port=\"" + std::to_string(fromPort) +
                    "\" to-layer=\"" + std::to_string(to) + "\" to-port=\"" + std::to_string(toPort) + "\"/>\n";
    }
    std::string xml() const {
        return "<?xml version=\"1.0\"?>\n<net name=\"net\" version=\"" + version + "\">\n<layers>\n" + layersXml +
               "</layers>\n<edges>\n" + edgesXml + "</edges>\n</net>\n";
    }

    std::string layersXml, edgesXml, bin;

private:
    int m_layers = 0;
    std::vector<int> m_outputPort; // port of output 0, by layer
};

inline ReadModel readIr(const std::string& xml, const std::string& bin) {
    const TemporaryFolder folder;
    folder.write("net.bin", bin);
    return readModel(folder.write("net.xml", xml));
}
inline ReadModel readIr(const IrMaker& maker) {
    return readIr(maker.xml(), maker.bin);
}

inline std::string refusalOfIr(const std::string& xml, const std::string& bin) {
    try {
        refuseUnsupported(readIr(xml, bin));
    } catch (const Error& error) {
        return std::string(name(error.code())) + ": " + error.message();
    }
    return "read";
}
inline std::string refusalOfIr(const IrMaker& maker) {
    return refusalOfIr(maker.xml(), maker.bin);
}

} // namespace halftone::test
