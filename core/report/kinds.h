// SPDX-License-Identifier: GPL-3.0-or-later
// Kinds and states of what a report lists. Their names (nameIn in core/base/field.h) are the words of the file.
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

/// What is kept of an output that is judged by its meaning.
enum class MeasureKind {
    Cosine,          // of embeddings, mean over the samples
    NeighbourKept,   // share of samples whose nearest other sample stays the same
    TokenAgreement,  // share of tokens whose best class stays the same, mean over the samples
    TokenDivergence, // Kullback-Leibler, nats a token
    BoxesFound,      // share of fp32's boxes that are found again: same class, overlap of 0.5
    BoxesExtra,      // share of the other precision's boxes that fp32 has not
    MaskIou,         // intersection over union of pixels, mean over classes and samples
    TextsEqual,      // share of texts that stay the same
    LetterErrors,    // edits a letter of fp32's texts
};
template <>
inline constexpr std::array namesOf<MeasureKind>{
    std::pair{MeasureKind::Cosine, std::string_view("cosine")},
    std::pair{MeasureKind::NeighbourKept, std::string_view("neighbour-kept")},
    std::pair{MeasureKind::TokenAgreement, std::string_view("token-agreement")},
    std::pair{MeasureKind::TokenDivergence, std::string_view("token-divergence")},
    std::pair{MeasureKind::BoxesFound, std::string_view("boxes-found")},
    std::pair{MeasureKind::BoxesExtra, std::string_view("boxes-extra")},
    std::pair{MeasureKind::MaskIou, std::string_view("mask-iou")},
    std::pair{MeasureKind::TextsEqual, std::string_view("texts-equal")},
    std::pair{MeasureKind::LetterErrors, std::string_view("letter-errors")}};

/// What sets the least time of a step.
enum class StepBound {
    None, // the step has no limit
    Compute,
    Memory,
    Overhead, // the step is too small for either
};
template <>
inline constexpr std::array namesOf<StepBound>{std::pair{StepBound::None, std::string_view("")},
                                               std::pair{StepBound::Compute, std::string_view("compute")},
                                               std::pair{StepBound::Memory, std::string_view("memory")},
                                               std::pair{StepBound::Overhead, std::string_view("overhead")}};

/// Where int8 time goes, in the order of the waterfall; core/profile/waterfall.h says what belongs to each.
enum class LossKind {
    Ideal,
    NoInt8Kernel,
    MemoryBound,
    TooSmall,
    BelowPeak,
    AbovePeak, // a gain: its time is below zero
    ConvertType,
    ConvertLayout,
    Waiting,
    Unexplained,
};
template <>
inline constexpr std::array namesOf<LossKind>{std::pair{LossKind::Ideal, std::string_view("ideal")},
                                              std::pair{LossKind::NoInt8Kernel, std::string_view("no-int8-kernel")},
                                              std::pair{LossKind::MemoryBound, std::string_view("memory-bound")},
                                              std::pair{LossKind::TooSmall, std::string_view("too-small")},
                                              std::pair{LossKind::BelowPeak, std::string_view("below-peak")},
                                              std::pair{LossKind::AbovePeak, std::string_view("above-peak")},
                                              std::pair{LossKind::ConvertType, std::string_view("convert-dtype")},
                                              std::pair{LossKind::ConvertLayout, std::string_view("convert-layout")},
                                              std::pair{LossKind::Waiting, std::string_view("waiting")},
                                              std::pair{LossKind::Unexplained, std::string_view("unexplained")}};

/// What becomes of a layer of the file in one run.
enum class LayerStatus {
    Executed,   // a step bears its name
    Fused,      // the step of another layer computes it
    Eliminated, // no step does
};
template <>
inline constexpr std::array namesOf<LayerStatus>{std::pair{LayerStatus::Executed, std::string_view("EXECUTED")},
                                                 std::pair{LayerStatus::Fused, std::string_view("FUSED")},
                                                 std::pair{LayerStatus::Eliminated, std::string_view("ELIMINATED")}};

/// How often a conversion is done.
enum class When {
    EveryInference,
    Once, // of a constant, while the model is compiled
};
template <>
inline constexpr std::array namesOf<When>{std::pair{When::EveryInference, std::string_view("every inference")},
                                          std::pair{When::Once, std::string_view("once")}};

} // namespace halftone
