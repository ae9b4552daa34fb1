// SPDX-License-Identifier: GPL-3.0-or-later
// Data sets whose pictures lie uncompressed one after the other: CIFAR, IDX, npy and npz.
#include "core/data/dataset.h"

#include "tests/core/data/fixtures.h"

#include <sys/stat.h>

using namespace halftone;
using namespace halftone::test;

namespace {

using Labels = std::vector<int64_t>;

std::vector<int64_t> labelsOf(const Dataset& dataset) {
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < dataset.size(); ++i)
        labels.push_back(dataset.sample(i).label);
    return labels;
}

Error openError(const std::string& path, const std::string& labelsPath = "") {
    return errorOf([&] { openPictures(path, labelsPath); });
}

/// Records as CIFAR stores them; red, green and blue of picture i are i, 100 + i, 200 + i, but for the first
/// pixel.
std::string cifar(const std::vector<std::string>& labelBytes) {
    std::string text;
    for (size_t i = 0; i < labelBytes.size(); ++i) {
        text += labelBytes[i];
        for (int plane = 0; plane < 3; ++plane) {
            text += static_cast<char>(7 + plane);
            text += std::string(1023, static_cast<char>(100 * plane + static_cast<int>(i)));
        }
    }
    return text;
}

std::string one(int label) {
    return std::string(1, static_cast<char>(label));
}

/// The .npy file of 2 pictures, 2 high, 3 wide, of bytes 0 to 11.
std::string twoGreyPictures() {
    return npy(npyDictionary("|u1", "(2, 2, 3)"), {"\0\1\2\3\4\5\6\7\x8\x9\xA\xB", 12});
}

} // namespace

TEST_CASE("CIFAR-10 records become pictures and labels") {
    TemporaryFolder folder;
    const auto dataset = openPictures(folder.write("data_batch_1.bin", cifar({one(3), one(9)})));
    CHECK(dataset->kind() == "cifar10");
    CHECK(labelsOf(*dataset) == Labels{3, 9});
    const Picture picture = dataset->picture(1);
    CHECK(picture.width == 32);
    CHECK(picture.height == 32);
    CHECK(std::vector<uint8_t>(picture.pixels.begin(), picture.pixels.begin() + 6) ==
          std::vector<uint8_t>{7, 8, 9, 1, 101, 201});
    CHECK(std::vector<uint8_t>(picture.pixels.end() - 3, picture.pixels.end()) == std::vector<uint8_t>{1, 101, 201});
}

TEST_CASE("CIFAR-100 records take the fine label") {
    TemporaryFolder folder;
    const auto dataset = openPictures(folder.write("test.bin", cifar({one(19) + one(99), one(0) + one(41)})));
    CHECK(dataset->kind() == "cifar100");
    CHECK(labelsOf(*dataset) == Labels{99, 41});
    CHECK(dataset->picture(0).pixels[4] == 100);
}

