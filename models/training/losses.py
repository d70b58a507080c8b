"""What the network should have said, and how far it was off."""

import math

import torch
import torch.nn.functional as F

from frames import PATCH_SCALE
from network import BOX_BINS, LEVEL_EDGES_PX, MASK_BINS, STRIDES, encoded, enlarged, peaks, refined, roi_align

NEGATIVE_POWER, POSITIVE_POWER = 4, 2  # penalty-reduced focal loss (Zhou et al., Objects as Points, 2019)
TRUE_IOU = 0.5


def area_of(boxes):
    """Of x0 y0 x1 y1, px2: [n]."""
    return (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1)


def ecd_of(truth):
    """Equivalent circular diameters, px; where only a box is known, of the ellipse in it. A slanting rod is as small as it is, not as its box."""
    area_of_box = area_of(truth["boxes"])
    area_of_mask = truth["patches"].mean((1, 2)) * PATCH_SCALE**2 * area_of_box
    return torch.where(truth["has_mask"], area_of_mask * (4 / math.pi), area_of_box).sqrt()


def level_of(ecd):
    """The pyramid level of each particle."""
    return torch.bucketize(ecd, ecd.new_tensor(LEVEL_EDGES_PX))


def heat_target(boxes, ecd, stride, height, width):
    """1 at each centre, falling as a Gaussian of a sixth of the diameter; and which box is at each centre cell, -1: none."""
    heat = boxes.new_zeros(height, width)
    owner = torch.full((height, width), -1, dtype=torch.long, device=boxes.device)
    if len(boxes) == 0:
        return heat, owner
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 / stride
    cell = torch.stack([centre[:, 0].long().clamp(0, width - 1), centre[:, 1].long().clamp(0, height - 1)], 1)
    sigma = (ecd / stride / 6).clamp(min=0.45)[:, None]
    x, y = torch.arange(width, device=boxes.device), torch.arange(height, device=boxes.device)
    gx = torch.exp(-((x - cell[:, :1]) ** 2) / (2 * sigma**2))
    gy = torch.exp(-((y - cell[:, 1:]) ** 2) / (2 * sigma**2))
    heat = (gy[:, :, None] * gx[:, None, :]).amax(0)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)):  # the cells beside a centre learn its box too
        owner[(cell[:, 1] + dy).clamp(0, height - 1), (cell[:, 0] + dx).clamp(0, width - 1)] = torch.arange(
            len(boxes), device=boxes.device
        )
    return heat, owner


def focal(logits, target):
    """Sum of the penalty-reduced focal loss."""
    p = torch.sigmoid(logits)
    at_centre = target > 0.999
    positive = -F.logsigmoid(logits) * (1 - p) ** POSITIVE_POWER
    negative = -F.logsigmoid(-logits) * p**POSITIVE_POWER * (1 - target) ** NEGATIVE_POWER
    return torch.where(at_centre, positive, negative).sum()


def box_iou(a, b):
    """[n, m]."""
    low, high = torch.maximum(a[:, None, :2], b[None, :, :2]), torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    return shared / (area_of(a)[:, None] + area_of(b)[None] - shared).clamp(min=1e-6)


def giou_loss(a, b):
    """1 - generalised IoU of pairs."""
    shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(-1)
    union = (area_of(a) + area_of(b) - shared).clamp(min=1e-6)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp(min=0).prod(-1).clamp(min=1e-6)
    return 1 - shared / union + (hull - union) / hull


def proposal_losses(heats, boxes, truths):
    heat_loss, side_loss, centres, sides = 0.0, 0.0, 0, 0
    for i, truth in enumerate(truths):
        ecd = ecd_of(truth)
        level = level_of(ecd)
        for k, stride in enumerate(STRIDES):
            own = truth["boxes"][level == k]
            target, owner = heat_target(own, ecd[level == k], stride, *heats[k].shape[1:])
            heat_loss = heat_loss + focal(heats[k][i], target)
            there = owner >= 0
            if len(own):
                pairs = boxes[k][i][there], own[owner[there]]
                side_loss = side_loss + giou_loss(*pairs).sum()
                sides += int(there.sum())
            centres += len(own)
    return heat_loss / max(1, centres), side_loss / max(1, sides)


def sampled_rois(proposals, heat, truth, most, most_positive):
    """Proposals and jittered truth to learn from: boxes, the truth each belongs to (-1: background)."""
    own = truth["boxes"]
    if len(own):
        size = own[:, 2:] - own[:, :2]
        jitter = torch.randn_like(own) * 0.08 * torch.cat([size, size], 1)
        proposals = torch.cat([proposals, (own + jitter)])
        iou, match = box_iou(proposals, own).max(1)
    else:
        iou = proposals.new_zeros(len(proposals))
        match = torch.zeros(len(proposals), dtype=torch.long, device=proposals.device)
    positive = torch.nonzero(iou >= TRUE_IOU)[:, 0]
    negative = torch.nonzero(iou < TRUE_IOU)[:, 0]
    positive = positive[torch.randperm(len(positive), device=positive.device)[:most_positive]]
    negative = negative[: most - len(positive)]  # the hottest first: proposals come in that order
    chosen = torch.cat([positive, negative])
    owner = torch.where(iou[chosen] >= TRUE_IOU, match[chosen], torch.full_like(chosen, -1))
    return proposals[chosen], owner


