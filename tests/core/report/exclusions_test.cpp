// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/exclusions.h"

#include "tests/support/catch.h"
#include "tests/support/full_example_report.h"

using namespace halftone;

TEST_CASE("Excluded layers are those of the plan, and without one those that the user kept") {
    Report report = fullExampleReport();
    CHECK(excludedLayers(report) == std::vector<std::string>{"Conv_0", "Conv_3", "Conv_8"});
    report.plan->layers[1].precision = "bf16";
    report.plan->layers[2].precision = "int8";
    CHECK(excludedLayers(report) == std::vector<std::string>{"Conv_0", "Conv_3"});
    report.plan.reset();
    CHECK(excludedLayers(report).empty());
    report.options.quantization.keptFp32 = {"Conv_8"};
    CHECK(excludedLayers(report) == std::vector<std::string>{"Conv_8"});
}

TEST_CASE("Each quantizer is told in its own words") {
    const Report report = fullExampleReport();
    const std::vector<std::string> layers{"Conv_0", "Conv_3"};
    CHECK(exclusionText(report, layers, ExclusionFormat::OnnxRuntime) ==
          "nodes_to_exclude = [\n    \"Conv_0\",\n    \"Conv_3\",\n]\n");
    CHECK(exclusionText(report, layers, ExclusionFormat::Nncf) ==
          "ignored_scope = nncf.IgnoredScope(names=[\n    \"Conv_0\",\n    \"Conv_3\",\n])\n");
    CHECK(exclusionText(report, {"Conv_0"}, ExclusionFormat::NeuralCompressor) ==
          "op_name_dict = {\n"
          "    \"Conv_0\": {\"activation\": {\"dtype\": [\"fp32\"]}, \"weight\": {\"dtype\": [\"fp32\"]}},\n"
          "}\n");
}

TEST_CASE("TFLite is told the tensors that the layers compute") {
    Report report = fullExampleReport();
    const std::string expected = "denylisted_nodes = [\n    \"Relu_2_out\",\n    \"Dropout_7\",\n]\n";
    CHECK(exclusionText(report, {"Conv_0", "Dropout_7"}, ExclusionFormat::Tflite) == expected);
    report.errors.reset(); // the ranges know them too
    CHECK(exclusionText(report, {"Conv_0", "Dropout_7"}, ExclusionFormat::Tflite) == expected);
}

TEST_CASE("No layer gives an empty list") {
    const Report report;
    CHECK(exclusionText(report, {}, ExclusionFormat::OnnxRuntime) == "nodes_to_exclude = []\n");
    CHECK(exclusionText(report, {}, ExclusionFormat::Nncf) == "ignored_scope = nncf.IgnoredScope(names=[])\n");
    CHECK(exclusionText(report, {}, ExclusionFormat::NeuralCompressor) == "op_name_dict = {}\n");
    CHECK(exclusionText(report, {}, ExclusionFormat::Tflite) == "denylisted_nodes = []\n");
}

TEST_CASE("Names cannot leave their quotes") {
    const std::string name = "a\"] + [\\x\n\x7F \xC3\xA4";
    CHECK(exclusionText({}, {name}, ExclusionFormat::OnnxRuntime) ==
          "nodes_to_exclude = [\n    \"a\\\"] + [\\\\x\\x0a\\x7f \xC3\xA4\",\n]\n");
}
