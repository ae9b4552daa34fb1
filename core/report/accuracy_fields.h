// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of the accuracy section.
#pragma once

#include "core/base/field.h"
#include "core/report/accuracy_report.h"

namespace halftone {

template <> inline constexpr auto fieldsOf<TopK> = std::tuple{Field{"share", &TopK::share}, Field{"ci95", &TopK::ci95}};

template <>
inline constexpr auto fieldsOf<Score> = std::tuple{Field{"index", &Score::index}, Field{"value", &Score::value}};

template <>
inline constexpr auto fieldsOf<Measure> = std::tuple{Field{"kind", &Measure::kind}, Field{"value", &Measure::value},
                                                     Field{"ci95", &Measure::ci95}, Field{"of", &Measure::of}};

template <>
inline constexpr auto fieldsOf<ChangedSample> = std::tuple{Field{"sample", &ChangedSample::sample},
                                                           Field{"label", &ChangedSample::label},
                                                           Field{"fp32", &ChangedSample::fp32},
                                                           Field{"int8", &ChangedSample::int8},
                                                           Field{"change", &ChangedSample::change, later},
                                                           Field{"distance", &ChangedSample::distance, later},
                                                           Field{"kept", &ChangedSample::kept, later},
                                                           Field{"top", &ChangedSample::top, later},
                                                           Field{"picture", &ChangedSample::picture, later}};

template <>
inline constexpr auto fieldsOf<McNemar> =
    std::tuple{Field{"rightToWrong", &McNemar::rightToWrong}, Field{"wrongToRight", &McNemar::wrongToRight},
               Field{"pValue", &McNemar::pValue}};

template <>
inline constexpr auto fieldsOf<OutputDistance> =
    std::tuple{Field{"sqnrDb", &OutputDistance::sqnrDb}, Field{"cosine", &OutputDistance::cosine},
               Field{"maxAbs", &OutputDistance::maxAbs}};

template <>
inline constexpr auto fieldsOf<Closeness> =
    std::tuple{Field{"agreement", &Closeness::agreement}, Field{"outputs", &Closeness::outputs},
               Field{"measures", &Closeness::measures, later}};

template <>
inline constexpr auto fieldsOf<Accuracy> = std::tuple{Field{"samples", &Accuracy::samples},
                                                      Field{"alsoCalibrated", &Accuracy::alsoCalibrated, later},
                                                      Field{"top1", &Accuracy::top1},
                                                      Field{"top5", &Accuracy::top5},
                                                      Field{"agreement", &Accuracy::agreement},
                                                      Field{"classNames", &Accuracy::classNames, later},
                                                      Field{"mcnemar", &Accuracy::mcnemar, later},
                                                      Field{"changed", &Accuracy::changed},
                                                      Field{"moved", &Accuracy::moved, later},
                                                      Field{"outputs", &Accuracy::outputs},
                                                      Field{"byPrecision", &Accuracy::byPrecision, later},
                                                      Field{"judgedAs", &Accuracy::judgedAs, later},
                                                      Field{"output", &Accuracy::output, later},
                                                      Field{"judgedWhy", &Accuracy::judgedWhy, later}};

} // namespace halftone
