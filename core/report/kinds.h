// SPDX-License-Identifier: GPL-3.0-or-later
// Kinds and states of what a report lists. Their names are the words of the file; nameIn (core/base/field.h) tells
// them.
#pragma once

#include "core/base/field.h"

#include <array>
#include <string_view>

namespace halftone {

/// What a step does with its tensors.
enum class StepKind {
    Compute,       // one or more layers of the file
    ConvertType,   // the type of the elements, or their grid
    ConvertLayout, // their order in memory
    ConvertBoth,
    Copy,
};
template <>
inline constexpr std::array namesOf<StepKind>{std::pair{StepKind::Compute, std::string_view("compute")},
                                              std::pair{StepKind::ConvertType, std::string_view("convert-dtype")},
                                              std::pair{StepKind::ConvertLayout, std::string_view("convert-layout")},
                                              std::pair{StepKind::ConvertBoth, std::string_view("convert-both")},
                                              std::pair{StepKind::Copy, std::string_view("copy")}};

/// Copies change nothing, so they are none.
constexpr bool isConversion(StepKind kind) {
    switch (kind) {
    case StepKind::Compute:
    case StepKind::Copy: return false;
    case StepKind::ConvertType:
    case StepKind::ConvertLayout:
    case StepKind::ConvertBoth: return true;
    }
    return false;
}

/// How often a conversion is done.
enum class When {
    EveryInference,
    Once, // of a constant, while the model is compiled
};
template <>
inline constexpr std::array namesOf<When>{std::pair{When::EveryInference, std::string_view("every inference")},
                                          std::pair{When::Once, std::string_view("once")}};

} // namespace halftone
