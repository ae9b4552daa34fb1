// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of its own for a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halftone::test {

/// Empty at first, below the system's temporary folder; removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// The folder itself without a name.
    std::string path(const std::string& name = "") const;
    /// Writes a file, with the folders it needs, and returns its path.
    std::string write(const std::string& name, std::string_view content) const;
    /// Names of what it holds, sorted.
    std::vector<std::string> names() const;

private:
    std::string m_path;
};

} // namespace halftone::test
