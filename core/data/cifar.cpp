// SPDX-License-Identifier: GPL-3.0-or-later
// CIFAR binaries: records of 1 (CIFAR-10) or 2 (CIFAR-100: coarse, fine) label bytes and 3 x 32 x 32 pixels,
// planar. https://www.cs.toronto.edu/~kriz/cifar.html
// The version for Python holds the same in pickles, which are turned into such records.
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/dataset_kinds.h"
#include "core/data/pickle.h"
#include "core/data/picture_array.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <span>

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
    const char *namesFile, *pickledNamesFile;
    const char *pickledLabels, *pickledNames; // keys
    size_t stride() const { return labelBytes + pixelBytes; }
};
constexpr Variant cifar10{"cifar10", "CIFAR-10", 1, 10, "batches.meta.txt", "batches.meta", "labels", "label_names"};
constexpr Variant cifar100{"cifar100",    "CIFAR-100",       2, 100, "fine_label_names.txt", "meta",
                           "fine_labels", "fine_label_names"};

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
            fmt::format("{}: not a CIFAR binary: its {} bytes are no whole number of records of {} (CIFAR-10) or "
                        "{} (CIFAR-100) bytes. Fetch the binary version again.",
                        where, bytes.size(), cifar10.stride(), cifar100.stride()),
            where);
    const bool fits10 = can10 && firstBadRecord(bytes, cifar10) == bytes.size() / cifar10.stride();
    const Variant& variant = fits10 || !can100 ? cifar10 : cifar100;
    const size_t bad = firstBadRecord(bytes, variant);
    if (bad < bytes.size() / variant.stride())
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: record {} has the label {}, but {} has {} classes. The file is damaged or of another "
                        "kind; fetch it again.",
                        where, bad, std::to_integer<int>(bytes[bad * variant.stride() + variant.labelBytes - 1]),
                        variant.name, variant.classes),
            where);
    return variant;
}

std::string_view viewOf(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Records of what one file holds.
struct Records {
    const Variant* variant;
    std::vector<std::byte> bytes;
};

/// A dictionary with "data", N x 3072 bytes, and "labels" or "fine_labels", a list of N numbers.
Records unpickled(std::vector<std::byte> bytes, const std::string& where) {
    const Pickle pickle(std::move(bytes), where);
    const auto refuse = [&](const std::string& reason) {
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: the Python pickle holds no CIFAR pictures ({}). Choose CIFAR's own files, or save the "
                        "pictures as .npz.",
                        where, reason),
            where);
    };
    const PickleValue* data = pickle.root().find("data");
    const Variant& variant = pickle.root().find(cifar100.pickledLabels) ? cifar100 : cifar10;
    const PickleValue* labels = pickle.root().find(variant.pickledLabels);
    if (!data || !labels)
        refuse("it needs \"data\" and \"labels\" or \"fine_labels\"");
    const size_t count = labels->items.size();
    if (data->kind != PickleValue::Kind::Array || data->name != "u1" || data->text.size() != count * pixelBytes)
        refuse(fmt::format("its data are not {} times {} bytes, one row a label", count, pixelBytes));
    Records records{&variant, {}};
    records.bytes.reserve(count * variant.stride());
    for (size_t i = 0; i < count; ++i) {
        const int64_t label = labels->items[i]->integer;
        if (labels->items[i]->kind != PickleValue::Kind::Integer || label < 0 || label >= variant.classes)
            refuse(fmt::format("label {} is not 0 to {}", i, variant.classes - 1));
        records.bytes.resize(records.bytes.size() + variant.labelBytes - 1);
        records.bytes.push_back(static_cast<std::byte>(label));
        const auto pixels = std::as_bytes(std::span(data->text.substr(i * pixelBytes, pixelBytes)));
        records.bytes.insert(records.bytes.end(), pixels.begin(), pixels.end());
    }
    return records;
}

Records recordsOf(std::vector<std::byte> bytes, const std::string& where) {
    if (isPickle(viewOf(bytes)))
        return unpickled(std::move(bytes), where);
    const Variant& variant = variantOf(bytes, where);
    return {&variant, std::move(bytes)};
}

std::vector<std::string> lines(std::string_view text) {
    std::vector<std::string> result;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = text.substr(begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty())
            result.push_back(displayText(line));
        begin = end + 1;
    }
    return result;
}

/// What the file of class names holds; none when it is of another kind or has another number.
std::vector<std::string> classNamesIn(std::vector<std::byte> bytes, const Variant& variant, const std::string& where) {
    std::vector<std::string> names;
    if (!isPickle(viewOf(bytes))) {
        names = lines(viewOf(bytes));
    } else {
        const Pickle pickle(std::move(bytes), where);
        if (const PickleValue* list = pickle.root().find(variant.pickledNames))
            for (const PickleValue* item : list->items)
                names.push_back(displayText(item->text));
    }
    return names.size() == static_cast<size_t>(variant.classes) ? names : std::vector<std::string>{};
}

