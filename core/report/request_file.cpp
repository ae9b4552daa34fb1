// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/request_file.h"

#include "core/base/file.h"
#include "core/report/json_fields.h"
#include "core/request/job_fields.h"

#include <algorithm>
#include <array>

namespace halftone {

namespace {

constexpr std::string_view kSchema = "halftone-request/1";
constexpr std::string_view kRequestWanted = "a request that Halftone has written";
constexpr const char* kRequestAdvice = "Correct the field or leave it out.";
constexpr size_t kMaxBytes = size_t{16} << 20;

template <class Choice> void take(Choice& choice, const std::string& told) {
    choice = valueNamed<Choice>(told).value_or(choice);
}

/// CPUs without VNNI sum int8 products in 16 bits, where "auto" limits pairs of weights.
bool hasVnni(const std::string& isa) {
    constexpr std::array<std::string_view, 5> without{"", "SSE41", "AVX", "AVX2", "AVX512_CORE"};
    return std::ranges::find(without, isa) == without.end();
}

/// What "auto" became is taken for it, where it would become that again.
QuantizeOptions asked(const QuantizationOptions& done, const std::string& isa) {
    QuantizeOptions options;
    if (done.scheme.empty()) // of a Halftone that did not tell
        return options;
    options.ranges = valueNamed<RangeMethod>(done.ranges);
    take(options.scheme, done.scheme);
    take(options.weights, done.weights);
    if (done.weightLimit != (hasVnni(isa) ? "full" : "pairs"))
        options.weightLimit = valueNamed<WeightLimit>(done.weightLimit);
    if (done.percentile > 0)
        options.percentile = done.percentile;
    for (const auto& [tensor, method] : done.rangesOf)
        take(options.rangesOf[tensor], method);
    const auto word = [](bool on, bool automatic) {
        return on == automatic ? Switch::Auto : on ? Switch::On : Switch::Off;
    };
    options.biasCorrection = word(done.biasCorrection, true);
    options.equalization = word(done.equalization, options.weights == WeightScales::PerTensor);
    options.smoothing = word(done.smoothing, true);
    options.rounding = word(done.rounding, true);
    options.keepFp32 = done.keptFp32;
    return options;
}

} // namespace

std::string toJson(const JobRequest& request) {
    json::Writer writer;
    writer.writeTagged("schema", kSchema, request);
    return writer.takeText() + "\n";
}

JobRequest requestFromJson(std::string_view text, const std::string& source, JobRequest usual) {
    const json::Json document = json::parse(text, source, kRequestWanted);
    const json::Reader reader(source, kRequestAdvice);
    std::string schema;
    if (document.is_object() && document.contains("schema"))
        reader.read(document["schema"], schema, json::Path{}.member("schema"));
    if (schema != kSchema)
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} is no request: its schema is not {}. Choose {}.", displayText(source), kSchema,
                                kRequestWanted),
                    displayText(source));
    reader.read(document, usual, json::Path{});
    nameByValues(usual.preprocessing);
    return usual;
}

void saveRequest(const JobRequest& request, const std::string& path) {
    writeFileAtomically(path, toJson(request));
}

JobRequest loadRequest(const std::string& path, JobRequest usual) {
    return requestFromJson(readTextFile(path, kMaxBytes), path, std::move(usual));
}

JobRequest requestOf(const Report& report) {
    const Options& options = report.options;
    JobRequest request;
    if (options.request)
        request = *options.request;
    else {
        request.threads = options.threads == report.machine.cores ? 0 : options.threads;
        request.batch = options.batch;
        request.timeBudgetS = options.timeBudgetS;
        request.maxSamples = options.maxSamples;
        request.calibrationSamples = options.calibrationSamples;
        for (const Run& run : report.runs)
            if (const auto precision = precisionNamed(run.precision))
                request.precisions.push_back(*precision);
        request.quantization = asked(options.quantization, report.machine.isa);
        request.sizes.sizes = options.sizes;
        if (report.data) {
            request.dataPath = report.data->path;
            request.preprocessing = report.data->preprocessing;
        }
    }
    request.modelPath = report.model.path;
    return request;
}

} // namespace halftone
