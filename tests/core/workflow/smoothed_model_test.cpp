// SPDX-License-Identifier: GPL-3.0-or-later
// Smoothed channels on the way from a network to its quantized twin.
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/workflow/describe/report_run.h"
#include "core/workflow/network/quantize_model.h"
#include "tests/support/catch.h"
#include "tests/support/uneven_block.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

struct Quantized {
    QuantizedModel model;
    std::vector<TensorRange> ranges;
    bool changesActivations = false;

    bool tells(const std::string& code) const {
        return std::ranges::find(model.diagnostics, code, &Diagnostic::code) != model.diagnostics.end();
    }
    const TensorRange* range(const std::string& tensor) const {
        const auto found = std::ranges::find(ranges, tensor, &TensorRange::name);
        return found == ranges.end() ? nullptr : &*found;
    }
};

Quantized quantized(const QuantizeOptions& options) {
    useThreads(1);
    LoadedModel model;
    model.graph = unevenBlock();
    Job job;
    Stages stages(job, {{"", 1}});
    stages.next();
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    const RandomSamples samples(8, 5);
    const ModelQuantizer quantizer(model, fp32, samples, evenlySpread(8, 8), options, machineInfo(), stages);
    QuantizedModel result = quantizer.quantize();
    std::vector<TensorRange> ranges = describeRanges(result.graph, {quantizer.graph(),
                                                                    quantizer.calibration(),
                                                                    quantizer.resolved(options),
                                                                    {},
                                                                    {},
                                                                    quantizer.adopts(),
                                                                    weightLimitFor(machineInfo(), options)});
    return {std::move(result), std::move(ranges), quantizer.changesActivations()};
}

} // namespace

TEST_CASE("Smoothed channels are told, and their ranges belong to layers of the file") {
    const Quantized found = quantized({});
    CHECK(found.tells("channels-smoothed"));
    CHECK(found.changesActivations);
    CHECK(found.model.options.smoothing);
    REQUIRE(found.range("scale_y_smooth"));
    CHECK(found.range("scale_y_smooth")->layer == "scale");
    REQUIRE(found.range("up_y_smooth"));
    CHECK(found.range("up_y_smooth")->layer == "up");
    CHECK_FALSE(found.range("up_y"));
}

TEST_CASE("Without smoothing the activations are the file's") {
    QuantizeOptions options;
    options.smoothing = Switch::Off;
    const Quantized found = quantized(options);
    CHECK_FALSE(found.tells("channels-smoothed"));
    CHECK_FALSE(found.changesActivations);
    CHECK_FALSE(found.model.options.smoothing);
    CHECK(found.range("up_y"));
    CHECK_FALSE(found.range("up_y_smooth"));
}

TEST_CASE("A range can be asked for by every name that a report lists") {
    QuantizeOptions options;
    options.rangesOf = {{"scale_y_smooth", RangeMethod::Percentile}};
    CHECK(quantized(options).range("scale_y_smooth")->method == "percentile");
    options.rangesOf = {{"down_smooth", RangeMethod::Percentile}}; // a layer, no tensor
    CHECK_THROWS_AS(quantized(options), Error);
}
