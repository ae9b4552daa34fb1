// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy.h"

#include "core/base/file.h"
#include "tests/core/data/fixtures.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

NpyArray parse(std::string_view text) {
    return parseNpy(bytesOf(text), "weights.npy");
}

template <class T> std::string raw(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string message(std::string_view text, ErrorCode code = ErrorCode::BadInput) {
    const Error error = errorOf([&] { parse(text); });
    CHECK(error.code() == code);
    CHECK_THAT(error.message(), StartsWith("weights.npy: "));
    CHECK(error.where() == "weights.npy");
    return error.message();
}

std::string unsupported(const std::string& descr) {
    return message(npy(npyDictionary(descr, "(1,)"), std::string(64, '\0')), ErrorCode::Unsupported);
}

} // namespace

TEST_CASE("floats are saved as numpy saves them and come back") {
    TemporaryFolder folder;
    const std::vector<float> values{0, -1.5f, 3e38f, std::numeric_limits<float>::denorm_min(), 5, 6};
    saveNpyFloats(folder.path("a.npy"), {2, 3}, values);

    const std::string text = readTextFile(folder.path("a.npy"), 1000);
    // numpy.save(numpy.zeros((2, 3), 'f4')): 118 bytes of dictionary, data at 128.
    std::string header("\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 69);
    header.resize(127, ' ');
    header += '\n';
    CHECK(text.substr(0, 128) == header);
    CHECK(text.size() == 128 + 24);

    const NpyArray array = loadNpy(folder.path("a.npy"));
    CHECK(array.descr == "<f4");
    CHECK(array.shape == std::vector<int64_t>{2, 3});
    CHECK(toFloats(array) == values);
}

TEST_CASE("arrays of any rank round-trip") {
    TemporaryFolder folder;
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{}, {0}, {1}, {7}, {3, 0, 2}, {1, 2, 3, 4, 5}}) {
        int64_t count = 1;
        for (int64_t dim : shape)
            count *= dim;
        const std::vector<float> values(static_cast<size_t>(count), 2.5f);
        saveNpyFloats(folder.path("a.npy"), shape, values);
        const NpyArray array = loadNpy(folder.path("a.npy"));
        CHECK(array.shape == shape);
        CHECK(toFloats(array) == values);
    }
    CHECK_THROWS_AS(saveNpyFloats(folder.path("a.npy"), {2, 2}, std::vector<float>(5)), Error);
}

TEST_CASE("each number type becomes float") {
    const auto floats = [](const std::string& descr, const std::string& data) {
        return toFloats(parse(npy(npyDictionary(descr, "(2,)"), data)));
    };
    CHECK(floats("|b1", raw<uint8_t>({0, 1})) == std::vector<float>{0, 1});
    CHECK(floats("|u1", raw<uint8_t>({1, 255})) == std::vector<float>{1, 255});
    CHECK(floats("|i1", raw<int8_t>({-128, 127})) == std::vector<float>{-128, 127});
    CHECK(floats("<u2", raw<uint16_t>({1, 65535})) == std::vector<float>{1, 65535});
    CHECK(floats("<i2", raw<int16_t>({-3, 300})) == std::vector<float>{-3, 300});
    CHECK(floats("<u4", raw<uint32_t>({1, 1u << 31})) == std::vector<float>{1, 0x1p31f});
    CHECK(floats("<i4", raw<int32_t>({-70000, 4})) == std::vector<float>{-70000, 4});
    CHECK(floats("<u8", raw<uint64_t>({9, 10})) == std::vector<float>{9, 10});
    CHECK(floats("<i8", raw<int64_t>({-9, 10})) == std::vector<float>{-9, 10});
    CHECK(floats("<f4", raw<float>({.5f, -2})) == std::vector<float>{.5f, -2});
    CHECK(floats("<f8", raw<double>({.25, -4})) == std::vector<float>{.25f, -4});
    CHECK(floats("<f2", raw<uint16_t>({0x3C00, 0xC100})) == std::vector<float>{1, -2.5f});
}

