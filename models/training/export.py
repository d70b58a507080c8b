"""Writes a trained network as ONNX.

    python export.py runs/NAME/checkpoint.pt ..    # ../particles.onnx, ../particles.gpu.onnx, and their hashes in ../manifest.json

One graph: `image` [batch, 1, 512, 512] and `detections` (one number, how many particles a tile may show: a size of the graph, not a cut-off of the
result) to `boxes` [batch, detections, 4], `scores` [batch, detections] and `masks` [batch, detections, 28, 28]. A row is a proposal; rows come
in falling order of score. The box head looks at twice as many proposals as there are rows, the hottest: more rows change nothing as long as
there were proposals to spare. The graph has no loop, no suppression and no pasting.

particles.onnx is for CPUs: RoI features by RoiAlign, convolutions in 8 bits (quantise.py). particles.gpu.onnx is for GPUs: float32, RoI
features by GridSample, which onnxruntime's WebGPU provider keeps on the GPU.
"""

import argparse
import hashlib
import json
from pathlib import Path

import onnx
import torch
import torch.nn as nn

from calibrate import mask_shift
from network import BOX_BINS, MASK_BINS, STRIDES, Network, enlarged, peaks, refined, roi_align
from quantise import quantise

EDGE_PX = 512
PROPOSALS_PER_DETECTION = 2  # the box head looks at twice as many as get a mask
OPSET = 17
# Of the proposal's heat and the box head's score. Heat, which has seen the surroundings, tells the blurs of a real support better from particles;
# a sum below 1 moves the score that suits real frames and empty ones alike to 0.4.
HEAT_EXPONENT, SCORE_EXPONENT = 0.6, 0.2
TINY = 1e-9  # keeps the logarithm inside a power from nothing


class RoiAlign(torch.autograd.Function):
    """onnx.RoiAlign with one sample a bin, which is network.roi_align."""

    @staticmethod
    def forward(ctx, features, boxes, batch_index, bins):
        count = boxes.shape[0] // features.shape[0]
        return roi_align(features, boxes.reshape(features.shape[0], count, 4), bins)

    @staticmethod
    def symbolic(g, features, boxes, batch_index, bins):
        attributes = {
            "output_height_i": bins,
            "output_width_i": bins,
            "sampling_ratio_i": 1,
            "spatial_scale_f": 1 / STRIDES[0],
            "mode_s": "avg",
            "coordinate_transformation_mode_s": "half_pixel",
        }
        return g.op("RoiAlign", features, boxes, batch_index, **attributes)


class Exported(nn.Module):
    """What runs in the daemon: proposals, box head, mask head, best scores first."""

    def __init__(self, network, mask_shift=0.0, for_gpu=False):
        super().__init__()
        self.network, self.mask_shift, self.for_gpu = network, mask_shift, for_gpu

    def sampled(self, features, boxes, bins):
        if self.for_gpu:
            return roi_align(features, boxes, bins)
        batch, count = boxes.shape[0], boxes.shape[1]
        index = torch.arange(batch, device=boxes.device)[:, None].expand(batch, count).reshape(-1)
        return RoiAlign.apply(features, boxes.reshape(-1, 4), index, bins)

    def forward(self, image, detections):
        pyramid, heats, boxes = self.network.features(image)
        finest = pyramid[0]
        proposals = detections * PROPOSALS_PER_DETECTION
        heat, proposed = peaks(heats, boxes, proposals, EDGE_PX)
        logits, deltas = self.network.box_head(self.sampled(finest, proposed, BOX_BINS))
        # A proposal is as good as its heat and its score together (Zhou et al., Probabilistic two-stage detection, 2021).
        scores = (heat + TINY) ** HEAT_EXPONENT * (torch.sigmoid(logits).reshape(heat.shape) + TINY) ** SCORE_EXPONENT
        better = refined(proposed, deltas.reshape(proposed.shape), EDGE_PX)
        scores, order = torch.topk(scores, detections, 1)
        best = torch.gather(better, 1, order[..., None].expand(-1, -1, 4))
        masks = torch.sigmoid(self.network.mask_head(self.sampled(finest, enlarged(best), MASK_BINS)) + self.mask_shift)
        return best, scores, masks.reshape(best.shape[0], -1, 2 * MASK_BINS, 2 * MASK_BINS)


def load(checkpoint):
    """The network of a checkpoint, with the running mean of its weights."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = Network(**state["options"]["network"])
    network.load_state_dict(state["mean"])
    return network.eval(), state


def export(network, path, mask_shift=0.0, for_gpu=False):
    image = torch.randn(2, 1, EDGE_PX, EDGE_PX)
    torch.onnx.export(
        Exported(network, mask_shift, for_gpu).eval(),
        (image, torch.tensor(64)),
        str(path),
        input_names=["image", "detections"],
        output_names=["boxes", "scores", "masks"],
        dynamic_axes={
            "image": {0: "batch"},
            "boxes": {0: "batch", 1: "detections"},
            "scores": {0: "batch", 1: "detections"},
            "masks": {0: "batch", 1: "detections"},
        },
        opset_version=OPSET,
        dynamo=False,
        do_constant_folding=True,
    )
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    return model


def described(manifest_path, files, parameters):
    """Writes names and hashes of the files into the manifest beside them."""
    manifest = json.loads(manifest_path.read_text())
    hashes = [{"file": f.name, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()} for f in files]
    manifest.update(hashes[0])
    manifest["gpu"] = hashes[1]
    manifest["training"]["parameters"] = parameters
    manifest_path.write_text(json.dumps(manifest, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="where manifest.json lies")
    parser.add_argument("--keep-float", action="store_true", help="keep particles.float.onnx, to compare with")
    arguments = parser.parse_args()
    network, state = load(arguments.checkpoint)
    for_cpu, for_gpu = arguments.folder / "particles.onnx", arguments.folder / "particles.gpu.onnx"
    in_float = arguments.folder / "particles.float.onnx"
    shift, bias = mask_shift(network)
    print(f"diameters were {100 * bias:+.2f} % off; mask logits get {shift:+.3f}")
    export(network, in_float, shift)
    export(network, for_gpu, shift, for_gpu=True)
    quantise(in_float, for_cpu)
    if not arguments.keep_float:
        in_float.unlink()
    parameters = sum(p.numel() for p in network.parameters())
    described(arguments.folder / "manifest.json", [for_cpu, for_gpu], parameters)
    print(f"step {state['step']}, {parameters} parameters")


if __name__ == "__main__":
    main()
