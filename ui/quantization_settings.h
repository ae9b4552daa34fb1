// SPDX-License-Identifier: GPL-3.0-or-later
// How to quantize, in the words of halftone-cli's options and of the report.
#pragma once

#include "core/report/report.h"

#include <QJsonObject>
#include <QMap>
#include <QStringList>

namespace halftone {

/// The defaults are the profiler's own.
struct QuantizationSettings {
    QString ranges = QStringLiteral("mse");
    double percentile = 99.99;       // of the values inside the range, for "percentile"
    QMap<QString, QString> rangesOf; // method by tensor, instead of `ranges`
    QString scheme = QStringLiteral("mixed");
    QString weights = QStringLiteral("per-channel");
    QString weightLimit = QStringLiteral("auto");
    QString biasCorrection = QStringLiteral("auto"), equalization = QStringLiteral("auto"),
            rounding = QStringLiteral("auto");
    QStringList keepFp32; // layers
    bool firstFp32 = false, lastFp32 = false;
    bool operator==(const QuantizationSettings&) const = default;
};

/// A choice with its name on the command line and for people.
struct NamedChoice {
    const char* name;
    QString text, tip;
};
const QList<NamedChoice>& rangeMethods();
const QList<NamedChoice>& schemes();
const QList<NamedChoice>& weightScales();
const QList<NamedChoice>& weightLimits(); // "auto" first
const QList<NamedChoice>& switches();

/// In halftone-cli's spelling; what has its default is left out.
QStringList quantizationOptions(const QuantizationSettings& settings);

/// The settings that give a report's quantization again. What "auto" became is named, but for a limit of weights that
/// is the usual one of the CPU.
QuantizationSettings quantizationOf(const Report& report);

QJsonObject toJson(const QuantizationSettings& settings);
/// Missing or unknown values keep their defaults.
QuantizationSettings quantizationFromJson(const QJsonObject& json);

} // namespace halftone
