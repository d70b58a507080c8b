"""A Mask R-CNN for nanoparticles: two stages, one class, static shapes.

1. Proposals: a residual backbone with a feature pyramid (strides 4, 8, 16, 32). At each place of each level a heat (is this the centre
   of a particle of this size?) and the distances to the four sides of its box. Peaks of the heat are the proposals, and
   places beside one whose box is centred on them: no anchors, no non-maximum suppression in the graph, and a fixed number of proposals.
2. Heads on RoI-aligned features of stride 4, which the pyramid has given the context of all levels: a box head (score, refined box) for
   each proposal, a mask head (28 x 28) for the best of them.

The input is normalised tile by tile; a second channel, made inside, is the tile after its local mean and contrast are taken out, so
that particles on bright supports look like those on even ones.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

STRIDES = (4, 8, 16, 32)
LEVEL_EDGES_PX = (24, 48, 96)  # equivalent circular diameter at which the next level takes over
BOX_BINS, MASK_BINS = 7, 14
MASK_SCALE = 1.15  # masks lie over the box so much enlarged: the outline is the mask's, not the edge of the box
DELTA_SCALE = (0.1, 0.1, 0.2, 0.2)
LARGEST_LOG_SCALE = 1.5


def conv(inputs, outputs, kernel=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.first = conv(inputs, outputs, 3, stride)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = (
            nn.Identity()
            if stride == 1 and inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + self.shortcut(x))


class LocalContrast(nn.Module):
    """The tile, and the tile less its local mean over its local deviation, both over windows of about 70 px."""

    def forward(self, x):
        coarse = F.avg_pool2d(x, 8)
        mean = self.spread(coarse, x)
        local = x - mean
        variance = self.spread(F.avg_pool2d(local * local, 8), x)
        # In noise-free vacuum next to nothing is divided by next to nothing.
        return torch.cat([x, (local * torch.rsqrt(variance + 4e-3)).clamp(-8, 8)], 1)

    @staticmethod
    def spread(coarse, like):
        for _ in range(2):
            coarse = F.avg_pool2d(coarse, 5, 1, 2, count_include_pad=False)
        return F.interpolate(coarse, scale_factor=8.0, mode="bilinear", align_corners=False)


class Backbone(nn.Module):
    """Features at strides 4, 8, 16 and 32, each with the context of the coarser ones."""

    def __init__(self, widths, blocks, channels):
        super().__init__()
        stem, w1, w2, w3, w4 = widths
        self.stem = nn.Sequential(conv(2, stem, 3, 2), conv(stem, w1, 3, 2))
        stages, inputs = [], w1
        for i, width in enumerate((w1, w2, w3, w4)):
            layers = [Block(inputs if k == 0 else width, width, 2 if k == 0 and i > 0 else 1) for k in range(blocks[i])]
            stages.append(nn.Sequential(*layers))
            inputs = width
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in (w1, w2, w3, w4))
        self.outputs = nn.ModuleList(conv(channels, channels) for _ in STRIDES)

    def forward(self, x):
        x = self.stem(x)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        merged, pyramid = None, []
        for i in reversed(range(len(features))):
            lateral = self.laterals[i](features[i])
            merged = lateral if merged is None else lateral + F.interpolate(merged, scale_factor=2.0, mode="nearest")
            pyramid.append(self.outputs[i](merged))
        return pyramid[::-1]


class BoxHead(nn.Module):
    """Score (a logit) and refinement of each proposal."""

    def __init__(self, channels, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(channels * BOX_BINS**2, width), nn.ReLU(inplace=True), nn.Linear(width, width), nn.ReLU(inplace=True)
        )
        self.score, self.deltas = nn.Linear(width, 1), nn.Linear(width, 4)

    def forward(self, features):
        x = self.layers(features.flatten(1))
        return self.score(x)[:, 0], self.deltas(x)


class MaskHead(nn.Module):
    """28 x 28 logits over each box."""

    def __init__(self, channels, width):
        super().__init__()
        self.layers = nn.Sequential(
            conv(channels, width),
            conv(width, width),
            nn.ConvTranspose2d(width, width, 2, 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 1, 1),
        )

    def forward(self, features):
        return self.layers(features)[:, 0]


class Network(nn.Module):
    def __init__(self, widths=(16, 32, 48, 96, 128), blocks=(1, 2, 2, 2), channels=40, box_width=192, mask_width=32):
        super().__init__()
        self.contrast = LocalContrast()
        self.backbone = Backbone(widths, blocks, channels)
        self.proposals = nn.ModuleList(nn.Conv2d(channels, 5, 1) for _ in STRIDES)  # heat, then four sides
        self.box_head = BoxHead(channels, box_width)
        self.mask_head = MaskHead(channels, mask_width)
        for layer in self.proposals:
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, 1.0)
            nn.init.constant_(layer.bias[:1], -4.6)  # heat 0.01 at first: nearly no place is a centre
        nn.init.normal_(self.box_head.deltas.weight, std=0.001)
        nn.init.zeros_(self.box_head.deltas.bias)

    def features(self, images):
        """Pyramid, and for each level heat logits [B, H, W] and boxes [B, H, W, 4] in px."""
        pyramid = self.backbone(self.contrast(images))
        heats, boxes = [], []
        for level, (x, head) in enumerate(zip(pyramid, self.proposals)):
            out = head(x).float()
            heats.append(out[:, 0])
            boxes.append(boxes_at(out[:, 1:], STRIDES[level]))
        return pyramid, heats, boxes


def boxes_at(sides, stride):
    """From logits of the distances to left, top, right and bottom to x0 y0 x1 y1: exp, in units of the stride."""
    x, y = places(sides[:, 0], stride)
    left, top, right, bottom = (torch.exp(sides.clamp(max=4.5)) * stride).unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], -1)


def places(level, stride):
    """Where the places of a level [B, H, W] are, px: x [W] and y [H, 1]."""
    _, height, width = level.shape
    x = (torch.arange(width, device=level.device, dtype=level.dtype) + 0.5) * stride
    y = (torch.arange(height, device=level.device, dtype=level.dtype) + 0.5) * stride
    return x, y[:, None]


def peaks(heats, boxes, count, edge):
    """The `count` hottest centres of all levels: heat [B, count] and boxes [B, count, 4] inside the tile."""
    heat_of_all, boxes_of_all = [], []
    for stride, heat, box in zip(STRIDES, heats, boxes):
        heat = torch.sigmoid(heat)
        # Particles side by side, slanting rods above all, may have their centres in neighbouring places.
        is_centre = (heat >= F.max_pool2d(heat[:, None], 3, 1, 1)[:, 0]) | has_own_box(box, stride)
        heat_of_all.append((heat * is_centre.to(heat.dtype)).flatten(1))
        boxes_of_all.append(box.flatten(1, 2))
    heat, order = torch.topk(torch.cat(heat_of_all, 1), count, 1)
    boxes = torch.gather(torch.cat(boxes_of_all, 1), 1, order[..., None].expand(-1, -1, 4))
    return heat, boxes.clamp(0, edge)


def has_own_box(boxes, stride):
    """Whether the box [B, H, W, 4] of each place has its centre there: a place beside the centre of a particle has it next door."""
    x, y = places(boxes[..., 0], stride)
    off_x = ((boxes[..., 0] + boxes[..., 2]) / 2 - x).abs()
    off_y = ((boxes[..., 1] + boxes[..., 3]) / 2 - y).abs()
    return torch.maximum(off_x, off_y) <= stride / 2


def roi_align(features, boxes, bins, stride=STRIDES[0]):
    """Features [B, C, H, W] at the centres of bins x bins cells of each box [B, n, 4]: [B * n, C, bins, bins]. One sample a bin."""
    batch, channels, height, width = features.shape
    count = boxes.shape[1]
    at = (torch.arange(bins, device=boxes.device, dtype=boxes.dtype) + 0.5) / bins
    x = boxes[..., 0, None] + (boxes[..., 2] - boxes[..., 0])[..., None] * at  # [B, n, bins], px
    y = boxes[..., 1, None] + (boxes[..., 3] - boxes[..., 1])[..., None] * at
    grid = torch.stack(
        [
            (x / (stride * width) * 2 - 1)[:, :, None, :].expand(-1, -1, bins, -1),
            (y / (stride * height) * 2 - 1)[:, :, :, None].expand(-1, -1, -1, bins),
        ],
        -1,
    ).reshape(batch, count * bins, bins, 2)
    sampled = F.grid_sample(features, grid, mode="bilinear", padding_mode="border", align_corners=False)
    x, y = x / stride - 0.5, y / stride - 0.5  # as onnx.RoiAlign has it, there is nothing more than one cell outside
    inside = ((x >= -1) & (x <= width))[:, :, None, :] & ((y >= -1) & (y <= height))[:, :, :, None]
    sampled = sampled * inside.reshape(batch, 1, count * bins, bins).to(sampled.dtype)
    return sampled.reshape(batch, channels, count, bins, bins).transpose(1, 2).reshape(batch * count, channels, bins, bins)


def enlarged(boxes):
    """The boxes that masks lie over."""
    centre, half = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]) / 2 * MASK_SCALE
    return torch.cat([centre - half, centre + half], -1)


def encoded(boxes, targets):
    """The refinement that takes each box to its target."""
    size, goal = (boxes[..., 2:] - boxes[..., :2]).clamp(min=1), (targets[..., 2:] - targets[..., :2]).clamp(min=1)
    shift = ((targets[..., :2] + targets[..., 2:]) - (boxes[..., :2] + boxes[..., 2:])) / 2 / size
    return torch.cat([shift, torch.log(goal / size)], -1) / boxes.new_tensor(DELTA_SCALE)


def refined(boxes, deltas, edge):
    size = (boxes[..., 2:] - boxes[..., :2]).clamp(min=1)
    deltas = deltas * boxes.new_tensor(DELTA_SCALE)
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2 + deltas[..., :2] * size
    half = size * torch.exp(deltas[..., 2:].clamp(-LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)) / 2
    return torch.cat([centre - half, centre + half], -1).clamp(0, edge)
