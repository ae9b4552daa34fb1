// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/preprocess.h"

#include "core/data/resize.h"
#include "tests/core/data/fixtures.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<float> preprocessed(const Picture& picture, const Preprocessing& preprocessing, int channels, int height,
                                int width) {
    std::vector<float> dst(static_cast<size_t>(channels * height * width), -1000.f);
    preprocess(picture, preprocessing, channels, height, width, dst);
    return dst;
}

Picture resized(const Picture& picture, int width, int height) {
    return resizeAndCrop(picture, width, height, {0, 0, width, height});
}

std::vector<float> asFloats(const std::vector<uint8_t>& values) {
    return {values.begin(), values.end()};
}

} // namespace

// Expected values: Pillow 13.0, Image.resize(size, Image.BILINEAR) of the same pictures.
TEST_CASE("shrinking gives Pillow's pixels") {
    CHECK(resized(patternPicture(7, 5, 3), 4, 3).pixels ==
          std::vector<uint8_t>{60,  113, 161, 122, 145, 141, 117, 139, 163, 149, 125, 115,
                               145, 137, 113, 117, 126, 134, 130, 138, 147, 151, 127, 119,
                               101, 147, 138, 157, 134, 127, 144, 140, 133, 158, 129, 119});
    CHECK(resized(patternPicture(11, 6, 1), 5, 4).pixels == std::vector<uint8_t>{66,  123, 134, 99,  106, 147, 122,
                                                                                 130, 121, 134, 109, 150, 143, 140,
                                                                                 128, 122, 136, 137, 116, 131});
}

TEST_CASE("growing gives Pillow's pixels") {
    CHECK(resized(patternPicture(7, 5, 3), 9, 6).pixels ==
          std::vector<uint8_t>{
              0,   53,  106, 25,  78,  131, 53,  106, 159, 82,  135, 188, 111, 164, 217, 140, 193, 246, 169, 222, 132,
              197, 165, 47,  222, 19,  72,  68,  121, 174, 96,  149, 202, 130, 183, 150, 162, 173, 76,  195, 56,  109,
              79,  89,  142, 69,  122, 139, 102, 134, 144, 130, 119, 172, 144, 197, 101, 176, 129, 133, 147, 118, 123,
              102, 131, 101, 139, 85,  138, 94,  123, 176, 107, 160, 130, 145, 148, 101, 177, 80,  133, 113, 166, 70,
              149, 103, 106, 125, 95,  148, 84,  137, 166, 126, 179, 125, 168, 138, 167, 150, 156, 126, 145, 148, 101,
              181, 84,  137, 40,  93,  146, 80,  133, 143, 126, 151, 168, 159, 162, 172, 155, 208, 69,  202, 105, 116,
              141, 109, 126, 102, 134, 144, 142, 131, 184, 108, 161, 214, 151, 204, 87,  202, 141, 52,  196, 49,  102,
              47,  100, 153, 98,  151, 204, 148, 201, 112, 199, 166, 49,  242, 39,  92});
}

TEST_CASE("a cropped resize equals the crop of the whole resize") {
    const Picture picture = patternPicture(31, 23, 3);
    const Picture whole = resized(picture, 18, 40);
    const Box crop{5, 9, 7, 20};
    const Picture part = resizeAndCrop(picture, 18, 40, crop);
    for (int y = 0; y < crop.height; ++y)
        for (int x = 0; x < crop.width * 3; ++x)
            REQUIRE(part.pixels[static_cast<size_t>(y * crop.width * 3 + x)] ==
                    whole.pixels[static_cast<size_t>((y + crop.y) * 18 * 3 + crop.x * 3 + x)]);
}

TEST_CASE("a constant picture stays constant, black and white included") {
    for (uint8_t value : {0, 1, 127, 254, 255}) {
        const Picture picture{37, 53, 1, std::vector<uint8_t>(37 * 53, value)};
        const Picture small = resized(picture, 10, 7), large = resized(picture, 101, 64);
        CHECK(std::count(small.pixels.begin(), small.pixels.end(), value) == 70);
        CHECK(std::count(large.pixels.begin(), large.pixels.end(), value) == 101 * 64);
    }
}

