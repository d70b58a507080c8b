"""Trains the Mask R-CNN of models/first.onnx from nothing.

    python train.py MINUTES [THREADS]

55 minutes on two CPU cores (2720 steps of 4 frames of 384 x 384 px) made the model that is shipped. Writes checkpoint.pt.
"""

import sys
import time
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.rpn import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from frames import degrade, normalised, scene

BATCH = 4
EDGE_PX = 384
LEARNING_RATE = 1e-3
WARM_UP_STEPS = 200
LEVELS = ["0", "1", "2", "3"]


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Backbone(nn.Module):
    """A small residual network with a feature pyramid at strides 4, 8, 16 and 32."""

    def __init__(self, widths=(24, 32, 64, 96, 128), out_channels=64):
        super().__init__()
        self.out_channels = out_channels
        stem, w1, w2, w3, w4 = widths
        self.stem = nn.Sequential(nn.Conv2d(1, stem, 5, 2, 2, bias=False), nn.BatchNorm2d(stem), nn.ReLU())
        self.stage1 = Block(stem, w1, 2)
        self.stage2 = nn.Sequential(Block(w1, w2, 2), Block(w2, w2, 1))
        self.stage3 = nn.Sequential(Block(w2, w3, 2), Block(w3, w3, 1))
        self.stage4 = nn.Sequential(Block(w3, w4, 2), Block(w4, w4, 1))
        self.pyramid = FeaturePyramidNetwork([w1, w2, w3, w4], out_channels)

    def forward(self, x):
        c1 = self.stage1(self.stem(x))
        c2 = self.stage2(c1)
        c3 = self.stage3(c2)
        return self.pyramid(OrderedDict(zip(LEVELS, [c1, c2, c3, self.stage4(c3)])))


class BoxHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(64 * 7 * 7, 256)
        self.layer2 = nn.Linear(256, 256)

    def forward(self, x):
        return F.relu(self.layer2(F.relu(self.layer1(x.flatten(1)))))


def build_model(edge=EDGE_PX):
    mask_layers = [layer for _ in range(3) for layer in (nn.Conv2d(64, 64, 3, 1, 1), nn.ReLU())]
    return MaskRCNN(
        Backbone(),
        num_classes=None,
        min_size=edge,
        max_size=edge * 2,
        image_mean=[0.0],
        image_std=[1.0],
        rpn_anchor_generator=AnchorGenerator(((12,), (24,), (48,), (96,)), ((0.5, 1.0, 2.0),) * 4),
        rpn_pre_nms_top_n_train=1000,
        rpn_pre_nms_top_n_test=600,
        rpn_post_nms_top_n_train=400,
        rpn_post_nms_top_n_test=300,
        box_batch_size_per_image=128,
        box_roi_pool=MultiScaleRoIAlign(LEVELS, 7, 2),
        box_head=BoxHead(),
        box_predictor=FastRCNNPredictor(256, 2),
        mask_roi_pool=MultiScaleRoIAlign(LEVELS, 14, 2),
        mask_head=nn.Sequential(*mask_layers),
        mask_predictor=nn.Sequential(nn.ConvTranspose2d(64, 64, 2, 2), nn.ReLU(), nn.Conv2d(64, 2, 1)),
        box_detections_per_img=300,
        box_nms_thresh=0.4,
    )


def box_of(mask):
    ys, xs = np.where(mask.any(1))[0], np.where(mask.any(0))[0]
    return [xs[0], ys[0], xs[-1] + 1, ys[-1] + 1]


def sample(rng, edge=EDGE_PX):
    """A frame with at least one particle, and what torchvision wants to know of it."""
    masks = []
    while not masks:
        thickness, masks = scene(rng, edge)
    target = {
        "boxes": torch.tensor([box_of(mask) for mask in masks], dtype=torch.float32),
        "labels": torch.ones(len(masks), dtype=torch.int64),
        "masks": torch.from_numpy(np.stack(masks).astype(np.uint8)),
    }
    return torch.from_numpy(normalised(degrade(rng, thickness)))[None], target


class Frames(torch.utils.data.IterableDataset):
    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([int(time.time()), worker.id if worker else 0])
        while True:
            yield sample(rng)


def train(minutes):
    model = build_model().train()
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=1e-4)
    loader = torch.utils.data.DataLoader(
        Frames(), batch_size=BATCH, num_workers=1, prefetch_factor=4, collate_fn=lambda batch: tuple(zip(*batch))
    )
    start = time.time()
    for step, (images, targets) in enumerate(loader):
        progress = (time.time() - start) / (minutes * 60)
        if progress >= 1:
            break
        warm_up = min(1, (step + 1) / WARM_UP_STEPS)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * warm_up * (0.5 * (1 + np.cos(np.pi * progress)) + 0.01)
        losses = model(list(images), list(targets))
        optimizer.zero_grad()
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if step % 20 == 0:
            print(step, f"{time.time() - start:.0f} s", {k: round(v.item(), 3) for k, v in losses.items()}, flush=True)
    torch.save(model.state_dict(), "checkpoint.pt")


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    train(float(sys.argv[1]))
