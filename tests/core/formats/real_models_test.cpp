// SPDX-License-Identifier: GPL-3.0-or-later
// Models from real exporters, and files that other projects keep because they once broke a reader.
#include "core/base/file.h"
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/real_models.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <filesystem>
#include <fstream>

using namespace halftone;
using namespace halftone::test;

namespace {

struct RealModel {
    const char* name;
    size_t layers;
    int64_t parameters; // floating-point constants of the file
    int64_t macs;       // for batch 1
    bool symbolicBatch;
};

} // namespace

TEST_CASE("real models are read completely, with the right number of parameters and operations") {
    HALFTONE_REQUIRE_DATA(dir);
    // Counted with the shape inference of ONNX itself; the bounds of a Clip, two a layer, are no parameters
    // here.
    const RealModel models[] = {
        {"resnet34_imagenet_f16w", 159, 21'646'696, 3'205'188'800, true},
        {"resnet20_cifar10", 73, 271'098, 40'551'040, true},
        {"resnet20_cifar10jpeg", 73, 271'098, 40'551'040, true},
        {"resnet56_cifar10", 199, 857'082, 125'485'696, true},
        {"mobilenet_v1_0.25_128_fp32", 58, 467'647 - 2 * 27, 13'570'304, false},
        {"mobilenet_v2_1.0_224_fp32", 101, 3'489'167 - 2 * 35, 300'775'552, false},
        {"mlperftiny_resnet8_fp32", 23, 77'706, 12'501'632, false},
        {"open-closed-eye", 12, 11'250, 692'800, false},
    };
    for (const RealModel& model : models) {
        INFO(model.name);
        const std::string path = dir + "/onnx/" + model.name + ".onnx";
        const ReadModel file = readModel(path);
        CHECK(file.sha256 == sha256OfFile(path));
        CHECK_NOTHROW(refuseUnsupported(file));
        CHECK(file.diagnostics.empty());
        CHECK_FALSE(file.alreadyQuantized);
        CHECK(file.layers.size() == model.layers);
        CHECK(file.graph.nodes().size() == model.layers);
        CHECK(parametersOf(file.graph) == model.parameters);
        CHECK(file.freeBatch() == model.symbolicBatch);
        CHECK(macsOf(file.graph) == model.macs);
        CHECK(macsOf(file.at(4)) == 4 * model.macs);
    }
}

TEST_CASE("real models compute what another runtime computes") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const std::string name : {"mlperftiny_resnet8_fp32", "resnet20_cifar10", "resnet20_cifar10jpeg",
                                   "resnet56_cifar10", "open-closed-eye", "mobilenet_v1_0.25_128_fp32"}) {
        INFO(name);
        const Graph graph = readModel(dir + "/onnx/" + name + ".onnx").graph;
        const Tensor input = goldenTensor(graph.value(graph.inputs.at(0)).shape);
        checkClose(outputOf(graph, input), readFloats(dir + "/golden/" + name + ".0.f32"), 1e-4F);
    }
}

TEST_CASE("quantized real models are recognised as such") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const std::string name : {"mlperftiny_resnet8_qdq", "resnet20_cifar10_qop_u8s8_pc"}) {
        const ReadModel file = readModel(dir + "/onnx/" + name + ".onnx");
        CHECK(file.alreadyQuantized);
        CHECK_NOTHROW(refuseUnsupported(file));
    }
}

TEST_CASE("odd and broken files of other projects are read or refused, never more") {
    HALFTONE_REQUIRE_DATA(dir);
    int files = 0, read = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir + "/edge/onnx")) {
        if (entry.path().extension() != ".onnx")
            continue;
        ++files;
        INFO(entry.path().string());
        try {
            const std::shared_ptr<ModelSource> source = openModel(entry.path().string());
            GivenSizes given;
            for (const ModelInput& input : source->facts().inputs)
                for (const Size& size : input.shape)
                    if (!size.number && size.symbol != source->facts().batch)
                        given.sizes[size.symbol] = 4;
            const ReadModel file = readSource(source, given);
            ++read;
            refuseUnsupported(file);
        } catch (const Error& error) {
            CHECK(error.code() != ErrorCode::Internal);
        }
    }
    CHECK(files == 79);
    CHECK(read >= 50);
}
