#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the sample network of Halftone on Fashion-MNIST and writes the sample's files.

Run by hand; the build never runs it.  Needs numpy, torch, onnx and onnxruntime.

    python3 train.py --data /usr/share/datasets/fashion-mnist

writes, next to this script unless --out says otherwise,

    fashion_resnet.onnx      the trained network, fp32, opset 13
    fashion_test_1000.npz    the first 1,000 test pictures and their labels
    labels.txt               the ten class names, in the order of the logits

and prints what README.md quotes: parameters, multiply-accumulates, top-1 figures and the
largest difference between the logits of PyTorch and those of ONNX Runtime.

The test pictures are looked at once, after the last epoch: no epoch, setting or seed is
chosen by them.
"""

import argparse
import gzip
import math
import struct
import time
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

MEAN, STD = 72.94, 90.02  # of the grey values 0..255 of the training pictures
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
OPSET, IR_VERSION = 13, 7
PACKED = 1000  # pictures in fashion_test_1000.npz


# ---------------------------------------------------------------- pictures

def read_idx(path):
    """An IDX file of unsigned bytes, gzip-compressed, as a numpy array."""
    with gzip.open(path, "rb") as f:
        zero, kind, rank = struct.unpack(">HBB", f.read(4))
        if zero != 0 or kind != 8:
            raise ValueError(f"{path}: not an IDX file of unsigned bytes")
        shape = struct.unpack(f">{rank}I", f.read(4 * rank))
        return np.frombuffer(f.read(), dtype=np.uint8).reshape(shape)


def load(folder, part):
    folder = Path(folder)
    return (read_idx(folder / f"{part}-images-idx3-ubyte.gz"),
            read_idx(folder / f"{part}-labels-idx1-ubyte.gz"))


def preprocess(grey):
    """uint8 N,28,28 -> float32 N,1,28,28"""
    return ((grey.to(torch.float32) - MEAN) / STD).unsqueeze(1)


def augment(grey, shift):
    """Mirrors every second picture, on average, and moves each by up to `shift` pixels."""
    n, height, width = grey.shape
    padded = F.pad(grey, (shift,) * 4)  # 0 is the background
    rows = torch.randint(0, 2 * shift + 1, (n, 1)) + torch.arange(height)
    cols = torch.randint(0, 2 * shift + 1, (n, 1)) + torch.arange(width)
    cols = torch.where(torch.rand(n, 1) < 0.5, cols, cols.flip(1))
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], cols[:, None, :]]


# ---------------------------------------------------------------- network

class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where shapes change."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut_conv = self.shortcut_bn = None
        if stride != 1 or channels_in != channels:
            self.shortcut_conv = nn.Conv2d(channels_in, channels, 1, stride, bias=False)
            self.shortcut_bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.shortcut_conv is not None:
            x = self.shortcut_bn(self.shortcut_conv(x))
        return F.relu(y + x)


class Net(nn.Module):
    def __init__(self, widths, blocks):
        super().__init__()
        self.stem_conv = nn.Conv2d(1, widths[0], 3, 1, 1, bias=False)
        self.stem_bn = nn.BatchNorm2d(widths[0])
        self.stages = nn.ModuleList()
        channels = widths[0]
        for i, (width, count) in enumerate(zip(widths, blocks)):
            stage = nn.ModuleList()
            for j in range(count):
                stage.append(Block(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = width
            self.stages.append(stage)
        self.fc = nn.Linear(channels, len(CLASSES))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = F.relu(self.stem_bn(self.stem_conv(x)))
        for stage in self.stages:
            for block in stage:
                x = block(x)
        return self.fc(x.mean((2, 3)))


def count_macs(net):
    """Multiply-accumulates of the convolutions and of the Gemm, for one picture."""
    total = 0

    def hook(module, inputs, output):
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    handles = [m.register_forward_hook(hook) for m in net.modules()
               if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        net(torch.zeros(1, 1, 28, 28))
    for handle in handles:
        handle.remove()
    return total


# ---------------------------------------------------------------- training

def parameter_groups(net, weight_decay):
    """Weight decay on the convolutions and the Gemm, none on batch norms and biases."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay},
            {"params": plain, "weight_decay": 0.0}]


def train(net, images, labels, args):
    images, labels = torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64))
    steps = math.ceil(len(images) / args.batch)
    optimizer = torch.optim.SGD(parameter_groups(net, args.weight_decay), lr=args.lr,
                                momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.lr, epochs=args.epochs, steps_per_epoch=steps,
        pct_start=0.25, div_factor=10, final_div_factor=1000)
    criterion = nn.CrossEntropyLoss(label_smoothing=args.label_smoothing)
    net.train()
    for epoch in range(args.epochs):
        start, loss_sum, correct = time.time(), 0.0, 0
        order = torch.randperm(len(images))
        for step in range(steps):
            chosen = order[step * args.batch:(step + 1) * args.batch]
            x = preprocess(augment(images[chosen], args.shift))
            x = x.contiguous(memory_format=torch.channels_last)
            y = labels[chosen]
            logits = net(x)
            loss = criterion(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.item() * len(chosen)
            correct += (logits.argmax(1) == y).sum().item()
            if (step + 1) % 100 == 0:
                print(f"  step {step + 1}/{steps}  {time.time() - start:.0f} s", flush=True)
        print(f"epoch {epoch + 1}/{args.epochs}  loss {loss_sum / len(images):.4f}  "
              f"training top-1 {100 * correct / len(images):.2f} %  "
              f"{time.time() - start:.0f} s", flush=True)


def torch_logits(net, images):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(preprocess(torch.from_numpy(images[i:i + 500].copy())))
                          for i in range(0, len(images), 500)]).numpy()


