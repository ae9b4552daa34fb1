// SPDX-License-Identifier: GPL-3.0-or-later
// Data sets whose pictures are files of their own, in folders, CSVs and archives.
#include "core/data/dataset.h"

#include "tests/core/data/fixtures.h"

#include <filesystem>
#include <sys/stat.h>

using namespace halftone;
using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

std::string picture(int seed) {
    return encodePng(patternPicture(3 + seed, 4, 3));
}

std::vector<int64_t> labelsOf(const Dataset& dataset) {
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < dataset.size(); ++i)
        labels.push_back(dataset.sample(i).label);
    return labels;
}

std::vector<std::string> sampleNames(const Dataset& dataset) {
    std::vector<std::string> names;
    for (int64_t i = 0; i < dataset.size(); ++i)
        names.push_back(dataset.sample(i).name);
    return names;
}

Error openError(const std::string& path, const std::string& labelsPath = "") {
    return errorOf([&] { openPictures(path, labelsPath); });
}

using Labels = std::vector<int64_t>;
using Names = std::vector<std::string>;

} // namespace

TEST_CASE("a folder with a folder a class is labelled by the sorted names") {
    TemporaryFolder folder;
    folder.write("dog/b.png", picture(2));
    folder.write("dog/a.PNG", picture(1));
    folder.write("cat/x.jpeg", encodeJpeg(patternPicture(5, 5, 3)));
    folder.write("dog/notes.txt", "not a picture");
    folder.write("readme.txt", "not a picture");
    folder.write(".hidden/z.png", picture(3));
    folder.write("dog/.thumbnail.png", picture(3));
    fs::create_directory(folder.path("eel"));

    const auto dataset = openPictures(folder.path());
    CHECK(dataset->kind() == "image-folder");
    CHECK(dataset->path() == folder.path());
    CHECK(dataset->labelled());
    CHECK(sampleNames(*dataset) == Names{"cat/x.jpeg", "dog/a.PNG", "dog/b.png"});
    CHECK(labelsOf(*dataset) == Labels{0, 1, 1});
    CHECK(dataset->classNames() == Names{"cat", "dog", "eel"});
    CHECK(dataset->picture(1) == patternPicture(4, 4, 3));
    CHECK(dataset->picture(2) == patternPicture(5, 4, 3));
    CHECK(dataset->picture(0).width == 5);
}

TEST_CASE("class folders named by numbers are the labels") {
    TemporaryFolder folder;
    folder.write("10/a.png", picture(1));
    folder.write("002/a.png", picture(1));
    const auto dataset = openPictures(folder.path());
    CHECK(labelsOf(*dataset) == Labels{2, 10});
    CHECK(dataset->classNames().empty());
}

TEST_CASE("a flat folder is unlabelled, unless labels.csv or a given file labels it") {
    TemporaryFolder folder;
    folder.write("b.png", picture(2));
    folder.write("a.png", picture(1));
    CHECK_FALSE(openPictures(folder.path())->labelled());
    CHECK(labelsOf(*openPictures(folder.path())) == Labels{-1, -1});
    CHECK(sampleNames(*openPictures(folder.path())) == Names{"a.png", "b.png"});

    folder.write("labels.csv", "file,label\nb.png,7\na.png,3\n");
    const auto dataset = openPictures(folder.path());
    CHECK(labelsOf(*dataset) == Labels{3, 7});

    const std::string other = folder.write("other.csv", "a.png,1\nb.png,0\n");
    CHECK(labelsOf(*openPictures(folder.path(), other)) == Labels{1, 0});
}

TEST_CASE("a label file also relabels class folders") {
    TemporaryFolder folder;
    folder.write("set/cat/x.png", picture(1));
    folder.write("set/dog/y.png", picture(1));
    const std::string labels = folder.write("labels.csv", "cat/x.png,281\ndog/y.png,207\n");
    CHECK(labelsOf(*openPictures(folder.path("set"), labels)) == Labels{281, 207});
}

