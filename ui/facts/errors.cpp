// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/errors.h"

#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_set>

namespace halftone {

bool isLow(const TensorDistance& distance) {
    return distance.sqnrDb && *distance.sqnrDb < lowSqnrDb;
}

bool isLow(const LayerError& error) {
    return isLow(error.accumulated) || (error.local && isLow(*error.local));
}

double noiseShare(double sqnrDb) {
    return std::pow(10, -sqnrDb / 20);
}

QString sqnrText(const TensorDistance& distance) {
    return distance.sqnrDb ? decibelText(*distance.sqnrDb) : Text::tr("exact");
}

std::vector<ErrorRow> errorRows(const Report& report) {
    const ErrorAnalysis& errors = *report.errors;
    std::unordered_set<std::string_view> inInt8;
    for (const Layer& layer : report.layers)
        if (const auto run = layer.byPrecision.find("int8");
            run != layer.byPrecision.end() && run->second.precision == "int8")
            inInt8.insert(layer.name);
    std::vector<ErrorRow> rows;
    rows.reserve(errors.layers.size());
    for (const LayerError& error : errors.layers)
        rows.push_back({&error, static_cast<int>(rows.size()) + 1,
                        static_cast<int>(std::ranges::count(errors.divergences, error.layer, &Divergence::layer)),
                        error.local || inInt8.contains(error.layer)});
    return rows;
}

QString errorsSentence(const ErrorAnalysis& errors) {
    const LayerError* worst = nullptr;
    int low = 0;
    for (const LayerError& error : errors.layers) {
        low += isLow(error);
        if (error.local && error.local->sqnrDb && (!worst || *error.local->sqnrDb < *worst->local->sqnrDb))
            worst = &error;
    }
    const QString samples = Text::tr("Compared on %1. ").arg(counted(errors.samples, Text::tr("sample")));
    if (!worst)
        return samples + Text::tr("No layer in int8 differs from fp32.");
    QString text =
        samples + Text::tr("%1 loses most by itself, %2; the last result is at %3.")
                      .arg(plain(worst->layer), sqnrText(*worst->local), sqnrText(errors.layers.back().accumulated));
    if (low > 0)
        text += low == 1 ? Text::tr(" 1 layer is below %1 dB.").arg(lowSqnrDb)
                         : Text::tr(" %1 layers are below %2 dB.").arg(low).arg(lowSqnrDb);
    return text;
}

QString whyNoLocalError(const ErrorRow& row) {
    if (!row.error->notMeasured.empty())
        return plain(row.error->notMeasured);
    return row.inInt8 ? Text::tr("Its own error was not measured.") : Text::tr("It is not in int8.");
}

QStringList errorExplanation(const ErrorRow& row) {
    const LayerError& error = *row.error;
    const auto figures = [](const TensorDistance& distance) {
        return distance.sqnrDb ? Text::tr("%1, an error of %2 of the amplitude; cosine %3, at most %4")
                                     .arg(decibelText(*distance.sqnrDb), shareText(noiseShare(*distance.sqnrDb)),
                                          QString::number(distance.cosine, 'f', 5), significant(distance.maxAbs))
                               : Text::tr("identical to fp32");
    };
    constexpr double none = std::numeric_limits<double>::infinity(); // of noise
    const double local = error.local ? error.local->sqnrDb.value_or(none) : none;
    const auto accumulated = error.accumulated.sqnrDb;
    QStringList sentences;
    if (!row.inInt8)
        sentences += Text::tr("The layer itself does not run in int8: all of its error comes from before it.");
    else if (!error.local)
        sentences += whyNoLocalError(row);
    else if (local < lowSqnrDb)
        sentences += Text::tr("Its own quantization is the cause: other ranges, or fp32 for this layer, would help.");
    else if (accumulated && *accumulated < local - 6)
        sentences += Text::tr("Most of its error comes from the layers before it.");
    else if (accumulated)
        sentences += Text::tr("About as much error arises here as arrives here.");
    if (error.local)
        sentences += Text::tr("Alone in int8: %1.").arg(figures(*error.local));
    sentences += Text::tr("After all layers in int8: %1.").arg(figures(error.accumulated));
    return sentences;
}

QString divergenceText(const Divergence& divergence) {
    return Text::tr("%1 instead of %2 at %3: %4")
        .arg(QString::number(divergence.sqnrDb, 'f', 1).replace(u'-', QChar(0x2212)),
             decibelText(divergence.usualSqnrDb), plain(divergence.layer), plain(divergence.sample));
}

} // namespace halftone