def mask_targets(patches, truth_boxes, boxes, edge=2 * MASK_BINS):
    """Truth masks over the boxes, 0..1, [n, edge, edge]: patches lie over their truth box enlarged by PATCH_SCALE."""
    centre, half = (truth_boxes[:, :2] + truth_boxes[:, 2:]) / 2, (truth_boxes[:, 2:] - truth_boxes[:, :2]) / 2 * PATCH_SCALE
    at = (torch.arange(edge, device=boxes.device, dtype=boxes.dtype) + 0.5) / edge
    x = boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * at
    y = boxes[:, 1:2] + (boxes[:, 3:4] - boxes[:, 1:2]) * at
    x, y = (x - centre[:, :1]) / half[:, :1], (y - centre[:, 1:]) / half[:, 1:]
    grid = torch.stack([x[:, None, :].expand(-1, edge, -1), y[:, :, None].expand(-1, -1, edge)], -1)
    return F.grid_sample(patches[:, None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[:, 0]


def padded(boxes, count):
    """Boxes to a fixed number, so that a batch is one tensor."""
    return F.pad(boxes, (0, 0, 0, count - len(boxes)))


def total_loss(network, images, truths, options):
    """All losses of a batch by name; `truths` hold `boxes` [n, 4], `patches` [n, 64, 64] 0..1 and `has_mask` [n]."""
    edge = images.shape[-1]
    pyramid, heats, boxes = network.features(images)
    heat_loss, side_loss = proposal_losses(heats, boxes, truths)
    with torch.no_grad():
        heat, proposals = peaks([h.detach() for h in heats], [b.detach() for b in boxes], options["proposals"], edge)
    most, most_positive, most_masks = options["rois"], options["positive_rois"], options["mask_rois"]
    drawn = [sampled_rois(proposals[i], heat[i], truth, most, most_positive) for i, truth in enumerate(truths)]
    finest = pyramid[0].float()
    rois = torch.stack([padded(b, most) for b, _ in drawn])
    features = roi_align(finest, rois, BOX_BINS)
    logits, deltas = network.box_head(features)
    logits, deltas = logits.float().reshape(len(truths), most), deltas.float().reshape(len(truths), most, 4)
    score_loss, delta_loss, positives, scored = 0.0, 0.0, 0, 0
    mask_boxes, mask_goals, mask_weights = [], [], []
    for i, (truth, (own, owner)) in enumerate(zip(truths, drawn)):
        n = len(own)
        is_true = owner >= 0
        score_loss = score_loss + F.binary_cross_entropy_with_logits(logits[i, :n], is_true.float(), reduction="sum")
        scored += n
        goal = truth["boxes"][owner[is_true]]
        positives += len(goal)
        delta_loss = delta_loss + F.smooth_l1_loss(deltas[i, :n][is_true], encoded(own[is_true], goal), reduction="sum", beta=0.5)
        with torch.no_grad():
            better = enlarged(refined(own[is_true], deltas[i, :n][is_true], edge)[:most_masks])
            owners = owner[is_true][:most_masks]
            mask_boxes.append(padded(better, most_masks))
            goals = mask_targets(truth["patches"][owners], truth["boxes"][owners], better) if len(owners) else better.new_zeros(0, 2 * MASK_BINS, 2 * MASK_BINS)
            mask_goals.append(F.pad(goals, (0, 0, 0, 0, 0, most_masks - len(goals))))
            mask_weights.append(F.pad(truth["has_mask"][owners].float(), (0, most_masks - len(owners))))
    masks = network.mask_head(roi_align(finest, torch.stack(mask_boxes), MASK_BINS)).float()
    goals, weights = torch.cat(mask_goals), torch.cat(mask_weights)
    mask_loss = mask_loss_of(masks, goals, weights)
    return {
        "heat": heat_loss,
        "sides": side_loss,
        "score": 2 * score_loss / max(1, scored),
        "deltas": delta_loss / max(1, positives),
        "mask": mask_loss,
    }


def mask_loss_of(logits, goals, weights):
    """Cross entropy and dice, each a mean over the masks that have a truth."""
    count = weights.sum().clamp(min=1)
    cross = F.binary_cross_entropy_with_logits(logits, goals, reduction="none").mean((1, 2))
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * goals).sum((1, 2)) + 1) / ((p * p).sum((1, 2)) + (goals * goals).sum((1, 2)) + 1)
    return ((cross + dice) * weights).sum() / count
