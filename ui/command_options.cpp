// SPDX-License-Identifier: GPL-3.0-or-later
// The settings as options of halftone-cli's commands.
#include "ui/settings.h"

namespace halftone {

namespace {

QString numbers(const QList<double>& values) {
    QStringList texts;
    for (const double value : values)
        texts += QString::number(value, 'g', 9);
    return texts.join(u',');
}

void add(QStringList& options, const char* name, const QString& value) {
    options << QLatin1String(name) << value;
}

QString joined(const QList<int>& values) {
    QStringList texts;
    for (const int value : values)
        texts += QString::number(value);
    return texts.join(u',');
}

QStringList shapeOptions(const RunSettings& settings) {
    QStringList options;
    for (const auto& [symbol, size] : settings.sizes.asKeyValueRange())
        add(options, "--size", symbol + u'=' + QString::number(size));
    return options;
}

QStringList dataOptions(const RunSettings& settings) {
    if (settings.data.isEmpty())
        return shapeOptions(settings);
    QStringList options = previewOptions(settings);
    add(options, "--calibration", QString::number(settings.calibrationSamples));
    return options;
}

/// Pictures to compare accuracy on.
void addSamples(QStringList& options, const RunSettings& settings) {
    if (!settings.data.isEmpty())
        add(options, "--samples", QString::number(settings.samples));
}

void addPrecisions(QStringList& options, const RunSettings& settings) {
    if (settings.precisions != QStringList{"fp32", "int8"})
        add(options, "--precisions", settings.precisions.join(u','));
}

/// What every measuring command knows.
QStringList jobOptions(const RunSettings& settings) {
    return dataOptions(settings) + quantizationOptions(settings.quantization);
}

/// One number of threads, one batch.
void addSetting(QStringList& options, const RunSettings& settings, double timeBudgetS) {
    addSamples(options, settings);
    if (settings.threads > 0)
        add(options, "--threads", QString::number(settings.threads));
    add(options, "--batch", QString::number(settings.batch));
    add(options, "--time", QString::number(timeBudgetS, 'g', 6));
}

} // namespace

QStringList profileOptions(const RunSettings& settings) {
    QStringList options = jobOptions(settings);
    addSetting(options, settings, settings.timeBudgetS);
    add(options, "--precisions", settings.precisions.join(u','));
    return options;
}

QStringList sweepOptions(const RunSettings& settings, const SweepSettings& sweep) {
    QStringList options = jobOptions(settings);
    if (!sweep.batches.isEmpty())
        add(options, "--batches", joined(sweep.batches));
    if (!sweep.threads.isEmpty())
        add(options, "--threads", joined(sweep.threads));
    add(options, "--time", QString::number(sweep.timeBudgetS, 'g', 6));
    addPrecisions(options, settings);
    return options;
}

QStringList isaOptions(const RunSettings& settings, double timeBudgetS) {
    QStringList options = jobOptions(settings);
    addSetting(options, settings, timeBudgetS);
    addPrecisions(options, settings);
    return options;
}

QStringList planOptions(const RunSettings& settings, const PlanSettings& plan) {
    QStringList options = jobOptions(settings);
    addSetting(options, settings, plan.timeBudgetS);
    if (plan.maxDrop != PlanSettings().maxDrop || plan.relative) // else the usual one of what is compared
        add(options, "--max-drop", QString::number(plan.maxDrop, 'g', 6));
    if (plan.relative)
        options << "--relative";
    for (const auto& [layer, precision] : plan.pins.asKeyValueRange())
        add(options, "--pin", layer + u'=' + precision);
    return options;
}

QStringList writeOptions(const RunSettings& settings, const QString& precision) {
    QStringList options = jobOptions(settings);
    add(options, "--precision", precision);
    return options;
}

QStringList previewOptions(const RunSettings& settings) {
    QStringList options = shapeOptions(settings);
    add(options, "--data", settings.data);
    if (!settings.labels.isEmpty())
        add(options, "--labels", settings.labels);
    const PreprocessingChoice& values = settings.preprocessing;
    if (!values.preset.isEmpty()) {
        add(options, "--preset", values.preset);
    } else {
        add(options, "--resize", QString::number(values.resizeShortSide));
        add(options, "--crop", QString::number(values.cropSize));
        if (!values.mean.isEmpty())
            add(options, "--mean", numbers(values.mean));
        if (!values.std.isEmpty())
            add(options, "--std", numbers(values.std));
        add(options, "--channels", values.channels);
        add(options, "--label-offset", QString::number(values.labelOffset));
    }
    return options;
}

} // namespace halftone