TEST_CASE("a CIFAR folder is its test set, else all its training files in order") {
    TemporaryFolder folder;
    folder.write("data_batch_2.bin", cifar({one(2)}));
    folder.write("data_batch_1.bin", cifar({one(1), one(5)}));
    folder.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    const auto training = openPictures(folder.path());
    CHECK(labelsOf(*training) == Labels{1, 5, 2});
    CHECK(training->classNames() == std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
    folder.write("test_batch.bin", cifar({one(8)}));
    CHECK(labelsOf(*openPictures(folder.path())) == Labels{8});
}

TEST_CASE("damaged and foreign CIFAR files are refused with the reason") {
    TemporaryFolder folder;
    const auto messageFor = [&](std::string_view text) { return openError(folder.write("a.bin", text)).message(); };
    CHECK_THAT(messageFor(cifar({one(3), one(10)})), Contains("record 1 has the label 10"));
    CHECK_THAT(messageFor(cifar({one(255)})), Contains("record 0 has the label 255"));
    CHECK_THAT(messageFor(cifar({one(1)}) + "xx"), Contains("no whole number of records of 3073"));
    CHECK_THAT(messageFor(cifar({""})), Contains("3072 bytes"));
    CHECK_THAT(messageFor(""), Contains("empty"));
    CHECK_THAT(messageFor("\x80\x02}q\x01(U\x0B"), Contains("pickle") && Contains("ends too early"));
    folder.write("set/data_batch_1.bin", cifar({one(1)}));
    folder.write("set/data_batch_2.bin", cifar({one(1) + one(1)}));
    CHECK_THAT(openError(folder.path("set")).message(), Contains("mixes"));
    const std::string fine = folder.write("b.bin", cifar({one(1)}));
    CHECK(openError(fine, folder.write("l.csv", "a,1\n")).code() == ErrorCode::Usage);
}

TEST_CASE("IDX pictures find the labels beside them, packed or not") {
    const std::string images = idx(8, {2, 2, 3}, "abcdefghijkl"), labels = idx(8, {2}, "\x04\x07");
    for (const bool packedImages : {false, true})
        for (const bool packedLabels : {false, true}) {
            TemporaryFolder folder;
            const std::string path = folder.write(packedImages ? "t10k-images-idx3-ubyte.gz" : "t10k-images-idx3-ubyte",
                                                  packedImages ? gzip(images) : images);
            CHECK_FALSE(openPictures(path)->labelled());
            folder.write(packedLabels ? "t10k-labels-idx1-ubyte.gz" : "t10k-labels-idx1-ubyte",
                         packedLabels ? gzip(labels) : labels);
            const auto dataset = openPictures(path);
            CHECK(dataset->kind() == "idx");
            CHECK(labelsOf(*dataset) == Labels{4, 7});
            CHECK(dataset->picture(1) == Picture{3, 2, 1, {'g', 'h', 'i', 'j', 'k', 'l'}});
            CHECK(dataset->sample(1).name == "#1");
            CHECK(openPictures(folder.path())->size() == 2);
        }
}

TEST_CASE("given labels replace those beside IDX pictures") {
    TemporaryFolder folder;
    const std::string images = folder.write("x-images-idx3-ubyte", idx(8, {2, 1, 1}, "ab"));
    folder.write("x-labels-idx1-ubyte", idx(8, {2}, "\x04\x07"));
    CHECK(labelsOf(*openPictures(images, folder.write("other", idx(8, {2}, "\x01\x02")))) == Labels{1, 2});
    const std::string npyLabels = npy(npyDictionary("<i2", "(2,)"), std::string("\x2C\x01\x05\x00", 4));
    CHECK(labelsOf(*openPictures(images, folder.write("l.npy", npyLabels))) == Labels{300, 5});
}

TEST_CASE("damaged and foreign IDX files are refused with the reason") {
    TemporaryFolder folder;
    const auto messageFor = [&](const std::string& text) {
        const Error error = openError(folder.write("images", text));
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("images"));
        return error.message();
    };
    CHECK_THAT(messageFor(idx(0x0D, {1, 1, 1}, "abcd")), Contains("0x0D"));
    CHECK_THAT(messageFor(idx(8, std::vector<uint32_t>(255, 1), "a")), Contains("rank is 255"));
    CHECK_THAT(messageFor(idx(8, {2}, "ab")), Contains("rank is 1"));
    CHECK_THAT(messageFor(idx(8, {0xFFFFFFFF, 28, 28}, "abc")), Contains("4294967295x28x28") && Contains("but 3"));
    CHECK_THAT(messageFor(idx(8, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "")), Contains("overflows"));
    CHECK_THAT(messageFor(idx(8, {1, 2, 2}, "abc")), Contains("needs 4 bytes"));
    CHECK_THAT(messageFor(idx(8, {1, 2, 2}, "abcde")), Contains("needs 4 bytes"));
    CHECK_THAT(messageFor(idx(8, {0, 2, 2}, "")), Contains("no samples"));
    CHECK_THAT(messageFor(idx(8, {5, 0, 2}, "")), Contains("cannot be read"));
    CHECK_THAT(messageFor(std::string("\0\0\x08\x03\0\0", 6)), Contains("ends within its header"));
    CHECK_THAT(messageFor(gzip("neither")), Contains("gzip data that holds neither"));
    const std::string packed = gzip(idx(8, {40, 28, 28}, std::string(40 * 28 * 28, 'x')));
    CHECK(openError(folder.write("images", packed.substr(0, packed.size() - 12))).code() == ErrorCode::BadInput);
}

