// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace halftone {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(Descriptor&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

Error ioError(const std::string& path, const char* doing) {
    const std::string shown = displayText(path);
    return Error(ErrorCode::Io, fmt::format("{}: cannot {}: {}.", shown, doing, std::strerror(errno)), shown);
}

/// O_NONBLOCK keeps open() from waiting for the other end of a FIFO.
Descriptor openRegular(const std::string& path, struct stat& info) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0)
        throw ioError(path, "open the file");
    if (!S_ISREG(info.st_mode)) {
        const char* what = S_ISDIR(info.st_mode) ? "a folder" : "a device, pipe or socket";
        throw Error(ErrorCode::Io, fmt::format("{} is {}, not a file. Choose a file.", displayText(path), what),
                    displayText(path));
    }
    return file;
}

/// `place(size)` says where the bytes go.
template <class Place> void readInto(const std::string& path, size_t maxBytes, const Place& place) {
    struct stat info {};
    const Descriptor file = openRegular(path, info);
    if (static_cast<uint64_t>(info.st_size) > maxBytes)
        throw Error(ErrorCode::Limit,
                    fmt::format("{} has {} bytes; at most {} are read.", displayText(path), info.st_size, maxBytes),
                    displayText(path));
    const auto size = static_cast<size_t>(info.st_size);
    auto* const bytes = place(size);
    size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(file.get(), bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw ioError(path, "read the file");
        if (got == 0)
            throw Error(ErrorCode::Io, fmt::format("{} shrank while it was read. Try again.", displayText(path)),
                        displayText(path));
        done += static_cast<size_t>(got);
    }
}

std::string hexadecimal(std::span<const unsigned char> bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

} // namespace

std::vector<std::byte> readFile(const std::string& path, size_t maxBytes) {
    std::vector<std::byte> bytes;
    readInto(path, maxBytes, [&](size_t size) {
        bytes.resize(size);
        return bytes.data();
    });
    return bytes;
}

std::string readTextFile(const std::string& path, size_t maxBytes) {
    std::string text;
    readInto(path, maxBytes, [&](size_t size) {
        text.resize(size);
        return text.data();
    });
    return text;
}

LargeBlock readLargeFile(const std::string& path, size_t maxBytes) {
    LargeBlock block;
    readInto(path, maxBytes, [&](size_t size) {
        block = {allocateBlock(size), size};
        if (!block.data)
            throw Error(ErrorCode::Limit,
                        fmt::format("{} has {} bytes, more memory than is free. Close other programs or choose a "
                                    "smaller file.",
                                    displayText(path), size),
                        displayText(path));
        return block.data.get();
    });
    return block;
}

void writeFileAtomically(const std::string& path, std::string_view content) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path resolved = fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : fs::path(path);
    const std::string target = resolved.empty() ? path : resolved.string();
    struct stat info {};
    if (::stat(target.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
        throw Error(ErrorCode::Io, fmt::format("{} exists and is not a file. Choose another name.", displayText(path)),
                    displayText(path));
    const mode_t mode = info.st_mode ? info.st_mode & 0777 : 0644;
    std::string temporary = target + ".XXXXXX";
    const Descriptor file(::mkstemp(temporary.data()));
    if (file.get() < 0)
        throw ioError(path, "write the file");
    try {
        size_t done = 0;
        while (done < content.size()) {
            const ssize_t put = ::write(file.get(), content.data() + done, content.size() - done);
            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                throw ioError(path, "write the file");
            done += static_cast<size_t>(put);
        }
        if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
            ::rename(temporary.c_str(), target.c_str()) != 0)
            throw ioError(path, "write the file");
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

std::string sha256OfFile(const std::string& path) {
    struct stat info {};
    const Descriptor file = openRegular(path, info);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    std::vector<unsigned char> buffer(1 << 20);
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw ioError(path, "read the file");
        if (got == 0)
            break;
        EVP_DigestUpdate(context.get(), buffer.data(), static_cast<size_t>(got));
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(context.get(), digest, &length);
    return hexadecimal({digest, length});
}

std::string sha256Of(std::span<const std::byte> bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr);
    return hexadecimal({digest, length});
}

} // namespace halftone
