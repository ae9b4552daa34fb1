// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/archive.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>

namespace halftone {

namespace {

constexpr size_t maxUnpackedBytes = size_t{4} << 30;
constexpr size_t maxMembers = 1'000'000;
constexpr size_t maxNameBytes = 4096;
constexpr size_t maxRatio = 200;
constexpr size_t ratioFreeBytes = size_t{64} << 20; // small files may be packed as tightly as they like

enum class Content { Members, OneStream };

/// One pass over one archive, counting what it unpacks.
class Reader {
public:
    Reader(const std::string& path, Content content)
        : m_shown(displayText(path)), m_archive(archive_read_new(), &archive_read_free) {
        std::error_code failure;
        // libarchive would wait for the other end of a FIFO.
        if (!std::filesystem::is_regular_file(path, failure))
            throw Error(ErrorCode::Io, fmt::format("{} cannot be read as a file. Choose a file.", m_shown), m_shown);
        m_packedBytes = std::filesystem::file_size(path, failure);
        // Filters are named one by one: "all" would start external programs for some.
        archive_read_support_filter_gzip(m_archive.get());
        if (content == Content::OneStream) {
            archive_read_support_format_raw(m_archive.get());
        } else {
            archive_read_support_format_tar(m_archive.get());
            archive_read_support_format_zip(m_archive.get());
        }
        check(archive_read_open_filename(m_archive.get(), path.c_str(), 1 << 18));
    }

    /// Moves to the next member; false at the end.
    bool next() {
        const int result = archive_read_next_header(m_archive.get(), &m_entry);
        if (result == ARCHIVE_EOF)
            return false;
        m_member.reset();
        if (result != ARCHIVE_WARN) // a name outside the locale's character set: name() deals with it
            check(result);
        if (++m_memberCount > maxMembers)
            throwLimit(fmt::format("has more than {} members", maxMembers));
        return true;
    }

    bool isRegularFile() const {
        return archive_entry_filetype(m_entry) == AE_IFREG && !archive_entry_hardlink(m_entry);
    }

    std::string name() {
        const char* text = archive_entry_pathname_utf8(m_entry);
        if (!text)
            text = archive_entry_pathname(m_entry);
        if (!text || !*text)
            throwDamaged(fmt::format("member {} has no readable name", m_memberCount));
        const std::string_view raw(text);
        if (raw.size() > maxNameBytes)
            throwDamaged(fmt::format("member {} has a name of {} bytes", m_memberCount, raw.size()));
        m_member = displayText(raw);
        if (raw.starts_with('/'))
            throwDamaged("an absolute name");
        std::string name;
        for (size_t begin = 0; begin <= raw.size();) {
            const size_t end = std::min(raw.find('/', begin), raw.size());
            const std::string_view part = raw.substr(begin, end - begin);
            if (part == "..")
                throwDamaged("a name that climbs out of the archive");
            if (!part.empty() && part != ".")
                name.append(name.empty() ? "" : "/").append(part);
            begin = end + 1;
        }
        return name;
    }

    std::vector<std::byte> bytes(size_t maxBytes = maxUnpackedBytes) {
        std::vector<std::byte> out;
        checkBudget(declaredBytes());
        out.reserve(std::min(declaredBytes(), maxBytes));
        eachChunk([&](const std::byte* chunk, size_t size) {
            out.insert(out.end(), chunk, chunk + std::min(size, maxBytes - out.size()));
            return out.size() < maxBytes;
        });
        return out;
    }

    /// A tar.gz is unpacked while it is skipped, so the size that its header tells counts beforehand.
    void skip() {
        spend(declaredBytes());
        check(archive_read_data_skip(m_archive.get()));
    }

private:
    template <class Take> void eachChunk(Take take) {
        for (;;) {
            const void* chunk = nullptr;
            size_t size = 0;
            la_int64_t offset = 0;
            const int result = archive_read_data_block(m_archive.get(), &chunk, &size, &offset);
            if (result == ARCHIVE_EOF)
                return;
            check(result);
            spend(size);
            if (!take(static_cast<const std::byte*>(chunk), size))
                return;
        }
    }

    size_t declaredBytes() {
        return static_cast<size_t>(std::max<la_int64_t>(0, archive_entry_size(m_entry))); // 0 when it is not told
    }

    void checkBudget(size_t more) {
        if (more > maxUnpackedBytes - m_unpackedBytes)
            throwLimit(fmt::format("unpacks to more than {} GiB", maxUnpackedBytes >> 30));
        const size_t total = m_unpackedBytes + more;
        if (total > ratioFreeBytes && total / maxRatio > m_packedBytes)
            throwLimit(fmt::format("unpacks to more than {} times its size", maxRatio));
    }

    void spend(size_t bytes) {
        checkBudget(bytes);
        m_unpackedBytes += bytes;
    }

    void check(int result) {
        if (result == ARCHIVE_OK)
            return;
        const char* reason = archive_error_string(m_archive.get());
        throwDamaged(displayText(reason ? reason : "no reason given"));
    }
    [[noreturn]] void throwDamaged(const std::string& reason) {
        const std::string where = m_member ? m_shown + ": " + *m_member : m_shown;
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the archive cannot be read ({}). Pack it again.", where, reason), where);
    }
    [[noreturn]] void throwLimit(const std::string& what) {
        throw Error(ErrorCode::Limit, fmt::format("{} {}. Unpack it yourself and choose the folder.", m_shown, what),
                    m_shown);
    }

    std::string m_shown;
    std::optional<std::string> m_member;
    std::unique_ptr<archive, decltype(&archive_read_free)> m_archive;
    archive_entry* m_entry = nullptr;
    size_t m_packedBytes = 0;
    size_t m_unpackedBytes = 0;
    size_t m_memberCount = 0;
};

} // namespace

std::vector<ArchiveMember> readArchive(const std::string& path,
                                       const std::function<bool(std::string_view name)>& wanted) {
    Reader reader(path, Content::Members);
    std::vector<ArchiveMember> members;
    while (reader.next()) {
        std::string name = reader.name();
        if (reader.isRegularFile() && wanted(name))
            members.push_back({std::move(name), reader.bytes()});
        else
            reader.skip();
    }
    const auto less = [](const ArchiveMember& a, const ArchiveMember& b) { return a.name < b.name; };
    const auto same = [](const ArchiveMember& a, const ArchiveMember& b) { return a.name == b.name; };
    std::sort(members.begin(), members.end(), less);
    const auto twice = std::adjacent_find(members.begin(), members.end(), same);
    if (twice != members.end())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: holds {} twice. Pack it again.", displayText(path), displayText(twice->name)),
                    displayText(path));
    return members;
}

std::vector<std::byte> readGzip(const std::string& path) {
    Reader reader(path, Content::OneStream);
    return reader.next() ? reader.bytes() : std::vector<std::byte>{};
}

std::vector<std::byte> readGzipHead(const std::string& path, size_t maxBytes) {
    Reader reader(path, Content::OneStream);
    return reader.next() ? reader.bytes(maxBytes) : std::vector<std::byte>{};
}

} // namespace halftone
