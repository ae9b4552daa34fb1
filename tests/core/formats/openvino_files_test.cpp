// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO models as a whole: damaged ones, and real ones against OpenVINO itself.
#include "core/formats/openvino/openvino_reader.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/formats/ir_maker.h"
#include "tests/core/formats/real_models.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <clocale>
#include <filesystem>

using namespace halftone;
using namespace halftone::test;

namespace {

/// x [1,2,4,4] -> Convolution "c" -> Clamp "r": small and valid.
IrMaker small() {
    IrMaker maker;
    const int x = maker.parameter("x", "1,2,4,4"), w = maker.floats("w", "3,2,1,1", {1, 2, 3, 4, 5, 6});
    const int conv = maker.layer("c", "Convolution",
                                 "strides=\"1,1\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"0,0\"", {x, w});
    maker.result(maker.layer("r", "Clamp", "min=\"0.5\" max=\"6\"", {conv}));
    return maker;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string refusalWith(const std::string& from, const std::string& to) {
    const IrMaker maker = small();
    return refusalOfIr(replaced(maker.xml(), from, to), maker.bin);
}

/// `path`: where the model would lie, the weights beside it.
void readAny(const std::string& xml, const std::string& path) {
    try {
        const ReadModel file = readSource(openOpenVino(std::as_bytes(std::span(xml)), path));
        refuseUnsupported(file);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Internal)
            FAIL_CHECK(error.message());
    }
}

Graph realModel(const std::string& path) {
    return readModel(path).graph;
}

/// The fixed input, from 0 to 255.
Tensor bytesInput(const Shape& shape) {
    const Tensor unit = goldenTensor(shape);
    std::vector<float> values = unit.toFloats();
    for (float& value : values)
        value *= 255;
    return Tensor::fromFloats(shape, values);
}

} // namespace

TEST_CASE("OpenVINO: versions before 10 are refused with what to do, newer ones are read with a warning") {
    CHECK(refusalOfIr(small()) == "read");
    CHECK_REFUSAL(refusalWith("version=\"11\"", "version=\"7\""), "unsupported", "version 7");
    CHECK_REFUSAL(refusalWith("version=\"11\"", ""), "bad-input", "does not say its version");
    CHECK_REFUSAL(refusalWith("version=\"11\"", "version=\"abc\""), "bad-input", "\"abc\"");
    const IrMaker maker = small();
    const ReadModel file = readIr(replaced(maker.xml(), "version=\"11\"", "version=\"99\""), maker.bin);
    CHECK(file.format == "OpenVINO IR v99");
    CHECK(file.diagnostics.at(0).code == "newer-format");
}

TEST_CASE("OpenVINO: outputs are known as the file declares them, before any size is") {
    IrMaker maker;
    const int x = maker.parameter("x", "?,?,4");
    maker.result(maker.layer("open", "ReLU", "", {x}));
    maker.result(maker.layer("silent", "ReLU", "", {x}));
    const int hot = maker.layer("hot", "ReLU", "", {x});
    maker.result(hot);
    maker.result(hot);
    const auto declared = [&](std::string xml, const std::string& layer, const std::string& port) {
        const size_t at = xml.find("<output><port id=\"1\"/>", xml.find("name=\"" + layer + "\""));
        REQUIRE(at != std::string::npos);
        return xml.replace(at, std::string("<output><port id=\"1\"/>").size(), "<output>" + port);
    };
    std::string xml =
        declared(maker.xml(), "open", R"(<port id="1" precision="FP16"><dim>-1</dim><dim>7</dim></port>)");
    xml = declared(xml, "hot", R"(<port id="1" precision="BOOL"><dim>2</dim></port>)");
    const auto source = openOpenVino(std::as_bytes(std::span(xml)), "net.xml");
    const std::vector<ModelOutput>& outputs = source->facts().outputs;
    REQUIRE(outputs.size() == 3);
    CHECK(outputs[0].name == "open");
    CHECK(outputs[0].type == "f32");
    CHECK(outputs[0].shape == std::vector<Size>{{{}, ""}, {7, ""}});
    CHECK(outputs[1].name == "silent");
    CHECK(outputs[1].type.empty());
    CHECK(outputs[1].shape.empty());
    CHECK(outputs[2].type == "bool");
}

TEST_CASE("OpenVINO: places in the weights are whole numbers inside the file") {
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\"18446744073709551615\""), "bad-input", "offset");
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\"9223372036854775807\""), "bad-input", "beyond its end");
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\"-1\""), "bad-input", "offset");
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\"0x1\""), "bad-input", "offset");
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\" 7\""), "bad-input", "offset");
    CHECK_REFUSAL(refusalWith("offset=\"0\"", "offset=\"4\""), "bad-input", "end beyond its 24 bytes");
    CHECK_REFUSAL(refusalWith("size=\"24\"", "size=\"23\""), "bad-input", "has 23 bytes and needs 24");
    CHECK_REFUSAL(refusalWith("size=\"24\"", "size=\"1e3\""), "bad-input", "size");
    CHECK_REFUSAL(refusalWith("shape=\"3,2,1,1\"", "shape=\"2000000000,2000000000,2000000000\""), "bad-input", "large");
    CHECK_REFUSAL(refusalWith("shape=\"3,2,1,1\"", "shape=\"-3,2,1,1\""), "bad-input", "shape");
    CHECK_REFUSAL(refusalWith("element_type=\"f32\" shape=\"3,2,1,1\"", "element_type=\"f8e4m3\" shape=\"3,2,1,1\""),
                  "unsupported", "weights of type f8e4m3");
}

