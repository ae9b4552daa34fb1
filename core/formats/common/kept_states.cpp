// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/kept_states.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

std::string keptStateOutput(const std::string& input) {
    return input + "_next";
}

std::string firstValueText(const Tensor& tensor) {
    const std::vector<float> values = tensor.toFloats();
    if (values.empty())
        return "no elements";
    const auto [least, most] = std::ranges::minmax_element(values);
    return *least == *most ? fmt::format("{:.6g}", *least) : fmt::format("{:.6g} to {:.6g}", *least, *most);
}

Diagnostic aboutKeptStates(std::span<const KeptState> states) {
    constexpr size_t kShown = 4;
    std::string list;
    for (const KeptState& state : states.first(std::min(states.size(), kShown)))
        list += fmt::format("{}\"{}\" (at first {}{})", list.empty() ? "" : ", ", state.input, state.first,
                            state.output.empty() ? std::string() : fmt::format("; then \"{}\"", state.output));
    if (states.size() > kShown)
        list += fmt::format(" and {} more", states.size() - kShown);
    return {Severity::Info, "kept-states", states.front().input,
            fmt::format("The file keeps {} from one inference to the next: {}. Here a state is an input, and its new "
                        "value an output, which is fed to the next inference.",
                        states.size() == 1 ? "a state" : fmt::format("{} states", states.size()), list)};
}

} // namespace halftone
