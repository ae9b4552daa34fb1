// SPDX-License-Identifier: GPL-3.0-or-later
// Damage and excess at the level of protobuf.
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

using namespace halftone;
using namespace halftone::test;
using namespace std::string_literals;

namespace {

std::string varint(uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7)
        bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
}

/// A protobuf field that holds bytes.
std::string field(int number, const std::string& payload) {
    return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(payload.size()) + payload;
}

std::string repeated(const std::string& bytes, size_t times) {
    std::string all;
    all.reserve(bytes.size() * times);
    for (size_t i = 0; i < times; ++i)
        all += bytes;
    return all;
}

constexpr int kGraph = 7, kNode = 1, kAttribute = 5, kInitializer = 5;

ModelMaker nestedIfs(int depth) {
    ModelMaker model = smallModel();
    onnx::GraphProto* graph = &model.graph();
    for (int i = 0; i < depth; ++i) {
        onnx::NodeProto& node = *graph->add_node();
        node.set_op_type("If");
        node.set_name("if_" + std::to_string(i));
        node.add_output("branch_" + std::to_string(i));
        onnx::AttributeProto& body = *node.add_attribute();
        body.set_name("then_branch");
        body.set_type(onnx::AttributeProto::GRAPH);
        graph = body.mutable_g();
    }
    return model;
}

} // namespace

TEST_CASE("small files made of countless empty messages are refused before they fill the memory") {
    const size_t fiveMillion = 5'000'000;
    CHECK_REFUSAL(refusalOfBytes(field(kGraph, repeated(field(kNode, ""), fiveMillion))), "limit", "layers");
    CHECK_REFUSAL(refusalOfBytes(field(kGraph, field(kNode, repeated(field(kAttribute, ""), fiveMillion)))), "limit",
                  "memory");
    CHECK_REFUSAL(refusalOfBytes(field(kGraph, repeated(field(kInitializer, ""), fiveMillion))), "limit", "tensors");
    const int nodeInput = 1;
    CHECK_REFUSAL(refusalOfBytes(field(kGraph, field(kNode, repeated(field(nodeInput, ""), 2 * fiveMillion)))), "limit",
                  "memory");
}

TEST_CASE("each limit is held, and named when it is passed") {
    const std::string bytes = smallModel().bytes();
    const auto with = [&](auto member, auto value) {
        ReadLimits limits;
        limits.*member = value;
        return refusalOfBytes(bytes, limits);
    };
    CHECK(with(&ReadLimits::nodes, 2) == "read");
    CHECK_REFUSAL(with(&ReadLimits::nodes, 1), "limit", "1 layers");
    CHECK(with(&ReadLimits::tensors, 2) == "read");
    CHECK_REFUSAL(with(&ReadLimits::tensors, 1), "limit", "1 tensors");
    CHECK(with(&ReadLimits::attributes, 1) == "read");
    CHECK_REFUSAL(with(&ReadLimits::attributes, 0), "limit", "0 attributes");
    CHECK(with(&ReadLimits::tensorBytes, 4 * (4 * 27 + 4)) == "read");
    CHECK_REFUSAL(with(&ReadLimits::tensorBytes, 4 * (4 * 27 + 4) - 1), "limit", "\"b\"");
    CHECK(with(&ReadLimits::fileBytes, static_cast<int64_t>(bytes.size())) == "read");
    CHECK_REFUSAL(with(&ReadLimits::fileBytes, static_cast<int64_t>(bytes.size()) - 1), "limit", "net.onnx");
    CHECK(with(&ReadLimits::depth, 6) == "read");
    CHECK_REFUSAL(with(&ReadLimits::depth, 2), "limit", "nested");
}

TEST_CASE("lengths beyond the end of the file are refused") {
    for (const uint64_t claimed : {uint64_t{1} << 31, uint64_t{1} << 32, uint64_t{9} << 30, ~uint64_t{0}})
        CHECK_REFUSAL(refusalOfBytes("\x08\x08\x3a"s + varint(claimed) + std::string(16, 'x')), "bad-input", "claims");
}

TEST_CASE("malformed protobuf is refused with the place") {
    const std::string start = "\x08\x08";
    CHECK_REFUSAL(refusalOfBytes(start + "\x08" + std::string(10, '\xFF') + "\x01"), "bad-input", "longer than 10");
    CHECK_REFUSAL(refusalOfBytes(start + "\x08\xFF"), "bad-input", "byte 4");
    CHECK_REFUSAL(refusalOfBytes(start + "\x02\x01x"), "bad-input", "impossible number");
    for (const char type : {3, 4, 6, 7})
        CHECK_REFUSAL(refusalOfBytes(start + static_cast<char>(0x20 | type) + "xxxxxxxx"), "bad-input",
                      "impossible type");
}

