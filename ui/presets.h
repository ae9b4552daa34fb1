// SPDX-License-Identifier: GPL-3.0-or-later
// The preprocessing presets as the window offers them, and the cures of findings.
#pragma once

#include "core/request/preprocessing.h"

#include <QString>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

struct Preset {
    QString title; // what it is for, in the user's words
    Preprocessing value;
};

/// All of them, in the order of the list.
const std::vector<Preset>& presets();

/// These settings with those of a diagnostic's cure, by the options of halftone-cli; nullopt where it is empty or
/// speaks of anything else.
std::optional<Preprocessing> cured(Preprocessing choice, const std::map<std::string, std::string>& cure);
/// What a button says that follows it: "Use preset imagenet-tf".
QString cureText(const std::map<std::string, std::string>& cure);

} // namespace halftone
