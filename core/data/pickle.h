// SPDX-License-Identifier: GPL-3.0-or-later
// Python pickles as far as they are plain data: numbers, texts, lists, tuples, dictionaries and numpy arrays of bytes.
// Nothing is ever run: a pickle that asks for any other Python object is refused by that object's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct PickleValue {
    enum class Kind { None, Integer, Text, Sequence, Dictionary, Name, Array };
    Kind kind = Kind::None;
    int64_t integer = 0;
    std::string_view text; // of a text, and the module of a name or the bytes of an array
    std::string_view name; // of a name, or the type of an array: "u1"
    // Of a sequence (list or tuple); of a dictionary key, value, key, value; the dimensions of an array.
    std::vector<const PickleValue*> items;

    /// Null when there is none, or this is no dictionary.
    const PickleValue* find(std::string_view key) const;
};

/// The value refers to the bytes, which it keeps.
class Pickle {
public:
    /// Throws Error{BadInput} naming `where` for damaged data and objects that are not read.
    Pickle(std::vector<std::byte> bytes, const std::string& where);
    Pickle(const Pickle&) = delete;
    Pickle& operator=(const Pickle&) = delete;

    const PickleValue& root() const { return *m_root; }

private:
    class Reader;
    std::vector<std::byte> m_bytes;
    std::deque<PickleValue> m_values;
    std::deque<std::string> m_texts; // that do not stand in the file as they are
    const PickleValue* m_root = nullptr;
};

/// Whether a file that begins so is a pickle of protocol 2 or later, which names itself.
bool isPickle(std::string_view head);

} // namespace halftone
