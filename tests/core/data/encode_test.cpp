// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures that are written come back from the decoders.
#include "core/data/encode.h"
#include "tests/core/data/fixtures.h"

#include <algorithm>
#include <cstdlib>

using namespace halftone;
using halftone::test::patternPicture;

TEST_CASE("A PNG holds exactly the pixels it was given") {
    for (const int channels : {1, 3})
        for (const int width : {1, 5, 64}) {
            const Picture picture = patternPicture(width, 7, channels);
            CHECK(decodePicture(encodePng(picture), "test") == picture);
        }
}

TEST_CASE("A JPEG is close to the pixels it was given, and smaller for a lower quality") {
    for (const int channels : {1, 3}) {
        Picture picture{64, 48, channels, {}};
        for (int i = 0; i < 64 * 48 * channels; ++i)
            picture.pixels.push_back(static_cast<uint8_t>(i / channels % 64 * 3));
        const auto bytes = encodeJpeg(picture, 90);
        const Picture again = decodePicture(bytes, "test");
        REQUIRE(again.pixels.size() == picture.pixels.size());
        CHECK(again.channels == channels);
        int largest = 0;
        for (size_t i = 0; i < picture.pixels.size(); ++i)
            largest = std::max(largest, std::abs(again.pixels[i] - picture.pixels[i]));
        CHECK(largest <= 16);
        CHECK(encodeJpeg(patternPicture(64, 48, channels), 40).size() <
              encodeJpeg(patternPicture(64, 48, channels), 90).size());
        CHECK(encodeJpeg(picture, 90) == bytes);
    }
}
