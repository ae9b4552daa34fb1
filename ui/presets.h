// SPDX-License-Identifier: GPL-3.0-or-later
// The preprocessing presets as the window offers them. Names and values equal those of halftone-cli
// (core/data/presets.cpp), which the window does not link; a test compares both.
#pragma once

#include <QList>
#include <QString>

#include <map>
#include <optional>
#include <span>
#include <string>

namespace halftone {

/// How pictures become the network's input; the values of `halftone-cli profile`'s options.
struct PreprocessingChoice {
    QString preset;                           // "" once a value was changed by hand
    int resizeShortSide = 0;                  // 0: no resize
    int cropSize = 0;                         // 0: no crop
    QList<double> mean, std;                  // on 0..255; empty: 0 and 1; one value: all channels
    QString channels = QStringLiteral("rgb"); // "rgb", "bgr", "gray"
    int labelOffset = 0;
    bool operator==(const PreprocessingChoice&) const = default;
};

struct Preset {
    QString title; // what it is for, in the user's words
    PreprocessingChoice value;
};

std::span<const Preset> presets();

/// These settings with those of a diagnostic's cure, by the options of halftone-cli; nullopt where it is empty or
/// speaks of anything else.
std::optional<PreprocessingChoice> cured(PreprocessingChoice choice, const std::map<std::string, std::string>& cure);
/// What a button says that follows it: "Use preset imagenet-tf".
QString cureText(const std::map<std::string, std::string>& cure);

/// Null when there is no preset of this name.
const Preset* findPreset(const QString& name);

} // namespace halftone