TEST_CASE("half floats keep zeros, subnormals, infinities and NaN") {
    const std::vector<uint16_t> bits{0x8000, 0x0001, 0x83FF, 0x7BFF, 0x7C00, 0xFC00, 0x7E01};
    const auto values = toFloats(parse(npy(npyDictionary("<f2", "(7,)"), raw(bits))));
    CHECK(std::signbit(values[0]));
    CHECK(values[0] == 0);
    CHECK(values[1] == 0x1p-24f);
    CHECK(values[2] == -1023 * 0x1p-24f);
    CHECK(values[3] == 65504);
    CHECK(values[4] == std::numeric_limits<float>::infinity());
    CHECK(values[5] == -std::numeric_limits<float>::infinity());
    CHECK(std::isnan(values[6]));
}

TEST_CASE("Fortran order is brought into C order") {
    // numpy.asfortranarray(numpy.arange(6).reshape(2, 3)) is stored as 0 3 1 4 2 5.
    const NpyArray matrix = parse(npy(npyDictionary("|u1", "(2, 3)", true), {"\0\3\1\4\2\5", 6}));
    CHECK(toFloats(matrix) == std::vector<float>{0, 1, 2, 3, 4, 5});

    // element (i, j, k) = 100 i + 10 j + k
    std::vector<int16_t> stored, wanted;
    for (int16_t k = 0; k < 4; ++k)
        for (int16_t j = 0; j < 3; ++j)
            for (int16_t i = 0; i < 2; ++i)
                stored.push_back(static_cast<int16_t>(100 * i + 10 * j + k));
    for (int16_t i = 0; i < 2; ++i)
        for (int16_t j = 0; j < 3; ++j)
            for (int16_t k = 0; k < 4; ++k)
                wanted.push_back(static_cast<int16_t>(100 * i + 10 * j + k));
    const NpyArray cube = parse(npy(npyDictionary("<i2", "(2, 3, 4)", true), raw(stored)));
    CHECK(std::memcmp(cube.bytes.data(), wanted.data(), cube.bytes.size()) == 0);
    CHECK(parse(npy(npyDictionary("|u1", "(0, 3)", true), "")).bytes.empty());
}

TEST_CASE("whole numbers are read as such, and nothing else is") {
    const NpyArray labels = parse(npy(npyDictionary("<i2", "(3,)"), raw<int16_t>({-1, 0, 999})));
    CHECK(toIntegers(labels, "labels") == std::vector<int64_t>{-1, 0, 999});
    const NpyArray floats = parse(npy(npyDictionary("<f4", "(1,)"), raw<float>({1})));
    CHECK_THAT(errorOf([&] { toIntegers(floats, "labels"); }).message(), Contains("labels") && Contains("<f4"));
    const NpyArray large = parse(npy(npyDictionary("<u8", "(1,)"), raw<uint64_t>({~uint64_t{0}})));
    CHECK(errorOf([&] { toIntegers(large, "labels"); }).code() == ErrorCode::BadInput);
}

TEST_CASE("versions 2 and 3 are read, others and lying header lengths are refused") {
    const std::string dictionary = npyDictionary("|u1", "(2,)");
    for (char version : {2, 3}) {
        const std::string text = std::string("\x93NUMPY") + version + std::string(1, '\0') +
                                 static_cast<char>(dictionary.size()) + std::string(3, '\0') + dictionary + "ab";
        CHECK(parse(text).bytes.size() == 2);
    }
    CHECK_THAT(message({"\x93NUMPY\x02\x00\xF0\xFF\xFF\xFF", 12}), Contains("claims 4294967280 bytes of 12"));
    CHECK_THAT(message({"\x93NUMPY\x01\x00\xFF\xFF", 10}), Contains("claims 65535"));
    CHECK_THAT(message({"\x93NUMPY\x09\x00\x05\x00{}", 12}, ErrorCode::Unsupported), Contains("version 9.0"));
    CHECK_THAT(message({"\x93NUMPY\x01", 7}), Contains("ends within"));
    CHECK_THAT(message("PK\x03\x04"), Contains("not a .npy file"));
    CHECK_THAT(message(""), Contains("not a .npy file"));
}

