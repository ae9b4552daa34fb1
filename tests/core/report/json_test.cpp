// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

using namespace halftone;
using Json = nlohmann::json;

namespace {

Error errorOf(const std::string& text) {
    try {
        reportFromJson(text, "report.json");
    } catch (const Error& error) {
        return error;
    }
    FAIL("the text was accepted");
    throw;
}

/// "/runs/0/latencyMs/median" as "runs[0].latencyMs.median".
std::string shownPath(const Json::json_pointer& pointer) {
    std::string shown;
    for (Json::json_pointer rest = pointer; !rest.empty(); rest.pop_back()) {
        const std::string& token = rest.back();
        const bool index = token.find_first_not_of("0123456789") == std::string::npos;
        const std::string part = index ? "[" + token + "]" : "." + token;
        shown = part + shown;
    }
    return shown.starts_with('.') ? shown.substr(1) : shown;
}

/// Calls `visit` with the place of every value in `json`, the document itself left out.
template <class Visit> void forEachPlace(const Json& json, const Json::json_pointer& at, const Visit& visit) {
    if (!at.empty())
        visit(at);
    if (json.is_object())
        for (const auto& [key, value] : json.items())
            forEachPlace(value, at / key, visit);
    else if (json.is_array())
        for (size_t i = 0; i < json.size(); ++i)
            forEachPlace(json[i], at / i, visit);
}

/// The example, cut to one of each thing that is checked alone.
Json smallDocument() {
    Report report = exampleReport(6);
    for (TensorRange& tensor : report.tensors) {
        tensor.histogram.counts.resize(1);
        tensor.scales.resize(1);
        tensor.zeroPoints.resize(1);
        tensor.channelMin.resize(1);
        tensor.channelMax.resize(1);
    }
    report.accuracy->changed.resize(1);
    const Report full = fullExampleReport();
    report.options.quantization = full.options.quantization;
    report.accuracy->changed[0] = full.accuracy->changed[0];
    report.accuracy->mcnemar = full.accuracy->mcnemar;
    report.errors = full.errors;
    report.errors->layers.resize(1);
    report.errors->divergences.resize(1);
    report.plan = full.plan;
    report.plan->layers.resize(2);
    report.plan->front.resize(2);
    return Json::parse(toJson(report));
}

/// Optional members, the entries of maps, and fields that the first reports did not have.
bool mayBeMissing(const Json::json_pointer& at) {
    if (at.to_string().starts_with("/data/preprocessing/")) // of a request, whose fields all may
        return true;
    static const std::set<std::string> optionalFields{"frequencyMhz",
                                                      "request",
                                                      "load",
                                                      "steal",
                                                      "data",
                                                      "speedup",
                                                      "axis",
                                                      "sqnrDb",
                                                      "top1",
                                                      "top5",
                                                      "agreement",
                                                      "accuracy",
                                                      "speedupCi95",
                                                      "accuracyDrop",
                                                      "conversionShare",
                                                      "limitMs",
                                                      "roofline",
                                                      "waterfall",
                                                      "sweep",
                                                      "isas",
                                                      "outputDifference",
                                                      "errors",
                                                      "plan",
                                                      "health",
                                                      "stableAfter",
                                                      "heldOutClippedShare",
                                                      "mcnemar",
                                                      "local",
                                                      "outputSqnrDb",
                                                      "top1Drop",
                                                      "measuredMs",
                                                      "measuredDrop"};
    static const std::set<std::string> laterFields{
        "sizes",      "precisions", "choice",      "bound",          "paddingMacs", "quantization", "alsoCalibrated",
        "classNames", "moved",      "change",      "distance",       "top",         "picture",      "method",
        "candidates", "cure",       "others",      "waitingShare",   "conditions",  "grade",        "roundMs",
        "stepRounds", "waitingMs",  "rounds",      "clippedBySteps", "notFinite",   "clipNote",     "notMeasured",
        "openSizes",  "symbols",    "unknownRank", "kept",           "measures",    "judgedAs",     "judgedWhy",
        "sampleKind", "judge",      "tokenizer"};
    static const std::set<std::string> maps{"operators", "byPrecision", "share", "ci95",
                                            "top",       "rangesOf",    "ms",    "sizes"};
    static const std::set<std::string> mapsOfPlan{"/plan/latencyMs", "/plan/top1", "/plan/agreement"};
    const Json::json_pointer parent = at.parent_pointer();
    if (!parent.empty() && (maps.count(parent.back()) || mapsOfPlan.count(parent.to_string())))
        return true;
    if (mapsOfPlan.count(at.to_string()))
        return false;
    if (at.back() == "medianMs") // a layer or conversion may lack it, a step may not
        return at.to_string().find("/steps/") == std::string::npos;
    if (at.back() == "weightsBytes") // the memory of a run always had it, steps got it later
        return at.to_string().find("/steps/") != std::string::npos;
    if (at.back() == "weightLimit") // the options of quantization always had it, instruction sets got it later
        return at.to_string().starts_with("/isas/");
    if (at.back() == "byPrecision") // layers always had it, the accuracy came to it later
        return at.to_string() == "/accuracy/byPrecision";
    if (at.back() == "ci95") // latencies and accuracies always had it, steps and layers got it later
        return at.to_string().find("latencyMs") == std::string::npos && !at.to_string().starts_with("/accuracy/");
    if (at.back() == "output") // that accuracy compares
        return at.to_string() == "/accuracy/output";
    if (at.back() == "max") // latencies got it later
        return at.to_string().find("latencyMs") != std::string::npos;
    if (at.back() == "method") // of a candidate it was always told
        return at.to_string().find("/candidates/") == std::string::npos;
    if (at.back() == "significant") // verdict and plan always had it, runs got it later
        return at.to_string().starts_with("/runs/");
    if (at.back() == "sqnrDb") // a sample that diverges has one
        return at.to_string().find("/divergences/") == std::string::npos;
    if (laterFields.count(at.back()))
        return true;
    return optionalFields.count(at.back()) != 0;
}

} // namespace

