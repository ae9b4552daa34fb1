// SPDX-License-Identifier: GPL-3.0-or-later
// The one rule of grades, and its words.
#include "core/report/certainty.h"
#include "tests/support/catch.h"

#include <tuple>

using namespace halftone;

TEST_CASE("A narrow interval without 1 is sure, a wide one rough, one that holds 1 decides nothing") {
    CHECK(gradeOf(2, {1.95, 2.05}, false) == Grade::Sure);
    CHECK(gradeOf(0.5, {0.49, 0.51}, false) == Grade::Sure);
    CHECK(gradeOf(2, {1.6, 2.3}, false) == Grade::Rough);
    CHECK(gradeOf(4, {1.68, 37.1}, false) == Grade::Undecided);
    CHECK(gradeOf(1.2, {0.97, 1.4}, false) == Grade::Undecided);
    CHECK(gradeOf(0.998, {0.99, 0.999}, false) == Grade::Undecided); // too small to be one
    CHECK(gradeOf(1.04, {1.03, 1.05}, false) == Grade::Undecided);
    CHECK(gradeOf(0, {}, false) == Grade::Undecided);
}

TEST_CASE("Where others took the CPU nothing is sure, and a wide interval decides nothing") {
    CHECK(gradeOf(2, {1.95, 2.05}, true) == Grade::Rough);
    CHECK(gradeOf(2, {1.7, 2.3}, true) == Grade::Rough);
    CHECK(gradeOf(2.59, {2.03, 46.8}, true) == Grade::Undecided);
}

TEST_CASE("Only a sure figure is one number") {
    CHECK(speedupFigure(1.9, {1.81, 2.09}, Grade::Sure) == "1.90x");
    CHECK(speedupFigure(1.9, {1.6, 2.3}, Grade::Rough) == "1.60 to 2.30x");
    CHECK(speedupFigure(1.9, {0.9, 12.34}, Grade::Undecided) == "0.90 to 12.3x");
    CHECK(speedupWords(1.9, {1.81, 2.09}, Grade::Sure) == "1.90x faster than fp32");
    CHECK(speedupWords(0.5, {0.48, 0.52}, Grade::Sure) == "2.00x slower than fp32");
    CHECK(speedupWords(1.9, {1.6, 2.3}, Grade::Rough) == "roughly 1.60 to 2.30x faster than fp32");
    CHECK(speedupWords(0.5, {0.4, 0.625}, Grade::Rough) == "roughly 1.60 to 2.50x slower than fp32");
    CHECK(speedupWords(1.9, {0.9, 4.3}, Grade::Undecided) == "between 0.90 and 4.30x as fast as fp32");
    CHECK(speedupWords(1.01, {0.99, 1.02}, Grade::Undecided) == "as fast as fp32 (0.99 to 1.02x)");
}

TEST_CASE("A change of accuracy is one where McNemar's test says so") {
    CHECK_FALSE(isDecided({2, 1, 1}));
    CHECK(isDecided({29, 5, 3.9e-5}));
}
