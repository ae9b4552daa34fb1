// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of a model whose sizes are open, and once they are given.
#include "core/report/port_shape.h"
#include "core/workflow/jobs/profile.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/temporary_folder.h"

#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

Model inspected(const std::string& path, const GivenSizes& sizes = {}) {
    JobRequest request;
    request.modelPath = path;
    request.sizes = sizes;
    Job job;
    return inspectModel(request, job).model;
}

std::vector<std::string> texts(const std::vector<Port>& ports) {
    std::vector<std::string> result;
    for (const Port& port : ports)
        result.push_back(fmt::format("{} {} {}", port.name, port.type, portShape(port)));
    return result;
}

} // namespace

TEST_CASE("a model with open sizes is described with their names, and bound by their numbers") {
    ModelMaker model;
    onnx::TensorShapeProto& shape =
        *model.input("x", {-1, -1, 8}).mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.mutable_dim(1)->set_dim_param("sequence");
    model.node("Relu", {"x"}, {"y"}, "relu");
    onnx::TypeProto::Tensor& output = *model.output("y").mutable_type()->mutable_tensor_type();
    output.set_elem_type(onnx::TensorProto::FLOAT);
    *output.mutable_shape() = shape;
    const TemporaryFolder folder;
    const std::string path = folder.write("net.onnx", model.bytes());
    const Model open = inspected(path);
    CHECK(texts(open.inputs) == std::vector<std::string>{"x f32 N x sequence x 8"});
    CHECK(texts(open.outputs) == std::vector<std::string>{"y f32 N x sequence x 8"});
    CHECK(open.outputs.front().shape == std::vector<int64_t>{-1, -1, 8});
    CHECK(open.openSizes == std::vector<std::string>{"sequence"});
    const Model bound = inspected(path, {{{"sequence", 5}}, {}});
    CHECK(texts(bound.inputs) == std::vector<std::string>{"x f32 1x5x8"});
    CHECK(texts(bound.outputs) == std::vector<std::string>{"y f32 1x5x8"});
}

TEST_CASE("real models with open sizes tell their outputs") {
    HALFTONE_REQUIRE_DATA(dir);
    const Model sentences = inspected(dir + "/today/minilm_l6_int8w.onnx");
    CHECK(texts(sentences.outputs) == std::vector<std::string>{"last_hidden_state f32 batch x sequence x 384"});
    CHECK(sentences.outputs.front().shape == std::vector<int64_t>{-1, -1, 384});
    CHECK(inspected(dir + "/today/ppocrv5_det.onnx").outputs.front().unknownRank); // an empty list of dimensions
    for (const char* file : {"minilm_l3_f16w.onnx", "minilm_l6_int8w.onnx", "ppocrv5_det.onnx", "silero_vad.onnx"}) {
        INFO(file);
        const Model model = inspected(dir + "/today/" + file);
        CHECK_FALSE(model.outputs.empty());
        for (const std::vector<Port>& ports : {model.inputs, model.outputs})
            for (const Port& port : ports) {
                CHECK_FALSE(port.name.empty());
                CHECK_FALSE(port.type.empty());
                CHECK((port.symbols.empty() || port.symbols.size() == port.shape.size()));
            }
    }
}
