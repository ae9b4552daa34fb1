// SPDX-License-Identifier: GPL-3.0-or-later
// A first look at a protobuf file that costs no memory: is it well formed, and does it stay within the limits?
// Protobuf's parser needs up to 140 times the size of a file made for that, so this comes before it.
#pragma once

#include "core/formats/common/protobuf_wire.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace halftone {

/// What the walk must know of a schema. Messages are numbered as the caller likes.
struct MessageSchema {
    /// Field `field` of message `parent` holds a message of kind `message`. All other fields are numbers, text or
    /// unknown.
    struct Child {
        int parent;
        uint32_t field;
        int message;
    };
    std::span<const Child> children;
    int root = 0;
    /// Bytes that the parser's object of this message takes, its place in the repeated field included.
    int64_t (*objectBytes)(int message) = nullptr;
    /// Whether this field is a packed list of integers, which grow when they are parsed.
    bool (*isPackedIntegers)(int parent, uint32_t field) = nullptr;
};

/// Walks all messages, at most `maxDepth` inside each other, and calls visit(parent, message) for each but the root.
/// Throws Error{BadInput} for malformed bytes, Error{Limit} for deeper nesting and for a file that would need far more
/// memory than it has bytes, and whatever `visit` throws. Returns an estimate of the bytes that the parser will
/// allocate.
int64_t scanMessages(std::span<const std::byte> bytes, const MessageSchema& schema, int maxDepth,
                     const std::function<void(int parent, int message)>& visit);

/// Throws Error{Limit} when `count` is more than `limit` of `what` ("layers").
void requireAtMost(int64_t count, int64_t limit, std::string_view what);

/// Throws Error{Limit} for a file of `fileBytes` that would need far more than that.
void requireStructureFits(int64_t structureBytes, size_t fileBytes);

} // namespace halftone