TEST_CASE("OpenVINO: the weights lie beside the model, and nowhere else") {
    const IrMaker maker = small();
    const TemporaryFolder folder;
    const std::string path = folder.write("net.xml", maker.xml());
    CHECK_REFUSAL(refusalOfFile(path), "io", "net.bin");
    folder.write("elsewhere", maker.bin);
    std::filesystem::create_symlink(folder.path("elsewhere"), folder.path("net.bin"));
    CHECK_REFUSAL(refusalOfFile(path), "bad-input", "symbolic link");
    std::filesystem::remove(folder.path("net.bin"));
    folder.write("net.bin", maker.bin.substr(1));
    CHECK_REFUSAL(refusalOfFile(path), "bad-input", "end beyond its 23 bytes");
    folder.write("net.bin", maker.bin + "more");
    CHECK(readModel(path).sizeBytes == static_cast<int64_t>(maker.xml().size() + maker.bin.size() + 4));
}

TEST_CASE("OpenVINO: layers, ports and edges are checked") {
    CHECK_REFUSAL(refusalWith("layer id=\"1\"", "layer id=\"0\""), "bad-input", "id of another layer");
    CHECK_REFUSAL(refusalWith("layer id=\"1\"", "layer id=\"4294967296\""), "bad-input", "4294967296");
    CHECK_REFUSAL(refusalWith("layer id=\"1\"", "layer id=\"-1\""), "bad-input", "\"-1\"");
    CHECK_REFUSAL(refusalWith("from-layer=\"0\"", "from-layer=\"77\""), "bad-input", "layer 77");
    CHECK_REFUSAL(refusalWith("from-port=\"0\"", "from-port=\"5\""), "bad-input", "port 5");
    CHECK_REFUSAL(refusalWith("to-port=\"1\"", "to-port=\"0\""), "bad-input", "connected twice");
    CHECK_REFUSAL(refusalWith("<edge from-layer=\"0\" from-port=\"0\" to-layer=\"2\" to-port=\"0\"/>", ""), "bad-input",
                  "connected to nothing");
    CHECK_REFUSAL(refusalWith("from-layer=\"0\" from-port=\"0\" to-layer=\"2\"",
                              "from-layer=\"3\" from-port=\"1\" to-layer=\"2\""),
                  "bad-input", "\"c\"");
    CHECK_REFUSAL(refusalWith("strides=\"1,1\"", ""), "bad-input", "strides");
    CHECK_REFUSAL(refusalWith("strides=\"1,1\"", "strides=\"0,1\""), "bad-input", "strides");
    CHECK_REFUSAL(refusalWith("min=\"0.5\"", "min=\"0,5\""), "bad-input", "min");
    CHECK_REFUSAL(refusalWith("type=\"Convolution\" version=\"opset1\"", "type=\"Convolution\" version=\"extension\""),
                  "unsupported", "extension");
    CHECK_REFUSAL(refusalWith("type=\"Convolution\"", "type=\"Proposal\""), "unsupported", "Proposal (layer c)");
}

TEST_CASE("OpenVINO: numbers are read alike in every locale") {
    const IrMaker maker = small();
    const char* german = std::setlocale(LC_ALL, "de_DE.UTF-8");
    const auto op = std::get<Unary>(nodeNamed(readIr(maker).graph, "r").op);
    std::setlocale(LC_ALL, "C");
    CHECK(op.alpha == 0.5F);
    if (!german)
        WARN("de_DE.UTF-8 is not installed; read in the C locale");
}

TEST_CASE("OpenVINO: XML that is meant to do harm is refused before it is parsed") {
    const std::string net = "<net version=\"11\">";
    CHECK_REFUSAL(refusalOfIr("<!DOCTYPE a [<!ENTITY b \"c\">]>" + net, ""), "bad-input", "document type");
    CHECK_REFUSAL(refusalOfIr("<?xml version=\"1.0\"?><net version=\"11\"><!ENTITY b SYSTEM \"/etc/passwd\">", ""),
                  "bad-input", "document type");
    std::string deep = net, wide = net + "<a ";
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    for (int i = 0; i < 1000; ++i)
        wide += "b" + std::to_string(i) + "=\"\" ";
    CHECK_REFUSAL(refusalOfIr(deep, ""), "limit", "nested");
    CHECK_REFUSAL(refusalOfIr(wide + "/></net>", ""), "limit", "attributes");
    CHECK_REFUSAL(refusalOfIr(net + "\n<layers>\n</net>", ""), "bad-input", "line 3");
    CHECK_REFUSAL(refusalOfIr(net + std::string("\0", 1) + "</net>", ""), "bad-input", "UTF-8");
    CHECK(refusalOfIr("\xEF\xBB\xBF" + small().xml(), small().bin) == "read");
}

