#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that ONNX Runtime's optimizer writes, and those of ONNX 23: one layer each with random numbers, by
`halftone-cli run` and by ONNX Runtime. Prints the largest difference as a part of the largest value. Ends with 1 when one
is above 1e-5. See ../README.md.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
import environment  # noqa: E402

BATCH, POSITIONS, WIDTH, HEADS = 2, 5, 8, 2
CLOSE = 1e-5


class Case:
    """One layer; `inputs` by name, None for one that is left out; those in `constants` are part of the file."""

    def __init__(self, name, op, inputs, outputs=("y",), domain="com.microsoft", opset=17, constants=(), **attributes):
        self.name, self.op, self.inputs, self.outputs = name, op, inputs, outputs
        self.domain, self.opset, self.constants, self.attributes = domain, opset, constants, attributes

    def feeds(self):
        return {name: value for name, value in self.inputs.items() if value is not None and name not in self.constants}

    def write(self, path):
        import onnx
        from onnx import helper
        node = helper.make_node(self.op, [name if value is not None else "" for name, value in self.inputs.items()],
                                self.outputs, domain=self.domain, name="layer", **self.attributes)
        inputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
                  for name, value in self.feeds().items()]
        weights = [onnx.numpy_helper.from_array(self.inputs[name], name) for name in self.constants]
        outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.INT32 if name.startswith("count")
                                                 else onnx.TensorProto.FLOAT, None) for name in self.outputs if name]
        graph = helper.make_graph([node], "one layer", inputs, outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset),
                                                        helper.make_opsetid("com.microsoft", 1)])
        model.ir_version = 10
        onnx.save(model, path)


