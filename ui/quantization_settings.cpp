// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/quantization_settings.h"

#include "ui/text.h"

#include <QJsonArray>

#include <algorithm>

namespace halftone {

namespace {

/// A member that is one of several words.
struct Field {
    const char* name; // in JSON
    const char* option;
    QString QuantizationSettings::*member;
    const QList<NamedChoice>& (*choices)();
};
constexpr Field fields[] = {{"ranges", "--ranges", &QuantizationSettings::ranges, rangeMethods},
                            {"scheme", "--scheme", &QuantizationSettings::scheme, schemes},
                            {"weights", "--weights", &QuantizationSettings::weights, weightScales},
                            {"weightLimit", "--weight-limit", &QuantizationSettings::weightLimit, weightLimits},
                            {"biasCorrection", "--bias-correction", &QuantizationSettings::biasCorrection, switches},
                            {"equalization", "--equalization", &QuantizationSettings::equalization, switches},
                            {"rounding", "--rounding", &QuantizationSettings::rounding, switches}};

bool isOneOf(const QString& word, const QList<NamedChoice>& choices) {
    return std::ranges::any_of(choices, [&](const NamedChoice& choice) { return word == QLatin1String(choice.name); });
}

/// CPUs without VNNI sum int8 products in 16 bits, where "auto" limits pairs of weights.
bool hasVnni(const std::string& isa) {
    static const QStringList without{"", "SSE41", "AVX", "AVX2", "AVX512_CORE"};
    return !without.contains(QString::fromStdString(isa));
}

} // namespace

const QList<NamedChoice>& rangeMethods() {
    static const QList<NamedChoice> choices{
        {"min-max", Text::tr("Minimum to maximum"),
         Text::tr("The smallest and largest value seen; nothing is clipped")},
        {"mean-min-max", Text::tr("Mean of each picture's"),
         Text::tr("The minima and maxima of the pictures, averaged")},
        {"percentile", Text::tr("Percentile"), Text::tr("So that a given share of the values lies inside")},
        {"mse", Text::tr("Least squared error"),
         Text::tr("The range with the smallest mean square of rounding and clipping together")},
        {"entropy", Text::tr("Least entropy loss"),
         Text::tr("The range that keeps the histogram's information (Kullback-Leibler)")}};
    return choices;
}

const QList<NamedChoice>& schemes() {
    static const QList<NamedChoice> choices{
        {"symmetric", Text::tr("Symmetric"), Text::tr("The same reach on both sides of zero")},
        {"mixed", Text::tr("Mixed"), Text::tr("Activations with a zero point, weights symmetric")},
        {"asymmetric", Text::tr("Asymmetric"),
         Text::tr("As mixed: the kernels know no zero point of weights, which the run says")}};
    return choices;
}

const QList<NamedChoice>& weightScales() {
    static const QList<NamedChoice> choices{
        {"per-channel", Text::tr("For each channel"), Text::tr("One scale for each output channel")},
        {"per-tensor", Text::tr("For the tensor"), Text::tr("One scale for all weights of a layer")}};
    return choices;
}

const QList<NamedChoice>& weightLimits() {
    static const QList<NamedChoice> choices{
        {"auto", Text::tr("By the CPU"), Text::tr("Full range where the CPU has VNNI, else limited pairs")},
        {"full", Text::tr("Full range"), Text::tr("−127 to 127; sums may overflow on CPUs without VNNI")},
        {"pairs", Text::tr("Limited pairs"),
         Text::tr("8 bits, but no two weights that meet in 16 bits overflow there")},
        {"7-bit", Text::tr("7 bits"), Text::tr("−63 to 63, as other tools reduce the range")}};
    return choices;
}

const QList<NamedChoice>& switches() {
    static const QList<NamedChoice> choices{
        {"off", Text::tr("Off"), {}},
        {"auto", Text::tr("Automatic"), Text::tr("Where it is known to help this network")},
        {"on", Text::tr("On"), {}}};
    return choices;
}

QStringList quantizationOptions(const QuantizationSettings& settings) {
    const QuantizationSettings defaults;
    QStringList options;
    for (const Field& field : fields)
        if (settings.*field.member != defaults.*field.member)
            options << QLatin1String(field.option) << settings.*field.member;
    const bool usesPercentile =
        settings.ranges == u"percentile" || settings.rangesOf.values().contains(QStringLiteral("percentile"));
    if (usesPercentile && settings.percentile != defaults.percentile)
        options << "--percentile" << QString::number(settings.percentile, 'g', 8);
    for (const auto& [tensor, method] : settings.rangesOf.asKeyValueRange())
        options << "--range-of" << tensor + u'=' + method;
    for (const QString& layer : settings.keepFp32)
        options << "--keep-fp32" << layer;
    if (settings.firstFp32)
        options << "--first-fp32";
    if (settings.lastFp32)
        options << "--last-fp32";
    return options;
}

QuantizationSettings quantizationOf(const Report& report) {
    const QuantizationOptions& options = report.options.quantization;
    QuantizationSettings settings;
    if (options.scheme.empty()) // of a Halftone that did not tell
        return settings;
    const auto take = [](QString& value, const std::string& told, const QList<NamedChoice>& choices) {
        if (const QString word = QString::fromStdString(told); isOneOf(word, choices))
            value = word;
    };
    take(settings.ranges, options.ranges, rangeMethods());
    take(settings.scheme, options.scheme, schemes());
    take(settings.weights, options.weights, weightScales());
    if (options.weightLimit != (hasVnni(report.machine.isa) ? "full" : "pairs"))
        take(settings.weightLimit, options.weightLimit, weightLimits());
    if (options.percentile > 0)
        settings.percentile = options.percentile;
    for (const auto& [tensor, method] : options.rangesOf)
        settings.rangesOf[QString::fromStdString(tensor)] = QString::fromStdString(method);
    const auto word = [](bool on, bool automatic) {
        return on == automatic ? QStringLiteral("auto") : on ? QStringLiteral("on") : QStringLiteral("off");
    };
    settings.biasCorrection = word(options.biasCorrection, true);
    settings.equalization = word(options.equalization, options.weights == "per-tensor");
    settings.rounding = word(options.rounding, true);
    for (const std::string& layer : options.keptFp32)
        settings.keepFp32 += QString::fromStdString(layer);
    return settings;
}

QJsonObject toJson(const QuantizationSettings& settings) {
    QJsonObject json{{"percentile", settings.percentile},
                     {"keepFp32", QJsonArray::fromStringList(settings.keepFp32)},
                     {"firstFp32", settings.firstFp32},
                     {"lastFp32", settings.lastFp32}};
    for (const Field& field : fields)
        json[QLatin1String(field.name)] = settings.*field.member;
    QJsonObject rangesOf;
    for (const auto& [tensor, method] : settings.rangesOf.asKeyValueRange())
        rangesOf[tensor] = method;
    json["rangesOf"] = rangesOf;
    return json;
}

QuantizationSettings quantizationFromJson(const QJsonObject& json) {
    QuantizationSettings settings;
    for (const Field& field : fields)
        if (const QString word = json[QLatin1String(field.name)].toString(); isOneOf(word, field.choices()))
            settings.*field.member = word;
    settings.percentile = json["percentile"].toDouble(settings.percentile);
    const QJsonObject rangesOf = json["rangesOf"].toObject();
    for (auto entry = rangesOf.begin(); entry != rangesOf.end(); ++entry)
        if (isOneOf(entry.value().toString(), rangeMethods()))
            settings.rangesOf[entry.key()] = entry.value().toString();
    for (const QJsonValue& layer : json["keepFp32"].toArray())
        if (!layer.toString().isEmpty())
            settings.keepFp32 += layer.toString();
    settings.firstFp32 = json["firstFp32"].toBool();
    settings.lastFp32 = json["lastFp32"].toBool();
    return settings;
}

} // namespace halftone
