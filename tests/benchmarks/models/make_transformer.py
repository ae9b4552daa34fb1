#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the encoder of a sentence transformer with RANDOM weights as ONNX, for measuring time alone.

    make_transformer.py [--out FOLDER] [--venv FOLDER]

encoder_l3_128: 3 layers of MiniLM's size (384 values a token, 12 heads, 1,536 inside), 128 tokens, whose embeddings are
the input: N x 128 x 384 to the same. Post-normalized as BERT, Gelu written out as PyTorch's exporter does.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import environment  # noqa: E402

SEED = 20171206
LAYERS, TOKENS, WIDTH, HEADS, INNER = 3, 128, 384, 12, 1536


class Encoder:
    def __init__(self):
        import numpy
        self.random = numpy.random.default_rng(SEED)
        self.nodes, self.initializers = [], []

    def add(self, op, inputs, name, **attributes):
        import onnx.helper as helper
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name, array, dtype="float32"):
        import numpy
        import onnx.numpy_helper
        self.initializers.append(onnx.numpy_helper.from_array(numpy.asarray(array, dtype), name))
        return name

    def linear(self, x, inputs, outputs, name):
        weights = self.random.standard_normal((inputs, outputs)) / inputs ** 0.5
        product = self.add("MatMul", [x, self.constant(name + ".weight", weights)], name)
        bias = self.constant(name + ".bias", self.random.normal(0, 0.1, outputs))
        return self.add("Add", [product, bias], name + ".biased")

    def norm(self, x, name):
        scale = self.constant(name + ".scale", self.random.uniform(0.8, 1.2, WIDTH))
        shift = self.constant(name + ".shift", self.random.normal(0, 0.1, WIDTH))
        return self.add("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=1e-12)

    def heads(self, x, part, name, order):
        y = self.linear(x, WIDTH, WIDTH, f"{name}.{part}")
        shape = self.constant(f"{name}.{part}.shape", [0, TOKENS, HEADS, WIDTH // HEADS], "int64")
        return self.add("Transpose", [self.add("Reshape", [y, shape], f"{name}.{part}.split")], f"{name}.{part}.heads",
                        perm=order)

    def attention(self, x, name):
        query = self.heads(x, "query", name, [0, 2, 1, 3])
        key = self.heads(x, "key", name, [0, 2, 3, 1])
        value = self.heads(x, "value", name, [0, 2, 1, 3])
        scores = self.add("Div", [self.add("MatMul", [query, key], name + ".scores"),
                                  self.constant(name + ".root", (WIDTH / HEADS) ** 0.5)], name + ".scaled")
        mixed = self.add("MatMul", [self.add("Softmax", [scores], name + ".shares", axis=-1), value], name + ".mixed")
        shape = self.constant(name + ".shape", [0, TOKENS, WIDTH], "int64")
        joined = self.add("Reshape", [self.add("Transpose", [mixed], name + ".back", perm=[0, 2, 1, 3]), shape],
                          name + ".joined")
        return self.linear(joined, WIDTH, WIDTH, name + ".out")

    def gelu(self, x, name):
        inner = self.add("Erf", [self.add("Div", [x, self.constant(name + ".root", 2 ** 0.5)], name + ".div")], name + ".erf")
        whole = self.add("Mul", [x, self.add("Add", [inner, self.constant(name + ".one", 1)], name + ".add")], name + ".mul")
        return self.add("Mul", [whole, self.constant(name + ".half", 0.5)], name)

    def layer(self, x, name):
        x = self.norm(self.add("Add", [self.attention(x, name + ".attention"), x], name + ".attended"), name + ".norm1")
        y = self.gelu(self.linear(x, WIDTH, INNER, name + ".inner"), name + ".gelu")
        return self.norm(self.add("Add", [self.linear(y, INNER, WIDTH, name + ".outer"), x], name + ".fed"), name + ".norm2")

    def model(self):
        import onnx.helper as helper
        x = "input"
        for layer in range(LAYERS):
            x = self.layer(x, f"layer{layer}")
        floats = lambda name: helper.make_tensor_value_info(name, 1, ["N", TOKENS, WIDTH])
        graph = helper.make_graph(self.nodes, "encoder", [floats("input")], [floats(x)], self.initializers)
        graph.doc_string = "Random weights, never trained: for measuring time only."
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                                 producer_name="Halftone benchmarks (random weights)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=environment.cache_folder() / "models")
    environment.add_options(parser)
    options = parser.parse_args()
    environment.enter(options.venv)
    import onnx
    options.out.mkdir(parents=True, exist_ok=True)
    model = Encoder().model()
    onnx.checker.check_model(model, full_check=True)
    path = options.out / "encoder_l3_128_random.onnx"
    onnx.save(model, path)
    print(path)


if __name__ == "__main__":
    main()
