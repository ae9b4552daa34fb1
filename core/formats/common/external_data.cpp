// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/external_data.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace halftone {

namespace {

constexpr size_t kMaxOpenFiles = 256;

Error refusal(const std::string& what, const std::string& location, std::string_view cause) {
    return Error(
        ErrorCode::BadInput,
        fmt::format("{} is stored in the file \"{}\", which is refused: {}.", what, displayText(location), cause),
        what);
}

/// The components of a plain relative path; "." and empty ones are dropped.
std::vector<std::string> componentsOf(const std::string& location) {
    std::vector<std::string> components;
    for (const auto& part : std::filesystem::path(location))
        if (!part.empty() && part != ".")
            components.push_back(part.string());
    return components;
}

// O_NONBLOCK keeps open() from waiting for the other end of a FIFO.
constexpr int kFileFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int openBeneath(int folder, const std::string& location) {
    open_how how{};
    how.flags = static_cast<uint64_t>(kFileFlags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(::syscall(SYS_openat2, folder, location.c_str(), &how, sizeof(how)));
}

/// Opens one component after the other, none of which may be a link. Safe against links put there meanwhile,
/// because each step starts from an open folder.
int openByComponents(int folder, const std::string& location) {
    const std::vector<std::string> components = componentsOf(location);
    int at = ::dup(folder);
    for (size_t i = 0; i < components.size() && at >= 0; ++i) {
        const bool last = i + 1 == components.size();
        const int flags = O_NOFOLLOW | (last ? kFileFlags : O_PATH | O_DIRECTORY | O_CLOEXEC);
        const int next = ::openat(at, components[i].c_str(), flags);
        const int reason = errno;
        ::close(at);
        errno = reason;
        at = next;
    }
    return at;
}

} // namespace

struct ExternalData::File {
    int descriptor = -1;
    int64_t sizeBytes = 0;

    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor >= 0)
            ::close(descriptor);
    }
};

ExternalData::ExternalData(std::string modelPath, OpenMethod method)
    : m_modelPath(std::move(modelPath)), m_method(method) {}

ExternalData::~ExternalData() {
    if (m_folder >= 0)
        ::close(m_folder);
}

void requirePlainLocation(const std::string& location, const std::string& what) {
    const auto refuse = [&](const char* cause) { throw refusal(what, location, cause); };
    if (location.empty())
        refuse("the name is empty");
    if (location.find('\0') != std::string::npos)
        refuse("the name holds a NUL character");
    if (location.find('\\') != std::string::npos)
        refuse("the name holds a backslash; export the model with \"/\" between folders");
    if (location.front() == '/' || location.front() == '~' || (location.size() > 1 && location[1] == ':'))
        refuse("it must lie in the model's folder, but the name is an absolute path");
    if (location.find("://") != std::string::npos)
        refuse("it must lie in the model's folder, but the name is an address");
    for (const auto& part : std::filesystem::path(location))
        if (part == "..")
            refuse("the name leaves the model's folder");
    if (componentsOf(location).empty())
        refuse("the name is the model's folder itself");
}

const ExternalData::File& ExternalData::open(const std::string& location, const std::string& what) {
    if (const auto known = m_files.find(location); known != m_files.end())
        return *known->second;
    requirePlainLocation(location, what);
    if (m_files.size() >= kMaxOpenFiles)
        throw Error(ErrorCode::Limit,
                    fmt::format("The weights are spread over more than {} files. Save the model with all "
                                "external data in one file.",
                                kMaxOpenFiles));
    if (m_folder < 0) {
        const std::filesystem::path parent = std::filesystem::path(m_modelPath).parent_path();
        m_folder = ::open(parent.empty() ? "." : parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (m_folder < 0)
            throw Error(ErrorCode::Io, fmt::format("The model's folder cannot be opened: {}.", std::strerror(errno)));
    }

    auto file = std::make_unique<File>();
    errno = ENOSYS;
    if (m_method == OpenMethod::Best)
        file->descriptor = openBeneath(m_folder, location);
    const bool unavailable = errno == ENOSYS || errno == EPERM; // old kernel, or a sandbox that knows no openat2
    if (file->descriptor < 0 && unavailable)
        file->descriptor = openByComponents(m_folder, location);
    if (file->descriptor < 0 && (errno == ELOOP || errno == ENOTDIR))
        throw refusal(what, location, "it is, or lies behind, a symbolic link; put the file itself beside the model");
    if (file->descriptor < 0 && errno == EXDEV)
        throw refusal(what, location, "the name leaves the model's folder");
    if (file->descriptor < 0 && errno == ENOENT)
        throw Error(ErrorCode::Io,
                    fmt::format("{} is stored in the file \"{}\", which is not in the model's folder. Put it there.",
                                what, displayText(location)),
                    what);
    struct stat info {};
    if (file->descriptor < 0 || ::fstat(file->descriptor, &info) != 0)
        throw Error(ErrorCode::Io,
                    fmt::format("{} is stored in the file \"{}\", which cannot be opened: {}.", what,
                                displayText(location), std::strerror(errno)),
                    what);
    if (!S_ISREG(info.st_mode))
        throw refusal(what, location, "it is no regular file");
    if (info.st_nlink != 1)
        throw refusal(what, location, "it has a second name elsewhere (a hard link); put a copy beside the model");
    file->sizeBytes = info.st_size;
    return *m_files.emplace(location, std::move(file)).first->second;
}

std::vector<std::byte> ExternalData::read(const ExternalRange& range, int64_t wantedBytes, const std::string& what) {
    const File& file = open(range.location, what);
    if (range.offset < 0 || range.offset > file.sizeBytes)
        throw refusal(what, range.location,
                      fmt::format("offset {} lies beyond its end at {} bytes", range.offset, file.sizeBytes));
    const int64_t available = file.sizeBytes - range.offset;
    const int64_t length = range.length < 0 ? available : range.length;
    if (length > available)
        throw refusal(
            what, range.location,
            fmt::format("{} bytes at offset {} end beyond its {} bytes", length, range.offset, file.sizeBytes));
    if (length != wantedBytes)
        throw refusal(what, range.location,
                      fmt::format("the model says {} bytes, but type and shape need {}", length, wantedBytes));

    std::vector<std::byte> bytes(static_cast<size_t>(wantedBytes));
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::pread(file.descriptor, bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(range.offset) + static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            throw Error(ErrorCode::Io,
                        fmt::format("{} cannot be read from \"{}\": {}.", what, displayText(range.location),
                                    got < 0 ? std::strerror(errno) : "the file shrank meanwhile"),
                        what);
        done += static_cast<size_t>(got);
    }
    return bytes;
}

int64_t ExternalData::filesBytes() const {
    int64_t sum = 0;
    for (const auto& [location, file] : m_files)
        sum += file->sizeBytes;
    return sum;
}

} // namespace halftone
