// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/network/precisions.h"

#include "core/base/error.h"
#include "core/engine/machine/machine.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

using namespace halftone;
using enum Precision;

TEST_CASE("fp32 and int8 come first, and nothing is run twice") {
    CHECK(precisionsToRun({}, "AVX2") == std::vector{Fp32, Int8});
    CHECK(precisionsToRun({Int8Simulated, Int8, Fp32, Int8Simulated}, "AVX2") ==
          std::vector{Fp32, Int8, Int8Simulated});
    CHECK(precisionsToRun({F16, Bf16}, "AVX512_CORE_AMX") == std::vector{Fp32, Int8, F16, Bf16});
}

TEST_CASE("A precision that this CPU does not suit is refused by what it needs") {
    CHECK_THROWS_WITH(precisionsToRun({Bf16}, "AVX2"),
                      "bf16 needs a CPU with AVX512_BF16 or AMX, and this one has AVX2.");
    CHECK_THROWS_WITH(precisionsToRun({F16}, "AVX512_CORE_BF16"),
                      "fp16 needs a CPU with AVX512_FP16, and this one has AVX512_CORE_BF16.");
}

TEST_CASE("bf16 and fp16 suit the instruction sets that multiply them") {
    struct Example {
        const char* isa;
        bool bf16, fp16;
    };
    for (const auto& [isa, bf16, fp16] :
         {Example{"SSE41", false, false}, Example{"AVX", false, false}, Example{"AVX2", false, false},
          Example{"AVX2_VNNI", false, false}, Example{"AVX2_VNNI_2", false, false},
          Example{"AVX512_CORE", false, false}, Example{"AVX512_CORE_VNNI", false, false},
          Example{"AVX512_CORE_BF16", true, false}, Example{"AVX512_CORE_FP16", true, true},
          Example{"AVX512_CORE_AMX", true, true}, Example{"AVX512_CORE_AMX_FP16", true, true}}) {
        INFO(isa);
        CHECK(whyUnsupported(Bf16, isa).empty() == bf16);
        CHECK(whyUnsupported(F16, isa).empty() == fp16);
        for (const Precision everywhere : {Fp32, Int8, Int8Simulated})
            CHECK(whyUnsupported(everywhere, isa).empty());
    }
}

TEST_CASE("Every precision is found by its name") {
    for (const Precision precision : kPrecisions)
        CHECK(precisionNamed(name(precision)) == precision);
    CHECK_FALSE(precisionNamed("int4"));
}

TEST_CASE("A file that simulates int8 with operators of its own is run so beside int8") {
    for (const char* simulating :
         {"FakeQuantize", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxArgs", "FAKE_QUANT"}) {
        ModelFacts file;
        file.operators = {{"Conv2D", 3}, {simulating, 1}};
        CHECK(usualPrecisions(file) == std::vector{Int8Simulated});
    }
    ModelFacts codes;
    codes.operators = {{"QuantizeLinear", 3}, {"DequantizeLinear", 4}};
    CHECK(usualPrecisions(codes).empty());
}
