// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/certainty.h"
#include "core/report/report_fields.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace halftone {

namespace {

using Json = nlohmann::json;

constexpr size_t maxReportBytes = size_t{1} << 30;
constexpr std::string_view schemaFamily = "halftone-report/";
/// The place in the document that is being read or written; lives on the stack.
struct Path {
    const Path* parent = nullptr;
    std::string_view key; // of an object
    size_t index = 0;     // of an array, when there is no key

    Path member(std::string_view name) const { return {this, name, 0}; }
    Path element(size_t i) const { return {this, {}, i}; }

    /// "runs[1].latencyMs.median"
    std::string text() const {
        if (!parent)
            return {};
        const std::string prefix = parent->text();
        if (key.data() == nullptr)
            return fmt::format("{}[{}]", prefix, index);
        return prefix.empty() ? displayText(key) : fmt::format("{}.{}", prefix, displayText(key));
    }
};

template <class T> inline constexpr bool isOptional = false;
template <class T> inline constexpr bool isOptional<std::optional<T>> = true;

template <class T>
concept Optional = isOptional<T>;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept Enum = std::is_enum_v<T>;

class Writer {
public:
    template <HasFields T> void write(const T& object, const Path& at) {
        static_assert(listsAllFields<T>, "a member has no Field in report_fields.h");
        block('{', '}', [&](const auto& next) {
            forEachField<T>([&](const auto& field) {
                next();
                m_text += fmt::format("\"{}\": ", field.name);
                write(object.*(field.member), at.member(field.name));
            });
        });
    }

    template <class T> void write(const std::map<std::string, T>& members, const Path& at) {
        block('{', '}', [&](const auto& next) {
            for (const auto& [key, value] : members) {
                next();
                write(key, at.member(key));
                m_text += ": ";
                write(value, at.member(key));
            }
        });
    }

    /// Objects stand on lines of their own; an array of numbers or names is one line, however long.
    template <class T> void write(const std::vector<T>& elements, const Path& at) {
        if constexpr (HasFields<T>) {
            block('[', ']', [&](const auto& next) {
                for (size_t i = 0; i < elements.size(); ++i) {
                    next();
                    write(elements[i], at.element(i));
                }
            });
        } else {
            m_text += '[';
            for (size_t i = 0; i < elements.size(); ++i) {
                m_text += i ? ", " : "";
                write(elements[i], at.element(i));
            }
            m_text += ']';
        }
    }

    void write(const std::optional<double>& value, const Path& at) {
        if (value && std::isfinite(*value))
            write(*value, at);
        else
            m_text += "null";
    }

    template <class T> void write(const std::optional<T>& value, const Path& at) {
        if (value)
            write(*value, at);
        else
            m_text += "null";
    }

    void write(const Interval& interval, const Path& at) { write(std::vector<double>{interval.lo, interval.hi}, at); }

    void write(double value, const Path& at) {
        if (!std::isfinite(value))
            throw Error(ErrorCode::Internal,
                        fmt::format("The report's {} is not a finite number and cannot be written.", at.text()),
                        at.text());
        m_text += Json(value).dump();
    }

    void write(const std::string& value, const Path& at) {
        try {
            m_text += Json(value).dump();
        } catch (const Json::type_error&) {
            throw Error(ErrorCode::Internal,
                        fmt::format("The report's {} is not UTF-8 text and cannot be written.", at.text()), at.text());
        }
    }

    template <Enum E> void write(E wanted, const Path& at) {
        for (const auto& [value, name] : namesOf<E>)
            if (value == wanted)
                write(std::string(name), at);
    }

    void write(bool value, const Path&) { m_text += value ? "true" : "false"; }
    void write(Integer auto value, const Path&) { m_text += std::to_string(value); }

    std::string takeText() { return std::move(m_text); }

private:
    /// Calls `body` with a function that it calls before each entry.
    template <class Body> void block(char open, char close, const Body& body) {
        m_text += open;
        m_indent += 2;
        bool any = false;
        body([&] {
            m_text += any ? ",\n" : "\n";
            m_text.append(m_indent, ' ');
            any = true;
        });
        m_indent -= 2;
        if (any) {
            m_text += '\n';
            m_text.append(m_indent, ' ');
        }
        m_text += close;
    }

    std::string m_text;
    size_t m_indent = 0;
};

class Reader {
public:
    explicit Reader(const std::string& source) : m_source(displayText(source)) {}

