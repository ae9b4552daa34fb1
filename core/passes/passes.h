// SPDX-License-Identifier: GPL-3.0-or-later
// The passes, in the order in which the pipeline runs them. Each takes a graph whose shapes are known and returns
// one that computes the same (to fp32 rounding), is valid and inferred, and to which the pass has nothing to add.
#pragma once

#include "core/graph/graph.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace halftone {

/// Nodes whose inputs are all constant become constants (fp16 weights behind Cast become fp32), and so do shapes and
/// whatever has no elements.
Graph foldConstants(Graph graph);

/// A network that computes on fp16 or bf16 computes on fp32: the numbers of its constants are the same, and its sums
/// are as exact as those of any other network. Halves that it is given or gives away are cast at its border.
///
///   x (f16) -> Conv (f16) -> y (f16)      =>     x (f16) -> Cast -> Conv -> Cast -> y (f16)
Graph widenHalves(Graph graph);

/// Grids of a quantized model go to where the tensors are made, and along layers that only move values. (A grid of
/// another kind stays on the Identity that changes to it.) Outputs of the network have none: the Identity before one
/// says that it is rounded. Tensors of another type than f32 have none either.
///
///   Conv -> MaxPool -> Identity on grid -> Conv      =>     Conv on grid -> MaxPool on grid -> Conv
Graph moveGrids(Graph graph);

/// A grid that begins at 0 is all that is left of an activation where the tool that quantized the model relied on its
/// saturation (ONNX Runtime drops ReLU, TensorFlow Lite writes ReLU6 as a range): the bounds are written out as a Clip,
/// so that the network computes the same without its grids.
///
///   Conv on grid 0..6 -> Conv      =>     Conv -> Clip(0, 6) on grid -> Conv
Graph saturateGrids(Graph graph);

/// Identity, Dropout, casts to the same type, Pad by nothing, Reshape/Transpose/Slice without effect, pooling with
/// a 1x1 window and stride 1, and operands of a Concat that have no elements, disappear.
Graph removeIdentities(Graph graph);

/// Gemm and MatMul with constant weights become FullyConnected; Flatten, Squeeze and Unsqueeze become Reshape;
/// Reduce Mean over all spatial dimensions, and an average pool over the whole extent, become a global average pool;
/// Sigmoid*x becomes Swish; Gelu, Mish, HardSwish and PRelu written out become one; Relu6-style Min/Max chains become
/// Clip; a softmax written out becomes one, a shuffle of channels a Gather of them, and zeros that are joined to a
/// tensor its padding.
Graph canonicalize(Graph graph);

/// A row of additions and multiplications with constants, the same for each channel, becomes one BatchNorm:
/// normalizations that were written out (OpenVINO, TensorFlow), and those of a BatchNorm's neighbours. A single sum
/// stays an Add.
///
///   Mul(c) -> Add(c)     =>     BatchNorm
Graph mergeScaleShift(Graph graph);

/// An Add of one constant for each output channel, after Conv, ConvTranspose or FullyConnected, becomes their bias;
/// also where a residual is added in between.
Graph foldBias(Graph graph);

/// BatchNorm after Conv, ConvTranspose or FullyConnected goes into weights and bias; with foldBias before it, also when
/// an Add with a constant stands between. Other BatchNorms (also after a residual Add) stay as one per-channel scale
/// and shift.
///
///   Conv -> BatchNorm          =>  Conv' with w*g/sqrt(v+e), (b-m)*g/sqrt(v+e)+beta
Graph foldBatchNorm(Graph graph);

/// Zero padding before a convolution (and before a pool that counts it) becomes part of it.
Graph foldPad(Graph graph);

/// Conv / ConvTranspose / FullyConnected / Binary / BatchNorm with constants followed by activations that the engine
/// can do as post-ops; for Conv and ConvTranspose also PRelu with one slope for each channel.
Graph fuseActivation(Graph graph);

/// The residual Add behind a Conv, and the activation behind the Add, become post-ops of that Conv. Where both
/// operands come from a Conv, the one that executes last takes the Add.
///
///   Conv a ----v                      Conv a ----v
///   Conv b -> Add -> Relu      =>     Conv b [+Add(a), Relu]
Graph fuseResidualAdd(Graph graph);

/// Where the result of a Conv or BatchNorm lies on a grid for each of its channels, with one zero point, and depthwise
/// convolutions alone read it (also behind pools and ReLUs), the layer makes each channel larger by a factor with which
/// all lie on one grid, and the readers' weights undo it. Codes of activations and weights stay what they were: the
/// scales of the weights follow. The bounds of a clip that ends no code move to the ends of the grid.
///
///   Conv on grids s_c -> depthwise w_c     =>     Conv * S/s_c on grid S -> depthwise w_c * s_c/S
Graph joinChannelGrids(Graph graph);

/// Rows and columns of a Conv's kernel that meet nothing but padding at any position are cut off, as at the end of a
/// network whose pictures are small: there most weights of a 3x3 kernel are never multiplied with a value.
///
///   Conv 3x3 with padding 1 over 1x1     =>     Conv 1x1
Graph cropKernels(Graph graph);

/// Where all that read the result of a Conv are 1x1 convolutions (or pools) that skip positions, the Conv computes only
/// the positions that they look at. An operand that the Conv adds is thinned out by a pool.
///
///   Conv 3x3 -> Conv 1x1 [+Add(x)] -> Conv 1x1 s2     =>     Conv 3x3 s2 -> Conv 1x1 [+Add(x every 2nd)] -> Conv 1x1
Graph moveStrides(Graph graph);

struct Pass {
    std::string_view name;
    Graph (*run)(Graph);
};

/// All passes in order.
std::span<const Pass> standardPasses();

/// Those after which other runtimes recognise the layers of the network: residual additions stay apart, kernels whole,
/// and convolutions compute all positions.
std::span<const Pass> portablePasses();

/// Runs `passes` in order, validating after each; `afterEach` (optional) sees name and duration.
Graph runPasses(Graph graph, std::span<const Pass> passes,
                const std::function<void(std::string_view pass, int64_t durationNs, const Graph&)>& afterEach = {});

} // namespace halftone
