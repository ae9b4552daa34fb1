// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSettings>

#include <algorithm>
#include <cmath>
#include <limits>

namespace halftone {

namespace {

constexpr int recentFilesKept = 10;

/// The report holds what was computed with, which was single precision: 123.675 has become 123.67500305.
QList<double> asTyped(const std::vector<double>& values) {
    QList<double> typed;
    for (const double value : values)
        typed += QString::number(value, 'g', 7).toDouble();
    return typed;
}

QJsonArray toJson(const QList<double>& values) {
    QJsonArray array;
    for (const double value : values)
        array.append(value);
    return array;
}

QList<double> doublesFromJson(const QJsonValue& json) {
    QList<double> values;
    for (const QJsonValue& value : json.toArray())
        values += value.toDouble();
    return values;
}

QJsonArray toJson(const QList<int>& values) {
    QJsonArray array;
    for (const int value : values)
        array.append(value);
    return array;
}

template <class Value> QJsonObject toJson(const QMap<QString, Value>& values) {
    QJsonObject object;
    for (const auto& [name, value] : values.asKeyValueRange())
        object[name] = value;
    return object;
}

/// Its own operators round as int8 does: the report should set them beside real int8.
bool simulatesInt8(const Model& model) {
    return std::any_of(model.operators.begin(), model.operators.end(), [](const auto& counted) {
        return counted.first.starts_with("FakeQuant") || counted.first == "FAKE_QUANT";
    });
}

/// Counts from 1; anything else is left out.
QList<int> countsFromJson(const QJsonValue& json) {
    QList<int> values;
    for (const QJsonValue& value : json.toArray())
        if (value.toInt() > 0)
            values += value.toInt();
    return values;
}

} // namespace

bool hasPrecision(const std::string& isa, const QString& precision) {
    // Names that are not known are those of later instruction sets, which include the earlier ones.
    static const QStringList withoutBf16{"",          "SSE41",       "AVX",         "AVX2",
                                         "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"};
    const QString name = QString::fromStdString(isa);
    if (precision == u"bf16")
        return !withoutBf16.contains(name);
    return precision != u"fp16" || (!withoutBf16.contains(name) && name != u"AVX512_CORE_BF16");
}

RunSettings settingsOf(const Report& report) {
    RunSettings settings;
    const Options& options = report.options;
    settings.threads = options.threads == report.machine.cores ? 0 : options.threads;
    settings.batch = static_cast<int>(options.batch);
    settings.timeBudgetS = options.timeBudgetS;
    settings.samples = static_cast<int>(options.maxSamples);
    settings.calibrationSamples = static_cast<int>(options.calibrationSamples);
    settings.precisions.clear();
    for (const Run& run : report.runs)
        settings.precisions += QString::fromStdString(run.precision);
    settings.quantization = quantizationOf(report);
    for (const auto& [symbol, size] : options.sizes)
        settings.sizes[QString::fromStdString(symbol)] = size;
    if (!report.data)
        return settings;
    settings.data = QString::fromStdString(report.data->path);
    const PreprocessingInfo& info = report.data->preprocessing;
    if (const Preset* preset = findPreset(QString::fromStdString(info.preset)))
        settings.preprocessing = preset->value;
    else
        settings.preprocessing = {QString(),          info.resizeShortSide, info.cropSize,
                                  asTyped(info.mean), asTyped(info.std),    QString::fromStdString(info.channels),
                                  info.labelOffset};
    return settings;
}

RunSettings settingsForModel(const Model& model, const RunSettings& base) {
    RunSettings settings = base;
    settings.data.clear();
    settings.labels.clear();
    settings.sizes.clear();
    if (simulatesInt8(model) && !settings.precisions.contains(QLatin1String("int8-simulated")))
        settings.precisions += QStringLiteral("int8-simulated");
    if (model.inputs.empty() || model.inputs.front().shape.size() != 4)
        return settings;
    const auto& shape = model.inputs.front().shape;
    const bool channelsLast = shape[3] == 1 || shape[3] == 3;
    const int64_t channels = channelsLast ? shape[3] : shape[1];
    const int64_t width = channelsLast ? shape[2] : shape[3];
    const char* guess = "imagenet-torch";
    if (channels == 1)
        guess = "fashion-mnist";
    else if (width == 32)
        guess = "cifar10";
    else if (width == 227)
        guess = "imagenet-dlib";
    settings.preprocessing = findPreset(QLatin1String(guess))->value;
    return settings;
}

QJsonObject toJson(const RunSettings& settings) {
    const PreprocessingChoice& values = settings.preprocessing;
    return {{"data", settings.data},
            {"labels", settings.labels},
            {"preset", values.preset},
            {"resizeShortSide", values.resizeShortSide},
            {"cropSize", values.cropSize},
            {"mean", toJson(values.mean)},
            {"std", toJson(values.std)},
            {"channels", values.channels},
            {"labelOffset", values.labelOffset},
            {"threads", settings.threads},
            {"batch", settings.batch},
            {"samples", settings.samples},
            {"calibrationSamples", settings.calibrationSamples},
            {"timeBudgetS", settings.timeBudgetS},
            {"sizes", toJson(settings.sizes)},
            {"precisions", QJsonArray::fromStringList(settings.precisions)},
            {"quantization", toJson(settings.quantization)}};
}

RunSettings runSettingsFromJson(const QJsonObject& json) {
    RunSettings settings;
    settings.data = json["data"].toString();
    settings.labels = json["labels"].toString();
    if (const Preset* preset = findPreset(json["preset"].toString()))
        settings.preprocessing = preset->value;
    else if (json.contains("channels"))
        settings.preprocessing = {QString(),
                                  json["resizeShortSide"].toInt(),
                                  json["cropSize"].toInt(),
                                  doublesFromJson(json["mean"]),
                                  doublesFromJson(json["std"]),
                                  json["channels"].toString(),
                                  json["labelOffset"].toInt()};
    settings.threads = json["threads"].toInt(settings.threads);
    settings.batch = json["batch"].toInt(settings.batch);
    settings.samples = json["samples"].toInt(settings.samples);
    settings.calibrationSamples = json["calibrationSamples"].toInt(settings.calibrationSamples);
    settings.timeBudgetS = json["timeBudgetS"].toDouble(settings.timeBudgetS);
    const QJsonObject sizes = json["sizes"].toObject();
    for (auto size = sizes.begin(); size != sizes.end(); ++size)
        if (size.value().toInteger() >= 1)
            settings.sizes[size.key()] = size.value().toInteger();
    if (json["precisions"].isArray()) {
        settings.precisions.clear();
        for (const QJsonValue& precision : json["precisions"].toArray())
            settings.precisions += precision.toString();
    }
    settings.quantization = quantizationFromJson(json["quantization"].toObject());
    return settings;
}

QJsonObject toJson(const SweepSettings& settings) {
    return {{"batches", toJson(settings.batches)},
            {"threads", toJson(settings.threads)},
            {"timeBudgetS", settings.timeBudgetS}};
}

SweepSettings sweepSettingsFromJson(const QJsonObject& json) {
    SweepSettings settings;
    settings.batches = countsFromJson(json["batches"]);
    settings.threads = countsFromJson(json["threads"]);
    settings.timeBudgetS = json["timeBudgetS"].toDouble(settings.timeBudgetS);
    return settings;
}

QJsonObject toJson(const PlanSettings& settings) {
    return {{"maxDrop", settings.maxDrop}, {"relative", settings.relative}, {"timeBudgetS", settings.timeBudgetS}};
}

PlanSettings planSettingsFromJson(const QJsonObject& json) {
    PlanSettings settings;
    settings.maxDrop = json["maxDrop"].toDouble(settings.maxDrop);
    settings.relative = json["relative"].toBool();
    settings.timeBudgetS = json["timeBudgetS"].toDouble(settings.timeBudgetS);
    return settings;
}

Settings::Settings()
    : m_file(std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("halftone"),
                                         QStringLiteral("halftone"))) {}

