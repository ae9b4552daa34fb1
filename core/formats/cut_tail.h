// SPDX-License-Identifier: GPL-3.0-or-later
// Networks often end in layers that are no arithmetic any more (choosing boxes, decoding, custom operators). What comes
// before them can be profiled.
#pragma once

#include "core/formats/model_source.h"

namespace halftone {

/// `model` without its unsupported layers where no convolution or matrix product depends on them, and without what only
/// fed them: what they read becomes an output of the network, and a diagnostic says so. A file with an unsupported
/// layer in the middle, or without any layer that would be worth it, stays as it is.
BoundModel cutUnsupportedTail(BoundModel model);

} // namespace halftone