    template <HasFields T> void read(const Json& json, T& object, const Path& at) const {
        expect(json.is_object(), json, at, "an object");
        forEachField<T>([&](const auto& field) {
            auto& member = object.*(field.member);
            const Path place = at.member(field.name);
            if (const auto found = json.find(field.name); found != json.end())
                read(*found, member, place);
            else if (!Optional<std::remove_reference_t<decltype(member)>> && !field.later)
                fail(place, "is missing");
        });
    }

    template <class T> void read(const Json& json, std::map<std::string, T>& members, const Path& at) const {
        expect(json.is_object(), json, at, "an object");
        for (const auto& [key, value] : json.items())
            read(value, members[key], at.member(key));
    }

    template <class T> void read(const Json& json, std::vector<T>& elements, const Path& at) const {
        expect(json.is_array(), json, at, "an array");
        elements.resize(json.size());
        for (size_t i = 0; i < elements.size(); ++i)
            read(json[i], elements[i], at.element(i));
    }

    template <class T> void read(const Json& json, std::optional<T>& value, const Path& at) const {
        value.reset();
        if (!json.is_null())
            read(json, value.emplace(), at);
    }

    void read(const Json& json, Interval& interval, const Path& at) const {
        expect(json.is_array() && json.size() == 2, json, at, "an array of two numbers");
        read(json[0], interval.lo, at.element(0));
        read(json[1], interval.hi, at.element(1));
    }

    void read(const Json& json, double& value, const Path& at) const {
        expect(json.is_number(), json, at, "a number");
        value = json.get<double>();
    }

    void read(const Json& json, std::string& value, const Path& at) const {
        expect(json.is_string(), json, at, "text");
        value = json.get_ref<const std::string&>();
    }

    template <Enum E> void read(const Json& json, E& value, const Path& at) const {
        std::string text, all;
        read(json, text, at);
        for (const auto& [known, name] : namesOf<E>) {
            if (text == name) {
                value = known;
                return;
            }
            all += fmt::format("{}\"{}\"", all.empty() ? "" : " or ", name);
        }
        fail(at, fmt::format("is \"{}\", not {}", displayText(text), all));
    }

    void read(const Json& json, bool& value, const Path& at) const {
        expect(json.is_boolean(), json, at, "true or false");
        value = json.get<bool>();
    }

    template <Integer T> void read(const Json& json, T& value, const Path& at) const {
        expect(json.is_number_integer(), json, at, "a whole number");
        // The parser keeps numbers without a sign as unsigned and negative ones as signed.
        const bool fits =
            json.is_number_unsigned() ? std::in_range<T>(json.get<uint64_t>()) : std::in_range<T>(json.get<int64_t>());
        if (!fits)
            fail(at, fmt::format("is {}, which is outside {} to {}", json.dump(), std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max()));
        value = json.get<T>();
    }

    /// `what`: "is missing".
    [[noreturn]] void fail(const Path& at, const std::string& what) const {
        const std::string place = at.text();
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: {} {}. The file is not a whole Halftone report; profile the model again.",
                                m_source, place.empty() ? "the document" : place, what),
                    place.empty() ? m_source : place);
    }

private:
    void expect(bool holds, const Json& json, const Path& at, const char* expected) const {
        if (!holds)
            fail(at, fmt::format("is {}, not {}", describe(json), expected));
    }

    static std::string describe(const Json& json) {
        switch (json.type()) {
        case Json::value_t::null: return "null";
        case Json::value_t::object: return "an object";
        case Json::value_t::array: return fmt::format("an array of {}", json.size());
        case Json::value_t::string: return "text";
        case Json::value_t::boolean: return "true or false";
        default: return fmt::format("the number {}", json.dump());
        }
    }

    std::string m_source;
};

Json parse(std::string_view text, const std::string& source) {
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        const size_t offset = std::min(error.byte, text.size());
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} is not JSON: the text breaks off or is wrong at byte {} (line {}). Choose a "
                                "report that Halftone has written.",
                                displayText(source), error.byte, line),
                    displayText(source));
    } catch (const Json::out_of_range&) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} holds a number that is too large. Choose a report that Halftone has written.",
                                displayText(source)),
                    displayText(source));
    }
}

/// "halftone-report/1" and "halftone-report/1.4" can be read; anything else cannot.
void checkSchema(const Json& json, const std::string& source) {
    const std::string shown = displayText(source);
    const auto found = json.is_object() ? json.find("schema") : json.end();
    if (found == json.end() || !found->is_string() || !found->get_ref<const std::string&>().starts_with(schemaFamily))
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} is not a Halftone report: its schema is not {}. Choose a report that Halftone "
                                "has written.",
                                shown, reportSchema),
                    shown);
    const std::string& schema = found->get_ref<const std::string&>();
    if (schema != reportSchema && !schema.starts_with(std::string(reportSchema) + "."))
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} has schema {}, but this Halftone reads {}. Open it with the version of Halftone "
                                "that wrote it.",
                                shown, displayText(schema), reportSchema),
                    shown);
}

