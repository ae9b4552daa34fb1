// SPDX-License-Identifier: GPL-3.0-or-later
// Weights that a model keeps in files beside it. The names of these files come from the model and are
// hostile: they may leave the folder, be links to private files or devices. Nothing outside the model's
// folder is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace halftone {

/// A place in an external file. A negative length means: up to the end of the file.
struct ExternalRange {
    std::string location; // as the model gives it
    int64_t offset = 0, length = -1;
};

enum class OpenMethod { Best, ComponentWise };

class ExternalData {
public:
    /// `modelPath`: the model; its folder, symbolic links in the way to it resolved, bounds what is opened.
    /// OpenMethod::ComponentWise is what kernels without openat2() get.
    explicit ExternalData(std::string modelPath, OpenMethod method = OpenMethod::Best);
    ~ExternalData();
    ExternalData(const ExternalData&) = delete;
    ExternalData& operator=(const ExternalData&) = delete;

    /// The `wantedBytes` bytes of `range`. `what` names the tensor in messages. Throws Error{BadInput} for a
    /// location that is no plain relative path, a link, no regular file, has other names (hard links), or a
    /// range that does not fit; Error{Io} when the file cannot be read.
    std::vector<std::byte> read(const ExternalRange& range, int64_t wantedBytes, const std::string& what);

    /// Size of all external files opened so far, each counted once.
    int64_t filesBytes() const;

private:
    struct File;
    const File& open(const std::string& location, const std::string& what);

    std::string m_modelPath;
    OpenMethod m_method;
    int m_folder = -1; // opened with the first file
    std::map<std::string, std::unique_ptr<File>> m_files;
};

/// Throws Error{BadInput} unless `location` is a relative path of plain names: no "..", no drive letters, no
/// backslashes, no NUL, not empty.
void requirePlainLocation(const std::string& location, const std::string& what);

} // namespace halftone
