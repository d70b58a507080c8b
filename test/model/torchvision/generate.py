"""Makes torchvision.onnx and its manifest: a small Mask R-CNN of torchvision's own, exported as torchvision exports.

    pip install torch==2.14.1 torchvision==0.29.1 onnx
    python generate.py

The network learns bright discs on a dark ground in two minutes on a CPU; what counts is the form of the export: one frame of three channels,
levels 0..1, outputs boxes, labels, scores and masks pasted over the whole tile.
"""

import hashlib
import json
from pathlib import Path

import torch
from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import AnchorGenerator
from torchvision.ops import MultiScaleRoIAlign

EDGE, CHANNELS, STEPS = 128, 24, 500


def build():
    def layer(inputs, outputs, stride):
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(4, outputs), nn.ReLU())

    backbone = nn.Sequential(layer(3, 12, 2), layer(12, CHANNELS, 2), layer(CHANNELS, CHANNELS, 1))
    backbone.out_channels = CHANNELS
    return MaskRCNN(
        backbone,
        num_classes=None,
        min_size=EDGE,
        max_size=EDGE,
        rpn_anchor_generator=AnchorGenerator(((16, 28),), ((1.0,),)),
        rpn_pre_nms_top_n_test=200,
        rpn_post_nms_top_n_test=60,
        rpn_post_nms_top_n_train=200,
        box_roi_pool=MultiScaleRoIAlign(["0"], 5, 2),
        box_head=TwoMLPHead(CHANNELS * 25, 48),
        box_predictor=FastRCNNPredictor(48, 3),
        mask_roi_pool=MultiScaleRoIAlign(["0"], 10, 2),
        mask_head=MaskRCNNHeads(CHANNELS, (16, 16), 1),
        mask_predictor=MaskRCNNPredictor(16, 12, 3),
        box_detections_per_img=40,
    )


def scene(generator):
    """Discs (class 1) and squares (class 2) of 12 to 34 px."""
    y, x = torch.meshgrid(torch.arange(EDGE) + 0.5, torch.arange(EDGE) + 0.5, indexing="ij")
    image = torch.full((EDGE, EDGE), 0.2)
    boxes, labels, masks = [], [], []
    for _ in range(30):
        d = float(torch.rand((), generator=generator) * 22 + 12)
        cx, cy = (torch.rand(2, generator=generator) * (EDGE - d) + d / 2).tolist()
        square = bool(torch.rand((), generator=generator) < 0.3)
        mask = (abs(x - cx) < d / 2) & (abs(y - cy) < d / 2) if square else (x - cx) ** 2 + (y - cy) ** 2 < d * d / 4
        if any((mask & other).any() for other in masks):
            continue
        image = torch.where(mask, 0.5 + 0.3 * torch.rand((), generator=generator), image)
        boxes.append([cx - d / 2, cy - d / 2, cx + d / 2, cy + d / 2])
        labels.append(2 if square else 1)
        masks.append(mask)
        if len(masks) == 8:
            break
    image = (image + 0.04 * torch.randn(EDGE, EDGE, generator=generator)).clamp(0, 1)
    target = {"boxes": torch.tensor(boxes), "labels": torch.tensor(labels), "masks": torch.stack(masks).to(torch.uint8)}
    return image.expand(3, -1, -1), target


def main():
    torch.manual_seed(3)
    generator = torch.Generator().manual_seed(3)
    model = build().train()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, STEPS)
    for step in range(STEPS):
        images, targets = zip(*(scene(generator) for _ in range(4)))
        loss = sum(model(list(images), list(targets)).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(step, round(float(loss.detach()), 3), flush=True)
    model.eval()
    here = Path(__file__).parent
    path = here / "torchvision.onnx"
    torch.onnx.export(
        model,
        ([scene(generator)[0]],),
        str(path),
        input_names=["image"],
        output_names=["boxes", "labels", "scores", "masks"],
        dynamic_axes={"boxes": [0], "labels": [0], "scores": [0], "masks": [0]},
        opset_version=16,
        dynamo=False,
    )
    manifest = {
        "format": 2,
        "name": "torchvision",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "MIT",
        "input": {
            "name": "image",
            "shape": [3, EDGE, EDGE],
            "values": {"kind": "grey-levels", "white": 1},
            "particles": "bright",
        },
        "outputs": {
            "boxes": {"name": "boxes", "shape": ["n", 4]},
            "labels": {"name": "labels", "shape": ["n"], "particles": [1]},
            "scores": {"name": "scores", "shape": ["n"]},
            "masks": {"name": "masks", "shape": ["n", 1, EDGE, EDGE], "extent": "tile", "scale": 1, "offsetPx": 0},
        },
        "thresholds": {"sameParticleOverlap": 0.6},
        "tiles": {"overlapPx": 40, "longestEdgePx": 1024, "unevenEdgePx": 512, "particlePx": [8, 60]},
        "training": {
            "data": "discs and squares of generate.py",
            "recipe": "generate.py",
            "parameters": sum(p.numel() for p in model.parameters()),
        },
    }
    (here / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
