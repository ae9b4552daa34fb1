// SPDX-License-Identifier: GPL-3.0-or-later
// What the user chose: the values of one run, and what the window remembers between starts.
#pragma once

#include "core/report/report.h"
#include "ui/presets.h"
#include "ui/quantization_settings.h"
#include "ui/theme.h"

#include <QByteArray>
#include <QJsonObject>
#include <QMap>
#include <QStringList>
#include <QVariant>

#include <memory>
#include <optional>

class QSettings;

namespace halftone {

/// Everything that is handed to `halftone-cli profile` beside the model.
struct RunSettings {
    QString data, labels; // "": none
    PreprocessingChoice preprocessing = findPreset(QStringLiteral("imagenet-torch"))->value;
    int threads = 0; // 0: all cores
    int batch = 1;
    int samples = 1000;           // 0: all pictures
    int calibrationSamples = 100; // used for ranges
    double timeBudgetS = 10;
    QMap<QString, qint64> sizes;                               // that the file leaves open, by symbol
    QStringList precisions = {"fp32", "int8", "bf16", "fp16"}; // as far as the CPU has them
    QuantizationSettings quantization;
    bool operator==(const RunSettings&) const = default;
};

/// The grid of a sweep. Everything else comes from the RunSettings.
struct SweepSettings {
    QList<int> batches;     // empty: powers of two up to 32
    QList<int> threads;     // empty: powers of two up to all cores
    double timeBudgetS = 2; // of each setting
    bool operator==(const SweepSettings&) const = default;
};

/// What a plan must hold to. Everything else comes from the RunSettings.
struct PlanSettings {
    double maxDrop = 1; // points, or share of the fp32 accuracy in percent when relative
    bool relative = false;
    double timeBudgetS = 120;    // for everything
    QMap<QString, QString> pins; // layer -> "int8" or "fp32"
    bool operator==(const PlanSettings&) const = default;
};

/// The options of `halftone-cli profile` in its own spelling; without data no option that speaks of pictures.
QStringList profileOptions(const RunSettings& settings);

/// Those of `halftone-cli sweep`.
QStringList sweepOptions(const RunSettings& settings, const SweepSettings& sweep);
/// Those of `halftone-cli isa`.
QStringList isaOptions(const RunSettings& settings, double timeBudgetS);
/// Those of `halftone-cli preview`, but the folder; there must be data.
QStringList previewOptions(const RunSettings& settings);
/// Those of `halftone-cli plan`.
QStringList planOptions(const RunSettings& settings, const PlanSettings& plan);
/// Those of `halftone-cli write`.
QStringList writeOptions(const RunSettings& settings, const QString& precision);

/// Whether a CPU with this instruction set (oneDNN's name) computes in the precision; fp32 and int8 run everywhere.
bool hasPrecision(const std::string& isa, const QString& precision);

/// The settings that made a report, as far as it says.
RunSettings settingsOf(const Report& report);

/// A first guess from the network's first input; `base` supplies what the model does not tell.
RunSettings settingsForModel(const Model& model, const RunSettings& base);

QJsonObject toJson(const RunSettings& settings);
QJsonObject toJson(const SweepSettings& settings);
/// Without the pins, which belong to one model.
QJsonObject toJson(const PlanSettings& settings);
/// Missing or wrong fields keep their defaults.
RunSettings runSettingsFromJson(const QJsonObject& json);
SweepSettings sweepSettingsFromJson(const QJsonObject& json);
PlanSettings planSettingsFromJson(const QJsonObject& json);

/// A model or report that was opened before, with the settings last used for it.
struct RecentFile {
    QString path;
    std::optional<RunSettings> settings;
};

/// The user's settings file, which nothing else opens; all of these share one copy in memory. Unreadable values count
/// as not set.
class Settings {
public:
    Settings();
    ~Settings();

    QList<RecentFile> recentFiles() const; // newest first
    /// Puts `path` first; keeps the settings stored for it unless new ones are given.
    void addRecentFile(const QString& path, const std::optional<RunSettings>& settings = std::nullopt);
    void clearRecentFiles();
    std::optional<RunSettings> settingsFor(const QString& path) const;

    /// Of the last run of any model.
    RunSettings lastRun() const;
    void setLastRun(const RunSettings& settings);

    SweepSettings lastSweep() const;
    void setLastSweep(const SweepSettings& settings);
    PlanSettings lastPlan() const;
    void setLastPlan(const PlanSettings& settings);
    double isaTimeBudgetS() const; // of each instruction set
    void setIsaTimeBudgetS(double seconds);

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);

    QString lastFolder(const QString& purpose) const; // of file dialogs: "open", "data", "export"
    void setLastFolder(const QString& purpose, const QString& folder);

    QByteArray windowState(const QString& part) const; // "geometry", "window", "splitter", ...
    void setWindowState(const QString& part, const QByteArray& state);

    /// How a view or a table was left, by a key that begins with its name: "layers/splitter", "tables/plan/columns".
    QVariant viewState(const QString& key, const QVariant& otherwise = {}) const;
    void setViewState(const QString& key, const QVariant& state);

private:
    void store(const QList<RecentFile>& files);

    std::unique_ptr<QSettings> m_file;
};

} // namespace halftone
