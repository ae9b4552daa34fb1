// SPDX-License-Identifier: GPL-3.0-or-later
// The XML of an OpenVINO model, made safe before the parser sees it, and its numbers read strictly.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halftone::openvino_format {

/// Parses UTF-8 without declarations of types or entities. Throws Error{Limit} for one with too many or too deeply
/// nested elements or too many attributes at one, Error{BadInput} naming the line for one that is not well-formed, in
/// another encoding, or with a document type.
void parseXml(std::span<const std::byte> bytes, const ReadLimits& limits, pugi::xml_document& document);

/// The whole of `text` as a number, whatever the locale; nothing for anything else ("0x10", " 7", "3abc").
std::optional<int64_t> integerOf(std::string_view text);
std::optional<double> realOf(std::string_view text);
/// Numbers with commas between them and blanks around; whole numbers may be written "1.0". Nothing for anything else.
std::optional<std::vector<int64_t>> integersOf(std::string_view text);

} // namespace halftone::openvino_format
