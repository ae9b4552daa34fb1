// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture.h"

#include "tests/core/data/fixtures.h"

#include <algorithm>
#include <cstdlib>
#include <png.h>

using namespace halftone;
using namespace halftone::test;

namespace {

Picture decode(std::string_view text) {
    return decodePicture(bytesOf(text), "shelf/picture");
}

int largestDifference(const Picture& a, const Picture& b) {
    REQUIRE(a.pixels.size() == b.pixels.size());
    int largest = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i)
        largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
    return largest;
}

/// Smooth, so that JPEG loses little.
Picture gradient(int width, int height, int channels) {
    Picture picture{width, height, channels, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                picture.pixels.push_back(static_cast<uint8_t>(40 + 3 * x + 2 * y + 10 * c));
    return picture;
}

/// A PNG that claims a size: signature, IHDR with its checksum, and an empty IDAT.
std::string pngClaiming(uint32_t width, uint32_t height) {
    std::string header = "IHDR";
    for (uint32_t value : {width, height})
        for (int shift = 24; shift >= 0; shift -= 8)
            header += static_cast<char>(value >> shift & 0xFF);
    header += std::string("\x01\x00\x00\x00\x00", 5);
    uint32_t crc = ~0u;
    for (char c : header) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    std::string text = std::string("\x89PNG\r\n\x1A\n\x00\x00\x00\x0D", 12) + header;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += static_cast<char>(~crc >> shift & 0xFF);
    return text + std::string("\0\0\0\0IDAT\x35\xAF\x06\x1E", 12);
}

} // namespace

TEST_CASE("PNG pixels come back as they were written") {
    for (int channels : {1, 3}) {
        const Picture picture = patternPicture(7, 5, channels);
        CHECK(decode(encodePng(picture)) == picture);
    }
}

TEST_CASE("an interlaced PNG has the same pixels") {
    const Picture picture = patternPicture(19, 13, 3);
    const std::string_view rows(reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size());
    CHECK(decode(encodePng(19, 13, {PNG_COLOR_TYPE_RGB, 8, true}, rows)) == picture);
}

TEST_CASE("alpha of a PNG is dropped without blending") {
    const std::string rgba = {10, 20, 30, 0, 40, 50, 60, 127};
    CHECK(decode(encodePng(2, 1, {PNG_COLOR_TYPE_RGBA}, rgba)) == Picture{2, 1, 3, {10, 20, 30, 40, 50, 60}});
    const std::string greyAlpha = {77, 0, 88, 1};
    CHECK(decode(encodePng(2, 1, {PNG_COLOR_TYPE_GRAY_ALPHA}, greyAlpha)) == Picture{2, 1, 1, {77, 88}});
}

TEST_CASE("16 bits of a PNG are scaled to 8 with rounding") {
    const std::string grey("\x00\x00\x00\x80\x00\x81\x80\x00\xFF\xFF", 10);
    // round(v * 255 / 65535) for 0, 128, 129, 32768, 65535
    CHECK(decode(encodePng(5, 1, {PNG_COLOR_TYPE_GRAY, 16}, grey)).pixels == std::vector<uint8_t>{0, 0, 1, 128, 255});
}

TEST_CASE("a palette becomes RGB and few bits of grey become 8") {
    const std::string indices = {1, 0, 5};
    CHECK(decode(encodePng(3, 1, {PNG_COLOR_TYPE_PALETTE, 8}, indices)).pixels ==
          std::vector<uint8_t>{1, 2, 3, 0, 0, 0, 5, 10, 15});
    CHECK(decode(encodePng(4, 1, {PNG_COLOR_TYPE_PALETTE, 2}, "\x1B")).pixels ==
          std::vector<uint8_t>{0, 0, 0, 1, 2, 3, 2, 4, 6, 3, 6, 9});
    CHECK(decode(encodePng(4, 1, {PNG_COLOR_TYPE_GRAY, 2}, "\x1B")).pixels == std::vector<uint8_t>{0, 85, 170, 255});
}

