// SPDX-License-Identifier: GPL-3.0-or-later
// What a network will see of some samples: written by `halftone-cli preview`, shown by the window. A file of its own
// beside the pictures that it names, schema "halftone-preview/1".
#pragma once

#include "core/base/field.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halftone {

inline constexpr const char* previewSchema = "halftone-preview/1";
inline constexpr const char* previewFile = "preview.json";

/// One channel of the tensor that a network is fed.
struct ChannelValues {
    double min = 0, max = 0, mean = 0;
    bool operator==(const ChannelValues&) const = default;
};

struct PreviewedSample {
    int64_t index = 0; // in the data set
    std::string name;
    int64_t label = -1;          // of the data set; -1: none
    std::string className;       // "" where labels are only numbers
    int width = 0, height = 0;   // as stored
    std::string stored, network; // PNG files beside the JSON: as stored, and what the network sees
    std::vector<ChannelValues> channels;
    std::string failure; // why the sample cannot be read; then there are no files and no channels
    bool operator==(const PreviewedSample&) const = default;
};

struct Preview {
    std::string schema = previewSchema;
    std::string data, kind; // path and kind of the data set
    int64_t size = 0;       // samples of the data set
    bool labelled = false;
    int networkWidth = 0, networkHeight = 0, networkChannels = 0;
    int labelOffset = 0; // the network's class is label + labelOffset
    std::vector<PreviewedSample> samples;
    bool operator==(const Preview&) const = default;
};

template <>
inline constexpr auto fieldsOf<ChannelValues> = std::tuple{
    Field{"min", &ChannelValues::min}, Field{"max", &ChannelValues::max}, Field{"mean", &ChannelValues::mean}};

template <>
inline constexpr auto fieldsOf<PreviewedSample> =
    std::tuple{Field{"index", &PreviewedSample::index},       Field{"name", &PreviewedSample::name},
               Field{"label", &PreviewedSample::label},       Field{"className", &PreviewedSample::className},
               Field{"width", &PreviewedSample::width},       Field{"height", &PreviewedSample::height},
               Field{"stored", &PreviewedSample::stored},     Field{"network", &PreviewedSample::network},
               Field{"channels", &PreviewedSample::channels}, Field{"failure", &PreviewedSample::failure}};

template <>
inline constexpr auto fieldsOf<Preview> = std::tuple{Field{"schema", &Preview::schema},
                                                     Field{"data", &Preview::data},
                                                     Field{"kind", &Preview::kind},
                                                     Field{"size", &Preview::size},
                                                     Field{"labelled", &Preview::labelled},
                                                     Field{"networkWidth", &Preview::networkWidth},
                                                     Field{"networkHeight", &Preview::networkHeight},
                                                     Field{"networkChannels", &Preview::networkChannels},
                                                     Field{"labelOffset", &Preview::labelOffset},
                                                     Field{"samples", &Preview::samples}};

} // namespace halftone