Settings::~Settings() = default;

QList<RecentFile> Settings::recentFiles() const {
    QList<RecentFile> files;
    const QByteArray stored = m_file->value("recentFiles").toByteArray();
    for (const QJsonValue& value : QJsonDocument::fromJson(stored).array()) {
        const QJsonObject entry = value.toObject();
        RecentFile file{entry["path"].toString(), std::nullopt};
        if (entry["settings"].isObject())
            file.settings = runSettingsFromJson(entry["settings"].toObject());
        if (!file.path.isEmpty())
            files += file;
    }
    return files;
}

void Settings::addRecentFile(const QString& path, const std::optional<RunSettings>& settings) {
    RecentFile added{path, settings ? settings : settingsFor(path)};
    QList<RecentFile> files = recentFiles();
    files.removeIf([&](const RecentFile& file) { return file.path == path; });
    files.prepend(added);
    store(files.mid(0, recentFilesKept));
}

void Settings::clearRecentFiles() {
    store({});
}

std::optional<RunSettings> Settings::settingsFor(const QString& path) const {
    for (const RecentFile& file : recentFiles())
        if (file.path == path)
            return file.settings;
    return std::nullopt;
}

RunSettings Settings::lastRun() const {
    const QByteArray stored = m_file->value("lastRun").toByteArray();
    return runSettingsFromJson(QJsonDocument::fromJson(stored).object());
}

