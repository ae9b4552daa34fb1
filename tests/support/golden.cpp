// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/golden.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace halftone::test {

std::vector<float> goldenInput(const Shape& shape) {
    uint64_t count = 1;
    for (const int64_t dim : shape)
        count *= static_cast<uint64_t>(dim);
    std::vector<float> values;
    for (uint64_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(static_cast<double>(i * 2654435761U % (uint64_t{1} << 32)) * 0x1p-32));
    return values;
}

std::vector<float> readFloats(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    std::vector<float> values(bytes.size() / sizeof(float));
    std::copy_n(bytes.data(), values.size() * sizeof(float), reinterpret_cast<char*>(values.data()));
    return values;
}

} // namespace halftone::test
