// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/xml.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr size_t kMaxElements = 10'000'000;
constexpr size_t kMaxAttributes = 256; // at one element; the parser looks them up one by one
constexpr std::string_view kBom = "\xEF\xBB\xBF";

[[noreturn]] void refuse(const std::string& cause) {
    throw Error(ErrorCode::BadInput,
                fmt::format("The file is no OpenVINO model that can be read: {}. Export it again.", cause));
}

[[noreturn]] void refuseSize(const std::string& what) {
    throw Error(ErrorCode::Limit, fmt::format("The XML file has {}, more than any real model.", what));
}

/// Counts elements, depth and attributes without building anything.
class Scanner {
public:
    Scanner(std::string_view text, size_t maxDepth) : m_text(text), m_maxDepth(maxDepth) {}

    void run() {
        while ((m_at = m_text.find('<', m_at)) != std::string_view::npos) {
            if (starts("<!--"))
                skipPast("-->");
            else if (starts("<![CDATA["))
                skipPast("]]>");
            else if (starts("<?"))
                skipPast("?>");
            else if (starts("<!"))
                refuse("it declares a document type, which a model has not");
            else if (starts("</")) {
                m_depth -= m_depth > 0;
                skipPast(">");
            } else
                element();
        }
    }

private:
    bool starts(std::string_view piece) const { return m_text.substr(m_at).starts_with(piece); }
    void skipPast(std::string_view piece) {
        const size_t end = m_text.find(piece, m_at);
        m_at = end == std::string_view::npos ? m_text.size() : end + piece.size();
    }

    void element() {
        if (++m_elements > kMaxElements)
            refuseSize(fmt::format("more than {} elements", kMaxElements));
        size_t attributes = 0;
        char quote = 0;
        for (++m_at; m_at < m_text.size(); ++m_at) {
            const char c = m_text[m_at];
            if (quote != 0)
                quote = c == quote ? 0 : quote;
            else if (c == '"' || c == '\'') {
                quote = c;
                if (++attributes > kMaxAttributes)
                    refuseSize(fmt::format("more than {} attributes at one element", kMaxAttributes));
            } else if (c == '>')
                break;
        }
        if (m_at < m_text.size() && m_text[m_at - 1] != '/' && ++m_depth > m_maxDepth)
            refuseSize(fmt::format("elements nested more than {} deep", m_maxDepth));
    }

    std::string_view m_text;
    size_t m_at = 0, m_depth = 0, m_elements = 0, m_maxDepth;
};

} // namespace

void parseXml(std::span<const std::byte> bytes, const ReadLimits& limits, pugi::xml_document& document) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.size() > kMaxBytes)
        refuseSize(fmt::format("{} bytes", text.size()));
    if (text.starts_with(kBom))
        text.remove_prefix(kBom.size());
    if (text.find('\0') != std::string_view::npos)
        refuse("it is not written in UTF-8");
    Scanner(text, static_cast<size_t>(limits.depth)).run();
    const pugi::xml_parse_result result =
        document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (result.status == pugi::status_out_of_memory)
        throw std::bad_alloc();
    if (!result) {
        const auto offset = std::min(static_cast<size_t>(std::max<ptrdiff_t>(result.offset, 0)), text.size());
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(offset), '\n');
        refuse(fmt::format("line {} is not well-formed XML", line));
    }
}

std::optional<int64_t> integerOf(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<double> realOf(std::string_view text) {
    try {
        return parseNumber(text, "");
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<std::vector<int64_t>> integersOf(std::string_view text) {
    std::vector<int64_t> values;
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    if (std::all_of(text.begin(), text.end(), isBlank))
        return values;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        std::string_view piece = text.substr(begin, end - begin);
        while (!piece.empty() && isBlank(piece.front()))
            piece.remove_prefix(1);
        while (!piece.empty() && isBlank(piece.back()))
            piece.remove_suffix(1);
        std::optional<int64_t> value = integerOf(piece);
        if (const auto real = value ? std::nullopt : realOf(piece);
            real && std::abs(*real) < 1e15 && *real == std::trunc(*real))
            value = static_cast<int64_t>(*real);
        if (!value)
            return std::nullopt;
        values.push_back(*value);
        begin = end + 1;
    }
    return values;
}

} // namespace halftone::openvino_format