TEST_CASE("nested subgraphs are named up to the limit of depth and refused beyond") {
    ModelMaker conditional = nestedIfs(20);
    conditional.graph().mutable_node(0)->set_input(0, "branch_0");
    CHECK_REFUSAL(unsupportedIn(conditional), "unsupported", "If (layer if_0)");
    CHECK_REFUSAL(refusalOf(nestedIfs(34)), "limit", "64 levels");
    CHECK_REFUSAL(refusalOf(nestedIfs(1000)), "limit", "64 levels");
    ReadLimits deep;
    deep.depth = 1'000'000;
    CHECK_REFUSAL(refusalOfBytes(nestedIfs(1000).bytes(), deep), "bad-input", "net.onnx");
}

TEST_CASE("unknown fields are passed over") {
    const std::string unknown = varint(100 << 3) + varint(1);
    CHECK(readBytes(smallModel().bytes() + repeated(unknown, 5'000'000)).layers.size() == 2);
}

TEST_CASE("names with NUL, invalid UTF-8 or a megabyte of text are kept, shown escaped") {
    ModelMaker model = smallModel();
    model.graph().mutable_node(0)->set_name("a\0b\xFF\n"s);
    model.graph().mutable_node(1)->set_name(std::string(1 << 20, 'n'));
    model.graph().mutable_input(0)->set_name("in\0put"s);
    model.graph().mutable_node(0)->set_input(0, "in\0put"s);
    const ReadModel file = read(model);
    CHECK(file.layers[0].name == "a\\x00b\\xFF\\x0A");
    CHECK(file.layers[1].name.size() < 300);
    CHECK(file.graph.value(file.graph.inputs[0]).name == "in\\x00put");
}

TEST_CASE("a model without graph, layers or outputs is refused") {
    ModelMaker model;
    model.proto.clear_graph();
    CHECK_REFUSAL(refusalOf(model), "bad-input", "no graph");
    ModelMaker noLayers;
    noLayers.input("x", {1});
    noLayers.output("x");
    CHECK_REFUSAL(refusalOf(noLayers), "bad-input", "no layers");
    ModelMaker noOutputs = smallModel();
    noOutputs.graph().clear_output();
    CHECK_REFUSAL(refusalOf(noOutputs), "bad-input", "no outputs");
}

TEST_CASE("versions of format and operators that are not known are refused or warned of") {
    const auto withIr = [](int64_t version) {
        ModelMaker model = smallModel();
        model.proto.set_ir_version(version);
        return model;
    };
    CHECK_REFUSAL(refusalOf(withIr(0)), "unsupported", "format version 0");
    CHECK_REFUSAL(refusalOf(withIr(-1)), "unsupported", "format version -1");
    CHECK(read(withIr(99)).diagnostics.at(0).code == "newer-format");

    CHECK_REFUSAL(refusalOf(smallModel(0)), "unsupported", "operator set 0");
    CHECK_REFUSAL(refusalOf(smallModel(-1)), "unsupported", "operator set -1");
    CHECK_REFUSAL(refusalOf(smallModel(0)), "unsupported", "operator set 0; Halftone reads 1 to 25");
    CHECK(read(smallModel(1)).diagnostics.empty());
    CHECK(read(smallModel(22)).diagnostics.empty());
    CHECK(read(smallModel(1'000'000'000)).diagnostics.at(0).code == "newer-opset");

    ModelMaker none = smallModel();
    none.proto.clear_opset_import();
    CHECK_REFUSAL(refusalOf(none), "bad-input", "opset_import");
    ModelMaker foreign;
    foreign.proto.mutable_opset_import(0)->set_domain("ai.onnx.ml");
    foreign.node("Scaler", {}, {"y"}, "scale").set_domain("ai.onnx.ml");
    foreign.output("y");
    CHECK_REFUSAL(unsupportedIn(foreign), "unsupported", "ai.onnx.ml.Scaler (layer scale)");
    ModelMaker twice = smallModel();
    twice.proto.add_opset_import()->set_version(13);
    CHECK(refusalOf(twice) == "read");
    twice.proto.add_opset_import()->set_version(14);
    twice.proto.mutable_opset_import(2)->set_domain("ai.onnx");
    CHECK_REFUSAL(refusalOf(twice), "bad-input", "13 and 14");
}
