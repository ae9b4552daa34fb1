// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/progress.h"

#include "core/report/json_fields.h"
#include "core/report/report_fields.h"

#include <array>

namespace halftone {

template <>
inline constexpr auto fieldsOf<StageBegins> =
    std::tuple{Field{"index", &StageBegins::index}, Field{"count", &StageBegins::count},
               Field{"name", &StageBegins::name}, Field{"text", &StageBegins::text, later}};
template <>
inline constexpr auto fieldsOf<StageProgress> =
    std::tuple{Field{"fraction", &StageProgress::fraction}, Field{"secondsLeft", &StageProgress::secondsLeft, later}};
template <> inline constexpr auto fieldsOf<StageFound> = std::tuple{Field{"text", &StageFound::text}};
template <>
inline constexpr auto fieldsOf<LatencyMeasured> =
    std::tuple{Field{"precision", &LatencyMeasured::precision}, Field{"medianMs", &LatencyMeasured::medianMs}};
template <> inline constexpr auto fieldsOf<JobWaits> = std::tuple{Field{"found", &JobWaits::found}};
template <>
inline constexpr auto fieldsOf<JobFailed> =
    std::tuple{Field{"code", &JobFailed::code, later}, Field{"where", &JobFailed::where, later},
               Field{"message", &JobFailed::message}};
template <>
inline constexpr auto fieldsOf<JobDone> =
    std::tuple{Field{"report", &JobDone::report, later}, Field{"sentence", &JobDone::sentence, later}};

namespace {

/// In the order of ProgressMessage.
constexpr std::array<std::string_view, std::variant_size_v<ProgressMessage>> kTypes{
    "stage", "progress", "found", "latency", "diagnostic", "waiting", "error", "done"};

template <size_t index = 0>
std::optional<ProgressMessage> read(std::string_view type, const json::Json& document, const json::Reader& reader) {
    if constexpr (index == std::variant_size_v<ProgressMessage>) {
        return std::nullopt;
    } else {
        if (type != kTypes[index])
            return read<index + 1>(type, document, reader);
        std::variant_alternative_t<index, ProgressMessage> message;
        reader.read(document, message, json::Path{});
        return message;
    }
}

} // namespace

std::string progressLine(const ProgressMessage& message) {
    json::Writer writer(false);
    std::visit([&](const auto& each) { writer.writeTagged("type", kTypes[message.index()], each); }, message);
    return writer.takeText();
}

std::optional<ProgressMessage> progressMessage(std::string_view line) {
    const json::Json document = json::Json::parse(line, nullptr, false);
    if (!document.is_object() || !document.contains("type") || !document["type"].is_string())
        return std::nullopt;
    try {
        return read(document["type"].get_ref<const std::string&>(), document, json::Reader("progress", ""));
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace halftone