TEST_CASE("labels that do not match the pictures are refused") {
    TemporaryFolder folder;
    const std::string images = folder.write("images", idx(8, {3, 1, 1}, "abc"));
    const auto messageFor = [&](const std::string& labels) {
        const Error error = openError(images, folder.write("labels", labels));
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("labels"));
        return error.message();
    };
    CHECK_THAT(messageFor(idx(8, {2}, "\x01\x02")), Contains("2 labels for 3 pictures"));
    CHECK_THAT(messageFor(idx(8, {0}, "")), Contains("0 labels for 3 pictures"));
    CHECK_THAT(messageFor(idx(8, {3, 1, 1}, "abc")), Contains("rank is 3"));
    CHECK_THAT(messageFor("1\n2\n3\n"), Contains("IDX"));
    CHECK_THAT(messageFor(npy(npyDictionary("<f4", "(3,)"), std::string(12, '\0'))), Contains("<f4"));
    CHECK_THAT(messageFor(npy(npyDictionary("|i1", "(3,)"), "\x01\xFF\x02")), Contains("label -1 of picture 1"));
    CHECK(openError(images, folder.path("none")).code() == ErrorCode::Io);
}

TEST_CASE(".npz holds images and labels of any whole type") {
    TemporaryFolder folder;
    for (Packing packing : {Packing::Zip, Packing::ZipStored}) {
        std::vector<Member> members{
            {"images.npy", twoGreyPictures()},
            {"labels.npy", npy(npyDictionary("<i8", "(2, 1)"), std::string("\5\0\0\0\0\0\0\0\x2C\1\0\0\0\0\0\0", 16))},
            {"notes.npy", "not looked at"}};
        const auto dataset = openPictures(folder.write("a.npz", pack(members, packing)));
        CHECK(dataset->kind() == "npz");
        CHECK(labelsOf(*dataset) == Labels{5, 300});
        CHECK(dataset->picture(1) == Picture{3, 2, 1, {6, 7, 8, 9, 10, 11}});
        members[1].content = npy(npyDictionary("|u1", "(2,)"), "\x01\x02");
        CHECK(labelsOf(*openPictures(folder.write("b.npz", pack(members, packing)))) == Labels{1, 2});
        members.erase(members.begin() + 1);
        CHECK_FALSE(openPictures(folder.write("c.npz", pack(members, packing)))->labelled());
    }
}

TEST_CASE(".npy of colour pictures opens with labels from a file") {
    TemporaryFolder folder;
    const std::string path = folder.write("a.npy", npy(npyDictionary("|u1", "(2, 1, 2, 3)"), "abcdefghijkl"));
    const auto dataset = openPictures(path);
    CHECK(dataset->kind() == "npy");
    CHECK(dataset->size() == 2);
    CHECK_FALSE(dataset->labelled());
    CHECK(dataset->picture(1) == Picture{2, 1, 3, {'g', 'h', 'i', 'j', 'k', 'l'}});
    CHECK(labelsOf(*openPictures(path, folder.write("l.npy", npy(npyDictionary("|u1", "(2,)"), "\x06\x03")))) ==
          Labels{6, 3});
}

TEST_CASE("bytes with the channels first are refused, other arrays are no pictures") {
    TemporaryFolder folder;
    const auto write = [&](const std::string& descr, const std::string& shape) {
        return folder.write("a.npy", npy(npyDictionary(descr, shape), std::string(1000, 'x')));
    };
    const Error planar = openError(write("|u1", "(1, 3, 8, 8)"));
    CHECK(planar.code() == ErrorCode::BadInput);
    CHECK_THAT(planar.message(), Contains("a.npy") && Contains("channels last") && Contains("1x3x8x8"));
    for (const auto& [descr, shape] : {std::pair{"<f4", "(1, 2, 2, 3)"}, {"|u1", "(4, 4)"}, {"|u1", "(1, 0, 4)"}})
        CHECK(openDataset(write(descr, shape))->sampleKind() == SampleKind::Sample);
    CHECK_THAT(openError(write("|u1", "()")).message(), Contains("single number"));
    CHECK_THAT(openError(write("|u1", "(0, 4, 4)")).message(), Contains("no samples"));
}

