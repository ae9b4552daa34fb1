// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/measures.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone {

namespace {

bool isShare(MeasureKind kind) {
    switch (kind) {
    case MeasureKind::Cosine:
    case MeasureKind::TokenDivergence:
    case MeasureKind::MaskIou: return false;
    case MeasureKind::NeighbourKept:
    case MeasureKind::TokenAgreement:
    case MeasureKind::BoxesFound:
    case MeasureKind::BoxesExtra:
    case MeasureKind::TextsEqual:
    case MeasureKind::LetterErrors: return true;
    }
    return false;
}

std::string number(MeasureKind kind, double value) {
    if (kind == MeasureKind::TokenDivergence)
        return threeDigits(value);
    return isShare(kind) ? percentage(value) : fmt::format("{:.4f}", value);
}

std::string words(const Measure& measure) {
    std::string figure = figureOf(measure);
    switch (measure.kind) {
    case MeasureKind::Cosine: return "cosine " + figure;
    case MeasureKind::NeighbourKept: return "nearest neighbour kept for " + figure;
    case MeasureKind::TokenAgreement: return "the best class kept for " + figure + " of the tokens";
    case MeasureKind::TokenDivergence: return "divergence " + figure;
    case MeasureKind::BoxesFound: return figure + " of the boxes found again";
    case MeasureKind::BoxesExtra: return figure + " extra";
    case MeasureKind::MaskIou: return "mask overlap (IoU) " + figure;
    case MeasureKind::TextsEqual: return figure + " of the texts equal";
    case MeasureKind::LetterErrors: return figure + " of the letters wrong";
    }
    return figure;
}

} // namespace

std::string figureOf(const Measure& measure) {
    return number(measure.kind, measure.value) + (measure.kind == MeasureKind::TokenDivergence ? " nats"
                                                  : isShare(measure.kind)                      ? " %"
                                                                                               : "");
}

std::string intervalOf(const Measure& measure) {
    if (!measure.ci95)
        return {};
    return fmt::format("{} to {}{}", number(measure.kind, measure.ci95->lo), number(measure.kind, measure.ci95->hi),
                       isShare(measure.kind) ? " %" : "");
}

std::string measureWords(const std::vector<Measure>& measures) {
    std::vector<std::string> parts;
    for (const Measure& measure : measures)
        parts.push_back(words(measure));
    return join(parts, ", ");
}

} // namespace halftone