TEST_CASE("labels and pictures of a folder must match") {
    TemporaryFolder folder;
    folder.write("a.png", picture(1));
    folder.write("b.png", picture(1));
    const auto messageFor = [&](const char* csv) {
        const Error error = openError(folder.path(), folder.write("l.csv", csv));
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("l.csv"));
        return error.message();
    };
    CHECK_THAT(messageFor("a.png,1\n"), Contains("no label for b.png"));
    CHECK_THAT(messageFor("a.png,1\nb.png,2\nc.png,3\n"), Contains("line 3") && Contains("no file c.png"));
    CHECK_THAT(messageFor("a.png,1\nb.png,2\na.png,2\n"), Contains("line 3") && Contains("listed twice"));
}

TEST_CASE("folders without usable pictures are refused") {
    TemporaryFolder folder;
    CHECK_THAT(openError(folder.path()).message(), Contains("holds no pictures (.png, .jpg)"));
    folder.write("deep/deeper/a.png", picture(1));
    CHECK_THAT(openError(folder.path()).message(), Contains("holds no pictures (.png, .jpg)"));
    folder.write("deep/a.png", picture(1));
    folder.write("loose.png", picture(1));
    CHECK_THAT(openError(folder.path()).message(), Contains("loose.png lies beside class folders"));
    CHECK(openError(folder.path("nowhere")).code() == ErrorCode::Io);
}

TEST_CASE("a damaged picture does not keep the others from being read") {
    TemporaryFolder folder;
    folder.write("cat/empty.png", "");
    folder.write("cat/fine.png", picture(1));
    folder.write("cat/page.png", "<html>");
    REQUIRE(::mkfifo(folder.path("cat/pipe.png").c_str(), 0600) == 0);
    fs::create_symlink("gone.png", folder.path("cat/link.png"));
    fs::create_directory_symlink(folder.path(), folder.path("cat/parent"));
    folder.write("cat/vanishes.png", picture(1));

    const auto dataset = openPictures(folder.path());
    REQUIRE(sampleNames(*dataset) ==
            Names{"cat/empty.png", "cat/fine.png", "cat/link.png", "cat/page.png", "cat/pipe.png", "cat/vanishes.png"});
    fs::remove(folder.path("cat/vanishes.png"));
    CHECK(dataset->picture(1) == patternPicture(4, 4, 3));
    for (int64_t i : {0, 2, 3, 4, 5}) {
        const Error error = errorOf([&] { dataset->picture(i); });
        CHECK_THAT(error.message(), Contains(dataset->sample(i).name));
    }
}

TEST_CASE("names that are not UTF-8 are shown escaped and still open") {
    TemporaryFolder folder;
    folder.write("a\xFF.png", picture(1));
    const auto dataset = openPictures(folder.path());
    CHECK(sampleNames(*dataset) == Names{"a\\xFF.png"});
    CHECK(dataset->picture(0).width == 4);
}

TEST_CASE("a CSV lists pictures and labels, with or without header, quotes, CRLF and byte-order mark") {
    TemporaryFolder folder;
    folder.write("a.png", picture(1));
    folder.write("sub/b, \"c\".png", picture(2));
    for (const char* text :
         {"file,label\na.png,5\n\"sub/b, \"\"c\"\".png\",0\n", "a.png,5\r\n\"sub/b, \"\"c\"\".png\",0",
          "\xEF\xBB\xBFpath,class\r\n\r\n./a.png,5\r\n\"sub/b, \"\"c\"\".png\",\"0\"\r\n"}) {
        const auto dataset = openPictures(folder.write("list.csv", text));
        CHECK(dataset->kind() == "csv");
        CHECK(sampleNames(*dataset) == Names{"a.png", "sub/b, \"c\".png"});
        CHECK(labelsOf(*dataset) == Labels{5, 0});
        CHECK(dataset->classNames().empty());
        CHECK(dataset->picture(1) == patternPicture(5, 4, 3));
    }
}

