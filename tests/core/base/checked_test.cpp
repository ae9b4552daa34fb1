// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/base/error.h"
#include "tests/support/catch.h"

#include <limits>
#include <vector>

using namespace halftone;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

/// The error's message; empty when there is none.
template <class F> std::string failure(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    }
    return "";
}

} // namespace

TEST_CASE("products and sums that fit are exact") {
    CHECK(checkedMul(1 << 20, int64_t{1} << 40, "x") == int64_t{1} << 60);
    CHECK(checkedMul(-3, 5, "x") == -15);
    CHECK(checkedAdd(kMost - 1, 1, "x") == kMost);
    CHECK(checkedAdd(-kMost, -1, "x") == std::numeric_limits<int64_t>::min());
}

TEST_CASE("products and sums that do not fit are refused by name") {
    CHECK_THAT(failure([] { checkedMul(int64_t{1} << 32, int64_t{1} << 31, "The mask"); }),
               StartsWith("The mask is too large"));
    CHECK_THAT(failure([] { checkedAdd(kMost, 1, "The offset"); }), StartsWith("The offset is too large"));
    CHECK(failure([] { checkedMul(std::numeric_limits<int64_t>::min(), -1, "x"); }) != "");
}

TEST_CASE("a shape product that wraps around to a small number is refused") {
    CHECK(elementCount(std::vector<int64_t>{2, 3, 4}) == 24);
    CHECK(elementCount(std::vector<int64_t>{}) == 1);
    CHECK(elementCount(std::vector<int64_t>{5, 0, 7}) == 0);
    CHECK(failure([] { elementCount(std::vector<int64_t>{4, (int64_t{1} << 62) + 4}); }) != "");
    CHECK(failure([] { elementCount(std::vector<int64_t>{int64_t{1} << 32, int64_t{1} << 32}); }) != "");
}

TEST_CASE("a negative dimension is refused with its value") {
    CHECK(failure([] {
              elementCount(std::vector<int64_t>{2, -7}, "Input data");
          }) == "Input data has the negative dimension -7.");
}
