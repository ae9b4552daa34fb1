#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ResNet-50 v1 as a frozen TensorFlow graph, with the names and layers of the slim library and random weights.

    make_tensorflow_resnet.py resnetv1_50.pb

Sizes and times do not depend on the values of the weights; how well they compress does: He's normal distribution stands
for trained weights. Needs numpy alone: the few messages of a GraphDef are written by hand."""
import struct
import sys

import numpy as np

FLOAT, INT32 = 1, 3


def varint(value):
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def field(number, payload):
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def shape(dims):
    return b"".join(field(2, field(1, dim)) for dim in dims)


def attribute(key, value):
    return field(5, field(1, key) + field(2, value))


def text(value):
    return field(2, value)


def real(value):
    return varint(4 << 3 | 5) + struct.pack("<f", value)


def numbers(values):
    return field(1, field(3, b"".join(varint(value) for value in values)))


def data_type(value):
    return field(6, value)


class Graph:
    def __init__(self, seed=1):
        self.nodes = []
        self.random = np.random.default_rng(seed)

    def node(self, op, name, inputs=(), **attributes):
        body = field(1, name) + field(2, op) + b"".join(field(3, each) for each in inputs)
        if op not in ("Const", "Placeholder"):
            attributes.setdefault("T", data_type(FLOAT))
        self.nodes.append(field(1, body + b"".join(attribute(key, value) for key, value in sorted(attributes.items()))))
        return name

    def constant(self, name, array):
        kind = INT32 if array.dtype == np.int32 else FLOAT
        tensor = field(1, kind) + field(2, shape(array.shape)) + field(4, array.tobytes())
        return self.node("Const", name, dtype=data_type(kind), value=field(8, tensor))

    def variable(self, name, array):
        """As a variable looks after freezing."""
        return self.node("Identity", name + "/read", [self.constant(name, array.astype(np.float32))])

    def weights(self, name, size, inputs, outputs):
        deviation = (2 / (size * size * inputs)) ** 0.5
        return self.variable(name, self.random.normal(0, deviation, (size, size, inputs, outputs)))

    def convolution(self, scope, x, size, inputs, outputs, stride=1, relu=True):
        padding = "SAME"
        if stride > 1 and size > 1:  # slim's conv2d_same
            total = size - 1
            before = total // 2
            paddings = np.array([[0, 0], [before, total - before], [before, total - before], [0, 0]], np.int32)
            x = self.node("Pad", scope + "/Pad", [x, self.constant(scope + "/Pad/paddings", paddings)])
            padding = "VALID"
        y = self.node("Conv2D", scope + "/Conv2D", [x, self.weights(scope + "/weights", size, inputs, outputs)],
                      strides=numbers([1, stride, stride, 1]), padding=text(padding), data_format=text("NHWC"))
        y = self.normalization(scope + "/BatchNorm", y, outputs)
        return self.node("Relu", scope + "/Relu", [y]) if relu else y

    def normalization(self, scope, x, channels):
        values = {"gamma": self.random.uniform(0.5, 1.5, channels), "beta": self.random.normal(0, 0.1, channels),
                  "moving_mean": self.random.normal(0, 0.1, channels),
                  "moving_variance": self.random.uniform(0.5, 1.5, channels)}
        inputs = [self.variable(f"{scope}/{name}", array) for name, array in values.items()]
        return self.node("FusedBatchNorm", scope + "/FusedBatchNorm", [x, *inputs], epsilon=real(1e-5),
                         is_training=field(5, 0), data_format=text("NHWC"))

    def pool(self, name, x, size, stride, padding):
        return self.node("MaxPool", name, [x], ksize=numbers([1, size, size, 1]), strides=numbers([1, stride, stride, 1]),
                         padding=text(padding), data_format=text("NHWC"))

    def bytes(self):
        return b"".join(self.nodes) + field(4, field(1, 24))


def bottleneck(graph, scope, x, inputs, depth, inner, stride):
    scope += "/bottleneck_v1"
    if inputs == depth:
        shortcut = x if stride == 1 else graph.pool(scope + "/shortcut/MaxPool", x, 1, stride, "VALID")
    else:
        shortcut = graph.convolution(scope + "/shortcut", x, 1, inputs, depth, stride, relu=False)
    y = graph.convolution(scope + "/conv1", x, 1, inputs, inner)
    y = graph.convolution(scope + "/conv2", y, 3, inner, inner, stride)
    y = graph.convolution(scope + "/conv3", y, 1, inner, depth, relu=False)
    return graph.node("Relu", scope + "/Relu", [graph.node("Add", scope + "/add", [shortcut, y])])


def resnet50():
    graph, net = Graph(), "resnet_v1_50"
    x = graph.node("Placeholder", "Placeholder", dtype=data_type(FLOAT), shape=field(7, shape([-1, 224, 224, 3])))
    x = graph.convolution(f"{net}/conv1", x, 7, 3, 64, stride=2)
    x = graph.pool(f"{net}/pool1/MaxPool", x, 3, 2, "SAME")
    inputs = 64
    for block, (inner, units, stride) in enumerate([(64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)], 1):
        for unit in range(1, units + 1):  # slim halves the size in the last unit
            x = bottleneck(graph, f"{net}/block{block}/unit_{unit}", x, inputs, 4 * inner, inner,
                           stride if unit == units else 1)
            inputs = 4 * inner
    axes = graph.constant(f"{net}/pool5/reduction_indices", np.array([1, 2], np.int32))
    x = graph.node("Mean", f"{net}/pool5", [x, axes], keep_dims=field(5, 1), Tidx=data_type(INT32))
    x = graph.node("Conv2D", f"{net}/logits/Conv2D", [x, graph.weights(f"{net}/logits/weights", 1, 2048, 1000)],
                   strides=numbers([1, 1, 1, 1]), padding=text("SAME"), data_format=text("NHWC"))
    x = graph.node("BiasAdd", f"{net}/logits/BiasAdd", [x, graph.variable(f"{net}/logits/biases", np.zeros(1000))],
                   data_format=text("NHWC"))
    x = graph.node("Squeeze", f"{net}/SpatialSqueeze", [x], squeeze_dims=numbers([1, 2]))
    flat = graph.constant(f"{net}/predictions/Reshape/shape", np.array([-1, 1000], np.int32))
    y = graph.node("Reshape", f"{net}/predictions/Reshape", [x, flat], Tshape=data_type(INT32))
    y = graph.node("Softmax", f"{net}/predictions/Softmax", [y])
    of = graph.node("Shape", f"{net}/predictions/Shape", [x], out_type=data_type(INT32))
    graph.node("Reshape", f"{net}/predictions/Reshape_1", [y, of], Tshape=data_type(INT32))
    return graph.bytes()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "wb") as file:
        file.write(resnet50())
