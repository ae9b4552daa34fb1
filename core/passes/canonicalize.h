// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of canonicalize(): each brings one kind of operator into the form that the later passes look for.
#pragma once

#include "core/passes/rewriter.h"

namespace halftone {

/// Gemm and MatMul with constant weights to FullyConnected.
void canonicalizeMatrixProduct(Rewriter& rewriter, NodeId node);
/// Flatten, Squeeze and Unsqueeze to Reshape; Reduce Mean over all spatial dimensions to a global average
/// pool.
void canonicalizeShapeChange(Rewriter& rewriter, NodeId node);
/// Constants second; Min and Max with a number to Clip, chains of Clip and Relu to one; x * Sigmoid(x) to
/// Swish, and x * HardSigmoid(x) to HardSwish.
void canonicalizeActivation(Rewriter& rewriter, NodeId node);
/// Gelu with Erf or Tanh and x * Sigmoid(a * x), from the product that they end with, in whatever order they are
/// written.
void canonicalizeGelu(Rewriter& rewriter, NodeId node);
/// Mish, HardSigmoid and HardSwish, from the last of the operators that they were written as.
void canonicalizeWrittenOut(Rewriter& rewriter, NodeId node);
/// PRelu, leaky ReLU and ReLU, from the sum (or maximum) that they end with; a PRelu of one slope to leaky ReLU.
void canonicalizePRelu(Rewriter& rewriter, NodeId node);
/// Softmax, from the division that it ends with.
void canonicalizeSoftmax(Rewriter& rewriter, NodeId node);
/// Shuffles and other choices of channels to a Gather, from the last of their layers; zeros joined to a tensor to a
/// Pad.
void canonicalizeMoves(Rewriter& rewriter, NodeId node);

} // namespace halftone
