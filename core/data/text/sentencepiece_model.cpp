// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/sentencepiece_model.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <unordered_set>

namespace halftone {

namespace {

using Type = SentencePieceModel::Type;

constexpr size_t maxPieces = 2'000'000;

/// Fields of a message of Protocol Buffers, one by one.
class Message {
public:
    Message(std::string_view bytes, const std::string& where) : m_rest(bytes), m_where(where) {}

    /// False at the end.
    bool next() {
        if (m_rest.empty())
            return false;
        const uint64_t tag = varint();
        m_field = tag >> 3;
        m_kind = tag & 7;
        switch (m_kind) {
        case 0: m_number = varint(); return true;
        case 1: m_bytes = take(8); return true;
        case 2: m_bytes = take(varint()); return true;
        case 5: m_bytes = take(4); return true;
        default: fail(fmt::format("holds a field of the unknown kind {}", m_kind));
        }
    }

    uint64_t field() const { return m_field; }
    uint64_t number() const { return require(0, m_number); }
    bool truth() const { return number() != 0; }
    std::string_view bytes() const { return require(2, m_bytes); }
    std::string text() const { return std::string(bytes()); }
    float real() const {
        const std::string_view bytes = require(5, m_bytes);
        uint32_t bits = 0;
        for (size_t i = 0; i < 4; ++i)
            bits |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        return std::bit_cast<float>(bits);
    }
    Message message() const { return {bytes(), m_where}; }

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the SentencePiece model is damaged: it {}. Get the .model of the network again.",
                                m_where, what),
                    m_where);
    }

private:
    template <class Value> Value require(uint64_t kind, Value value) const {
        if (m_kind != kind)
            fail(fmt::format("has field {} as kind {}", m_field, m_kind));
        return value;
    }

    std::string_view take(uint64_t size) {
        if (size > m_rest.size())
            fail("breaks off");
        const std::string_view taken = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
        return taken;
    }

    uint64_t varint() {
        uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1).front());
            value |= uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80)
                return value;
        }
        fail("has a number of more than 64 bits");
    }

    std::string_view m_rest;
    const std::string& m_where;
    uint64_t m_field = 0, m_kind = 0, m_number = 0;
    std::string_view m_bytes;
};

SentencePieceModel::Piece readPiece(Message message) {
    SentencePieceModel::Piece piece;
    while (message.next()) {
        switch (message.field()) {
        case 1: piece.text = message.text(); break;
        case 2: piece.score = message.real(); break;
        case 3:
            if (message.number() < 1 || message.number() > 6)
                message.fail(fmt::format("has a piece of the unknown type {}", message.number()));
            piece.type = static_cast<Type>(message.number());
            break;
        default: break;
        }
    }
    if (piece.text.empty() || !std::isfinite(piece.score))
        message.fail("has a piece without text or with an infinite score");
    return piece;
}

void readTrainer(Message message, SentencePieceModel& model) {
    while (message.next()) {
        switch (message.field()) {
        case 3:
            if (message.number() < 1 || message.number() > 4)
                message.fail(fmt::format("is of the unknown type {}", message.number()));
            model.method = static_cast<SentencePieceModel::Method>(message.number());
            break;
        case 24: model.spaceAsSuffix = message.truth(); break;
        case 35: model.byteFallback = message.truth(); break;
        case 46: model.startPiece = message.text(); break;
        case 47: model.endPiece = message.text(); break;
        case 48: model.padPiece = message.text(); break;
        default: break;
        }
    }
}

void readNormalizer(Message message, SentencePieceModel& model) {
    while (message.next()) {
        switch (message.field()) {
        case 2: model.characterMap = message.text(); break;
        case 3: model.addDummyPrefix = message.truth(); break;
        case 4: model.removeExtraSpaces = message.truth(); break;
        case 5: model.escapeSpaces = message.truth(); break;
        default: break;
        }
    }
}

/// One piece for the unknown, no text twice, and bytes where unknown characters become such.
void checkPieces(const Message& message, SentencePieceModel& model) {
    int64_t unknown = 0, bytes = 0;
    std::unordered_set<std::string_view> texts, reserved;
    for (size_t i = 0; i < model.pieces.size(); ++i) {
        const SentencePieceModel::Piece& piece = model.pieces[i];
        if (!(piece.isOfText() ? texts : reserved).insert(piece.text).second)
            message.fail(fmt::format("has the piece \"{}\" twice", displayText(piece.text)));
        bytes += piece.type == Type::Byte;
        if (piece.type == Type::Unknown) {
            model.unknownId = static_cast<int64_t>(i);
            ++unknown;
        }
    }
    if (unknown != 1)
        message.fail(fmt::format("has {} pieces for the unknown, not 1", unknown));
    if (bytes != (model.byteFallback ? 256 : 0))
        message.fail(fmt::format("has {} pieces for bytes", bytes));
}

} // namespace

SentencePieceModel readSentencePieceModel(std::string_view content, const std::string& where) {
    SentencePieceModel model;
    Message message(content, where);
    while (message.next()) {
        switch (message.field()) {
        case 1:
            if (model.pieces.size() == maxPieces)
                throw Error(
                    ErrorCode::Limit,
                    fmt::format("{}: has more than {} pieces. Choose the .model of the network.", where, maxPieces),
                    where);
            model.pieces.push_back(readPiece(message.message()));
            break;
        case 2: readTrainer(message.message(), model); break;
        case 3: readNormalizer(message.message(), model); break;
        default: break;
        }
    }
    checkPieces(message, model);
    return model;
}

} // namespace halftone