TEST_CASE("A filled report survives writing and reading") {
    for (const int layers : {6, 12, 60}) {
        const Report report = exampleReport(layers);
        const std::string text = toJson(report);
        const Report read = reportFromJson(text, "report.json");
        CHECK((read == report));
        CHECK(toJson(read) == text);
        CHECK(text.back() == '\n');
    }
}

TEST_CASE("An empty report survives writing and reading") {
    const Report report;
    CHECK((reportFromJson(toJson(report), "report.json") == report));
    const Json json = Json::parse(toJson(report));
    CHECK(json.at("data").is_null());
    CHECK(json.at("accuracy").is_null());
    CHECK(json.at("verdict").at("speedup").is_null());
}

TEST_CASE("Fields stand in the order of report.h") {
    const auto json = nlohmann::ordered_json::parse(toJson(exampleReport()));
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items())
        keys.push_back(key);
    CHECK(keys == std::vector<std::string>{"schema",   "tool",    "command",    "created",   "machine", "model",
                                           "data",     "options", "runs",       "layers",    "tensors", "conversions",
                                           "accuracy", "verdict", "roofline",   "waterfall", "errors",  "plan",
                                           "sweep",    "isas",    "diagnostics"});
}

TEST_CASE("Numbers at the edge of their types survive") {
    Report report = exampleReport(6);
    report.options.seed = std::numeric_limits<uint64_t>::max();
    report.model.macs = std::numeric_limits<int64_t>::max();
    report.accuracy->changed[0].label = std::numeric_limits<int64_t>::min();
    report.runs[0].firstMs = 0.1 + 0.2;
    report.runs[0].compileMs = 5e-324;
    report.runs[1].firstMs = std::numeric_limits<double>::max();
    report.runs[1].unexplainedMs = -1.0 / 3;
    report.machine.load = 3.0;
    CHECK((reportFromJson(toJson(report), "report.json") == report));
}

TEST_CASE("Shapes that a file leaves open survive") {
    Report report;
    report.model.inputs = {{"ids", "s64", {-1, -1, 4}, {"batch", "sequence", ""}}, {"x", "f32", {}, {}, true}};
    report.model.outputs = {{"y", "", {-1, 2}}};
    CHECK((reportFromJson(toJson(report), "report.json") == report));
}

TEST_CASE("Text with quotes, control characters and other scripts survives") {
    Report report;
    report.command = "a \"b\" \\ \n\t\x01 \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x99\x82";
    report.model.operators["weird \"key\""] = 3;
    CHECK((reportFromJson(toJson(report), "report.json") == report));
}

TEST_CASE("What is not a number is never written") {
    Report report = exampleReport(6);
    report.machine.load = std::nan("");
    CHECK(Json::parse(toJson(report)).at("machine").at("load").is_null());
    report.runs[1].latencyMs.median = std::numeric_limits<double>::infinity();
    try {
        toJson(report);
        FAIL("infinity was written");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Internal);
        CHECK_THAT(error.message(), Contains("runs[1].latencyMs.median"));
    }
}

TEST_CASE("Text that is not UTF-8 is never written") {
    Report report = exampleReport(6);
    report.layers[2].name = "conv\xFF";
    try {
        toJson(report);
        FAIL("invalid text was written");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Internal);
        CHECK_THAT(error.message(), Contains("layers[2].name"));
    }
}

