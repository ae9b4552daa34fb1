// SPDX-License-Identifier: GPL-3.0-or-later
// The errors of the layers as rows, and what is said about them.
#pragma once

#include "core/report/report.h"

#include <QStringList>

#include <vector>

namespace halftone {

/// Below it a result has more than a third of its amplitude in error.
inline constexpr double lowSqnrDb = 10;

/// Points into a report, which must outlive it.
struct ErrorRow {
    const LayerError* error = nullptr;
    int place = 0;       // in the order of execution, from 1
    int divergences = 0; // samples that leave fp32 here
    bool inInt8 = false; // the int8 run computes it in int8
};

/// Of a report that has errors.
std::vector<ErrorRow> errorRows(const Report& report);

bool isLow(const TensorDistance& distance);
/// Either of its figures is below lowSqnrDb.
bool isLow(const LayerError& error);

/// Amplitude of the error to that of the signal.
double noiseShare(double sqnrDb);

/// "8.5 dB"; "exact" where both are identical.
QString sqnrText(const TensorDistance& distance);

/// Where the network loses most, in one or two sentences.
QString errorsSentence(const ErrorAnalysis& errors);
/// What the figures of one layer mean, a sentence each, the conclusion first.
QStringList errorExplanation(const ErrorRow& row);
/// Why a layer has no local error: "It is not in int8.", or what kept its own error from being measured.
QString whyNoLocalError(const ErrorRow& row);
/// "4.0 instead of 21.0 dB at conv_12: pictures/3/0133.png", of a sample that leaves fp32 there
QString divergenceText(const Divergence& divergence);

} // namespace halftone
