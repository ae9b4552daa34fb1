// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/message_scan.h"

#include "core/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace halftone {

namespace {

const MessageSchema::Child* childOf(const MessageSchema& schema, int parent, const WireField& field) {
    if (field.type != WireType::Bytes)
        return nullptr;
    const auto found = std::ranges::find_if(schema.children, [&](const MessageSchema::Child& child) {
        return child.parent == parent && child.field == field.number;
    });
    return found == schema.children.end() ? nullptr : &*found;
}

/// Bytes that the parser allocates for a field which is no message.
int64_t valueBytes(const MessageSchema& schema, int parent, const WireField& field) {
    if (field.type != WireType::Bytes)
        return 16;
    const auto size = static_cast<int64_t>(field.payload.size());
    return schema.isPackedIntegers(parent, field.number) ? 8 * size : 56 + (size > 15 ? size : 0);
}

} // namespace

void requireAtMost(int64_t count, int64_t limit, std::string_view what) {
    if (count > limit)
        throw Error(
            ErrorCode::Limit,
            fmt::format("The file holds more than {} {}, the most that Halftone reads. It is damaged or not meant "
                        "to be opened.",
                        limit, what));
}

void requireStructureFits(int64_t structureBytes, size_t fileBytes) {
    constexpr int64_t kFree = int64_t{256} << 20;
    if (structureBytes <= kFree + 2 * static_cast<int64_t>(fileBytes))
        return;
    throw Error(ErrorCode::Limit,
                fmt::format("The file has {} MB but would need more than {} MB of memory to be read, because it "
                            "consists of countless empty entries. It is damaged or not meant to be opened.",
                            fileBytes >> 20, structureBytes >> 20));
}

int64_t scanMessages(std::span<const std::byte> bytes, const MessageSchema& schema, int maxDepth,
                     const std::function<void(int, int)>& visit) {
    struct Frame {
        WireReader reader;
        int message;
    };
    int64_t structureBytes = 0;
    std::vector<Frame> stack;
    stack.reserve(static_cast<size_t>(std::clamp(maxDepth, 0, 1000)) + 1);
    stack.push_back({WireReader(bytes), schema.root});
    WireField field;
    while (!stack.empty()) {
        const int parent = stack.back().message;
        if (!stack.back().reader.next(field)) {
            stack.pop_back();
            continue;
        }
        const MessageSchema::Child* child = childOf(schema, parent, field);
        structureBytes += child ? schema.objectBytes(child->message) : valueBytes(schema, parent, field);
        requireStructureFits(structureBytes, bytes.size());
        if (!child)
            continue;
        visit(parent, child->message);
        requireAtMost(static_cast<int64_t>(stack.size()), maxDepth, "levels of nested messages");
        stack.push_back({WireReader(field.payload, field.offset), child->message});
    }
    return structureBytes;
}

} // namespace halftone
