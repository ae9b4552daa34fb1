// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/text.h"
#include "tests/support/catch.h"

#include <clocale>

using namespace halftone;

TEST_CASE("text that is harmless is shown as it is") {
    CHECK(displayText("conv1/weights:0") == "conv1/weights:0");
    CHECK(displayText("Schicht \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
          "Schicht \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
    CHECK(displayText("") == "");
}

TEST_CASE("control characters and invalid UTF-8 are escaped") {
    CHECK(displayText(std::string_view("a\0b\n\x1B[31m\x7F", 10)) == "a\\x00b\\x0A\\x1B[31m\\x7F");
    CHECK(displayText("\xFF\xFE") == "\\xFF\\xFE");
    CHECK(displayText("cut \xE2\x82") == "cut \\xE2\\x82");
    CHECK(displayText("overlong \xC0\xAF") == "overlong \\xC0\\xAF");
    CHECK(displayText("overlong \xE0\x80\xAF") == "overlong \\xE0\\x80\\xAF");
    CHECK(displayText("surrogate \xED\xA0\x80") == "surrogate \\xED\\xA0\\x80");
    CHECK(displayText("too high \xF4\x90\x80\x80") == "too high \\xF4\\x90\\x80\\x80");
}

TEST_CASE("long text is cut in the middle, between characters") {
    const std::string cut = displayText(std::string(1'000'000, 'x') + "end", 20);
    CHECK(cut == "xxxxxxxxxx...xxxxxxxend");
    std::string umlauts;
    for (int i = 0; i < 100; ++i)
        umlauts += "\xC3\xA4";
    const std::string shown = displayText(umlauts, 21);
    CHECK(shown.find('\\') == std::string::npos);
    CHECK(shown.find("...") != std::string::npos);
    CHECK(displayText(std::string(256, 'x')) == std::string(256, 'x'));
}

TEST_CASE("shapes and lists are written for people") {
    CHECK(shapeText({12, 3, 227, 227}) == "12x3x227x227");
    CHECK(shapeText({-1, 3}) == "?x3");
    CHECK(shapeText({0}) == "0");
    CHECK(shapeText({}) == "scalar");
    CHECK(join({"a", "b", "c"}, ", ") == "a, b, c");
    CHECK(join({}, ", ").empty());
}

TEST_CASE("numbers are read whole or not at all") {
    CHECK(parseNumber("0.5", "x") == 0.5);
    CHECK(parseNumber("-1e-3", "x") == -1e-3);
    CHECK(parseInteger("-42", "x") == -42);
    for (const char* bad : {"", " 1", "1 ", "1x", "0x10", "1,5", "--1", "1e", "+1"}) {
        INFO('"' << bad << '"');
        CHECK_THROWS_AS(parseNumber(bad, "--time"), Error);
        CHECK_THROWS_AS(parseInteger(bad, "--time"), Error);
    }
    CHECK_THROWS_AS(parseInteger("1.0", "x"), Error);
    CHECK_THROWS_AS(parseInteger("9223372036854775808", "x"), Error);
    CHECK_THROWS_AS(parseNumber("1e999", "x"), Error);
}

TEST_CASE("the message names the option and what was given") {
    try {
        parseInteger("many\n", "--samples");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK(error.message() == "--samples: \"many\\x0A\" is not a whole number.");
    }
}

TEST_CASE("numbers do not depend on the locale") {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const char* locale : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, locale))
            break; // where none is installed, the default one is tested again
    const double value = parseNumber("0.5", "x");
    std::setlocale(LC_ALL, before.c_str());
    CHECK(value == 0.5);
}

TEST_CASE("A rounded count has three significant digits and a power of 1000") {
    CHECK(roundedCount(0) == "0");
    CHECK(roundedCount(999) == "999");
    CHECK(roundedCount(1000) == "1.00 k");
    CHECK(roundedCount(383362) == "383 k");
    CHECK(roundedCount(999499) == "999 k");
    CHECK(roundedCount(999500) == "1.00 M");
    CHECK(roundedCount(37200192) == "37.2 M");
    CHECK(roundedCount(3205188800) == "3.21 G");
}

TEST_CASE("Percentages round halves away from zero") {
    CHECK(percentage(0.8625) == "86.3");
    CHECK(percentage(0.862) == "86.2");
    CHECK(percentage(1) == "100.0");
}

TEST_CASE("Three digits are written without an exponent") {
    CHECK(threeDigits(0) == "0");
    CHECK(threeDigits(0.0123456) == "0.0123");
    CHECK(threeDigits(0.438) == "0.438");
    CHECK(threeDigits(17.23) == "17.2");
    CHECK(threeDigits(-345.6) == "-346");
    CHECK(threeDigits(1040.2) == "1040");
    CHECK(threeDigits(9.996) == "10.0"); // rounding moves the point
    CHECK(threeDigits(0.9996) == "1.00");
    CHECK(threeDigitsOf(0.0000065, 0.353) == "0.000"); // as its whole is written
    CHECK(threeDigitsOf(-0.0000065, 0.353) == "0.000");
    CHECK(threeDigitsOf(-0.0123, 0.353) == "-0.012");
    CHECK(threeDigitsOf(12.34, 125.2) == "12");
}