def cases():
    import numpy
    generator = numpy.random.default_rng(1)

    def noise(*shape):
        return generator.standard_normal(shape).astype(numpy.float32)

    def whole(low, high, *shape, of=numpy.int32):
        return generator.integers(low, high, shape).astype(of)

    x, bias = (BATCH, POSITIONS, WIDTH), 3 * WIDTH
    mask = numpy.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], numpy.int32)
    weights = {"w": noise(WIDTH, bias), "b": noise(bias)}
    packed = {"constants": ("w", "b"), "num_heads": HEADS}
    yield Case("Attention", "Attention", {"x": noise(*x), **weights}, **packed)
    yield Case("Attention, masked", "Attention", {"x": noise(*x), **weights, "m": mask}, **packed)
    yield Case("Attention, causal", "Attention", {"x": noise(*x), **weights}, unidirectional=1, **packed)
    yield Case("Attention, added scores", "Attention", {"x": noise(*x), **weights, "m": None, "p": None,
                                                        "a": noise(BATCH, HEADS, POSITIONS, POSITIONS)}, **packed)
    operands = {"q": noise(*x), "k": noise(*x), "v": noise(*x)}
    yield Case("MultiHeadAttention", "MultiHeadAttention",
               {"q": noise(*x), "k": noise(BATCH, 7, WIDTH), "v": noise(BATCH, 7, WIDTH)}, num_heads=HEADS)
    yield Case("MultiHeadAttention, bias", "MultiHeadAttention", {**operands, "b": noise(bias)}, constants=("b",),
               num_heads=HEADS)
    yield Case("MultiHeadAttention, masked", "MultiHeadAttention", {**operands, "b": None, "m": mask}, num_heads=HEADS)
    yield Case("MultiHeadAttention, causal", "MultiHeadAttention", operands, num_heads=HEADS, unidirectional=1)

    angles = numpy.arange(32, dtype=numpy.float32).reshape(16, 2) / 10
    tables = {"c": numpy.cos(angles), "s": numpy.sin(angles)}
    positions = {"p": whole(0, 16, BATCH, POSITIONS, of=numpy.int64)}
    heads = (BATCH, HEADS, POSITIONS, WIDTH // HEADS)
    for interleaved in (0, 1):
        turned = {"constants": ("c", "s"), "interleaved": interleaved}
        for shape in (x, heads):
            given = {"num_heads": HEADS} if shape == x else {}
            yield Case(f"RotaryEmbedding, {len(shape)} dimensions", "RotaryEmbedding",
                       {"x": noise(*shape), **positions, **tables}, **turned)
            yield Case(f"RotaryEmbedding 23, {len(shape)} dimensions", "RotaryEmbedding",
                       {"x": noise(*shape), **tables, **positions}, domain="", opset=23, **turned, **given)

    rows = {"scale": noise(WIDTH), "shift": noise(WIDTH)}
    yield Case("EmbedLayerNormalization", "EmbedLayerNormalization",
               {"ids": whole(0, 9, BATCH, POSITIONS), "segments": whole(0, 2, BATCH, POSITIONS), "words": noise(9, WIDTH),
                "places": noise(12, WIDTH), "kinds": noise(2, WIDTH), **rows, "m": mask}, ("y", "count"),
               constants=("words", "places", "kinds", "scale", "shift"))
    skipped = {"x": noise(*x), "skip": noise(*x)}
    yield Case("SkipLayerNormalization", "SkipLayerNormalization", {**skipped, **rows, "b": noise(WIDTH)},
               ("y", "", "", "sum"), constants=("scale", "shift", "b"))
    yield Case("SkipSimplifiedLayerNormalization", "SkipSimplifiedLayerNormalization", {**skipped, **rows},
               ("y", "", "", "sum"), constants=("scale", "shift"))
    yield Case("SimplifiedLayerNormalization", "SimplifiedLayerNormalization", {"x": noise(*x), "w": noise(WIDTH)},
               domain="", constants=("w",))
    for op in ("BiasGelu", "FastGelu"):
        yield Case(op, op, {"x": noise(*x), "b": noise(WIDTH)}, constants=("b",))
    for op in ("Gelu", "QuickGelu"):
        yield Case(op, op, {"x": noise(*x)})
    yield Case("FusedGemm", "FusedGemm", {"x": noise(4, 6), "w": noise(6, 3), "b": noise(3)}, constants=("w", "b"),
               activation="LeakyRelu", activation_alpha=0.2)
    yield Case("FusedMatMul", "FusedMatMul", {"a": noise(2, 6, 4), "b": noise(2, 3, 6)}, transA=1, transB=1, alpha=0.3)
    yield Case("FusedConv", "FusedConv", {"x": noise(1, 3, 8, 8), "w": noise(4, 3, 3, 3), "b": noise(4),
                                          "z": noise(1, 4, 6, 6)}, constants=("w", "b"), activation="Relu")

    def split(queries, keys, length=POSITIONS):
        return {"q": noise(BATCH, queries, POSITIONS, 8), "k": noise(BATCH, keys, length, 8),
                "v": noise(BATCH, keys, length, 8)}

    newest = {"domain": "", "opset": 23}
    yield Case("Attention 23, keys of few heads", "Attention", split(4, 2), **newest)
    yield Case("Attention 23, causal", "Attention", split(2, 2), is_causal=1, **newest)
    yield Case("Attention 23, earlier keys", "Attention",
               {**split(2, 2), "m": None, "pk": noise(BATCH, 2, 3, 8), "pv": noise(BATCH, 2, 3, 8)}, ("y", "keys", "values"),
               is_causal=1, **newest)
    yield Case("Attention 23, allowed keys", "Attention",
               {**split(2, 2), "m": numpy.tril(numpy.ones((POSITIONS, POSITIONS), bool))}, **newest)
    yield Case("Attention 23, bounded scores", "Attention", {**split(2, 2), "m": noise(POSITIONS, POSITIONS)},
               ("y", "", "", "weights"), softcap=2.0, qk_matmul_output_mode=3, **newest)
    for bits, block, columns in ((2, 16, 48), (4, 16, 48), (8, 32, 64)):
        blocks, outputs = columns // block, 6
        yield Case(f"MatMulNBits, {bits} bits", "MatMulNBits",
                   {"x": noise(3, columns), "w": whole(0, 256, outputs, blocks, block * bits // 8, of=numpy.uint8),
                    "scales": abs(noise(outputs * blocks)),
                    "points": whole(0, 256, outputs * ((blocks * bits + 7) // 8), of=numpy.uint8)},
                   constants=("w", "scales", "points"), K=columns, N=outputs, bits=bits, block_size=block)


def difference(case, cli):
    import numpy
    import onnxruntime
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        case.write(folder / "layer.onnx")
        wanted = onnxruntime.InferenceSession(str(folder / "layer.onnx"), providers=["CPUExecutionProvider"]).run(
            None, case.feeds())
        command = [str(cli), "run", str(folder / "layer.onnx"), "--output", str(folder / "out")]
        for name, value in case.feeds().items():
            numpy.save(folder / f"{name}.npy", value)
            command += ["--input", f"{name}={folder / name}.npy"]
        finished = subprocess.run(command, capture_output=True, text=True)
        if finished.returncode != 0:
            sys.exit(f"{case.name}: {finished.stderr}")
        largest = 0.0
        for name, expected in zip([name for name in case.outputs if name], wanted):
            actual = numpy.load(folder / "out" / f"{name}.npy")
            if actual.shape != expected.shape:
                sys.exit(f"{case.name}: {name} has the shape {actual.shape} in place of {expected.shape}")
            largest = max(largest, float(abs(actual - expected).max() / abs(expected).max()))
        return largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", type=pathlib.Path, default=HERE.parents[2] / "build/bin/halftone-cli")
    environment.add_options(parser)
    options = parser.parse_args()
    environment.enter(options.venv)
    worst = 0.0
    for case in cases():
        found = difference(case, options.cli)
        worst = max(worst, found)
        print(f"{case.name:40} {found:.1e}")
    sys.exit(worst > CLOSE)


if __name__ == "__main__":
    main()
