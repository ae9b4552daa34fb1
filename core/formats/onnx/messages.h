// SPDX-License-Identifier: GPL-3.0-or-later
// The only includer of ONNX's generated protobuf classes.
#pragma once

#include <onnx/onnx_pb.h>
