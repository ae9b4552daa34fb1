// SPDX-License-Identifier: GPL-3.0-or-later
// Files for the tests of core/data, made on the spot: nothing large or binary is kept in the repository.
#pragma once

#include "core/base/error.h"
#include "core/data/picture.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halftone::test {

/// pixel(x, y, c) = (37 x + 91 y + 53 c + 7 x y) mod 256
Picture patternPicture(int width, int height, int channels);

struct PngOptions {
    int colourType; // PNG_COLOR_TYPE_...
    int bitDepth = 8;
    bool interlaced = false;
};
/// `rows` holds the packed rows as PNG stores them; a palette, where needed, maps i to (i, 2i, 3i).
std::string encodePng(int width, int height, const PngOptions& options, std::string_view rows);
std::string encodePng(const Picture& picture);

enum class JpegKind { Baseline, Progressive, Cmyk };
std::string encodeJpeg(const Picture& picture, JpegKind kind = JpegKind::Baseline);

struct Member {
    std::string name;
    std::string content;
};
enum class Packing { Tar, TarGz, Zip, ZipStored, ZipEncrypted };
std::string pack(const std::vector<Member>& members, Packing packing);
std::string gzip(std::string_view content);

/// A .npy file of version 1.0 with this dictionary.
std::string npy(const std::string& dictionary, std::string_view data);
std::string npyDictionary(const std::string& descr, const std::string& shape, bool fortranOrder = false);

/// An IDX file; `type` and dimensions as in its header.
std::string idx(int type, const std::vector<uint32_t>& dims, std::string_view data);

std::span<const std::byte> bytesOf(std::string_view text);

/// The Error that `action` throws; fails the test when it throws none.
template <class Action> Error errorOf(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    FAIL("no Error was thrown");
    throw; // FAIL does not return
}

/// Feeds every prefix of `text` and every copy with one flipped bit to `read`; anything but Error escapes.
template <class Read> void readDamaged(const std::string& text, Read read) {
    const auto attempt = [&](const std::string& damaged) {
        try {
            read(damaged);
        } catch (const Error& error) {
            if (error.message().empty() || error.code() == ErrorCode::Internal)
                FAIL("unusable message: " << error.message());
        }
    };
    for (size_t size = 0; size < text.size(); ++size)
        attempt(text.substr(0, size));
    for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
        std::string damaged = text;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        attempt(damaged);
    }
}

} // namespace halftone::test
