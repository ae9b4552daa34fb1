// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/request/job_fields.h"

namespace halftone {

namespace {

constexpr size_t kLongest = 4096; // as paths in a report

void show(const auto&) {} // no text
void show(std::string& text) {
    text = displayText(text, kLongest);
}
void show(std::vector<std::string>& texts) {
    for (std::string& text : texts)
        show(text);
}
template <class Value> void show(std::map<std::string, Value>& named) {
    std::map<std::string, Value> shown;
    for (auto& [name, value] : named)
        shown.emplace(displayText(name, kLongest), std::move(value));
    named = std::move(shown);
}
template <HasFields Struct> void show(Struct& object) {
    forEachField<Struct>([&](const auto& field) { show(object.*(field.member)); });
}

} // namespace

JobRequest displayed(JobRequest request) {
    show(request);
    return request;
}

} // namespace halftone
