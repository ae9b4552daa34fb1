// SPDX-License-Identifier: GPL-3.0-or-later
// A request in which nothing is as by default: what loses a field on its way gives another request.
#pragma once

#include "core/request/job_fields.h"

namespace halftone::test {

inline void change(std::string& value) {
    value += "changed it's";
}
inline void change(bool& value) {
    value = !value;
}
template <class Number>
requires std::is_arithmetic_v<Number>
void change(Number& value) {
    value = static_cast<Number>(value + 3);
}
inline void change(double& value) {
    value += 0.125;
}
template <class Enum>
requires std::is_enum_v<Enum>
void change(Enum& value) {
    for (const auto& [other, name] : namesOf<Enum>)
        if (other != value) {
            value = other;
            return;
        }
}
template <class Value> void change(std::optional<Value>& value) {
    value = value.value_or(Value{});
    change(*value);
}
template <class Value> void change(std::vector<Value>& values) {
    values = {Value{}};
    change(values.front());
}
template <class Value> void change(std::map<std::string, Value>& values) {
    change(values["a name = with signs"]);
}
template <HasFields Struct> void change(Struct& object) {
    forEachField<Struct>([&](const auto& field) { change(object.*(field.member)); });
}

/// Every field differs from that of `request`.
inline JobRequest changedRequest(JobRequest request = {}) {
    change(request);
    request.plan.pins = {{"a layer=", Precision::Int8}};
    request.preprocessing.preset = "custom";
    return request;
}

} // namespace halftone::test