TEST_CASE("class names in a CSV are numbered in sorted order") {
    TemporaryFolder folder;
    folder.write("a.png", picture(1));
    folder.write("b.png", picture(1));
    folder.write("c.png", picture(1));
    const auto dataset = openPictures(folder.write("list.csv", "file,label\na.png,frog\nb.png,ape\nc.png,frog\n"));
    CHECK(labelsOf(*dataset) == Labels{1, 0, 1});
    CHECK(dataset->classNames() == Names{"ape", "frog"});
}

TEST_CASE("a CSV that contradicts itself is refused with its line") {
    TemporaryFolder folder;
    folder.write("a.png", picture(1));
    const auto messageFor = [&](const char* csv) {
        const Error error = openError(folder.write("list.csv", csv));
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("list.csv"));
        return error.message();
    };
    CHECK_THAT(messageFor("a.png,1\ngone.png,2\n"), Contains("line 2") && Contains("no file gone.png"));
    CHECK_THAT(messageFor("file,label\na.png,1,2\n"), Contains("line 2") && Contains("3 found"));
    CHECK_THAT(messageFor("file,label\na.png\n"), Contains("line 2") && Contains("1 found"));
    CHECK_THAT(messageFor("a.png,1\n\na.png,cat\n"), Contains("line 3") && Contains("\"cat\" is no number"));
    CHECK_THAT(messageFor("a.png,-1\n"), Contains("label -1 is out of range"));
    CHECK_THAT(messageFor("a.png,99999999999\n"), Contains("out of range"));
    CHECK_THAT(messageFor("a.png,\n"), Contains("a field is empty"));
    CHECK_THAT(messageFor("\"a.png,1\n"), Contains("does not end"));
    CHECK_THAT(messageFor("file,label\n"), Contains("no samples"));
    CHECK_THAT(messageFor(""), Contains("empty"));
}

TEST_CASE("archives of class folders open like the folder") {
    const std::vector<Member> members{{"./set/dog/b.png", picture(2)},
                                      {"./set/cat/a.png", picture(1)},
                                      {"./set/.DS_Store", "x"},
                                      {"./set/cat/._a.png", "x"},
                                      {"./set/dog/notes.txt", "not a picture"}};
    for (Packing packing : {Packing::Tar, Packing::TarGz, Packing::Zip}) {
        TemporaryFolder folder;
        const auto dataset = openPictures(folder.write("pictures", pack(members, packing)));
        CHECK(dataset->kind() == "image-archive");
        CHECK(sampleNames(*dataset) == Names{"cat/a.png", "dog/b.png"});
        CHECK(labelsOf(*dataset) == Labels{0, 1});
        CHECK(dataset->classNames() == Names{"cat", "dog"});
        CHECK(dataset->picture(1) == patternPicture(5, 4, 3));
    }
}

TEST_CASE("a flat archive is unlabelled, or labelled by the labels.csv in it or given") {
    TemporaryFolder folder;
    std::vector<Member> members{{"set/b.png", picture(2)}, {"set/a.png", picture(1)}};
    CHECK_FALSE(openPictures(folder.write("a.zip", pack(members, Packing::Zip)))->labelled());
    members.push_back({"set/labels.csv", "file,label\nb.png,4\na.png,2\n"});
    const std::string packed = folder.write("b.tar", pack(members, Packing::Tar));
    CHECK(labelsOf(*openPictures(packed)) == Labels{2, 4});
    CHECK(labelsOf(*openPictures(packed, folder.write("l.csv", "a.png,8\nb.png,9\n"))) == Labels{8, 9});
}

TEST_CASE("a damaged picture in an archive is named with its archive") {
    TemporaryFolder folder;
    const auto dataset =
        openPictures(folder.write("a.zip", pack({{"cat/a.png", "<html>"}, {"dog/b.png", picture(1)}}, Packing::Zip)));
    CHECK(dataset->picture(1).width == 4);
    const Error error = errorOf([&] { dataset->picture(0); });
    CHECK_THAT(error.message(), Contains("a.zip") && Contains("cat/a.png") && Contains("not a PNG or JPEG"));
}

