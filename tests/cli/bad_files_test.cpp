// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that made the profiler crash: it runs them or refuses them in words.
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <filesystem>

using namespace halftone::test;

namespace {

Finished profiled(const std::string& path) {
    return runCli({"profile", path, "--time", "0.05", "--calibration", "5", "--threads", "1"});
}

} // namespace

TEST_CASE("networks of values without dimensions and strides over odd sizes are profiled") {
    HALFTONE_REQUIRE_DATA(data);
    for (const char* file : {"Relu_scalar", "Where_scalar", "ReduceMeanAll_scalar", "in_scalar_relu",
                             "slice_step2_odd5", "slice_step2_odd225"}) {
        const Finished run = profiled(data + "/bad/" + file + ".onnx");
        INFO(file << ": " << run.err);
        CHECK(run.exitCode == 0);
    }
}

TEST_CASE("networks that give nothing or are wider than the memory are refused") {
    HALFTONE_REQUIRE_DATA(data);
    for (const auto& [file, says] : {std::pair{"Sum_e1", "nothing to run"},
                                     {"DepthToSpace_e0", "nothing to run"},
                                     {"sigfpe_conv_wide_input", "GB of memory"},
                                     {"hang_macs_inside", "GB of memory"}}) {
        const Finished run = profiled(data + "/bad/" + file + ".onnx");
        INFO(file << ": " << run.err);
        CHECK(run.exitCode == 1);
        CHECK(run.err.find(says) != std::string::npos);
    }
}
