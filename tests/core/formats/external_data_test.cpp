// SPDX-License-Identifier: GPL-3.0-or-later
// Weights in files beside the model: read where they are, refused where they lead astray.
#include "core/formats/common/external_data.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace halftone;
using namespace halftone::test;
namespace fs = std::filesystem;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

/// smallModel() with the weight "w" (4*3*3*3 floats, 432 bytes) in an external file.
ModelMaker withExternal(const Entries& entries) {
    ModelMaker model = smallModel();
    onnx::TensorProto& weight = *model.graph().mutable_initializer(0);
    weight.clear_raw_data();
    weight.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : entries) {
        onnx::StringStringEntryProto& entry = *weight.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
    }
    return model;
}

std::string floats(size_t count) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
        values[i] = static_cast<float>(i);
    return {reinterpret_cast<const char*>(values.data()), count * sizeof(float)};
}

constexpr size_t kFloats = 4 * 3 * 3 * 3;

/// A folder with the model and the data file "w.bin", which has 4 floats before and after the weight.
struct Place {
    TemporaryFolder folder;
    std::string data = floats(kFloats + 8);

    Place() { folder.write("w.bin", data); }
    std::string model(const Entries& entries) const { return folder.write("net.onnx", withExternal(entries).bytes()); }
    std::string refusal(const Entries& entries) const { return refusalOfFile(model(entries)); }
    std::string refusalOfLocation(const std::string& location) const {
        return refusal({{"location", location}, {"length", "432"}});
    }
};

} // namespace

TEST_CASE("external weights are read at their offset") {
    const Place place;
    const ReadModel file = readModel(place.model({{"location", "w.bin"}, {"offset", "16"}, {"length", "432"}}));
    const Tensor weight = *file.graph.value(nodeNamed(file.graph, "conv1").inputs[1]).constant;
    CHECK(weight.shape == Shape{4, 3, 3, 3});
    CHECK(weight.floats()[0] == 4);
    CHECK(weight.floats()[kFloats - 1] == static_cast<float>(kFloats + 3));
    CHECK(file.sizeBytes == static_cast<int64_t>(fs::file_size(file.path) + place.data.size()));
    CHECK(file.diagnostics.empty());
}

TEST_CASE("two weights may share or overlap in one file") {
    const Place place;
    ModelMaker model = withExternal({{"location", "w.bin"}, {"length", "432"}});
    onnx::TensorProto& bias = *model.graph().mutable_initializer(1);
    bias.clear_raw_data();
    bias.set_data_location(onnx::TensorProto::EXTERNAL);
    *bias.mutable_external_data() = model.graph().initializer(0).external_data();
    bias.mutable_external_data(1)->set_value("16");
    CHECK(refusalOfFile(place.folder.write("net.onnx", model.bytes())) == "read");
}

TEST_CASE("locations that leave the model's folder or are no plain path are refused") {
    const Place place;
    for (const char* location : {"../secret", "a/../../secret", "a/..", ".."})
        CHECK_REFUSAL(place.refusalOfLocation(location), "bad-input", "leaves the model's folder");
    for (const char* location : {"/etc/passwd", "C:\\x", "~/x", "C:/x"})
        CHECK_REFUSAL(place.refusalOfLocation(location), "bad-input", "refused");
    CHECK_REFUSAL(place.refusalOfLocation("file:///etc/passwd"), "bad-input", "address");
    CHECK_REFUSAL(place.refusalOfLocation("..\\x"), "bad-input", "backslash");
    CHECK_REFUSAL(place.refusalOfLocation("\\\\server\\x"), "bad-input", "backslash");
    CHECK_REFUSAL(place.refusalOfLocation(""), "bad-input", "empty");
    CHECK_REFUSAL(place.refusalOfLocation("."), "bad-input", "folder itself");
    CHECK_REFUSAL(place.refusalOfLocation(std::string("w.bin\0.png", 10)), "bad-input", "NUL");
    CHECK_REFUSAL(place.refusal({{"offset", "0"}}), "bad-input", "empty");
}