TEST_CASE("OpenVINO: lists and numbers are read whole or not at all") {
    using namespace openvino_format;
    CHECK(integersOf("1, 2,3") == std::vector<int64_t>{1, 2, 3});
    CHECK(integersOf("1.0,-2.0") == std::vector<int64_t>{1, -2});
    CHECK(integersOf("") == std::vector<int64_t>{});
    for (const char* bad : {"1,,2", "1,", "1.5", "1;2", "0x1", "1 2", "nan", "1e300"})
        CHECK_FALSE(integersOf(bad));
    CHECK(realOf("1e-05") == 1e-05);
    CHECK_FALSE(realOf("0,5"));
}

TEST_CASE("OpenVINO: a model cut anywhere or with any byte changed is read or refused, never more") {
    const IrMaker maker = small();
    const std::string xml = maker.xml();
    const TemporaryFolder folder;
    folder.write("net.bin", maker.bin);
    const std::string path = folder.path("net.xml");
    for (size_t length = 0; length < xml.size(); ++length)
        readAny(xml.substr(0, length), path);
    for (size_t i = 0; i < xml.size(); ++i)
        for (const char change : {'<', '"', '9', '-', '\0'}) {
            std::string spoiled = xml;
            spoiled[i] = change;
            readAny(spoiled, path);
        }
}

TEST_CASE("OpenVINO: float models compute what OpenVINO computes") {
    HALFTONE_REQUIRE_DATA(dir);
    // Outputs of OpenVINO 2026.4 on the CPU in fp32 for the fixed input of values from 0 to 1.
    const std::pair<const char*, std::vector<float>> wanted[] = {
        {"FP32",
         {0.3081782F, 0.5602615F, 0.4929271F, 0.4349893F, 0.4178971F, 0.668592F, 0.4347277F, 0.8529248F, 0.6561934F,
          0.7561409F}},
        {"FP16",
         {0.3083717F, 0.5602981F, 0.4929982F, 0.435197F, 0.4178344F, 0.6682466F, 0.4343946F, 0.8525178F, 0.6557349F,
          0.7560658F}}};
    for (const auto& [precision, values] : wanted) {
        INFO(precision);
        const Graph graph = realModel(dir + "/ir/landmarks-regression-retail-0009/" + precision +
                                      "/landmarks-regression-retail-0009.xml");
        checkClose(outputOf(graph, goldenTensor({1, 3, 48, 48})), values, 1e-4F);
    }
    const Graph pupils = realModel(dir + "/ir/pupils_segmentation/pupils_segmentation.xml");
    checkClose(outputOf(pupils, goldenTensor({1, 128, 128, 1}), 1), {0.9794651F, 0.0002501047F}, 1e-4F);
    const Graph eye = realModel(dir + "/ir/open-closed-eye-0001/FP32/open-closed-eye-0001.xml");
    // The same with values from 0 to 255.
    checkClose(outputOf(eye, bytesInput({1, 3, 32, 32})), {0.9656553F, 0.0343447F}, 1e-4F);
}

TEST_CASE("OpenVINO: one network in FP32, FP16 and INT8 agrees with itself") {
    HALFTONE_REQUIRE_DATA(dir);
    const Tensor input = bytesInput({1, 3, 48, 48});
    const auto run = [&](const std::string& precision) {
        const ReadModel file = readModel(dir + "/ir/landmarks-regression-retail-0009/" + precision +
                                         "/landmarks-regression-retail-0009.xml");
        CHECK_NOTHROW(refuseUnsupported(file));
        CHECK(file.alreadyQuantized == (precision == "FP16-INT8"));
        return outputOf(file.graph, input);
    };
    const std::vector<float> fp32 = run("FP32");
    checkClose(run("FP16"), fp32, 1e-3F);
    checkClose(run("FP16-INT8"), fp32, 0.1F); // quantized with its weights trained on
}

TEST_CASE("OpenVINO: an 8-bit model has grids on its activations and weights") {
    HALFTONE_REQUIRE_DATA(dir);
    const ReadModel file =
        readModel(dir + "/ir/head-pose-estimation-adas-0001/FP16-INT8/head-pose-estimation-adas-0001.xml");
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(file.alreadyQuantized);
    int activations = 0, weights = 0;
    for (const Value& value : file.graph.values())
        if (value.quant)
            ++(value.constant ? weights : activations);
    CHECK(activations == 8); // one a FakeQuantize
    CHECK(weights == 10);    // one a Subtract
    validate(file.graph, "reading");
}
