// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/request/command_line.h"
#include "core/request/job_fields.h"
#include "tests/support/catch.h"
#include "tests/support/changed_request.h"

#include <algorithm>
#include <set>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("A request as by default is the model alone") {
    for (const JobKind kind : {JobKind::Profile, JobKind::Sweep, JobKind::Isa, JobKind::Plan, JobKind::Write}) {
        JobRequest request = defaultRequest(kind);
        request.modelPath = "a.onnx";
        CHECK(commandWords(kind, request) == std::vector<std::string>{"a.onnx"});
    }
    CHECK(defaultRequest(JobKind::Sweep).timeBudgetS == 2);
    CHECK(defaultRequest(JobKind::Profile) == JobRequest{});
}

TEST_CASE("What differs is told by its option, and quoted for a shell") {
    JobRequest request;
    request.modelPath = "my model's.onnx";
    request.dataPath = "/data/pictures";
    request.preprocessing = preprocessingPreset("imagenet-tf");
    request.threads = 2;
    request.quantization.keepFp32 = {"/a", "b c"};
    request.quantization.rangesOf = {{"t=1", RangeMethod::Entropy}};
    request.quantization.weightLimit = WeightLimit::SevenBits;
    request.quantization.keepFirstFp32 = true;
    request.precisions = {Precision::Bf16, Precision::Int8Simulated};
    request.sizes.sizes = {{"sequence_length", 128}};
    request.sizes.shapes = {{"", {1, 3, 8, 8}}};
    CHECK(commandLine(JobKind::Profile, request) ==
          "halftone-cli profile 'my model'\\''s.onnx' --size sequence_length=128 --shape 1,3,8,8 --data "
          "/data/pictures --preset imagenet-tf --weight-limit 7-bit --range-of t=1=entropy --keep-fp32 /a --keep-fp32 "
          "'b c' --first-fp32 --threads 2 --precisions bf16,int8-simulated");
}

TEST_CASE("Preprocessing of nobody's is told on top of the preset that does nothing") {
    JobRequest request;
    request.preprocessing = {"custom", 0, 32, {123.675F, 1, 2}, {}, ChannelOrder::Bgr, -1};
    CHECK(commandLine(JobKind::Profile, request) ==
          "halftone-cli profile --preset raw --crop 32 --mean 123.675,1,2 --channels bgr --label-offset -1");
    request.preprocessing = preprocessingPreset("signed");
    request.preprocessing.preset = "custom";
    CHECK(commandLine(JobKind::Profile, request) == "halftone-cli profile --preset signed");
}

TEST_CASE("Options that a command does not know are left out") {
    JobRequest request;
    request.plan.maxDrop = 2;
    request.sweep.batches = {4};
    request.written = Precision::Fp32;
    CHECK(commandLine(JobKind::Profile, request) == "halftone-cli profile");
    CHECK(commandLine(JobKind::Plan, request) == "halftone-cli plan --time 10 --max-drop 2");
    CHECK(commandLine(JobKind::Sweep, request) == "halftone-cli sweep --time 10 --batches 4");
    CHECK(commandLine(JobKind::Write, request) == "halftone-cli write --precision fp32");
}

TEST_CASE("Every option has one meaning in a command, and a help") {
    JobRequest request;
    for (const JobKind kind : {JobKind::Inspect, JobKind::Profile, JobKind::Sweep, JobKind::Isa, JobKind::Plan,
                               JobKind::Write, JobKind::Run, JobKind::Preview}) {
        std::multiset<std::string> options;
        forEachOption(request, bits(kind), [&](auto&, const auto& field) {
            options.insert(field.option);
            CHECK(std::string(field.help).size() > 5);
        });
        for (const std::string& option : options) {
            INFO(name(kind) << " " << option);
            CHECK(options.count(option) == 1);
        }
    }
}

TEST_CASE("A changed request differs in every field") {
    const JobRequest changed = changedRequest(), usual;
    const auto differs = [](const auto& self, const auto& one, const auto& other) -> void {
        forEachField<std::remove_cvref_t<decltype(one)>>([&](const auto& field) {
            INFO(field.name);
            if (std::string_view(field.name) != "preset") // says only that the values are nobody's
                CHECK_FALSE(one.*(field.member) == other.*(field.member));
            if constexpr (isGroup<std::remove_cvref_t<decltype(field)>>)
                self(self, one.*(field.member), other.*(field.member));
        });
    };
    differs(differs, changed, usual);
}