/// What the types cannot say, and what readers of a report rely on: step numbers point to steps, the chosen plan to a
/// point of its front, and the per-channel lists of a tensor are equally long.
void checkReferences(const Report& report, const Reader& reader) {
    const Path root;
    const auto checkStep = [&](int step, const std::string& precision, const Path& at) {
        const Run* run = report.run(precision);
        const int64_t count = run ? static_cast<int64_t>(run->steps.size()) : 0;
        if (step < -1 || step >= count)
            reader.fail(at, fmt::format("is {}, but the {} run has {} steps", step, displayText(precision), count));
    };
    const Path layers = root.member("layers"), tensors = root.member("tensors");
    const Path conversions = root.member("conversions");
    for (size_t i = 0; i < report.layers.size(); ++i) {
        const Path layer = layers.element(i), runs = layer.member("byPrecision");
        for (const auto& [precision, run] : report.layers[i].byPrecision) {
            const Path layerRun = runs.member(precision);
            checkStep(run.step, precision, layerRun.member("step"));
        }
    }
    for (size_t i = 0; i < report.conversions.size(); ++i) {
        const Path conversion = conversions.element(i);
        checkStep(report.conversions[i].step, report.conversions[i].run, conversion.member("step"));
    }
    for (size_t i = 0; i < report.tensors.size(); ++i) {
        const TensorRange& tensor = report.tensors[i];
        const Path at = tensors.element(i);
        if (tensor.zeroPoints.size() != tensor.scales.size())
            reader.fail(at.member("zeroPoints"), "is not as long as scales");
        if (tensor.channelMin.size() != tensor.channelMax.size())
            reader.fail(at.member("channelMax"), "is not as long as channelMin");
    }
    if (report.plan && (report.plan->chosen < -1 || report.plan->chosen >= static_cast<int>(report.plan->front.size())))
        reader.fail(root.member("plan").member("chosen"),
                    fmt::format("is {}, but the front has {} points", report.plan->chosen, report.plan->front.size()));
}

/// Reports of before the grades tell intervals of all but layers, and whether something disturbed them.
void gradeByIntervals(Report& report) {
    const auto grade = [](auto& row, bool disturbed) {
        if (row.speedup && row.speedupCi95)
            row.grade = gradeOf(*row.speedup, *row.speedupCi95, disturbed);
    };
    const auto anyUnstable = [](const std::map<std::string, Latency>& latencyMs) {
        return std::ranges::any_of(latencyMs, [](const auto& each) { return !each.second.stable; });
    };
    const bool disturbed = std::ranges::any_of(report.runs, [](const Run& run) { return !run.latencyMs.stable; });
    for (Run& run : report.runs)
        grade(run, disturbed);
    grade(report.verdict, disturbed);
    if (report.sweep)
        for (SweepPoint& point : report.sweep->points)
            grade(point, anyUnstable(point.latencyMs));
    if (report.isas)
        for (IsaRun& run : report.isas->runs)
            grade(run, anyUnstable(run.latencyMs));
    if (report.plan)
        grade(*report.plan, anyUnstable(report.plan->latencyMs));
}

} // namespace

std::string toJson(const Report& report) {
    Writer writer;
    writer.write(report, Path{});
    return writer.takeText() + "\n";
}

Report reportFromJson(std::string_view text, const std::string& source) {
    const Json json = parse(text, source);
    checkSchema(json, source);
    const Reader reader(source);
    Report report;
    reader.read(json, report, Path{});
    checkReferences(report, reader);
    if (!json["verdict"].contains("grade"))
        gradeByIntervals(report);
    return report;
}

std::string toJson(const Preview& preview) {
    Writer writer;
    writer.write(preview, Path{});
    return writer.takeText() + "\n";
}

Preview previewFromJson(std::string_view text, const std::string& source) {
    const Json json = parse(text, source);
    const Reader reader(source);
    Preview preview;
    reader.read(json, preview, Path{});
    if (preview.schema != previewSchema)
        reader.fail(Path{}.member("schema"), fmt::format("is not {}", previewSchema));
    return preview;
}

void saveReport(const Report& report, const std::string& path) {
    writeFileAtomically(path, toJson(report));
}

Report loadReport(const std::string& path) {
    return reportFromJson(readTextFile(path, maxReportBytes), path);
}

} // namespace halftone
