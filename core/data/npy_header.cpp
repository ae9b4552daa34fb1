// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy_header.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <string_view>

namespace halftone {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t maxHeaderBytes = 65'535; // what version 1 can say; headers of real files have about 100
constexpr size_t maxDimensions = 64;      // numpy's own limit

[[noreturn]] void throwBadHeader(const std::string& where, std::string_view reason) {
    throw Error(ErrorCode::BadInput,
                fmt::format("{}: the .npy header is damaged ({}). Save the array again.", where, reason), where);
}

[[noreturn]] void throwUnsupportedType(const std::string& where, std::string_view descr, std::string_view what) {
    throw Error(ErrorCode::Unsupported,
                fmt::format("{}: has the type {} ({}), which is not read. Save it as float32, uint8 or int64.", where,
                            displayText(descr), what),
                where);
}

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), } and nothing more general.
class DictionaryParser {
public:
    DictionaryParser(std::string_view text, const std::string& where) : m_rest(text), m_where(where) {}

    void parseInto(NpyHeader& header) {
        expect('{');
        std::set<std::string_view> seen;
        while (!accept('}')) {
            const std::string_view key = string();
            if (!seen.insert(key).second)
                fail(fmt::format("key '{}' comes twice", displayText(key)));
            expect(':');
            if (key == "descr")
                header.descr = std::string(typeString());
            else if (key == "fortran_order")
                header.fortranOrder = boolean();
            else if (key == "shape")
                header.shape = tuple();
            else
                fail(fmt::format("unknown key '{}'", displayText(key)));
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        for (const char* key : {"descr", "fortran_order", "shape"})
            if (!seen.contains(key))
                fail(fmt::format("key '{}' is missing", key));
        skipSpace();
        if (!m_rest.empty())
            fail("there is text after the dictionary");
    }

private:
    [[noreturn]] void fail(std::string_view reason) const { throwBadHeader(m_where, reason); }

    void skipSpace() {
        const size_t count = m_rest.find_first_not_of(" \t\r\n");
        m_rest.remove_prefix(std::min(count, m_rest.size()));
    }
    bool accept(char wanted) {
        skipSpace();
        if (!m_rest.starts_with(wanted))
            return false;
        m_rest.remove_prefix(1);
        return true;
    }
    bool accept(std::string_view word) {
        skipSpace();
        if (!m_rest.starts_with(word))
            return false;
        m_rest.remove_prefix(word.size());
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted))
            fail(fmt::format("'{}' expected at \"{}\"", wanted, displayText(m_rest.substr(0, 20))));
    }
    std::string_view string() {
        skipSpace();
        const char quote = m_rest.starts_with('"') ? '"' : '\'';
        expect(quote);
        const size_t end = m_rest.find(quote);
        if (end == std::string_view::npos)
            fail("a string does not end");
        const std::string_view value = m_rest.substr(0, end);
        m_rest.remove_prefix(end + 1);
        return value;
    }
    std::string_view typeString() {
        skipSpace();
        if (m_rest.starts_with('['))
            throwUnsupportedType(m_where, m_rest.substr(0, std::min<size_t>(m_rest.find(']') + 1, 40)),
                                 "a structured type");
        return string();
    }
    bool boolean() {
        if (accept("True"))
            return true;
        if (!accept("False"))
            fail("fortran_order is neither True nor False");
        return false;
    }
    int64_t dimension() {
        skipSpace();
        int64_t value = 0;
        const auto [end, error] = std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), value);
        if (error != std::errc{} || value < 0)
            fail(fmt::format("\"{}\" is no dimension", displayText(m_rest.substr(0, 20))));
        m_rest.remove_prefix(static_cast<size_t>(end - m_rest.data()));
        return value;
    }
    std::vector<int64_t> tuple() {
        std::vector<int64_t> values;
        expect('(');
        while (!accept(')')) {
            if (values.size() == maxDimensions)
                fail(fmt::format("more than {} dimensions", maxDimensions));
            values.push_back(dimension());
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return values;
    }

    std::string_view m_rest;
    const std::string& m_where;
};

void checkType(const std::string& descr, const std::string& where) {
    const char order = descr.empty() ? '?' : descr[0];
    const std::string_view type = descr.size() < 2 ? std::string_view{} : std::string_view(descr).substr(1);
    if (order != '<' && order != '|' && order != '>' && order != '=')
        throwUnsupportedType(where, descr, "an unknown type");
    switch (type.empty() ? '\0' : type[0]) {
    case 'O': throwUnsupportedType(where, descr, "Python objects");
    case 'U':
    case 'S': throwUnsupportedType(where, descr, "text");
    case 'V': throwUnsupportedType(where, descr, "raw records");
    case 'c': throwUnsupportedType(where, descr, "complex numbers");
    case 'M':
    case 'm': throwUnsupportedType(where, descr, "dates or times");
    default: break;
    }
    static const std::set<std::string_view> readable{"b1", "i1", "i2", "i4", "i8", "u1",
                                                     "u2", "u4", "u8", "f2", "f4", "f8"};
    if (!readable.contains(type))
        throwUnsupportedType(where, descr, "an unknown type");
    if (order == '>' && type[1] != '1')
        throwUnsupportedType(where, descr, "big endian");
}

} // namespace

NpyHeader parseNpyHeader(std::span<const std::byte> bytes, const std::string& where) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with(magic))
        throw Error(ErrorCode::BadInput, fmt::format("{}: not a .npy file. Save the array with numpy.save.", where),
                    where);
    const auto byteAt = [&](size_t i) {
        if (i >= text.size())
            throwBadHeader(where, "the file ends within it");
        return static_cast<size_t>(static_cast<unsigned char>(text[i]));
    };
    const size_t version = byteAt(6);
    if (version < 1 || version > 3 || byteAt(7) != 0)
        throw Error(ErrorCode::Unsupported,
                    fmt::format("{}: .npy version {}.{} is not known. Save the array with numpy.save.", where, version,
                                byteAt(7)),
                    where);
    size_t length = byteAt(8) | byteAt(9) << 8;
    if (version > 1)
        length |= byteAt(10) << 16 | byteAt(11) << 24;
    const size_t begin = version > 1 ? 12 : 10;
    if (length > maxHeaderBytes || length > text.size() - begin)
        throwBadHeader(where, fmt::format("it claims {} bytes of {}", length, text.size()));

    NpyHeader header;
    DictionaryParser(text.substr(begin, length), where).parseInto(header);
    checkType(header.descr, where);
    header.descr[0] = header.descr[2] == '1' ? '|' : '<';
    header.dataOffset = begin + length;
    return header;
}

std::string npyHeaderText(const std::string& descr, const std::vector<int64_t>& shape) {
    std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                         fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
    const size_t before = magic.size() + 4;
    dictionary.resize((before + dictionary.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
    dictionary += '\n';
    std::string text(magic);
    text += '\x01';
    text += '\0';
    text += static_cast<char>(dictionary.size() & 0xFF);
    text += static_cast<char>(dictionary.size() >> 8);
    return text + dictionary;
}

} // namespace halftone