TEST_CASE("Each missing field is named, unless it is optional") {
    const Json document = smallDocument();
    int missing = 0;
    forEachPlace(document, Json::json_pointer(), [&](const Json::json_pointer& at) {
        Json changed = document;
        Json& parent = changed[at.parent_pointer()];
        if (!parent.is_object() || at == Json::json_pointer("/schema"))
            return;
        parent.erase(at.back());
        const std::string shown = shownPath(at);
        INFO(shown);
        if (mayBeMissing(at)) {
            CHECK_NOTHROW(reportFromJson(changed.dump(), "report.json"));
        } else {
            const Error error = errorOf(changed.dump());
            CHECK(error.code() == ErrorCode::BadInput);
            CHECK(error.where() == shown);
            CHECK_THAT(error.message(), StartsWith("report.json: " + shown + " is missing"));
            ++missing;
        }
    });
    CHECK(missing > 400);
}

TEST_CASE("Each field of a wrong type is named") {
    const Json document = smallDocument();
    int wrong = 0;
    forEachPlace(document, Json::json_pointer(), [&](const Json::json_pointer& at) {
        if (at == Json::json_pointer("/schema"))
            return;
        Json changed = document;
        Json& value = changed[at];
        value = value.is_object() ? Json::array() : value.is_string() ? Json(1.5) : Json("x");
        INFO(shownPath(at));
        const Error error = errorOf(changed.dump());
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK(error.where() == shownPath(at));
        ++wrong;
    });
    CHECK(wrong > 500);
}

TEST_CASE("Messages say what was found and what was expected") {
    Json document = smallDocument();
    const auto message = [&](const char* pointer, const Json& value) {
        Json changed = document;
        changed[Json::json_pointer(pointer)] = value;
        return errorOf(changed.dump()).message();
    };
    CHECK_THAT(message("/runs/1/latencyMs/median", "fast"),
               StartsWith("report.json: runs[1].latencyMs.median is text, not a number."));
    CHECK_THAT(message("/runs/1/latencyMs/ci95", Json::array({1})),
               StartsWith("report.json: runs[1].latencyMs.ci95 is an array of 1, not an array of two numbers."));
    CHECK_THAT(message("/machine/cores", 2.5), Contains("machine.cores is the number 2.5, not a whole number."));
    CHECK_THAT(message("/machine/cores", int64_t{1} << 40),
               Contains("machine.cores is 1099511627776, which is outside"));
    CHECK_THAT(message("/options/seed", -1), Contains("options.seed is -1, which is outside 0 to"));
    CHECK_THAT(message("/diagnostics/0/severity", "fatal"),
               Contains("diagnostics[0].severity is \"fatal\", not \"info\" or \"warning\""));
    CHECK_THAT(message("/runs/0/steps/0/kind", "convert-axes"),
               Contains("runs[0].steps[0].kind is \"convert-axes\", not \"compute\" or \"convert-dtype\" or"));
    CHECK_THAT(
        message("/layers/0/byPrecision/int8/status", "executed"),
        Contains("layers[0].byPrecision.int8.status is \"executed\", not \"EXECUTED\" or \"FUSED\" or \"ELIMINATED\""));
    CHECK_THAT(message("/conversions/0/when", ""),
               Contains("conversions[0].when is \"\", not \"every inference\" or \"once\""));
    CHECK_THAT(message("/waterfall/parts/0/kind", "luck"),
               Contains("waterfall.parts[0].kind is \"luck\", not \"ideal\" or \"no-int8-kernel\" or"));
    CHECK_THAT(message("/verdict", nullptr), Contains("verdict is null, not an object"));
}

TEST_CASE("Step numbers that point nowhere and lists of unequal length are refused") {
    Report report = exampleReport(6);
    report.layers[0].byPrecision["int8"].step = 1000;
    CHECK(errorOf(toJson(report)).where() == "layers[0].byPrecision.int8.step");
    report = exampleReport(6);
    report.conversions[0].step = -2;
    CHECK(errorOf(toJson(report)).where() == "conversions[0].step");
    report = exampleReport(6);
    report.conversions[0].run = "bf16";
    CHECK(errorOf(toJson(report)).where() == "conversions[0].step");
    report = fullExampleReport();
    report.plan->chosen = static_cast<int>(report.plan->front.size());
    CHECK(errorOf(toJson(report)).where() == "plan.chosen");
    report.plan->chosen = -2;
    CHECK(errorOf(toJson(report)).where() == "plan.chosen");
    report = exampleReport(6);
    report.tensors[1].zeroPoints.pop_back();
    CHECK(errorOf(toJson(report)).where() == "tensors[1].zeroPoints");
    report = exampleReport(6);
    report.tensors[1].channelMin.pop_back();
    CHECK(errorOf(toJson(report)).where() == "tensors[1].channelMax");
}

