// SPDX-License-Identifier: GPL-3.0-or-later
// A network whose end cannot be run gives other outputs than its file names, and does so only when asked.
#include "core/base/error.h"
#include "core/data/npy.h"
#include "core/formats/onnx/messages.h"
#include "core/workflow/jobs/run.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// y = |x| of two numbers, and behind it an operator that nobody knows.
std::string withUnknownEnd() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name("cut");
    onnx::ValueInfoProto& input = *graph.add_input();
    input.set_name("x");
    onnx::TypeProto::Tensor& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const int64_t size : {1, 2})
        type.mutable_shape()->add_dim()->set_dim_value(size);
    const auto layer = [&](const char* op, const char* from, const char* to) {
        onnx::NodeProto& node = *graph.add_node();
        node.set_op_type(op);
        node.set_name(op);
        node.add_input(from);
        node.add_output(to);
    };
    layer("Abs", "x", "y");
    layer("FindBoxes", "y", "boxes");
    graph.add_output()->set_name("boxes");
    return model.SerializeAsString();
}

} // namespace

TEST_CASE("A network that is cut is run only when that is asked for") {
    const TemporaryFolder folder;
    saveNpyFloats(folder.path("x.npy"), {1, 2}, std::vector<float>{-1, 2});
    RunRequest request;
    request.job.modelPath = folder.write("m.onnx", withUnknownEnd());
    request.job.threads = 1;
    request.inputs = {{"x", folder.path("x.npy")}};
    request.outputFolder = folder.path("out");
    Job job;
    try {
        runModel(request, job);
        FAIL("no Error was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Unsupported);
        CHECK_THAT(error.message(), Contains("FindBoxes") && Contains("--cut"));
    }
    request.cut = true;
    const std::vector<std::string> written = runModel(request, job);
    REQUIRE(written.size() == 1);
    CHECK_THAT(written.front(), EndsWith("y.npy"));
    CHECK(toFloats(loadNpy(written.front())) == std::vector<float>{1, 2});
}
