#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ResNet-50 v1 and v2 with RANDOM weights as ONNX, for measuring time alone: they recognize nothing.

    make_models.py [--out FOLDER] [--venv FOLDER] [NAME ...]

He-normal weights from a fixed seed. Every batch-norm holds the mean and variance that its input really has for noise
(so activations neither explode nor vanish, and int8 ranges are sensible), with scales and shifts scattered around 1
and 0. The networks: resnet50_v1_224 (stride in the first 1x1 of a block, He et al. 2015), resnet50_v2_224 and
resnet50_v2_32 (slim's resnet_v2_50: pre-activation, stride in the last unit of a block; 1,000 and 100 classes).
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import environment  # noqa: E402

SEED = 20151210
NOISE_PIXELS = 4 * 224 * 224  # behind the batch-norm statistics, cut into pictures

NETWORKS = {  # name: builder, side of the picture, classes
    "resnet50_v1_224": ("resnet_v1", 224, 1000),
    "resnet50_v2_224": ("resnet_v2", 224, 1000),
    "resnet50_v2_32": ("resnet_v2", 32, 100),
}
STAGES = [(64, 3), (128, 4), (256, 6), (512, 3)]  # inner channels, units; a unit puts out 4 times as many


class Network:
    """An ONNX graph under construction. Every node is run on noise as soon as it is added, so that a batch-norm can
    take its statistics from what it will see."""

    def __init__(self, side):
        import numpy
        self.random = numpy.random.default_rng(SEED)
        self.nodes, self.initializers = [], []
        self.values = {"input": self.random.standard_normal((NOISE_PIXELS // side**2, 3, side, side)).astype(numpy.float32)}

    def add(self, op, inputs, name, **attributes):
        import onnx.helper as helper
        import onnxruntime
        node = helper.make_node(op, inputs, [name], name=name, **attributes)
        constants = {tensor.name: tensor for tensor in self.initializers}
        floats = lambda value: helper.make_tensor_value_info(value, 1, None)
        graph = helper.make_graph([node], name, [floats(i) for i in inputs if i not in constants], [floats(name)],
                                  [constants[i] for i in inputs if i in constants])
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model_of(graph).SerializeToString(), options)
        feed = {i: self.values[i] for i in inputs if i not in constants}
        self.values[name] = session.run(None, feed)[0]
        self.nodes.append(node)
        return name

    def constant(self, name, array):
        import numpy
        import onnx.numpy_helper
        self.initializers.append(onnx.numpy_helper.from_array(array.astype(numpy.float32), name))
        return name

    def channels(self, value):
        return self.values[value].shape[1]

    def conv(self, source, channels, kernel, name, stride=1, bias=False):
        fan_in = self.channels(source) * kernel * kernel
        weights = self.random.standard_normal((channels, self.channels(source), kernel, kernel)) * (2 / fan_in) ** 0.5
        inputs = [source, self.constant(name + ".weight", weights)]
        if bias:
            inputs.append(self.constant(name + ".bias", self.random.normal(0, 0.1, channels)))
        pad = (kernel - 1) // 2
        return self.add("Conv", inputs, name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def batch_norm(self, source, name):
        values = self.values[source].astype("float64")
        channels = self.channels(source)
        inputs = [source,
                  self.constant(name + ".gamma", self.random.uniform(0.8, 1.2, channels)),
                  self.constant(name + ".beta", self.random.normal(0, 0.2, channels)),
                  self.constant(name + ".mean", values.mean((0, 2, 3))),
                  self.constant(name + ".var", values.var((0, 2, 3)) + 1e-3)]
        return self.add("BatchNormalization", inputs, name, epsilon=1e-5)

    def relu(self, source, name):
        return self.add("Relu", [source], name)

    def norm_relu(self, source, name):
        return self.relu(self.batch_norm(source, name + ".bn"), name + ".relu")

    def conv_norm_relu(self, source, channels, kernel, name, stride=1):
        return self.norm_relu(self.conv(source, channels, kernel, name + ".conv", stride), name)

    def model(self, output, name, side, classes):
        import onnx.helper as helper
        graph = helper.make_graph(
            self.nodes, name,
            [helper.make_tensor_value_info("input", 1, ["N", 3, side, side])],
            [helper.make_tensor_value_info(output, 1, ["N", classes])], self.initializers)
        model = model_of(graph)
        model.producer_name = "Halftone benchmarks (random weights)"
        model.doc_string = graph.doc_string = "Random weights, never trained: for measuring time only."
        return model


def model_of(graph):
    import onnx.helper as helper
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def resnet_v1(net, classes):
    x = net.conv_norm_relu("input", 64, 7, "root", stride=2)
    x = net.add("MaxPool", [x], "root.pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for stage, (channels, units) in enumerate(STAGES, 1):
        for unit in range(1, units + 1):
            name = f"stage{stage}.unit{unit}"
            stride = 2 if unit == 1 and stage > 1 else 1
            y = net.conv_norm_relu(x, channels, 1, name + ".1", stride)
            y = net.conv_norm_relu(y, channels, 3, name + ".2")
            y = net.batch_norm(net.conv(y, 4 * channels, 1, name + ".3.conv"), name + ".3.bn")
            if unit == 1:
                x = net.batch_norm(net.conv(x, 4 * channels, 1, name + ".shortcut.conv", stride), name + ".shortcut.bn")
            x = net.relu(net.add("Add", [y, x], name + ".add"), name + ".relu")
    x = net.add("Flatten", [net.add("GlobalAveragePool", [x], "pool")], "flatten")
    features = net.channels(x)
    weights = net.constant("logits.weight", net.random.standard_normal((classes, features)) / features ** 0.5)
    return net.add("Gemm", [x, weights, net.constant("logits.bias", net.random.normal(0, 0.1, classes))], "logits",
                   transB=1)


def resnet_v2(net, classes):
    x = net.conv("input", 64, 7, "root.conv", stride=2, bias=True)
    # TensorFlow's SAME padding of an even side: nothing before, one after.
    x = net.add("MaxPool", [x], "root.pool", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    for block, (channels, units) in enumerate(STAGES, 1):
        for unit in range(1, units + 1):
            name = f"block{block}.unit{unit}"
            stride = 2 if unit == units and block < len(STAGES) else 1
            active = net.norm_relu(x, name + ".preact")
            if net.channels(x) != 4 * channels:
                shortcut = net.conv(active, 4 * channels, 1, name + ".shortcut", stride, bias=True)
            elif stride > 1:
                shortcut = net.add("MaxPool", [x], name + ".shortcut", kernel_shape=[1, 1], strides=[stride] * 2)
            else:
                shortcut = x
            y = net.conv_norm_relu(active, channels, 1, name + ".1")
            y = net.conv_norm_relu(y, channels, 3, name + ".2", stride)
            y = net.conv(y, 4 * channels, 1, name + ".3", bias=True)
            x = net.add("Add", [shortcut, y], name + ".add")
    x = net.add("GlobalAveragePool", [net.norm_relu(x, "postnorm")], "pool")
    return net.add("Flatten", [net.conv(x, classes, 1, "logits.conv", bias=True)], "logits")


def write(name, folder):
    import onnx
    builder, side, classes = NETWORKS[name]
    net = Network(side)
    output = globals()[builder](net, classes)
    model = net.model(output, name + "_random", side, classes)
    onnx.checker.check_model(model)
    path = folder / f"{name}_random.onnx"
    onnx.save(model, str(path))
    logits = net.values[output]
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, logits from {logits.min():.2f} to {logits.max():.2f}, "
          f"scatter between pictures {logits.std(0).mean():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment.add_options(parser)
    parser.add_argument("--out", type=pathlib.Path, default=environment.cache_folder() / "models",
                        help="folder for the files (default: %(default)s)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}; default: all")
    options = parser.parse_args()
    for name in options.names:
        if name not in NETWORKS:
            parser.error(f"there is no network {name}; there are {', '.join(NETWORKS)}")
    environment.enter(options.venv)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or NETWORKS:
        write(name, options.out)


if __name__ == "__main__":
    main()