TEST_CASE("Unknown fields and minor versions are accepted") {
    Json document = smallDocument();
    document["later"] = {{"a", 1}};
    document["runs"][0]["energyJ"] = 0.5;
    document["schema"] = "halftone-report/1.7";
    CHECK(reportFromJson(document.dump(), "report.json").runs.size() == 2);
}

TEST_CASE("Other schemas and newer versions are refused in a sentence") {
    Json document = smallDocument();
    document["schema"] = "halftone-report/2";
    CHECK_THAT(errorOf(document.dump()).message(),
               StartsWith("report.json has schema halftone-report/2, but this Halftone reads halftone-report/1."));
    document["schema"] = "halftone-report/12";
    CHECK_THAT(errorOf(document.dump()).message(), Contains("has schema halftone-report/12"));
    for (const Json& other : {Json("sarif-2.1"), Json(1), Json(nullptr)}) {
        document["schema"] = other;
        CHECK_THAT(errorOf(document.dump()).message(), StartsWith("report.json is not a Halftone report"));
    }
    for (const char* text : {"{}", "[]", "3", "null", "\"halftone-report/1\""})
        CHECK_THAT(errorOf(text).message(), StartsWith("report.json is not a Halftone report"));
}

TEST_CASE("Text that is not JSON is refused with its place") {
    const std::string whole = toJson(exampleReport(6));
    for (const size_t length : {size_t{0}, size_t{1}, whole.size() / 2, whole.size() - 3}) {
        const Error error = errorOf(whole.substr(0, length));
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), StartsWith("report.json is not JSON"));
    }
    CHECK_THAT(errorOf("{\n\"schema\": \"halftone-report/1\",\n,}").message(), Contains("line 3"));
    CHECK_THAT(errorOf("{\"schema\": 1e999}").message(), Contains("a number that is too large"));
    CHECK(errorOf(std::string(1'000'000, '[')).code() == ErrorCode::BadInput);
    CHECK(errorOf(std::string(300'000, '[') + std::string(300'000, ']')).code() == ErrorCode::BadInput);
    CHECK(errorOf("{\"schema\": \"\xFF\"}").code() == ErrorCode::BadInput);
}

TEST_CASE("The name of the source is shown without control characters") {
    try {
        reportFromJson("{}", "a\nb.json");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), StartsWith("a\\x0Ab.json"));
    }
}

TEST_CASE("A report is saved and loaded") {
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("halftone-report-{}", ::getpid());
    std::filesystem::create_directories(folder);
    const std::string path = folder / "report.json";
    saveReport(exampleReport(), path);
    saveReport(exampleReport(20), path);
    CHECK((loadReport(path) == exampleReport(20)));
    CHECK_THROWS_AS(saveReport(exampleReport(), folder), Error);
    CHECK_THROWS_AS(loadReport(folder), Error);
    CHECK_THROWS_AS(loadReport(folder / "none.json"), Error);
    std::filesystem::remove_all(folder);
}

TEST_CASE("The first golden report keeps loading, and nothing of it is lost when it is written again") {
    const std::string path = test::testsDir() + "/core/report/golden-1.json";
    const Report report = loadReport(path);
    CHECK(report.schema == "halftone-report/1");
    REQUIRE(report.runs.size() == 2);
    CHECK(report.run("int8")->steps.size() == 7);
    CHECK(report.run("fp32")->latencyMs.n == 420);
    REQUIRE(report.layers.size() == 12);
    CHECK(report.layers[5].name == "Add_5");
    CHECK(report.layers[5].byPrecision.at("int8").into == "Conv_3");
    CHECK(report.layers[7].byPrecision.at("fp32").status == LayerStatus::Eliminated);
    REQUIRE(report.accuracy);
    CHECK(report.accuracy->top1->share.at("int8") == 0.92);
    CHECK(report.accuracy->changed.size() == 7);
    CHECK(report.tensors[1].axis == 0);
    CHECK(report.diagnostics[0].severity == Severity::Warning);
    const Json before = Json::parse(readTextFile(path, 1 << 20)), after = Json::parse(toJson(report));
    forEachPlace(before, Json::json_pointer(), [&](const Json::json_pointer& at) {
        INFO(at.to_string());
        REQUIRE(after.contains(at));
        if (!before[at].is_structured())
            CHECK(after[at] == before[at]);
    });
}