TEST_CASE("names in an archive may be any UTF-8, whatever the locale") {
    TemporaryFolder folder;
    for (Packing packing : {Packing::Tar, Packing::Zip}) {
        const auto dataset = openPictures(
            folder.write("a", pack({{"k\u00F6nig/a.png", picture(1)}, {"\u96EA/b.png", picture(2)}}, packing)));
        CHECK(dataset->classNames() == Names{"k\u00F6nig", "\u96EA"});
        CHECK(dataset->picture(1).width == 5);
    }
}

TEST_CASE("archives with dangerous or contradictory names are refused") {
    TemporaryFolder folder;
    const auto messageFor = [&](const std::vector<Member>& members, Packing packing) {
        const Error error = openError(folder.write("a", pack(members, packing)));
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    };
    for (Packing packing : {Packing::Tar, Packing::Zip}) {
        CHECK_THAT(messageFor({{"../x/a.png", picture(1)}}, packing), Contains("climbs out of the archive"));
        CHECK_THAT(messageFor({{"/etc/a.png", picture(1)}}, packing), Contains("absolute"));
        CHECK_THAT(messageFor({{"x/a.png", picture(1)}, {"x//a.png", picture(2)}}, packing), Contains("twice"));
        CHECK_THAT(messageFor({{"x/a.png", picture(1)}, {"b.png", picture(2)}}, packing), Contains("beside class"));
        CHECK_THAT(messageFor({{"x/y/a.png", picture(1)}, {"z/a.png", picture(2)}}, packing), Contains("deeper"));
        CHECK_THAT(messageFor({{"a.txt", "text"}}, packing), Contains("holds no"));
        CHECK_THAT(messageFor({{std::string(65'000, 'n') + ".png", picture(1)}}, packing), Contains("bytes"));
    }
}

TEST_CASE("encrypted and damaged archives are refused") {
    TemporaryFolder folder;
    const std::vector<Member> members{{"cat/a.png", picture(1)}};
    const Error encrypted = openError(folder.write("a.zip", pack(members, Packing::ZipEncrypted)));
    CHECK(encrypted.code() == ErrorCode::BadInput);
    CHECK_THAT(encrypted.message(), Contains("a.zip: cat/a.png") && (Contains("assphrase") || Contains("crypt")));

    std::string wrongChecksum = pack(members, Packing::ZipStored);
    const size_t data = wrongChecksum.find("IDAT");
    REQUIRE(data != std::string::npos);
    wrongChecksum[data + 8] = static_cast<char>(wrongChecksum[data + 8] ^ 1);
    CHECK_THAT(openError(folder.write("b.zip", wrongChecksum)).message(), Contains("CRC"));

    const std::string gz = pack(members, Packing::TarGz);
    CHECK(openError(folder.write("c.tar.gz", gz.substr(0, gz.size() / 2))).code() == ErrorCode::BadInput);
}

TEST_CASE("an archive that unpacks to far more than its size is refused") {
    TemporaryFolder folder;
    const std::vector<Member> bomb{{"cat/a.png", picture(1)}, {"cat/zeros.bin", std::string(80 << 20, '\0')}};
    for (Packing packing : {Packing::TarGz, Packing::Zip}) {
        const Error error = openError(folder.write("a", pack(bomb, packing)));
        CHECK(error.code() == ErrorCode::Limit);
        CHECK_THAT(error.message(), Contains("more than 200 times its size"));
    }
}

TEST_CASE("no cut and no flipped bit of an archive does worse than an Error") {
    TemporaryFolder folder;
    const std::vector<Member> members{{"cat/a.png", encodePng(patternPicture(1, 1, 1))}};
    for (Packing packing : {Packing::TarGz, Packing::Zip})
        readDamaged(pack(members, packing), [&](const std::string& damaged) {
            const auto dataset = openPictures(folder.write("a", damaged));
            for (int64_t i = 0; i < dataset->size(); ++i)
                dataset->picture(i);
        });
}
