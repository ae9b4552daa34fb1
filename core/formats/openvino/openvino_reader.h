// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an OpenVINO model (IR), versions 10 and 11: the .xml file and the .bin file of the same name beside it.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <span>
#include <string>

namespace halftone {

/// Whether the text begins like one.
bool isOpenVino(std::span<const std::byte> bytes);

/// The model in `bytes`, which were read from `path`. Error messages do not name the file: the caller does.
std::unique_ptr<ModelSource> openOpenVino(std::span<const std::byte> bytes, const std::string& path,
                                          const ReadLimits& limits = {});

} // namespace halftone
