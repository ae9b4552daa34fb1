// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace halftone;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for each test, removed afterwards.
class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "halftone-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()));
        m_path = pattern;
    }
    ~Folder() { fs::remove_all(m_path); }
    std::string operator/(const char* file) const { return (m_path / file).string(); }
    size_t files() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(m_path), fs::directory_iterator()));
    }

private:
    fs::path m_path;
};

template <class F> std::pair<ErrorCode, std::string> failure(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return {error.code(), error.message()};
    }
    return {ErrorCode::Internal, "no error"};
}

} // namespace

TEST_CASE("what is written is read back, and hashed") {
    const Folder folder;
    const std::string path = folder / "abc";
    writeFileAtomically(path, "abc");
    CHECK(readTextFile(path, 3) == "abc");
    CHECK(readFile(path, 100).size() == 3);
    CHECK(sha256OfFile(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-2
    writeFileAtomically(path, "");
    CHECK(readTextFile(path, 0).empty());
    CHECK(sha256OfFile(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(folder.files() == 1);
}

TEST_CASE("a file larger than the limit is refused before it is read") {
    const Folder folder;
    const std::string path = folder / "sparse";
    std::ofstream(path).put('x');
    fs::resize_file(path, uint64_t{1} << 40);
    const auto [code, message] = failure([&] { readFile(path, 1000); });
    CHECK(code == ErrorCode::Limit);
    CHECK(message.find("sparse") != std::string::npos);
    CHECK(message.find("1000") != std::string::npos);
}

TEST_CASE("what is not a file is refused at once") {
    const Folder folder;
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const std::string loop = folder / "loop";
    fs::create_symlink(loop, loop);
    for (const std::string& path : {fifo, loop, folder / ".", folder / "missing", std::string("/dev/zero"),
                                    std::string(5000, 'x'), std::string()}) {
        INFO(path);
        CHECK(failure([&] { readFile(path, 100); }).first == ErrorCode::Io);
        CHECK(failure([&] { sha256OfFile(path); }).first == ErrorCode::Io);
    }
    CHECK(failure([&] { readFile(folder / "missing\n", 100); }).second.find("missing\\x0A") != std::string::npos);
}

TEST_CASE("writing keeps what is there when it cannot succeed") {
    const Folder folder;
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(failure([&] { writeFileAtomically(fifo, "x"); }).first == ErrorCode::Io);
    CHECK(fs::is_fifo(fifo));
    CHECK(failure([&] { writeFileAtomically(folder / "no/such/folder", "x"); }).first == ErrorCode::Io);
    CHECK(failure([&] { writeFileAtomically(folder / ".", "x"); }).first == ErrorCode::Io);
    CHECK(folder.files() == 1);
}

TEST_CASE("writing follows a symbolic link and keeps the permissions of the file") {
    const Folder folder;
    const std::string target = folder / "target", link = folder / "link";
    writeFileAtomically(target, "old");
    REQUIRE(::chmod(target.c_str(), 0640) == 0);
    fs::create_symlink("target", link);
    writeFileAtomically(link, "new");
    CHECK(fs::is_symlink(link));
    CHECK(readTextFile(target, 10) == "new");
    struct stat info {};
    REQUIRE(::stat(target.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0640);
}