TEST_CASE("symbolic and hard links in the way are refused, with and without openat2") {
    const Place place;
    const TemporaryFolder elsewhere;
    elsewhere.write("secret", place.data);
    REQUIRE(::symlink(elsewhere.path("secret").c_str(), place.folder.path("out").c_str()) == 0);
    REQUIRE(::symlink("w.bin", place.folder.path("inside").c_str()) == 0);
    REQUIRE(::symlink(elsewhere.path("").c_str(), place.folder.path("parent").c_str()) == 0);
    fs::create_directory(place.folder.path("real"));
    place.folder.write("real/w.bin", place.data);

    for (const OpenMethod method : {OpenMethod::Best, OpenMethod::ComponentWise}) {
        ExternalData data(place.folder.path("net.onnx"), method);
        const auto refusal = [&](const std::string& location) -> std::string {
            try {
                data.read({location, 0, 432}, 432, "The weight \"w\"");
                return "read";
            } catch (const Error& error) {
                return std::string(name(error.code())) + ": " + error.message();
            }
        };
        CHECK(refusal("w.bin") == "read");
        CHECK(refusal("real/w.bin") == "read");
        CHECK(refusal("./real//w.bin") == "read");
        CHECK_REFUSAL(refusal("out"), "bad-input", "symbolic link");
        CHECK_REFUSAL(refusal("inside"), "bad-input", "symbolic link");
        CHECK_REFUSAL(refusal("parent/secret"), "bad-input", "symbolic link");
        CHECK_REFUSAL(refusal("missing"), "io", "not in the model's folder");
        CHECK_REFUSAL(refusal("real"), "bad-input", "no regular file");
        CHECK_REFUSAL(refusal("../x"), "bad-input", "leaves");
    }

    REQUIRE(::link(elsewhere.path("secret").c_str(), place.folder.path("hard").c_str()) == 0);
    CHECK_REFUSAL(place.refusalOfLocation("hard"), "bad-input", "hard link");
}

TEST_CASE("offsets and lengths that are no plain numbers or do not fit are refused") {
    const Place place;
    const auto refusal = [&](const char* key, const char* value) {
        return place.refusal({{"location", "w.bin"}, {key, value}});
    };
    for (const char* number : {"-1", "x", "", " 5", "5 ", "0x10", "1e9", "+1", "99999999999999999999", "1.0"}) {
        CHECK_REFUSAL(refusal("offset", number), "bad-input", "no whole number of bytes");
        CHECK_REFUSAL(refusal("length", number), "bad-input", "no whole number of bytes");
    }
    CHECK_REFUSAL(refusal("offset", "9223372036854775807"), "bad-input", "beyond its end");
    CHECK_REFUSAL(refusal("offset", "465"), "bad-input", "beyond its end");
    CHECK_REFUSAL(refusal("length", "1152921504606846976"), "bad-input", "end beyond");
    CHECK_REFUSAL(refusal("length", "431"), "bad-input", "type and shape need 432");
    CHECK_REFUSAL(refusal("offset", "0"), "bad-input", "type and shape need 432"); // up to the end: 464 bytes
    CHECK(refusal("offset", "32") == "read");
    CHECK_REFUSAL(place.refusal({{"location", "w.bin"}, {"offset", "464"}, {"length", "432"}}), "bad-input",
                  "end beyond");
}

TEST_CASE("unknown and repeated keys are ignored with a warning") {
    const Place place;
    const ReadModel file = readModel(place.model({{"location", "w.bin"},
                                                  {"length", "432"},
                                                  {"__class__", "x"},
                                                  {"checksum", "00"},
                                                  {"location", "/etc/passwd"}}));
    REQUIRE(file.diagnostics.size() == 2);
    CHECK(file.diagnostics[0].message.find("__class__") != std::string::npos);
    CHECK(file.diagnostics[1].message.find("twice") != std::string::npos);
}

TEST_CASE("external data that is missing, empty or no regular file is refused at once") {
    const Place place;
    CHECK_REFUSAL(place.refusalOfLocation("missing.bin"), "io", "missing.bin");
    place.folder.write("empty", "");
    CHECK_REFUSAL(place.refusalOfLocation("empty"), "bad-input", "0 bytes");
    REQUIRE(::mkfifo(place.folder.path("fifo").c_str(), 0600) == 0);
    CHECK_REFUSAL(place.refusalOfLocation("fifo"), "bad-input", "no regular file");
    REQUIRE(::symlink("/dev/zero", place.folder.path("zero").c_str()) == 0);
    CHECK_REFUSAL(place.refusalOfLocation("zero"), "bad-input", "symbolic link");
}

TEST_CASE("the model's folder may be reached through a symbolic link") {
    const Place place;
    place.model({{"location", "w.bin"}, {"offset", "32"}});
    const TemporaryFolder elsewhere;
    REQUIRE(::symlink(place.folder.path("").c_str(), elsewhere.path("link").c_str()) == 0);
    CHECK(refusalOfFile(elsewhere.path("link/net.onnx")) == "read");
}

TEST_CASE("a tensor that is external and inline at once is refused") {
    const Place place;
    ModelMaker model = withExternal({{"location", "w.bin"}, {"offset", "32"}});
    model.graph().mutable_initializer(0)->set_raw_data(floats(kFloats));
    CHECK_REFUSAL(refusalOfFile(place.folder.write("net.onnx", model.bytes())), "bad-input", "more than one place");
}
