// SPDX-License-Identifier: GPL-3.0-or-later
// oneDNN memory descriptors: building the ones we need, and naming the ones it chose.
#pragma once

#include "core/graph/tensor.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <string>
#include <string_view>

namespace halftone::engine {

using Desc = dnnl::memory::desc;
using DataType = dnnl::memory::data_type;

/// The CPU engine; one for the process.
const dnnl::engine& cpuEngine();
/// The plan gives primitives their scratch memory.
dnnl::primitive_attr userScratchpad();

/// Throws Error{Unsupported} for types without a oneDNN counterpart.
DataType dataType(ElementType type);
/// "f32", "bf16", "f16", "u8", "s8", "s32".
std::string typeName(DataType type);
/// What arithmetic in this type is called: "fp32", "bf16", "fp16", "int8".
std::string precisionName(DataType type);

/// Dense, last logical dimension fastest ("nchw"). A scalar becomes one element of one dimension.
Desc rowMajor(const Shape& shape, DataType type);
/// Dense, channels (dimension 1) fastest ("nhwc"); row-major below three dimensions.
Desc channelsLast(const Shape& shape, DataType type);
/// `any`: the primitive chooses.
Desc anyLayout(const Shape& shape, DataType type);

bool isBlocked(const Desc& desc);
/// Elements lie in row-major logical order without gaps (dimensions of size 1 do not matter).
bool isRowMajor(const Desc& desc);
/// As many elements as the shape says: no gaps and no padding.
bool isDense(const Desc& desc);
/// How many channels (dimension 1) lie side by side at each position of a tensor without gaps whose samples, blocks of
/// channels and positions follow one another in this order: 1 where it is row-major, all channels where channels-last.
/// 0 for any other layout.
int64_t channelBlock(const Desc& desc);
/// Same bytes mean the same values: equal but for strides of dimensions of size 1.
bool sameLayout(const Desc& a, const Desc& b);

/// "nchw", "nhwc", "nc", "x", "nChw8c", "strided nhwc"; dimensions of rank above 5 are a, b, c... `letters` names the
/// dimensions otherwise: weights are "oihw".
std::string layoutName(const Desc& desc, std::string_view letters = {});

/// Letters of convolution weights with a descriptor of this rank: "oihw", with groups "goihw".
std::string_view weightsLetters(size_t rank, bool grouped);

} // namespace halftone::engine