TEST_CASE("shapes that promise more than there is are refused before memory is taken") {
    CHECK_THAT(message(npy(npyDictionary("<f4", "(65536, 65536)"), "")),
               Contains("65536x65536") && Contains("needs 17179869184 bytes") && Contains("has 0"));
    CHECK_THAT(message(npy(npyDictionary("<f4", "(4294967296, 4294967296)"), "")), Contains("overflows"));
    CHECK_THAT(message(npy(npyDictionary("<f8", "(2305843009213693952,)"), "")), Contains("overflows"));
    CHECK_THAT(message(npy(npyDictionary("<f4", "(" + std::string(10'000, '9') + ",)"), "")), Contains("no dimension"));
    CHECK_THAT(message(npy(npyDictionary("<f4", "(-1,)"), "")), Contains("no dimension"));
    CHECK_THAT(message(npy(npyDictionary("|u1", "(4,)"), "abc")), Contains("needs 4 bytes") && Contains("has 3"));
}

TEST_CASE("scalars, empty arrays and bytes after the array are accepted") {
    CHECK(parse(npy(npyDictionary("<f4", "()"), "abcd")).shape.empty());
    CHECK(parse(npy(npyDictionary("<f4", "(0,)"), "")).bytes.empty());
    CHECK(parse(npy(npyDictionary("|u1", "(2,)"), "ab and more")).bytes.size() == 2);
    std::string ones;
    for (int i = 0; i < 64; ++i)
        ones += "1, ";
    CHECK(parse(npy(npyDictionary("|u1", "(" + ones + ")"), "a")).shape.size() == 64);
    CHECK_THAT(message(npy(npyDictionary("|u1", "(" + ones + "1)"), "a")), Contains("more than 64 dimensions"));
}

TEST_CASE("types that are not numbers of this machine are refused by name") {
    CHECK_THAT(unsupported("|O"), Contains("|O") && Contains("Python objects"));
    CHECK_THAT(unsupported("<U10"), Contains("<U10") && Contains("text"));
    CHECK_THAT(unsupported("|S5"), Contains("text"));
    CHECK_THAT(unsupported(">f4"), Contains(">f4") && Contains("big endian"));
    CHECK_THAT(unsupported("<c8"), Contains("complex"));
    CHECK_THAT(unsupported("<M8[ns]"), Contains("dates"));
    CHECK_THAT(unsupported("|V8"), Contains("raw records"));
    CHECK_THAT(unsupported("<f16"), Contains("<f16"));
    CHECK_THAT(unsupported("<f3"), Contains("<f3"));
    CHECK_THAT(unsupported("f4"), Contains("f4"));
    CHECK_THAT(unsupported(""), Contains("unknown type"));
    CHECK_THAT(message(npy("{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (1,), }\n", ""),
                       ErrorCode::Unsupported),
               Contains("structured"));
}

TEST_CASE("headers that are not the dictionary numpy writes are refused") {
    CHECK_THAT(message(npy("{'descr': '<f4', 'shape': (1,), }\n", "abcd")), Contains("'fortran_order' is missing"));
    CHECK_THAT(message(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "abcd")),
               Contains("'descr' comes twice"));
    CHECK_THAT(message(npy("{'descr': '<f4'; import os, 'fortran_order': False, 'shape': (1,)}", "abcd")),
               Contains("expected"));
    CHECK_THAT(message(npy("{'descr': '<f4', 'fortran_order': False, 'shape': ((1,),)}", "abcd")),
               Contains("no dimension"));
    CHECK_THAT(message(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "abcd")), Contains("True nor False"));
    CHECK_THAT(message(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "abcd")),
               Contains("unknown key 'x'"));
    CHECK_THAT(message(npy("{'descr': '<f4", "")), Contains("does not end"));
    CHECK_THAT(message(npy(npyDictionary("<f4", "(1,)") + "os.system('x')", "abcd")), Contains("after the dictionary"));
    CHECK_THAT(message(npy("", "")), Contains("expected"));
    // Without the final newline, and with a foreign spacing, it is still clear.
    CHECK(parse(npy("{\"shape\":(1),\"descr\":\"<f4\",\"fortran_order\":False}", "abcd")).bytes.size() == 4);
}

TEST_CASE("no cut and no flipped bit of an array does worse than an Error") {
    const std::string text = npy(npyDictionary("<f4", "(2, 3)", true), std::string(24, 'x'));
    readDamaged(text, [](const std::string& damaged) { toFloats(parse(damaged)); });
}

TEST_CASE("a missing file and a folder are named") {
    TemporaryFolder folder;
    CHECK(errorOf([&] { loadNpy(folder.path("none.npy")); }).code() == ErrorCode::Io);
    CHECK_THAT(errorOf([&] { loadNpy(folder.path("none.npy")); }).message(), Contains("none.npy"));
    CHECK(errorOf([&] { loadNpy(folder.path()); }).code() == ErrorCode::Io);
}
