// SPDX-License-Identifier: GPL-3.0-or-later
// What the products of a network are computed in: the figure behind the word "int8".
#pragma once

#include "core/report/report.h"

#include <string>

namespace halftone {

/// Steps of the int8 run that multiply, and how many of them multiply codes by codes.
struct ComputesIn {
    int64_t products = 0, int8Products = 0;
    double int8Share = 0; // of the multiply-accumulates
    bool rangesAtRunTime = false;
};
ComputesIn computesIn(const Report& report);

/// "24 of 25 products compute int8 x int8 (99.1 % of the MACs), ranges found at run time"; "" where nothing multiplies.
std::string computesInWords(const Report& report);

/// What the file itself computes in, as a sentence without its stop: "float x int8 weights: the file stores 8 bits and
/// computes fp32".
std::string fileComputesInWords(const Report& report);

} // namespace halftone
