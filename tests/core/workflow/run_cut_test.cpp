// SPDX-License-Identifier: GPL-3.0-or-later
// A network whose end cannot be run gives other outputs than its file names, and does so only when asked.
#include "core/base/error.h"
#include "core/data/npy.h"
#include "core/workflow/jobs/run.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// A convolution and ReLU, and behind them an operator that nobody knows.
std::string withUnknownEnd() {
    ModelMaker model = smallModel();
    model.graph().clear_output();
    model.node("FindBoxes", {"y"}, {"boxes"}, "find");
    model.output("boxes");
    return model.bytes();
}

} // namespace

TEST_CASE("A network that is cut is run only when that is asked for") {
    const TemporaryFolder folder;
    saveNpyFloats(folder.path("x.npy"), {1, 3, 8, 8}, std::vector<float>(192, 1));
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
    CHECK(loadNpy(written.front()).shape == std::vector<int64_t>{1, 4, 8, 8});
}