std::unique_ptr<Dataset> makeDataset(const std::string& path, const Variant& variant, std::vector<std::byte> bytes,
                                     std::vector<std::string> classNames) {
    const size_t count = bytes.size() / variant.stride();
    std::vector<int64_t> labels;
    for (size_t i = 0; i < count; ++i)
        labels.push_back(std::to_integer<int64_t>(bytes[i * variant.stride() + variant.labelBytes - 1]));
    const PictureArrayLayout layout{side, side, 3, true, variant.labelBytes, variant.stride()};
    return std::make_unique<PictureArray>(path, variant.kind, std::move(bytes), layout, static_cast<int64_t>(count),
                                          labels, std::move(classNames));
}

std::string_view baseName(std::string_view name) {
    return name.substr(name.rfind('/') + 1); // npos + 1 is 0
}

bool isTestName(std::string_view name) {
    return name == "test_batch.bin" || name == "test.bin" || name == "test_batch" || name == "test";
}
bool isTrainingName(std::string_view name) {
    return name.starts_with("data_batch_") || name == "train.bin" || name == "train";
}
bool isNamesFile(std::string_view name) {
    return std::ranges::any_of(std::initializer_list<Variant>{cifar10, cifar100}, [&](const Variant& variant) {
        return name == variant.namesFile || name == variant.pickledNamesFile;
    });
}
/// Files without an extension have names that anything may have.
bool isCifar(const ArchiveMember& member) {
    return member.name.ends_with(".bin") || isPickle(viewOf(member.bytes));
}

/// The test set alone when there is one, for accuracy on training pictures says little. Null without any CIFAR file.
std::unique_ptr<Dataset> openMembers(const std::string& path, std::vector<ArchiveMember> members) {
    std::vector<ArchiveMember> names;
    bool hasTest = false;
    for (ArchiveMember& member : members)
        if (isNamesFile(baseName(member.name)))
            names.push_back(std::move(member));
        else
            hasTest = hasTest || (isTestName(baseName(member.name)) && isCifar(member));
    Records all{nullptr, {}};
    for (ArchiveMember& member : members) {
        if (!isCifar(member) || !(hasTest ? isTestName : isTrainingName)(baseName(member.name)))
            continue;
        Records records = recordsOf(std::move(member.bytes), displayText(path) + ": " + displayText(member.name));
        if (all.variant && all.variant != records.variant)
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: mixes CIFAR-10 and CIFAR-100 files. Keep one kind.", displayText(path)),
                        displayText(path));
        all.variant = records.variant;
        all.bytes.insert(all.bytes.end(), records.bytes.begin(), records.bytes.end());
    }
    if (!all.variant)
        return nullptr;
    std::vector<std::string> classNames;
    for (ArchiveMember& file : names)
        if (classNames.empty())
            classNames = classNamesIn(std::move(file.bytes), *all.variant, displayText(file.name));
    return makeDataset(path, *all.variant, std::move(all.bytes), std::move(classNames));
}

/// Regular files of a folder.
std::vector<ArchiveMember> filesIn(const fs::path& folder, const std::function<bool(std::string_view name)>& wanted) {
    std::vector<ArchiveMember> files;
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
        std::string name = entry.path().filename().string();
        if (wanted(name) && entry.is_regular_file(failure))
            files.push_back({std::move(name), readFile(entry.path().string(), maxBytes)});
    }
    std::ranges::sort(files, {}, &ArchiveMember::name);
    return files;
}

} // namespace

std::unique_ptr<Dataset> openCifarFile(const std::string& path) {
    Records records = recordsOf(readFile(path, maxBytes), displayText(path));
    std::vector<std::string> classNames;
    for (ArchiveMember& file : filesIn(fs::path(path).parent_path(), isNamesFile))
        if (classNames.empty())
            classNames = classNamesIn(std::move(file.bytes), *records.variant, displayText(file.name));
    return makeDataset(path, *records.variant, std::move(records.bytes), std::move(classNames));
}

std::unique_ptr<Dataset> openCifarFolder(const std::string& path) {
    const auto names = [](std::string_view name) { return isTestName(name) || isNamesFile(name); };
    if (auto test = openMembers(path, filesIn(path, names)))
        return test;
    return openMembers(path,
                       filesIn(path, [](std::string_view name) { return isTrainingName(name) || isNamesFile(name); }));
}

std::unique_ptr<Dataset> openCifarArchive(const std::string& path) {
    return openMembers(path, readArchive(path, [](std::string_view name) {
                           return isTestName(baseName(name)) || isTrainingName(baseName(name)) ||
                                  isNamesFile(baseName(name));
                       }));
}

} // namespace halftone
