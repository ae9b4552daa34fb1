// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of the sections on quantization.
#pragma once

#include "core/base/field.h"
#include "core/report/quantization_report.h"

namespace halftone {

template <>
inline constexpr auto fieldsOf<QuantizationOptions> =
    std::tuple{Field{"scheme", &QuantizationOptions::scheme},
               Field{"weights", &QuantizationOptions::weights},
               Field{"weightLimit", &QuantizationOptions::weightLimit},
               Field{"ranges", &QuantizationOptions::ranges},
               Field{"percentile", &QuantizationOptions::percentile},
               Field{"rangesOf", &QuantizationOptions::rangesOf},
               Field{"biasCorrection", &QuantizationOptions::biasCorrection},
               Field{"equalization", &QuantizationOptions::equalization},
               Field{"smoothing", &QuantizationOptions::smoothing},
               Field{"rounding", &QuantizationOptions::rounding},
               Field{"keptFp32", &QuantizationOptions::keptFp32}};

template <>
inline constexpr auto fieldsOf<RangeCandidate> =
    std::tuple{Field{"method", &RangeCandidate::method}, Field{"clipMin", &RangeCandidate::clipMin},
               Field{"clipMax", &RangeCandidate::clipMax}, Field{"clippedShare", &RangeCandidate::clippedShare},
               Field{"sqnrDb", &RangeCandidate::sqnrDb}};

template <>
inline constexpr auto fieldsOf<RangeGrowth> = std::tuple{
    Field{"samples", &RangeGrowth::samples}, Field{"min", &RangeGrowth::min}, Field{"max", &RangeGrowth::max}};

template <>
inline constexpr auto fieldsOf<RangeHealth> =
    std::tuple{Field{"growth", &RangeHealth::growth}, Field{"stableAfter", &RangeHealth::stableAfter},
               Field{"minSample", &RangeHealth::minSample}, Field{"maxSample", &RangeHealth::maxSample},
               Field{"heldOutClippedShare", &RangeHealth::heldOutClippedShare}};

template <>
inline constexpr auto fieldsOf<Histogram> =
    std::tuple{Field{"edges", &Histogram::edges}, Field{"counts", &Histogram::counts}};

template <>
inline constexpr auto fieldsOf<TensorRange> = std::tuple{Field{"name", &TensorRange::name},
                                                         Field{"role", &TensorRange::role},
                                                         Field{"layer", &TensorRange::layer},
                                                         Field{"observedMin", &TensorRange::observedMin},
                                                         Field{"observedMax", &TensorRange::observedMax},
                                                         Field{"clipMin", &TensorRange::clipMin},
                                                         Field{"clipMax", &TensorRange::clipMax},
                                                         Field{"storage", &TensorRange::storage},
                                                         Field{"scales", &TensorRange::scales},
                                                         Field{"zeroPoints", &TensorRange::zeroPoints},
                                                         Field{"axis", &TensorRange::axis},
                                                         Field{"clippedShare", &TensorRange::clippedShare},
                                                         Field{"sqnrDb", &TensorRange::sqnrDb},
                                                         Field{"synthetic", &TensorRange::synthetic},
                                                         Field{"histogram", &TensorRange::histogram},
                                                         Field{"channelMin", &TensorRange::channelMin},
                                                         Field{"channelMax", &TensorRange::channelMax},
                                                         Field{"method", &TensorRange::method, later},
                                                         Field{"candidates", &TensorRange::candidates, later},
                                                         Field{"health", &TensorRange::health, later},
                                                         Field{"clippedBySteps", &TensorRange::clippedBySteps, later},
                                                         Field{"notFinite", &TensorRange::notFinite, later},
                                                         Field{"clipNote", &TensorRange::clipNote, later}};

template <>
inline constexpr auto fieldsOf<TensorDistance> =
    std::tuple{Field{"sqnrDb", &TensorDistance::sqnrDb}, Field{"cosine", &TensorDistance::cosine},
               Field{"mse", &TensorDistance::mse}, Field{"maxAbs", &TensorDistance::maxAbs}};

template <>
inline constexpr auto fieldsOf<LayerError> = std::tuple{Field{"layer", &LayerError::layer},
                                                        Field{"op", &LayerError::op},
                                                        Field{"tensor", &LayerError::tensor},
                                                        Field{"local", &LayerError::local},
                                                        Field{"accumulated", &LayerError::accumulated},
                                                        Field{"notMeasured", &LayerError::notMeasured, later}};

template <>
inline constexpr auto fieldsOf<Divergence> =
    std::tuple{Field{"sample", &Divergence::sample}, Field{"layer", &Divergence::layer},
               Field{"sqnrDb", &Divergence::sqnrDb}, Field{"usualSqnrDb", &Divergence::usualSqnrDb}};

template <>
inline constexpr auto fieldsOf<ErrorAnalysis> =
    std::tuple{Field{"samples", &ErrorAnalysis::samples}, Field{"layers", &ErrorAnalysis::layers},
               Field{"divergences", &ErrorAnalysis::divergences}};

template <>
inline constexpr auto fieldsOf<PlanLayer> = std::tuple{Field{"layer", &PlanLayer::layer},
                                                       Field{"op", &PlanLayer::op},
                                                       Field{"precision", &PlanLayer::precision},
                                                       Field{"pinned", &PlanLayer::pinned},
                                                       Field{"reason", &PlanLayer::reason},
                                                       Field{"ms", &PlanLayer::ms},
                                                       Field{"conversionMs", &PlanLayer::conversionMs},
                                                       Field{"outputSqnrDb", &PlanLayer::outputSqnrDb},
                                                       Field{"agreement", &PlanLayer::agreement},
                                                       Field{"top1Drop", &PlanLayer::top1Drop},
                                                       Field{"costPoints", &PlanLayer::costPoints},
                                                       Field{"speedup", &PlanLayer::speedup, later},
                                                       Field{"speedupCi95", &PlanLayer::speedupCi95, later},
                                                       Field{"grade", &PlanLayer::grade, later}};

template <>
inline constexpr auto fieldsOf<PlanPoint> =
    std::tuple{Field{"keptOut", &PlanPoint::keptOut}, Field{"predictedMs", &PlanPoint::predictedMs},
               Field{"predictedDrop", &PlanPoint::predictedDrop}, Field{"measuredMs", &PlanPoint::measuredMs},
               Field{"measuredDrop", &PlanPoint::measuredDrop}};

template <>
inline constexpr auto fieldsOf<MixedPlan> = std::tuple{Field{"maxDrop", &MixedPlan::maxDrop},
                                                       Field{"relative", &MixedPlan::relative},
                                                       Field{"criterion", &MixedPlan::criterion},
                                                       Field{"timeBudgetS", &MixedPlan::timeBudgetS},
                                                       Field{"usedS", &MixedPlan::usedS},
                                                       Field{"sensitivitySamples", &MixedPlan::sensitivitySamples},
                                                       Field{"accuracySamples", &MixedPlan::accuracySamples},
                                                       Field{"otherPrecision", &MixedPlan::otherPrecision},
                                                       Field{"layers", &MixedPlan::layers},
                                                       Field{"front", &MixedPlan::front},
                                                       Field{"chosen", &MixedPlan::chosen},
                                                       Field{"latencyMs", &MixedPlan::latencyMs},
                                                       Field{"speedup", &MixedPlan::speedup},
                                                       Field{"speedupCi95", &MixedPlan::speedupCi95},
                                                       Field{"significant", &MixedPlan::significant},
                                                       Field{"top1", &MixedPlan::top1},
                                                       Field{"agreement", &MixedPlan::agreement},
                                                       Field{"sentence", &MixedPlan::sentence},
                                                       Field{"grade", &MixedPlan::grade, later},
                                                       Field{"conditions", &MixedPlan::conditions, later}};

} // namespace halftone
