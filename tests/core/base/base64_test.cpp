// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/base64.h"
#include "tests/support/catch.h"

#include <string_view>

using namespace halftone;

TEST_CASE("base64 gives the test vectors of RFC 4648 and all 64 letters") {
    const auto encoded = [](std::string_view text) { return toBase64(std::as_bytes(std::span(text))); };
    CHECK(encoded("") == "");
    CHECK(encoded("f") == "Zg==");
    CHECK(encoded("fo") == "Zm8=");
    CHECK(encoded("foo") == "Zm9v");
    CHECK(encoded("foob") == "Zm9vYg==");
    CHECK(encoded("fooba") == "Zm9vYmE=");
    CHECK(encoded("foobar") == "Zm9vYmFy");
    CHECK(encoded(std::string_view("\xFB\xEF\xFF\x00", 4)) == "++//AA==");
}
