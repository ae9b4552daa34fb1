// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/port_shape.h"

#include "tests/support/catch.h"

using namespace halftone;

TEST_CASE("The shape of a port says what the file leaves open") {
    CHECK(portShape({"x", "f32", {1, 3, 224, 224}}) == "1x3x224x224");
    CHECK(portShape({"x", "f32", {}}) == "scalar");
    CHECK(portShape({"x", "f32", {-1, -1, 384}, {"batch", "sequence_length", ""}}) == "batch x sequence_length x 384");
    CHECK(portShape({"x", "f32", {-1, -1, 2}, {"batch", "", ""}}) == "batch x ? x 2");
    CHECK(portShape({"x", "f32", {-1, -1}}) == "?x?");
    CHECK(portShape({"x", "f32", {}, {}, true}) == "unknown shape");
    CHECK(portShape({"x", "f32", {4, -1}, {"batch"}}) == "4x?"); // of a file that contradicts itself
}
