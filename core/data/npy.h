// SPDX-License-Identifier: GPL-3.0-or-later
// numpy's .npy files: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
// Reads versions 1 to 3; refuses big-endian, object, text, complex, date and structured types by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace halftone {

struct NpyArray {
    std::string descr;            // "<f4", "<f2", "|u1", ...: kind b, i, u or f, size in bytes
    std::vector<int64_t> shape;   // empty for a scalar
    std::vector<std::byte> bytes; // C order, little endian, exactly the elements of the shape
};

/// Throws Error naming the file: Io when it cannot be read, BadInput when damaged, Unsupported for a type.
NpyArray loadNpy(const std::string& path);

/// `where` names the array in errors. Bytes after the last element are ignored, as numpy does.
NpyArray parseNpy(std::span<const std::byte> bytes, const std::string& where);

/// Any of the types parseNpy reads; 64-bit values lose digits.
std::vector<float> toFloats(const NpyArray& array);

/// Of an array of whole numbers (or booleans). Throws Error{BadInput} naming `where` for floats and for
/// values beyond int64.
std::vector<int64_t> toIntegers(const NpyArray& array, const std::string& where);

/// Writes numpy format 1.0, complete or not at all.
void saveNpy(const std::string& path, const NpyArray& array);

/// Writes numpy format 1.0, '<f4' in C order, complete or not at all. `values` has the elements of `shape`.
void saveNpyFloats(const std::string& path, const std::vector<int64_t>& shape, std::span<const float> values);

} // namespace halftone
