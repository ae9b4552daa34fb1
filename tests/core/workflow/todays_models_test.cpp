// SPDX-License-Identifier: GPL-3.0-or-later
// Networks of today against the outputs of ONNX Runtime, at the sizes of its inputs.
#include "core/data/archive.h"
#include "core/data/npy.h"
#include "core/workflow/jobs/run.h"
#include "core/workflow/network/load.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>

using namespace halftone;
using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

/// Arrays by name, those that begin with `prefix`.
std::map<std::string, NpyArray> arraysOf(const std::string& npz, const std::string& prefix) {
    std::map<std::string, NpyArray> arrays;
    for (const ArchiveMember& member : readArchive(npz, [](std::string_view) { return true; }))
        if (member.name.starts_with(prefix)) {
            const size_t end = member.name.size() - std::string(".npy").size();
            arrays[member.name.substr(prefix.size(), end - prefix.size())] = parseNpy(member.bytes, member.name);
        }
    return arrays;
}

std::vector<NpyArray> outputsOf(const std::string& model, const std::map<std::string, NpyArray>& inputs,
                                Precision precision = Precision::Fp32) {
    const TemporaryFolder folder;
    RunRequest request;
    request.job.modelPath = model;
    request.outputFolder = folder.path("out");
    request.job.threads = 1;
    request.precision = precision;
    request.job.quantization.weightLimit = WeightLimit::Full; // the codes of the file on every CPU
    for (const auto& [name, array] : inputs) {
        request.inputs[name] = folder.path("in" + std::to_string(request.inputs.size()) + ".npy");
        saveNpy(request.inputs[name], array);
    }
    Job job;
    std::vector<NpyArray> outputs;
    for (const std::string& file : runModel(request, job))
        outputs.push_back(loadNpy(file));
    return outputs;
}

/// The largest difference, as a part of the largest value.
double distance(const NpyArray& actual, const NpyArray& wanted) {
    const std::vector<float> a = toFloats(actual), b = toFloats(wanted);
    double largest = 1e-30, difference = 0;
    for (size_t i = 0; i < b.size(); ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(b[i])));
        difference = std::max(difference, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    }
    return difference / largest;
}

/// The outputs of one model in golden/ beside it.
void checkAgainstGolden(const fs::path& file, double tolerance, Precision precision) {
    INFO(file.filename().string());
    fs::path npz = file.parent_path() / "golden" / (file.filename().string() + ".npz");
    if (!fs::exists(npz))
        npz = file.parent_path() / "golden" / (file.stem().string() + ".npz");
    const std::vector<NpyArray> outputs = outputsOf(file.string(), arraysOf(npz.string(), "in:"), precision);
    // Files sort by name and runModel() gives the network's order, so outputs are paired by shape and values.
    const std::map<std::string, NpyArray> golden = arraysOf(npz.string(), "out:");
    CHECK(!golden.empty());
    for (const auto& [name, wanted] : golden) {
        INFO(name);
        double best = 1;
        for (const NpyArray& actual : outputs)
            if (actual.shape == wanted.shape)
                best = std::min(best, distance(actual, wanted));
        CHECK(best <= tolerance);
    }
}

} // namespace

TEST_CASE("networks of today give what ONNX Runtime gives") {
    HALFTONE_REQUIRE_DATA(dir);
    // kSteep: a deep network before a steep sigmoid, which ONNX Runtime's own graph optimizations move by 6e-5.
    constexpr double kFloat = 1e-4, kHalf = 2e-3, kSteep = 3e-4;
    const std::pair<const char*, double> kModels[] = {
        {"cases/b04_fp16_io16.onnx", kHalf},
        {"cases/b04_fp16_keepio.onnx", kHalf},
        {"cases/b08_tiny_ops.onnx", kFloat},
        {"cases/b11_attention23.onnx", kFloat},
        {"cases/b11_einsum.onnx", kFloat},
        {"cases/b11_rmsnorm23.onnx", kFloat},
        {"cases/b11_swish24.onnx", kFloat},
        {"cases/b12_both_open.onnx", kFloat},
        {"cases/b13_expand_batch_open.onnx", kFloat},
        {"cases/b13_expand_both_open.onnx", kFloat},
        {"cases/b13_inf_const.onnx", kFloat},
        {"cases/b13_inf_where.onnx", kFloat},
        {"cases/b13_isnan.onnx", kFloat},
        {"cases/d5_cnn_ortext.onnx", kFloat},
        {"cases/d5_enc_ortext.onnx", kFloat},
        {"cases/d6_enc_matmulnbits.onnx", kFloat},
        {"cases/d7_enc_fp16.xml", kFloat},
        {"cases/d7_enc_wc8.xml", kFloat},
        {"today/basic_pitch.onnx", kFloat},
        {"today/dtln_model_2.onnx", kFloat},
        {"today/magika_v3_3.onnx", kFloat},
        {"today/minilm_l3_f16w.onnx", kFloat},
        {"today/oww_embedding.onnx", kFloat},
        {"today/oww_melspectrogram.onnx", kFloat},
        {"today/ppocrv5_det.onnx", kSteep},
        {"today/yolov8n_320.onnx", kFloat},
        {"cases/b10_gru.onnx", kFloat},
        {"cases/b10_lstm.onnx", kFloat},
        {"today/dtln_model_1.onnx", kFloat},
        {"today/gtcrn_simple.onnx", kFloat},
        {"today/silero_vad_16k_sequence.onnx", kFloat},
        {"today/minilm_l6_int8w.onnx", kFloat},
        {"today/hey_jarvis_v0.1.onnx", kFloat},
        {"today/silero_vad.onnx", kFloat},
    };
    for (const auto& [model, tolerance] : kModels)
        checkAgainstGolden(fs::path(dir) / model, tolerance, Precision::Fp32);
}

TEST_CASE("quantized files give what ONNX Runtime gives, within what rounding moves") {
    HALFTONE_REQUIRE_DATA(dir);
    // Codes of 8 bits that lie near a half are rounded either way once anything before them differs, and weights whose
    // codes are no s8 are rounded anew: bounds are of the size of the rounding, fp32 differs by 1.3, 0.8, 2.9 and 7.4 %.
    for (const auto& [model, tolerance] : {std::pair{"cases/d1_enc_open_dynq.onnx", 0.02},
                                           {"cases/d4_cnn_dynq.onnx", 0.01},
                                           {"cases/d3_lstm_dynq.onnx", 0.03},
                                           {"cases/d2_enc_qdq.onnx", 1e-4}})
        checkAgainstGolden(fs::path(dir) / model, tolerance, Precision::Int8Simulated);
}

TEST_CASE("files that store 8 bits and compute in fp32 are told") {
    HALFTONE_REQUIRE_DATA(dir);
    const auto isTold = [&](const char* model, const std::string& size) {
        GivenSizes given;
        if (!size.empty())
            given.sizes[size] = 16;
        const LoadedModel loaded = loadModel(dir + "/" + model, given, 1, Job());
        return std::ranges::count(loaded.file.diagnostics, "small-weights", &Diagnostic::code) == 1;
    };
    CHECK(isTold("today/minilm_l6_int8w.onnx", "sequence"));
    CHECK(isTold("cases/d6_enc_matmulnbits.onnx", ""));
    CHECK(isTold("cases/d7_enc_wc8.xml", ""));
    CHECK_FALSE(isTold("today/minilm_l3_f16w.onnx", "sequence_length"));
    CHECK_FALSE(isTold("cases/d1_enc_open_dynq.onnx", "seq")); // multiplies codes by codes
    CHECK_FALSE(isTold("cases/d2_enc_qdq.onnx", ""));
}
