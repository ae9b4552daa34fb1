// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/request_file.h"

#include "core/base/error.h"
#include "core/report/json.h"
#include "tests/support/catch.h"
#include "tests/support/changed_request.h"
#include "tests/support/full_example_report.h"
#include "tests/support/temporary_folder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

std::string refusal(const std::string& text) {
    try {
        requestFromJson(text, "request.json");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    }
    return "it was read";
}

} // namespace

TEST_CASE("A request equals itself after writing and reading") {
    const TemporaryFolder folder;
    for (const JobRequest& request : {JobRequest{}, changedRequest()}) {
        saveRequest(request, folder.path("request.json"));
        CHECK(loadRequest(folder.path("request.json")) == request);
    }
}

TEST_CASE("Fields that a request leaves out are as usual, and unknown ones are ignored") {
    JobRequest usual;
    usual.timeBudgetS = 60;
    usual.threads = 3;
    const JobRequest read =
        requestFromJson(R"({"schema": "halftone-request/1", "model": "a.onnx", "threads": 1, "later": 7})", "f", usual);
    CHECK(read.modelPath == "a.onnx");
    CHECK(read.threads == 1);
    CHECK(read.timeBudgetS == 60);
}

TEST_CASE("Requests that are none are refused by place and cause") {
    CHECK_THAT(refusal("{"), Contains("request.json is not JSON"));
    CHECK_THAT(refusal("[]"), Contains("schema is not halftone-request/1"));
    CHECK_THAT(refusal(R"({"schema": "halftone-report/1"})"), Contains("schema is not halftone-request/1"));
    CHECK_THAT(refusal(R"({"schema": "halftone-request/1", "threads": "all"})"),
               Contains("threads is text, not a whole number"));
    CHECK_THAT(refusal(R"({"schema": "halftone-request/1", "quantization": {"scheme": "other"}})"),
               Contains(R"(quantization.scheme is "other", not "symmetric" or "mixed" or "asymmetric")"));
}

TEST_CASE("A report gives back the request that it was made with") {
    Report report = fullExampleReport();
    report.options.request = changedRequest();
    JobRequest wanted = *report.options.request;
    wanted.modelPath = report.model.path; // where the model is now
    CHECK(requestOf(reportFromJson(toJson(report), "report")) == wanted);
}

TEST_CASE("A report of earlier versions gives it back as far as it tells") {
    Report report = fullExampleReport();
    report.options.request.reset();
    report.machine.isa = "AVX2";
    report.options.quantization = {"symmetric", "per-tensor", "pairs", "percentile", 99.9,     {{"t", "mse"}},
                                   true,        true,         false,   false,        {"conv1"}};
    report.options.threads = report.machine.cores;
    const JobRequest request = requestOf(report);
    CHECK(request.threads == 0);
    CHECK(request.quantization.scheme == Scheme::Symmetric);
    CHECK(request.quantization.weights == WeightScales::PerTensor);
    CHECK_FALSE(request.quantization.weightLimit); // what "auto" is on this CPU
    CHECK(request.quantization.ranges == RangeMethod::Percentile);
    CHECK(request.quantization.percentile == 99.9);
    CHECK(request.quantization.rangesOf == std::map<std::string, RangeMethod>{{"t", RangeMethod::Mse}});
    CHECK(request.quantization.biasCorrection == Switch::Auto);
    CHECK(request.quantization.equalization == Switch::Auto); // which scales for a tensor turn on
    CHECK(request.quantization.smoothing == Switch::Off);
    CHECK(request.quantization.rounding == Switch::Off);
    CHECK(request.quantization.keepFp32 == std::vector<std::string>{"conv1"});
    report.machine.isa = "AVX512_CORE_VNNI";
    CHECK(requestOf(report).quantization.weightLimit == WeightLimit::Pairs);
}
