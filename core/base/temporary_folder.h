// SPDX-License-Identifier: GPL-3.0-or-later
// A folder that goes away.
#pragma once

#include <filesystem>
#include <string>

namespace halftone {

/// Made in the system's folder for temporary files, and removed with all that it holds.
class TemporaryFolder {
public:
    /// Throws Error{Io}.
    explicit TemporaryFolder(const std::string& prefix);
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace halftone
