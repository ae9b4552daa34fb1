// SPDX-License-Identifier: GPL-3.0-or-later
// CIFAR as Python's pickles, and pickles that must not be read.
#include "core/data/pickle.h"

#include "core/data/dataset.h"
#include "tests/core/data/fixtures.h"

#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

std::string text(const std::string& value) {
    return fmt::format("U{}{}", static_cast<char>(value.size()), value);
}

std::string number(int value) {
    return fmt::format("K{}", static_cast<char>(value));
}

std::string bytes4(size_t value) {
    std::string result;
    for (int i = 0; i < 4; ++i)
        result += static_cast<char>(value >> (8 * i) & 255);
    return result;
}

/// numpy's array of bytes with this shape, as Python 2 wrote it.
std::string array(int rows, int columns, const std::string& data, const std::string& type = "u1") {
    const std::string shape =
        number(rows) + "M" + static_cast<char>(columns & 255) + static_cast<char>(columns >> 8) + "\x86";
    const std::string dtype = "cnumpy\ndtype\n" + text(type) + number(0) + number(1) + "\x87R(" + number(3) +
                              text("|") + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff" + number(0) + "tb";
    return "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + "\x85" + text("b") + "\x87R(" +
           number(1) + shape + dtype + "\x89T" + bytes4(data.size()) + data + "tb";
}

std::string list(const std::vector<std::string>& items) {
    std::string result = "](";
    for (const std::string& item : items)
        result += item;
    return result + "e";
}

std::string pickle(const std::vector<std::pair<std::string, std::string>>& members) {
    std::string result = "\x80\x02}q\x01(";
    for (const auto& [key, value] : members)
        result += text(key) + "q\x02" + value;
    return result + "u.";
}

/// Red, green and blue of picture i are i, 100 + i, 200 + i.
std::string pixels(int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
        for (int plane = 0; plane < 3; ++plane)
            result += std::string(1024, static_cast<char>(100 * plane + i));
    return result;
}

std::string cifar10(const std::vector<int>& labels) {
    std::vector<std::string> items;
    for (const int label : labels)
        items.push_back(number(label));
    const int count = static_cast<int>(labels.size());
    return pickle({{"batch_label", text("testing batch 1 of 1")},
                   {"labels", list(items)},
                   {"data", array(count, 3072, pixels(count))},
                   {"filenames", list({text("domestic_cat_s_000907.png")})}});
}

std::string tenNames() {
    std::vector<std::string> names;
    for (char c = 'a'; c <= 'j'; ++c)
        names.push_back(text(std::string(3, c)));
    return pickle({{"label_names", list(names)}});
}

std::vector<int64_t> labelsOf(const Dataset& dataset) {
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < dataset.size(); ++i)
        labels.push_back(dataset.sample(i).label);
    return labels;
}

std::string messageOf(std::string_view content) {
    return errorOf([&] {
               const auto view = bytesOf(content);
               Pickle({view.begin(), view.end()}, "p");
           })
        .message();
}

} // namespace

TEST_CASE("A CIFAR-10 batch for Python becomes pictures and labels") {
    TemporaryFolder folder;
    const auto dataset = openPictures(folder.write("test_batch", cifar10({3, 9})));
    CHECK(dataset->kind() == "cifar10");
    CHECK(labelsOf(*dataset) == std::vector<int64_t>{3, 9});
    const Picture picture = dataset->picture(1);
    CHECK(picture.width == 32);
    CHECK((picture.pixels[0] == 1 && picture.pixels[1] == 101 && picture.pixels[2] == 201));
}

TEST_CASE("CIFAR-100 for Python takes the fine labels") {
    TemporaryFolder folder;
    const auto dataset = openPictures(folder.write("test", pickle({{"coarse_labels", list({number(4)})},
                                                                   {"fine_labels", list({number(99)})},
                                                                   {"data", array(1, 3072, pixels(1))}})));
    CHECK(dataset->kind() == "cifar100");
    CHECK(labelsOf(*dataset) == std::vector<int64_t>{99});
}

