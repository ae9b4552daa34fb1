// SPDX-License-Identifier: GPL-3.0-or-later
// What is refused before it is looked at as a model, and what damage to a model does.
#include "core/formats/onnx/onnx_reader.h"
#include "core/formats/probe.h"
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace halftone;
using namespace halftone::test;
using namespace std::string_literals;

namespace {

/// A damaged file may be refused or still make sense; it must not do anything else. From memory, because
/// thousands of files take long.
void readAndInfer(const std::string& content) {
    std::vector<std::byte> bytes(content.size());
    std::transform(content.begin(), content.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    try {
        refuseForeign(bytes);
        const ReadModel file = readSource(openOnnx(bytes, "net.onnx"));
        refuseUnsupported(file);
    } catch (const Error& error) {
        REQUIRE_FALSE(error.message().empty());
        REQUIRE(error.code() != ErrorCode::Internal);
    }
}

std::string xml(const std::string& body) {
    return "<?xml version=\"1.0\"?>\n" + body;
}

} // namespace

TEST_CASE("files that are no models are refused with what they are") {
    CHECK_REFUSAL(refusalOfBytes(""), "bad-input", "net.onnx: The file is empty");
    CHECK_REFUSAL(refusalOfBytes("\x0a"), "bad-input", "net.onnx");
    CHECK_REFUSAL(refusalOfBytes(std::string(7, '\0')), "bad-input", "zero bytes");
    CHECK_REFUSAL(refusalOfBytes("\x1f\x8b\x08\x00\x00"s), "bad-input", "compressed archive");
    CHECK_REFUSAL(refusalOfBytes("PK\x03\x04 archive/data.pkl"), "bad-input", "zip archive");
    CHECK_REFUSAL(refusalOfBytes("\n<!DOCTYPE HTML><html><body>404</body></html>"), "bad-input", "web page");
    CHECK_REFUSAL(refusalOfBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "bad-input",
                  "git lfs pull");
    CHECK_REFUSAL(refusalOfBytes("\x18\0\0\0TFL3 and more"s), "bad-input", "TensorFlow Lite");
    CHECK_REFUSAL(refusalOfBytes(xml("<net name=\"a\" version=\"11\"></net>")), "bad-input", "no layers");
    CHECK_REFUSAL(refusalOfBytes(xml("<svg></svg>")), "bad-input", "XML");
    CHECK_REFUSAL(refusalOfBytes("a note about the model, not the model"), "bad-input", "text file");
    CHECK_REFUSAL(refusalOfBytes("\x89HDF\r\n\x1a\n...."), "unsupported", "Keras");
}

TEST_CASE("a TensorFlow graph is told from an ONNX model although both are protobuf") {
    // node { name: "x" op: "Placeholder" } versions { producer: 1 }
    const std::string graphDef = "\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x22\x02\x08\x01"s;
    CHECK_REFUSAL(refusalOfBytes(graphDef), "bad-input", "The graph has no layers");
    CHECK_REFUSAL(refusalOfBytes("node { name: \"x\" op: \"Placeholder\" }"), "bad-input", "The graph has no layers");
}

TEST_CASE("the name of a file does not matter") {
    const TemporaryFolder folder;
    CHECK(readModel(folder.write("picture.png", smallModel().bytes())).format == "ONNX opset 13");
    CHECK(readModel(folder.write("new\nline \xF0\x9F\x99\x82 \xFF.onnx", smallModel().bytes())).layers.size() == 2);
    CHECK_REFUSAL(refusalOfFile(folder.write("bad\n\xFF.onnx", "")), "bad-input", "bad\\x0A\\xFF.onnx");
}

TEST_CASE("what is no regular file is refused at once") {
    const TemporaryFolder folder;
    CHECK_REFUSAL(refusalOfFile(folder.path("")), "io", "folder");
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    CHECK_REFUSAL(refusalOfFile(folder.path("fifo")), "io", "pipe");
    CHECK_REFUSAL(refusalOfFile("/dev/zero"), "io", "device");
    CHECK_REFUSAL(refusalOfFile("/dev/full"), "io", "device");
    CHECK_REFUSAL(refusalOfFile("/proc/self/mem"), "bad-input", "empty");

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.path("socket").copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    CHECK_REFUSAL(refusalOfFile(folder.path("socket")), "io", "socket");
    ::close(listener);

    CHECK_REFUSAL(refusalOfFile(folder.path("missing")), "io", "No such file");
    REQUIRE(::symlink("loop", folder.path("loop").c_str()) == 0);
    CHECK_REFUSAL(refusalOfFile(folder.path("loop")), "io", "symbolic links");
    CHECK_REFUSAL(refusalOfFile("/" + std::string(5000, 'a')), "io", "too long");
}

TEST_CASE("a file that is too large is refused before it is read") {
    const TemporaryFolder folder;
    const std::string path = folder.write("net.onnx", "\x08\x08");
    std::filesystem::resize_file(path, uintmax_t{3} << 30);
    CHECK_REFUSAL(refusalOfFile(path), "limit", "external data");
    std::filesystem::resize_file(path, uintmax_t{10} << 30);
    CHECK_REFUSAL(refusalOfFile(path), "limit", "10737418240");
}

TEST_CASE("two models in one file are refused, although protobuf would merge them") {
    CHECK_REFUSAL(refusalOfBytes(smallModel().bytes() + smallModel().bytes()), "bad-input", "2 graphs");
}

TEST_CASE("a model cut anywhere is refused or read, never more") {
    const std::string bytes = smallModel().bytes();
    for (size_t length = 0; length < bytes.size(); ++length)
        readAndInfer(bytes.substr(0, length));
}

TEST_CASE("a model with any bit flipped is refused or read, never more") {
    ModelMaker model = smallModel();
    model.integers("shape", {0, -1});
    model.node("Reshape", {"y", "shape"}, {"z"}, "reshape1");
    onnx::NodeProto& pool = model.node("AveragePool", {"y"}, {"p"});
    set(pool, "kernel_shape", std::vector<int64_t>{2, 2});
    set(pool, "auto_pad", "SAME_UPPER");
    set(pool, "strides", std::vector<int64_t>{2, 2});
    model.output("z");
    model.output("p");
    std::string bytes = model.bytes();
    for (size_t i = 0; i < bytes.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
            readAndInfer(bytes);
            bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
        }
}