# ---------------------------------------------------------------- ONNX

class GraphWriter:
    """Collects nodes; the output of a node bears the node's own name."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def weight(self, name, tensor):
        array = np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, op, name, inputs, output=None, **attributes):
        output = output or name
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output

    def conv(self, name, x, m):
        k, s, p = m.kernel_size, m.stride, m.padding
        return self.node("Conv", name, [x, self.weight(f"{name}.weight", m.weight)],
                         dilations=[1, 1], group=1, kernel_shape=list(k),
                         pads=[p[0], p[1], p[0], p[1]], strides=list(s))

    def batch_norm(self, name, x, m):
        return self.node("BatchNormalization", name,
                         [x, self.weight(f"{name}.scale", m.weight),
                          self.weight(f"{name}.bias", m.bias),
                          self.weight(f"{name}.mean", m.running_mean),
                          self.weight(f"{name}.var", m.running_var)], epsilon=m.eps)


def onnx_model(net):
    g = GraphWriter()
    x = g.conv("stem/conv", "image", net.stem_conv)
    x = g.batch_norm("stem/bn", x, net.stem_bn)
    x = g.node("Relu", "stem/relu", [x])
    for i, stage in enumerate(net.stages):
        for j, block in enumerate(stage):
            at = f"stage{i + 1}/block{j}"
            y = g.conv(f"{at}/conv1", x, block.conv1)
            y = g.batch_norm(f"{at}/bn1", y, block.bn1)
            y = g.node("Relu", f"{at}/relu1", [y])
            y = g.conv(f"{at}/conv2", y, block.conv2)
            y = g.batch_norm(f"{at}/bn2", y, block.bn2)
            if block.shortcut_conv is not None:
                x = g.conv(f"{at}/shortcut/conv", x, block.shortcut_conv)
                x = g.batch_norm(f"{at}/shortcut/bn", x, block.shortcut_bn)
            x = g.node("Add", f"{at}/add", [y, x])
            x = g.node("Relu", f"{at}/relu2", [x])
    x = g.node("GlobalAveragePool", "head/pool", [x])
    x = g.node("Flatten", "head/flatten", [x], axis=1)
    g.node("Gemm", "head/fc", [x, g.weight("head/fc.weight", net.fc.weight),
                               g.weight("head/fc.bias", net.fc.bias)],
           output="logits", alpha=1.0, beta=1.0, transB=1)
    graph = helper.make_graph(
        g.nodes, "fashion_resnet",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(CLASSES)])],
        g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                              ir_version=IR_VERSION, producer_name="halftone-sample",
                              producer_version="1")
    model.doc_string = ("Residual network for Fashion-MNIST: 28x28 grey pictures, ten classes. "
                        f"Input: (grey value 0..255 - {MEAN}) / {STD}.")
    onnx.checker.check_model(model, full_check=True)
    return model


def onnx_logits(path, images):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options,
                                           providers=["CPUExecutionProvider"])
    parts = []
    for i in range(0, len(images), 500):
        x = (images[i:i + 500, None].astype(np.float32) - np.float32(MEAN)) / np.float32(STD)
        parts.append(session.run(["logits"], {"image": x})[0])
    return np.concatenate(parts)


# ---------------------------------------------------------------- main

def top1(logits, labels):
    right = int((logits.argmax(1) == labels).sum())
    return f"{right} of {len(labels)}, {100 * right / len(labels):.2f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist",
                        help="folder of the four *-ubyte.gz files (default: %(default)s)")
    parser.add_argument("--out", default=str(Path(__file__).resolve().parent),
                        help="folder to write into (default: that of this script)")
    parser.add_argument("--checkpoint", help="file to save the PyTorch weights to")
    parser.add_argument("--from-checkpoint", help="weights to export, instead of training")
    parser.add_argument("--widths", type=int, nargs=3, default=[24, 48, 96])
    parser.add_argument("--blocks", type=int, nargs=3, default=[1, 2, 2])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.2, help="the peak of the learning rate")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--label-smoothing", type=float, default=0.05)
    parser.add_argument("--shift", type=int, default=2, help="largest shift, in pixels")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: as PyTorch chooses")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    net = Net(args.widths, args.blocks)
    print(f"parameters: {sum(p.numel() for p in net.parameters())}")
    print(f"multiply-accumulates for one picture: {count_macs(net.eval())}", flush=True)

    if args.from_checkpoint:
        net.load_state_dict(torch.load(args.from_checkpoint, map_location="cpu"))
    else:
        net = net.to(memory_format=torch.channels_last)
        train(net, *load(args.data, "train"), args)
        net = net.to(memory_format=torch.contiguous_format)
        if args.checkpoint:
            torch.save(net.state_dict(), args.checkpoint)

    network = out / "fashion_resnet.onnx"
    onnx.save(onnx_model(net.eval()), str(network))
    (out / "labels.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    images, labels = load(args.data, "t10k")
    np.savez_compressed(out / "fashion_test_1000.npz",
                        images=images[:PACKED, :, :, None], labels=labels[:PACKED])

    ours, theirs = torch_logits(net, images), onnx_logits(network, images)
    print(f"top-1, PyTorch:      all test pictures {top1(ours, labels)}; "
          f"packed {top1(ours[:PACKED], labels[:PACKED])}")
    print(f"top-1, ONNX Runtime: all test pictures {top1(theirs, labels)}; "
          f"packed {top1(theirs[:PACKED], labels[:PACKED])}")
    print(f"largest difference of a logit: {np.abs(ours - theirs).max():.3g}; "
          f"different answers: {int((ours.argmax(1) != theirs.argmax(1)).sum())}")


if __name__ == "__main__":
    main()