TEST_CASE("JPEG pictures decode, baseline and progressive, grey and colour") {
    for (JpegKind kind : {JpegKind::Baseline, JpegKind::Progressive})
        for (int channels : {1, 3}) {
            const Picture picture = gradient(33, 21, channels);
            const Picture decoded = decode(encodeJpeg(picture, kind));
            CHECK(decoded.width == 33);
            CHECK(decoded.height == 21);
            CHECK(decoded.channels == channels);
            CHECK(largestDifference(decoded, picture) <= 6);
        }
}

TEST_CASE("a CMYK JPEG is refused by name") {
    const Error error = errorOf([] { decode(encodeJpeg(patternPicture(16, 16, 4), JpegKind::Cmyk)); });
    CHECK(error.code() == ErrorCode::Unsupported);
    CHECK_THAT(error.message(), Contains("shelf/picture") && Contains("CMYK"));
    CHECK(error.where() == "shelf/picture");
}

TEST_CASE("pictures that are not PNG or JPEG are refused with what they are") {
    const auto messageFor = [](std::string_view text) {
        const Error error = errorOf([&] { decode(text); });
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK(error.where() == "shelf/picture");
        return error.message();
    };
    CHECK_THAT(messageFor(""), Contains("empty"));
    CHECK_THAT(messageFor("GIF89a..."), Contains("GIF"));
    CHECK_THAT(messageFor("<svg xmlns:xlink='...'><image href='file:///etc/passwd'/></svg>"), Contains("SVG"));
    CHECK_THAT(messageFor("RIFF....WEBPVP8 "), Contains("WebP"));
    CHECK_THAT(messageFor("\x01\x02\x03"), Contains("not a PNG or JPEG"));
}

TEST_CASE("a PNG that claims too many pixels is refused before memory is taken") {
    const Error error = errorOf([] { decode(pngClaiming(30'000, 30'000)); });
    CHECK(error.code() == ErrorCode::Limit);
    CHECK_THAT(error.message(), Contains("30000 x 30000") && Contains("100 million"));
    CHECK_THROWS_AS(decode(pngClaiming(0x7FFFFFFF, 0x7FFFFFFF)), Error);
    CHECK_THROWS_AS(decode(pngClaiming(0, 5)), Error);
}

TEST_CASE("a JPEG that claims too many pixels is refused before memory is taken") {
    std::string text = encodeJpeg(gradient(16, 16, 3));
    const size_t frame = text.find("\xFF\xC0");
    REQUIRE(frame != std::string::npos);
    text.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC"); // height, width
    CHECK(errorOf([&] { decode(text); }).code() == ErrorCode::Limit);
}

TEST_CASE("a JPEG with endless scans is refused") {
    const std::string text = encodeJpeg(gradient(16, 16, 1), JpegKind::Progressive);
    const size_t scan = text.find("\xFF\xDA");
    // The first scan, up to the next table, may come as often as it likes: it sets the same coefficients.
    const size_t next = text.find("\xFF\xC4", scan);
    const std::string body = text.substr(scan, next - scan);
    std::string many = text.substr(0, scan);
    for (int i = 0; i < 200; ++i)
        many += body;
    many += text.substr(next);
    const Error error = errorOf([&] { decode(many); });
    CHECK(error.code() == ErrorCode::BadInput);
    CHECK_THAT(error.message(), Contains("scans"));
}

TEST_CASE("cut pictures are refused, naming the picture") {
    for (const std::string& text : {encodePng(patternPicture(40, 40, 3)), encodeJpeg(patternPicture(40, 40, 3))}) {
        const Error error = errorOf([&] { decode(std::string_view(text).substr(0, text.size() / 2)); });
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), StartsWith("shelf/picture: ") && Contains("damaged"));
    }
}

TEST_CASE("no cut and no flipped bit of a picture does worse than an Error") {
    const Picture picture = patternPicture(9, 7, 3);
    for (const std::string& text :
         {encodePng(picture), encodeJpeg(picture), encodeJpeg(picture, JpegKind::Progressive)})
        readDamaged(text, [](const std::string& damaged) { decode(damaged); });
}