void Settings::setLastRun(const RunSettings& settings) {
    m_file->setValue("lastRun", QJsonDocument(toJson(settings)).toJson(QJsonDocument::Compact));
}

SweepSettings Settings::lastSweep() const {
    const QByteArray stored = m_file->value("lastSweep").toByteArray();
    return sweepSettingsFromJson(QJsonDocument::fromJson(stored).object());
}

void Settings::setLastSweep(const SweepSettings& settings) {
    m_file->setValue("lastSweep", QJsonDocument(toJson(settings)).toJson(QJsonDocument::Compact));
}

PlanSettings Settings::lastPlan() const {
    return planSettingsFromJson(QJsonDocument::fromJson(m_file->value("lastPlan").toByteArray()).object());
}

void Settings::setLastPlan(const PlanSettings& settings) {
    m_file->setValue("lastPlan", QJsonDocument(toJson(settings)).toJson(QJsonDocument::Compact));
}

double Settings::isaTimeBudgetS() const {
    return m_file->value("isaTimeBudgetS", 3.0).toDouble();
}

void Settings::setIsaTimeBudgetS(double seconds) {
    m_file->setValue("isaTimeBudgetS", seconds);
}

ThemeChoice Settings::theme() const {
    const QString name = m_file->value("theme").toString();
    if (name == u"light")
        return ThemeChoice::Light;
    return name == u"dark" ? ThemeChoice::Dark : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice) {
    const char* names[] = {"system", "light", "dark"};
    m_file->setValue("theme", QLatin1String(names[static_cast<int>(choice)]));
}

QString Settings::lastFolder(const QString& purpose) const {
    return m_file->value("folders/" + purpose, QDir::homePath()).toString();
}

void Settings::setLastFolder(const QString& purpose, const QString& folder) {
    m_file->setValue("folders/" + purpose, folder);
}

QByteArray Settings::windowState(const QString& part) const {
    return m_file->value("layout/" + part).toByteArray();
}

void Settings::setWindowState(const QString& part, const QByteArray& state) {
    m_file->setValue("layout/" + part, state);
}

QVariant Settings::viewState(const QString& key, const QVariant& otherwise) const {
    return m_file->value("views/" + key, otherwise);
}

void Settings::setViewState(const QString& key, const QVariant& state) {
    m_file->setValue("views/" + key, state);
}

void Settings::store(const QList<RecentFile>& files) {
    QJsonArray array;
    for (const RecentFile& file : files) {
        QJsonObject entry{{"path", file.path}};
        if (file.settings)
            entry["settings"] = toJson(*file.settings);
        array.append(entry);
    }
    m_file->setValue("recentFiles", QJsonDocument(array).toJson(QJsonDocument::Compact));
}

} // namespace halftone
