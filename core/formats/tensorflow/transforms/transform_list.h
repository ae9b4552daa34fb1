// SPDX-License-Identifier: GPL-3.0-or-later
// The text that says which transforms to run: `fold_constants(ignore_errors=true) quantize_weights`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone::tensorflow_format {

/// One transform and its parameters, each of which may be given several times.
struct TransformCall {
    std::string name;
    std::map<std::string, std::vector<std::string>> parameters;

    bool operator==(const TransformCall&) const = default;

    std::vector<std::string> all(const std::string& parameter) const;
    /// The only value. Throws Error{Usage} when there are several.
    std::optional<std::string> one(const std::string& parameter) const;
    /// Throws Error{Usage} naming transform and parameter for a value that is no such number.
    int64_t integer(const std::string& parameter, int64_t fallback) const;
    bool flag(const std::string& parameter, bool fallback) const;
};

/// The grammar of TensorFlow's graph_transforms: names of letters, digits and '_'; parameters in parentheses, separated
/// by commas; values bare (letters, digits, '-', '.', '_', '/') or between double quotes; white space and backslashes
/// (of continued lines) between anything. Throws Error{Usage} with the place of what does not fit, and for an empty
/// list.
std::vector<TransformCall> parseTransforms(std::string_view text);

} // namespace halftone::tensorflow_format
