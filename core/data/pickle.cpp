// SPDX-License-Identifier: GPL-3.0-or-later
// Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
#include "core/data/pickle.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <unordered_map>

namespace halftone {

namespace {

using Kind = PickleValue::Kind;

std::string_view textOf(const PickleValue& value) {
    return value.kind == Kind::Text ? value.text : std::string_view();
}

} // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
    if (kind == Kind::Dictionary)
        for (size_t i = 0; i + 1 < items.size(); i += 2)
            if (items[i]->kind == Kind::Text && items[i]->text == key)
                return items[i + 1];
    return nullptr;
}

bool isPickle(std::string_view head) {
    return head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

/// The stack machine that a pickle is written for, without its means to run anything.
class Pickle::Reader {
public:
    Reader(Pickle& pickle, const std::string& where)
        : m_pickle(pickle), m_where(where),
          m_rest(reinterpret_cast<const char*>(pickle.m_bytes.data()), pickle.m_bytes.size()) {}

    const PickleValue* read() {
        for (;;) {
            const char op = take(1)[0];
            if (op == '.')
                return pop();
            step(op);
        }
    }

private:
    void step(char op) {
        switch (op) {
        case '\x80': // PROTO
            take(1);
            break;
        case '\x95': // FRAME
            take(8);
            break;
        case '(': // MARK
            m_marks.push_back(m_stack.size());
            break;
        case '0': // POP
            pop();
            break;
        case 'N': push({}); break;
        case '\x88': // NEWTRUE
        case '\x89': // NEWFALSE
            push({Kind::Integer, op == '\x88'});
            break;
        case 'K': // BININT1
            push({Kind::Integer, static_cast<int64_t>(number(1))});
            break;
        case 'M': // BININT2
            push({Kind::Integer, static_cast<int64_t>(number(2))});
            break;
        case 'J': // BININT
            push({Kind::Integer, static_cast<int32_t>(number(4))});
            break;
        case '\x8a': // LONG1
            pushLong(number(1));
            break;
        case 'U':    // SHORT_BINSTRING
        case 'C':    // SHORT_BINBYTES
        case '\x8c': // SHORT_BINUNICODE
            pushText(take(number(1)));
            break;
        case 'T': // BINSTRING
        case 'B': // BINBYTES
        case 'X': // BINUNICODE
            pushText(take(number(4)));
            break;
        case '\x8d': // BINUNICODE8
        case '\x8e': // BINBYTES8
        case '\x96': // BYTEARRAY8
            pushText(take(number(8)));
            break;
        case ']': // EMPTY_LIST
        case ')': // EMPTY_TUPLE
            push({Kind::Sequence});
            break;
        case '}': // EMPTY_DICT
            push({Kind::Dictionary});
            break;
        case 'a': // APPEND
            append(popItems(1), Kind::Sequence);
            break;
        case 'e': // APPENDS
            append(popToMark(), Kind::Sequence);
            break;
        case 's': // SETITEM
            append(popItems(2), Kind::Dictionary);
            break;
        case 'u': // SETITEMS
            append(popToMark(), Kind::Dictionary);
            break;
        case 't': // TUPLE
            pushSequence(popToMark());
            break;
        case '\x85': // TUPLE1
        case '\x86': // TUPLE2
        case '\x87': // TUPLE3
            pushSequence(popItems(static_cast<size_t>(op - '\x84')));
            break;
        case 'q': // BINPUT
            m_memo[number(1)] = top();
            break;
        case 'r': // LONG_BINPUT
            m_memo[number(4)] = top();
            break;
        case '\x94': { // MEMOIZE
            const size_t next = m_memo.size();
            m_memo[next] = top();
            break;
        }
        case 'h': // BINGET
            pushMemo(number(1));
            break;
        case 'j': // LONG_BINGET
            pushMemo(number(4));
            break;
        case 'c': { // GLOBAL
            const std::string_view module = line();
            pushName(module, line());
            break;
        }
        case '\x93': { // STACK_GLOBAL
            const auto parts = popItems(2);
            pushName(textOf(*parts[0]), textOf(*parts[1]));
            break;
        }
        case 'R': { // REDUCE
            const auto call = popItems(2);
            reduce(*call[0], *call[1]);
            break;
        }
        case 'b': { // BUILD
            const PickleValue* state = pop();
            build(top(), *state);
            break;
        }
        default: damaged(fmt::format("operation 0x{:02X} is not read", static_cast<unsigned char>(op)));
        }
    }

    std::string_view take(size_t count) {
        if (count > m_rest.size())
            damaged("it ends too early");
        const std::string_view taken = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return taken;
    }
    /// Little endian, without a sign.
    size_t number(size_t bytes) {
        size_t value = 0;
        const std::string_view taken = take(bytes);
        for (size_t i = bytes; i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(taken[i]);
        return value;
    }
    std::string_view line() {
        const size_t end = m_rest.find('\n');
        if (end == std::string_view::npos)
            damaged("it ends too early");
        const std::string_view text = take(end);
        take(1);
        return text;
    }

    void push(PickleValue value) {
        m_pickle.m_values.push_back(std::move(value));
        m_stack.push_back(&m_pickle.m_values.back());
    }
    void pushText(std::string_view text) {
        PickleValue value{Kind::Text};
        value.text = text;
        push(std::move(value));
    }
    void pushName(std::string_view module, std::string_view name) {
        PickleValue value{Kind::Name};
        value.text = module;
        value.name = name;
        push(std::move(value));
    }
    void pushSequence(std::vector<const PickleValue*> items) {
        PickleValue value{Kind::Sequence};
        value.items = std::move(items);
        push(std::move(value));
    }
    void pushMemo(size_t place) {
        const auto found = m_memo.find(place);
        if (found == m_memo.end())
            damaged("it refers to something that it does not hold");
        m_stack.push_back(found->second);
    }
    /// Two's complement, little endian, of any length.
    void pushLong(size_t bytes) {
        if (bytes > 8)
            damaged("a number is too large");
        uint64_t value = number(bytes);
        if (bytes > 0 && bytes < 8 && value >> (8 * bytes - 1))
            value |= ~uint64_t{0} << (8 * bytes);
        push({Kind::Integer, static_cast<int64_t>(value)});
    }
    PickleValue* top() {
        if (m_stack.empty())
            damaged("its stack is empty");
        return m_stack.back();
    }
    PickleValue* pop() {
        PickleValue* value = top();
        m_stack.pop_back();
        return value;
    }
    std::vector<const PickleValue*> popItems(size_t count) {
        if (count > m_stack.size())
            damaged("its stack is empty");
        const std::vector<const PickleValue*> items(m_stack.end() - static_cast<ptrdiff_t>(count), m_stack.end());
        m_stack.resize(m_stack.size() - count);
        return items;
    }
    std::vector<const PickleValue*> popToMark() {
        if (m_marks.empty() || m_marks.back() > m_stack.size())
            damaged("a mark is missing");
        const size_t count = m_stack.size() - m_marks.back();
        m_marks.pop_back();
        return popItems(count);
    }
    void append(const std::vector<const PickleValue*>& items, Kind kind) {
        PickleValue* target = top();
        if (target->kind != kind || (kind == Kind::Dictionary && items.size() % 2 != 0))
            damaged("it puts items into something else than a list or dictionary");
        target->items.insert(target->items.end(), items.begin(), items.end());
    }

    /// numpy's arrays and types, and bytes as Python 3 writes them for Python 2.
    void reduce(const PickleValue& function, const PickleValue& arguments) {
        const std::string_view module = function.text, name = function.name;
        const bool numpy = module.starts_with("numpy.") || module == "numpy";
        if (function.kind != Kind::Name || arguments.kind != Kind::Sequence)
            damaged("it calls something that is no function");
        const auto argument = [&](size_t i) { return i < arguments.items.size() ? arguments.items[i] : nullptr; };
        PickleValue result;
        if (numpy && name == "_reconstruct") {
            result.kind = Kind::Array; // filled by the BUILD that follows
        } else if (numpy && name == "dtype" && argument(0)) {
            result.kind = Kind::Name;
            result.text = "numpy.dtype";
            result.name = textOf(*argument(0));
        } else if (numpy && name == "_frombuffer" && argument(2)) {
            fillArray(result, *argument(2), *argument(1), textOf(*argument(0)));
        } else if (module == "_codecs" && name == "encode" && argument(1) && textOf(*argument(1)) == "latin1") {
            result.kind = Kind::Text;
            result.text = m_pickle.m_texts.emplace_back(latin1(textOf(*argument(0))));
        } else {
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}: the Python pickle holds the object {}.{}, which is not read because that could "
                            "run a program. Save the pictures as .npz.",
                            m_where, displayText(module), displayText(name)),
                m_where);
        }
        push(std::move(result));
    }

    /// The state of an array is (version, shape, type, in Fortran order, bytes); of a type only the name matters.
    void build(PickleValue* target, const PickleValue& state) {
        if (target->kind == Kind::Name && target->text == "numpy.dtype")
            return;
        if (target->kind != Kind::Array || state.items.size() != 5 || state.items[3]->integer != 0)
            damaged("it holds an array in a form that is not read");
        fillArray(*target, *state.items[1], *state.items[2], textOf(*state.items[4]));
    }

    static void fillArray(PickleValue& array, const PickleValue& shape, const PickleValue& type,
                          std::string_view bytes) {
        array.kind = Kind::Array;
        array.items = shape.items;
        array.name = type.name;
        array.text = bytes;
    }

    std::string latin1(std::string_view utf8) {
        std::string bytes;
        bytes.reserve(utf8.size());
        for (size_t i = 0; i < utf8.size(); ++i) {
            const auto c = static_cast<unsigned char>(utf8[i]);
            if (c >= 0x80) {
                if ((c != 0xC2 && c != 0xC3) || i + 1 >= utf8.size())
                    damaged("its bytes are written wrongly");
                bytes += static_cast<char>((c & 3) << 6 | (utf8[++i] & 0x3F));
            } else {
                bytes += static_cast<char>(c);
            }
        }
        return bytes;
    }

    [[noreturn]] void damaged(const std::string& reason) const {
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: the Python pickle cannot be read ({}). Fetch it again, or save the pictures as .npz.",
                        m_where, reason),
            m_where);
    }

    Pickle& m_pickle;
    const std::string& m_where;
    std::string_view m_rest;
    std::vector<PickleValue*> m_stack;
    std::vector<size_t> m_marks;
    std::unordered_map<size_t, PickleValue*> m_memo;
};

Pickle::Pickle(std::vector<std::byte> bytes, const std::string& where) : m_bytes(std::move(bytes)) {
    m_root = Reader(*this, where).read();
}

} // namespace halftone
