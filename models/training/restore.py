"""A checkpoint from exported weights, to train on where none was kept.

    python restore.py config.toml ../particles.gpu.onnx --step 18000 --out runs/a     # then: python train.py config.toml --out runs/a --resume

The export folds each batch norm into the convolution before it. Here each gets statistics again, those of a few training frames, with the
scale and shift that leave the network what it was. The optimiser begins anew, so a step at which the learning rate rises again suits best.
"""

import argparse
import math
import tomllib
from pathlib import Path

import onnx
import torch
import torch.nn as nn
from onnx import numpy_helper

from network import MASK_BINS, enlarged, peaks, roi_align
from train import DetectorRun, Frames, batched

FRAMES = 64  # that the statistics are taken of
MASKS = 20  # a frame
TOLERANCE = 0.01  # between logits before and after, which are of the order of 10


def exported(path):
    """The parameters that kept their names, and weights and biases of the convolutions that a batch norm was folded into, as they run."""
    graph = onnx.load(str(path)).graph
    tensors = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    named = {name.removeprefix("network."): value for name, value in tensors.items() if name.startswith("network.")}
    convolutions = [node.input for node in graph.node if node.op_type == "Conv" and node.input[1].startswith("onnx::")]
    return named, [(tensors[weight], tensors[bias]) for _, weight, bias in convolutions]


@torch.no_grad()
def logits(network, images):
    """Heats and masks: every layer that is followed by a batch norm has had a part in them."""
    pyramid, heats, boxes = network.features(images)
    _, proposed = peaks(heats, boxes, MASKS, images.shape[-1])
    return torch.cat([x.flatten() for x in (*heats, network.mask_head(roi_align(pyramid[0], enlarged(proposed), MASK_BINS)))])


def normed(network, images):
    """Convolutions with the batch norm behind each, in the order in which they run."""
    order = []
    hooks = [m.register_forward_hook(lambda m, *_: order.append(m)) for m in network.modules() if is_normed(m)]
    logits(network, images)
    for hook in hooks:
        hook.remove()
    chains = [list(m) for m in network.modules() if isinstance(m, nn.Sequential)]
    norm_of = {a: b for chain in chains for a, b in zip(chain, chain[1:]) if isinstance(b, nn.BatchNorm2d)}
    return [(convolution, norm_of[convolution]) for convolution in order]


def is_normed(module):
    return isinstance(module, nn.Conv2d) and module.bias is None


@torch.no_grad()
def fold_back(convolution, norm, weight, bias):
    """The folded weights, at a size that the optimiser's steps suit, before a batch norm that only undoes the size and adds the bias."""
    fan_in = weight[0].numel()
    size = weight.flatten(1).square().mean(1).sqrt().clamp(min=1e-4) * math.sqrt(fan_in)
    convolution.weight.copy_(weight / size[:, None, None, None])
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.copy_(size)
    norm.bias.copy_(bias)


@torch.no_grad()
def give_statistics(pairs, network, images):
    """Batch norms get the mean and variance of what reaches them, and let through what they did."""
    seen = {}
    collect = lambda norm: lambda _, __, out: seen.setdefault(norm, []).append(out)
    hooks = [convolution.register_forward_hook(collect(norm)) for convolution, norm in pairs]
    for some in images.split(8):
        logits(network, some)
    for hook in hooks:
        hook.remove()
    for _, norm in pairs:
        values = torch.cat([out.transpose(0, 1).flatten(1) for out in seen.pop(norm)], 1)
        mean, variance = values.mean(1), values.var(1).clamp(min=1e-6)
        scale = norm.weight.clone()
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.bias.add_(scale * mean)


def restore(network, path, images):
    named, folded = exported(path)
    network.load_state_dict(named, strict=False)
    pairs = normed(network.eval(), images[:1])
    for (convolution, norm), (weight, bias) in zip(pairs, folded, strict=True):
        fold_back(convolution, norm, weight, bias)
    before = logits(network, images[:8])
    give_statistics(pairs, network, images)
    change = (logits(network, images[:8]) - before).abs().max()
    if change > TOLERANCE:
        raise SystemExit(f"the restored network differs by {change:.3f}: is {path} of another network than the configuration's?")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("weights", type=Path, help="as float32: particles.gpu.onnx")
    parser.add_argument("--step", type=int, default=0, help="how many steps the weights have learnt for")
    parser.add_argument("--out", type=Path, default=Path("runs/run"))
    arguments = parser.parse_args()
    options = tomllib.loads(arguments.config.read_text())
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = DetectorRun(options, arguments.out, "cpu")
    run.step = arguments.step
    frames = Frames(options, 0, FRAMES)
    images, _ = batched([frames[i] for i in range(FRAMES)])
    restore(run.network, arguments.weights, images)
    run.mean = {name: value.detach().clone() for name, value in run.network.state_dict().items()}
    run.save()
    print(f"{arguments.out / 'checkpoint.pt'}: step {run.step}")


if __name__ == "__main__":
    main()
