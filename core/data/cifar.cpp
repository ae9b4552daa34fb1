// CIFAR binaries: records of 1 (CIFAR-10) or 2 (CIFAR-100: coarse, fine) label bytes and 3 x 32 x 32 pixels,
// planar. https://www.cs.toronto.edu/~kriz/cifar.html
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/dataset_kinds.h"
#include "core/data/picture_array.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

namespace fs = std::filesystem;

constexpr int side = 32;
constexpr size_t pixelBytes = 3 * side * side;
constexpr size_t maxBytes = size_t{1} << 30; // the whole of CIFAR has 184 MB

struct Variant {
    const char* kind;
    const char* name;
    size_t labelBytes; // the last one is the label
    int classes;
    const char* namesFile;
    size_t stride() const { return labelBytes + pixelBytes; }
};
constexpr Variant cifar10{"cifar10", "CIFAR-10", 1, 10, "batches.meta.txt"};
constexpr Variant cifar100{"cifar100", "CIFAR-100", 2, 100, "fine_label_names.txt"};

/// Place of the first record whose label is impossible, or the number of records.
size_t firstBadRecord(const std::vector<std::byte>& bytes, const Variant& variant) {
    const size_t count = bytes.size() / variant.stride();
    for (size_t i = 0; i < count; ++i)
        if (std::to_integer<int>(bytes[i * variant.stride() + variant.labelBytes - 1]) >= variant.classes)
            return i;
    return count;
}

/// The variant whose record length divides the file; where both do, the one whose labels are possible.
const Variant& variantOf(const std::vector<std::byte>& bytes, const std::string& where) {
    const bool can10 = bytes.size() % cifar10.stride() == 0, can100 = bytes.size() % cifar100.stride() == 0;
    if (bytes.empty() || (!can10 && !can100))
        throw Error(
            ErrorCode::BadInput,
            fmt::format(
                "{}: not a CIFAR binary: its {} bytes are no whole number of records of {} (CIFAR-10) or "
                "{} (CIFAR-100) bytes. Fetch the binary version again.",
                where, bytes.size(), cifar10.stride(), cifar100.stride()),
            where);
    const bool fits10 = can10 && firstBadRecord(bytes, cifar10) == bytes.size() / cifar10.stride();
    const Variant& variant = fits10 || !can100 ? cifar10 : cifar100;
    const size_t bad = firstBadRecord(bytes, variant);
    if (bad < bytes.size() / variant.stride())
        throw Error(
            ErrorCode::BadInput,
            fmt::format(
                "{}: record {} has the label {}, but {} has {} classes. The file is damaged or of another "
                "kind; fetch it again.",
                where, bad, std::to_integer<int>(bytes[bad * variant.stride() + variant.labelBytes - 1]),
                variant.name, variant.classes),
            where);
    return variant;
}

/// The class names that are shipped beside the records; none when that file is missing or has another number.
std::vector<std::string> classNamesBeside(const fs::path& file, const Variant& variant) {
    const fs::path namesFile = file.parent_path() / variant.namesFile;
    std::error_code failure;
    if (!fs::is_regular_file(namesFile, failure))
        return {};
    const std::string text = readTextFile(namesFile.string(), 1 << 20);
    std::vector<std::string> names;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line(text.data() + begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty())
            names.push_back(displayText(line));
        begin = end + 1;
    }
    return names.size() == static_cast<size_t>(variant.classes) ? names : std::vector<std::string>{};
}

std::unique_ptr<Dataset> makeDataset(const std::string& path, const Variant& variant,
                                     std::vector<std::byte> bytes, std::vector<std::string> classNames) {
    const size_t count = bytes.size() / variant.stride();
    std::vector<int64_t> labels;
    for (size_t i = 0; i < count; ++i)
        labels.push_back(std::to_integer<int64_t>(bytes[i * variant.stride() + variant.labelBytes - 1]));
    const PictureArrayLayout layout{side, side, 3, true, variant.labelBytes, variant.stride()};
    return std::make_unique<PictureArray>(path, variant.kind, std::move(bytes), layout,
                                          static_cast<int64_t>(count), labels, std::move(classNames));
}

/// "data_batch_1.bin" ...; the test set alone when there is one, for accuracy on training pictures says
/// little.
std::vector<std::string> batchFiles(const std::string& folder) {
    std::vector<std::string> training;
    std::error_code failure;
    for (const char* name : {"test_batch.bin", "test.bin"})
        if (const fs::path file = fs::path(folder) / name; fs::is_regular_file(file, failure))
            return {file.string()};
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if ((name.starts_with("data_batch_") && name.ends_with(".bin")) || name == "train.bin")
            training.push_back(entry.path().string());
    }
    std::sort(training.begin(), training.end());
    return training;
}

} // namespace

std::unique_ptr<Dataset> openCifarFile(const std::string& path) {
    std::vector<std::byte> bytes = readFile(path, maxBytes);
    const Variant& variant = variantOf(bytes, displayText(path));
    return makeDataset(path, variant, std::move(bytes), classNamesBeside(path, variant));
}

std::unique_ptr<Dataset> openCifarFolder(const std::string& path) {
    const std::vector<std::string> files = batchFiles(path);
    if (files.empty())
        return nullptr;
    std::vector<std::byte> all;
    const Variant* variant = nullptr;
    for (const std::string& file : files) {
        const std::vector<std::byte> bytes = readFile(file, maxBytes);
        const Variant& found = variantOf(bytes, displayText(file));
        if (variant && variant != &found)
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}: mixes CIFAR-10 and CIFAR-100 files. Keep one kind.", displayText(path)),
                displayText(path));
        variant = &found;
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return makeDataset(path, *variant, std::move(all), classNamesBeside(files.front(), *variant));
}

} // namespace halftone