TEST_CASE("A folder or archive of CIFAR for Python is its test set, with the names of its classes") {
    TemporaryFolder folder;
    folder.write("cifar-10-batches-py/data_batch_1", cifar10({1, 2}));
    folder.write("cifar-10-batches-py/batches.meta", tenNames());
    CHECK(labelsOf(*openPictures(folder.path("cifar-10-batches-py"))) == std::vector<int64_t>{1, 2});
    folder.write("cifar-10-batches-py/test_batch", cifar10({7}));
    const auto dataset = openPictures(folder.path("cifar-10-batches-py"));
    CHECK(labelsOf(*dataset) == std::vector<int64_t>{7});
    CHECK(dataset->classNames().at(2) == "ccc");

    for (const Packing packing : {Packing::Tar, Packing::TarGz}) {
        const auto packed =
            openPictures(folder.write("cifar.bin", pack({{"cifar-10-batches-py/batches.meta", tenNames()},
                                                         {"cifar-10-batches-py/readme.html", "<p>"},
                                                         {"cifar-10-batches-py/data_batch_1", cifar10({1})},
                                                         {"cifar-10-batches-py/test_batch", cifar10({5, 6})}},
                                                        packing)));
        CHECK(packed->kind() == "cifar10");
        CHECK(labelsOf(*packed) == std::vector<int64_t>{5, 6});
        CHECK(packed->classNames().size() == 10);
    }
    const std::string record = '\x04' + pixels(1);
    const auto binary = openPictures(folder.write("b.tgz", pack({{"cifar-10-batches-bin/data_batch_1.bin", record},
                                                                 {"cifar-10-batches-bin/test_batch.bin", record}},
                                                                Packing::TarGz)));
    CHECK(labelsOf(*binary) == std::vector<int64_t>{4});
}

TEST_CASE("A pickle that asks for an object that could run is refused by the object's name") {
    CHECK_THAT(messageOf("\x80\x02"
                         "cos\nsystem\nU\x04"
                         "true\x85R."),
               Contains("os.system") && Contains("could run a program"));
    CHECK_THAT(messageOf("\x80\x04\x8c\x08"
                         "builtins\x8c\x04"
                         "eval\x93\x8c\x01"
                         "1\x85R."),
               Contains("builtins.eval"));
    CHECK_THAT(messageOf("\x80\x02"
                         "i"),
               Contains("operation 0x69"));
}

TEST_CASE("Pickles without CIFAR's pictures are refused with what they need") {
    TemporaryFolder folder;
    const auto refused = [&](const std::string& content) {
        return errorOf([&] { openPictures(folder.write("a", content)); }).message();
    };
    CHECK_THAT(refused(pickle({{"images", number(1)}})), Contains("it needs \"data\" and \"labels\""));
    CHECK_THAT(refused(pickle({{"labels", list({number(1), number(2)})}, {"data", array(1, 3072, pixels(1))}})),
               Contains("2 times 3072"));
    CHECK_THAT(refused(pickle({{"labels", list({number(11)})}, {"data", array(1, 3072, pixels(1))}})),
               Contains("label 0 is not 0 to 9"));
    CHECK_THAT(refused(pickle({{"labels", list({number(1)})}, {"data", array(1, 3072, pixels(1), "f4")}})),
               Contains("1 times 3072"));
}

TEST_CASE("Bytes that Python 3 wrote for Python 2 are read as bytes") {
    const std::string content = "\x80\x02"
                                "c_codecs\nencode\nX\x04" +
                                std::string(3, '\0') +
                                "a\xC3\xBF"
                                "b"
                                "X\x06" +
                                std::string(3, '\0') + "latin1\x86R.";
    const auto view = bytesOf(content);
    const Pickle pickle({view.begin(), view.end()}, "p");
    CHECK(pickle.root().text == "a\xFF"
                                "b");
}

TEST_CASE("A damaged pickle is refused and nothing else happens") {
    readDamaged(pickle({{"labels", list({number(1), number(2)})}, {"data", array(2, 3, "abcdef")}}),
                [](const std::string& damaged) {
                    const auto view = bytesOf(damaged);
                    Pickle({view.begin(), view.end()}, "p");
                });
}