TEST_CASE(".npz as Keras saves data sets is its test set, else its training set") {
    TemporaryFolder folder;
    const std::string two = twoGreyPictures(), labels = npy(npyDictionary("|u1", "(2,)"), "\x05\x06"),
                      others = npy(npyDictionary("|u1", "(2,)"), "\x01\x02");
    const auto test = openPictures(folder.write(
        "mnist.npz", pack({{"x_train.npy", two}, {"y_train.npy", others}, {"x_test.npy", two}, {"y_test.npy", labels}},
                          Packing::ZipStored)));
    CHECK(labelsOf(*test) == Labels{5, 6});
    const auto training =
        openPictures(folder.write("train.npz", pack({{"x_train.npy", two}, {"y_train.npy", others}}, Packing::Zip)));
    CHECK(labelsOf(*training) == Labels{1, 2});
}

TEST_CASE(".npz files that contradict themselves are refused") {
    TemporaryFolder folder;
    const auto messageFor = [&](const std::vector<Member>& members) {
        const Error error = openError(folder.write("a.npz", pack(members, Packing::ZipStored)));
        CHECK_THAT(error.message(), Contains("a.npz"));
        return error.message();
    };
    const Member images{"images.npy", twoGreyPictures()};
    CHECK_THAT(messageFor({images, {"labels.npy", npy(npyDictionary("|u1", "(3,)"), "abc")}}),
               Contains("labels.npy") && Contains("3 labels for 2 pictures"));
    CHECK_THAT(messageFor({images, {"labels.npy", npy(npyDictionary("|u1", "(2, 2)"), "abcd")}}), Contains("2x2"));
    CHECK_THAT(messageFor({images, {"labels.npy", npy(npyDictionary("<f4", "(2,)"), "abcdefgh")}}), Contains("<f4"));
    CHECK_THAT(messageFor({{"images.npy", twoGreyPictures().substr(0, 70)}}), Contains("images.npy"));
    CHECK_THAT(messageFor({{"images.npy", std::string("\x93NUMPY\x02\x00\xF0\xFF\xFF\xFF", 12)}}),
               Contains("claims 4294967280 bytes of 12"));
    CHECK_THAT(messageFor({images, images}), Contains("images.npy twice"));
    CHECK_THAT(messageFor({images, {"../labels.npy", "x"}}), Contains("climbs out"));
}

TEST_CASE("no cut and no flipped bit of an .npz or IDX file does worse than an Error") {
    TemporaryFolder folder;
    const std::string labels = npy(npyDictionary("|u1", "(2,)"), "\x01\x02");
    const auto read = [&](const std::string& damaged) {
        const auto dataset = openPictures(folder.write("a", damaged));
        for (int64_t i = 0; i < dataset->size(); ++i)
            dataset->picture(i);
    };
    readDamaged(pack({{"images.npy", twoGreyPictures()}, {"labels.npy", labels}}, Packing::Zip), read);
    readDamaged(idx(8, {2, 2, 3}, "abcdefghijkl"), read);
    readDamaged(gzip(idx(8, {2, 2, 3}, "abcdefghijkl")), read);
}

TEST_CASE("files that hold no data set are refused with what they are") {
    TemporaryFolder folder;
    const auto messageFor = [&](std::string_view text) { return openError(folder.write("a", text)).message(); };
    CHECK_THAT(messageFor(encodePng(patternPicture(2, 2, 1))), Contains("one picture"));
    CHECK_THAT(messageFor("<!doctype html>"), Contains("HTML"));
    CHECK_THAT(messageFor("\x7F"
                          "ELF\x02\x01\x01"),
               Contains("not a data set Halftone knows"));
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    CHECK_THAT(openError(folder.path("pipe")).message(), Contains("pipe"));
    CHECK_THAT(openError("/dev/null").message(), Contains("device"));
}
