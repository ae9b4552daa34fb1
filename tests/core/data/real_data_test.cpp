// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"
#include "core/data/preprocess.h"

#include "tests/core/data/fixtures.h"
#include "tests/support/data_dir.h"

#include <filesystem>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("all 500 ImageNet pictures decode, from the folder and from its CSV alike") {
    HALFTONE_REQUIRE_DATA(dir);
    const auto folder = openPictures(dir + "/images/imagenet500");
    const auto csv = openPictures(dir + "/images/imagenet500/labels.csv");
    CHECK(folder->kind() == "image-folder");
    CHECK(csv->kind() == "csv");
    REQUIRE(folder->size() == 500);
    REQUIRE(csv->size() == 500);
    for (int64_t i = 0; i < 500; ++i) {
        const Picture picture = folder->picture(i);
        REQUIRE(picture.width == 256);
        REQUIRE(picture.height == 256);
        REQUIRE(folder->sample(i).name == csv->sample(i).name);
        REQUIRE(folder->sample(i).label == csv->sample(i).label);
        REQUIRE(folder->sample(i).label == 2 * i); // every second class
    }
}

TEST_CASE("a real picture has Pillow's pixels after decoding, resizing and normalizing") {
    HALFTONE_REQUIRE_DATA(dir);
    const auto dataset = openPictures(dir + "/images/imagenet500/labels.csv");
    REQUIRE(dataset->sample(0).name == "0000_n01440764_tench.jpg");
    const Picture picture = dataset->picture(0);
    // Pillow 13.0: sums over all pixels of the picture, of resize((224, 224)) and of its
    // crop((16, 16, 240, 240)).resize((128, 128)), all with BILINEAR.
    const auto sumOf = [&](const Preprocessing& preprocessing, int side) {
        std::vector<float> values(static_cast<size_t>(3 * side * side));
        preprocess(picture, preprocessing, 3, side, side, values);
        double sum = 0;
        for (float value : values)
            sum += value;
        return sum;
    };
    CHECK(sumOf({}, 256) == 21'457'347);
    CHECK(sumOf({}, 224) == 16'439'150);
    CHECK(sumOf({.cropSize = 224}, 128) == 5'615'142);
}

TEST_CASE("the CIFAR-10 archive has 10,000 labelled pictures of 10 classes") {
    HALFTONE_REQUIRE_DATA(dir);
    const auto dataset = openPictures(dir + "/images/cifar10_test_jpeg.tar.gz");
    CHECK(dataset->kind() == "image-archive");
    REQUIRE(dataset->size() == 10'000);
    CHECK(dataset->classNames() == std::vector<std::string>{"airplane", "automobile", "bird", "cat", "deer", "dog",
                                                            "frog", "horse", "ship", "truck"});
    std::vector<int> counts(10);
    for (int64_t i = 0; i < dataset->size(); ++i) {
        ++counts.at(static_cast<size_t>(dataset->sample(i).label));
        REQUIRE(dataset->picture(i).width == 32);
    }
    CHECK(counts == std::vector<int>(10, 1000));
}

TEST_CASE("Fashion-MNIST opens with its labels") {
    const std::string dir = "/usr/share/datasets/fashion-mnist";
    if (!std::filesystem::exists(dir)) {
        WARN("SKIPPED: install the package dataset-fashion-mnist");
        return;
    }
    const auto dataset = openPictures(dir);
    CHECK(dataset->kind() == "idx");
    REQUIRE(dataset->size() == 10'000);
    CHECK(dataset->sample(0).label == 9); // the first test pictures: ankle boot, pullover, trouser
    CHECK(dataset->sample(1).label == 2);
    CHECK(dataset->sample(2).label == 1);
    CHECK(dataset->picture(0).width == 28);

    // The preset's mean and deviation are those of the training pictures.
    const auto training = openPictures(dir + "/train-images-idx3-ubyte.gz");
    REQUIRE(training->size() == 60'000);
    double sum = 0, squares = 0;
    std::vector<float> values(28 * 28);
    for (int64_t i = 0; i < training->size(); i += 10) {
        preprocess(training->picture(i), preprocessingPreset("fashion-mnist"), 1, 28, 28, values);
        for (float value : values) {
            sum += value;
            squares += value * value;
        }
    }
    const double count = 6000.0 * 28 * 28;
    CHECK_THAT(sum / count, WithinAbs(0, 0.02));
    CHECK_THAT(squares / count, WithinAbs(1, 0.02));
}