TEST_CASE("a picture of the right size is only normalized, in planes, with mean and deviation of its channel") {
    const Picture picture{2, 1, 3, {10, 20, 30, 40, 50, 60}};
    Preprocessing preprocessing;
    CHECK(preprocessed(picture, preprocessing, 3, 1, 2) == std::vector<float>{10, 40, 20, 50, 30, 60});
    preprocessing.mean = {10, 20, 30};
    preprocessing.std = {2, 3, 5};
    CHECK(preprocessed(picture, preprocessing, 3, 1, 2) == std::vector<float>{0, 15, 0, 10, 0, 6});
    preprocessing.channels = ChannelOrder::Bgr; // means are in the network's order: blue first
    CHECK(preprocessed(picture, preprocessing, 3, 1, 2) == std::vector<float>{10, 25, 0, 10, -4, 2});
    preprocessing = {.mean = {10}, .std = {10}};
    CHECK(preprocessed(picture, preprocessing, 3, 1, 2) == std::vector<float>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("grey and colour become each other") {
    const Picture colour{2, 1, 3, {255, 0, 0, 10, 20, 30}};
    // ITU-R 601 luma: 0.299 * 255 = 76.2; 2.99 + 11.74 + 3.42 = 18.15
    CHECK(preprocessed(colour, {}, 1, 1, 2) == std::vector<float>{76, 18});
    CHECK(preprocessed(colour, {.channels = ChannelOrder::Gray}, 3, 1, 2) ==
          std::vector<float>{76, 18, 76, 18, 76, 18});
    const Picture grey{2, 1, 1, {7, 9}};
    CHECK(preprocessed(grey, {}, 3, 1, 2) == std::vector<float>{7, 9, 7, 9, 7, 9});
    CHECK(preprocessed(grey, {.channels = ChannelOrder::Bgr}, 1, 1, 2) == std::vector<float>{7, 9});
}

TEST_CASE("luma rounds as Pillow's convert does") {
    const Picture colour = patternPicture(7, 1, 3); // expected: Pillow 13.0, convert("L")
    CHECK(preprocessed(colour, {}, 1, 1, 7) == std::vector<float>{43, 80, 117, 154, 191, 199, 86});
}

TEST_CASE("the crop is the centre, after the short side was resized") {
    const Picture wide = patternPicture(9, 5, 1);
    const std::vector<float> centre = preprocessed(wide, {.cropSize = 3}, 1, 3, 3);
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 3; ++x)
            CHECK(centre[static_cast<size_t>(y * 3 + x)] == wide.pixels[static_cast<size_t>((y + 1) * 9 + x + 3)]);

    const Picture tall = patternPicture(20, 33, 1); // 20 x 33 -> 10 x 16, crop 8 at (1, 4)
    const Picture expected = resizeAndCrop(tall, 10, 16, {1, 4, 8, 8});
    CHECK(preprocessed(tall, {.resizeShortSide = 10, .cropSize = 8}, 1, 8, 8) == asFloats(expected.pixels));
}

TEST_CASE("what the crop leaves is resized to the network's size") {
    const Picture picture = patternPicture(16, 12, 1);
    const Picture crop = resizeAndCrop(picture, 16, 12, {3, 1, 10, 10});
    CHECK(preprocessed(picture, {.cropSize = 10}, 1, 6, 5) == asFloats(resized(crop, 5, 6).pixels));
    // Smaller than the crop: the largest centred square.
    CHECK(preprocessed(picture, {.cropSize = 224}, 1, 12, 12) ==
          asFloats(resizeAndCrop(picture, 16, 12, {2, 0, 12, 12}).pixels));
}

TEST_CASE("presets have the published values") {
    const Picture colour{1, 1, 3, {128, 64, 32}};
    const auto give = [&](const char* preset, float first, float second, float third) {
        const std::vector<float> got = preprocessed(colour, preprocessingPreset(preset), 3, 1, 1);
        INFO(preset);
        CHECK_THAT(got[0], WithinAbs(first, 2e-5));
        CHECK_THAT(got[1], WithinAbs(second, 2e-5));
        CHECK_THAT(got[2], WithinAbs(third, 2e-5));
    };
    give("imagenet-tf", 128 / 127.5f - 1, 64 / 127.5f - 1, 32 / 127.5f - 1);
    for (const char* preset : {"imagenet-torch", "cifar10"})
        give(preset, (128 / 255.f - .485f) / .229f, (64 / 255.f - .456f) / .224f, (32 / 255.f - .406f) / .225f);
    give("imagenet-dlib", (128 - 122.782f) / 256, (64 - 117.001f) / 256, (32 - 104.298f) / 256);
    give("imagenet-caffe", 32 - 104, 64 - 117, 128 - 123);
    give("unit", 128 / 255.f, 64 / 255.f, 32 / 255.f);
    give("raw", 128, 64, 32);
    for (const char* preset : {"imagenet-keras", "signed"})
        give(preset, 128 / 127.5f - 1, 64 / 127.5f - 1, 32 / 127.5f - 1);
    give("cifar10-own", (128 / 255.f - .4914f) / .2470f, (64 / 255.f - .4822f) / .2435f,
         (32 / 255.f - .4465f) / .2616f);
    give("cifar100", (128 / 255.f - .5071f) / .2673f, (64 / 255.f - .4865f) / .2564f, (32 / 255.f - .4409f) / .2762f);
    const float luma = (128 * 19595 + 64 * 38470 + 32 * 7471 + 0x8000) / 65536;
    give("mnist", (luma / 255 - .1307f) / .3081f, (luma / 255 - .1307f) / .3081f, (luma / 255 - .1307f) / .3081f);
    CHECK(preprocessingPreset("imagenet-tf").labelOffset == 1);
    CHECK(preprocessingPreset("fashion-mnist").channels == ChannelOrder::Gray);
    for (const PreprocessingPreset& preset : preprocessingPresets()) {
        CHECK(preset.value.preset == preset.name);
        CHECK(!preset.description.empty());
    }
}

TEST_CASE("an unknown preset is refused with the names there are") {
    const Error error = errorOf([] { preprocessingPreset("imagenet"); });
    CHECK(error.code() == ErrorCode::Usage);
    CHECK_THAT(error.message(), Contains("\"imagenet\"") && Contains("imagenet-torch, imagenet-tf"));
}

TEST_CASE("options that contradict each other are refused") {
    const auto refused = [](const Preprocessing& preprocessing, int channels) {
        return errorOf([&] { checkPreprocessing(preprocessing, channels); }).code() == ErrorCode::Usage;
    };
    CHECK(refused({.mean = {1, 2}}, 3));
    CHECK(refused(preprocessingPreset("imagenet-torch"), 1));
    CHECK(refused({.std = {0}}, 3));
    CHECK(refused({.std = {1, 1, -1}}, 3));
    CHECK(refused({.mean = {std::numeric_limits<float>::quiet_NaN()}}, 3));
    CHECK(refused({.resizeShortSide = -1}, 3));
    CHECK(refused({.cropSize = 1'000'000}, 3));
    CHECK(refused({}, 4));
    std::vector<float> tooSmall(5);
    CHECK_THROWS_AS(preprocess(patternPicture(2, 1, 3), {}, 3, 1, 2, tooSmall), Error);
}

TEST_CASE("a picture so narrow that resizing it would fill the memory is refused") {
    const Picture line{1, 3'000'000, 1, std::vector<uint8_t>(3'000'000)};
    std::vector<float> dst(224 * 224);
    CHECK(errorOf([&] { preprocess(line, {}, 1, 224, 224, dst); }).code() == ErrorCode::Limit);
    CHECK(errorOf([&] { preprocess(line, {.resizeShortSide = 256, .cropSize = 224}, 1, 224, 224, dst); }).code() ==
          ErrorCode::Limit);
}
