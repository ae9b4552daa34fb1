// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow's graph_transforms through the program, with the options of TensorFlow's own tool.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace halftone::test;

namespace {

/// x [1,4] -> Identity "pass" -> Relu "y", and a Sigmoid that nobody needs.
const char* const kGraph = R"(
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
       attr { key: "shape" value { shape { dim { size: 1 } dim { size: 4 } } } } }
node { name: "pass" op: "Identity" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "y" op: "Relu" input: "pass" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "z" op: "Sigmoid" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
)";

} // namespace

TEST_CASE("a graph is transformed, and the sizes are told for each transform and in all") {
    const TemporaryFolder folder;
    const std::string in = folder.write("in.pbtxt", kGraph), out = folder.path("out.pb"),
                      sizes = folder.path("sizes.json");
    const Finished finished = runCli(
        {"transform", "--in_graph=" + in, "--out_graph=" + out, "--inputs=x", "--outputs=y",
         "--transforms=strip_unused_nodes(type=float, shape=\"1,4\")  remove_nodes(op=Identity, op=CheckNumerics) "
         "quantize_nodes",
         "--sizes", sizes});
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    CHECK_THAT(finished.out, Contains("deflated") && Contains("before                   4") &&
                                 Contains("strip_unused_nodes       3") && Contains("remove_nodes             2") &&
                                 Contains("MB -> ") && Contains("quantize_nodes is left out"));
    const auto json = nlohmann::json::parse(readText(sizes));
    CHECK(json["schema"] == "halftone-transform/1");
    CHECK(json["before"]["nodes"] == 4);
    REQUIRE(json["steps"].size() == 3);
    CHECK(json["steps"][1]["name"] == "remove_nodes");
    CHECK(json["steps"][1]["bytes"] == readText(out).size());
    CHECK(json["steps"][1]["compressedBytes"] > 0);
    const Finished inspected = runCli({"inspect", out});
    CHECK_THAT(inspected.out, Contains("outputs     y f32 1x4") && Contains("Relu:1"));
}

TEST_CASE("a graph can be written as text, and with progress for other programs") {
    const TemporaryFolder folder;
    const std::string in = folder.write("in.pbtxt", kGraph), out = folder.path("out.pbtxt");
    const Finished finished =
        runCli({"transform", "--in_graph", in, "--out_graph", out, "--inputs", "x", "--outputs", "y,z", "--transforms",
                "sort_by_execution_order", "--output_as_text", "--progress", "jsonl"});
    REQUIRE(finished.exitCode == 0);
    CHECK_THAT(readText(out), StartsWith("node {\n  name: \"x\""));
    const auto lines = jsonLines(finished.out);
    CHECK(lines.front()["type"] == "stage");
    CHECK(lines.front()["name"] == "sort_by_execution_order");
    CHECK(lines.back()["type"] == "done");
}

TEST_CASE("a transform that cannot be done writes nothing and says why") {
    const TemporaryFolder folder;
    const std::string in = folder.write("in.pbtxt", kGraph), out = folder.path("out.pb");
    const auto run = [&](const std::string& outputs, const std::string& transforms) {
        return runCli({"transform", "--in_graph", in, "--out_graph", out, "--inputs", "x", "--outputs", outputs,
                       "--transforms", transforms});
    };
    Finished finished = run("y", "strip_unused");
    CHECK(finished.exitCode == 2);
    CHECK_THAT(finished.err, Contains("no transform strip_unused. Halftone knows add_default_attributes"));
    finished = run("nowhere", "strip_unused_nodes");
    CHECK(finished.exitCode == 2);
    CHECK_THAT(finished.err, Contains("no node \"nowhere\""));
    finished = run("y", "");
    CHECK(finished.exitCode == 2);
    CHECK(folder.names() == std::vector<std::string>{"in.pbtxt"});
    CHECK(runCli({"transform", "--in_graph", in}).exitCode == 2);
}
