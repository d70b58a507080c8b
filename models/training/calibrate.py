"""How far the outlines of a trained network lie inside or outside the particles, and what to add to its mask logits so that they do not.

A rim at which a particle's thickness goes to nothing is lost in noise first, so that a network learns to stop a little short of it, also where
there is no noise. The shift is one number for all particles, found on simulated frames of a seed that neither training nor tests use.
"""

import numpy as np
import torch
import torch.nn.functional as F

import detector
import frames
from losses import box_iou
from network import BOX_BINS, MASK_BINS, MASK_SCALE, enlarged, peaks, refined, roi_align

FRAMES, EDGE_PX, PROPOSALS = 48, 512, 96
SEED = 20_241_125
SMALLEST_PX = 20.0  # below, a mask is a handful of pixels and its size says little
FINE = 4  # samples along a cell when an area is counted
MATCHING_IOU = 0.6


def frame(index):
    """A frame like the paper's: tensor [1, 1, edge, edge], boxes [n, 4] and areas [n] in px."""
    rng = np.random.default_rng([SEED, index])
    image, bodies = frames.liquid_cell(rng, EDGE_PX, True)
    whole = [body for body in bodies if is_whole(frames.box_of(body)) and body.mask.sum() > np.pi / 4 * SMALLEST_PX**2]
    boxes = torch.tensor([frames.box_of(body) for body in whole], dtype=torch.float32).reshape(-1, 4)
    areas = torch.tensor([float(body.mask.sum()) for body in whole])
    return torch.from_numpy(detector.normalised(image.astype(np.float32)))[None, None], boxes, areas


def is_whole(box):
    return min(box) > 0 and max(box) < EDGE_PX


@torch.no_grad()
def matched(network, image, boxes):
    """For each particle that was found: its index, mask logits [n, 28, 28], and the area in px that a mask's box covers."""
    pyramid, heats, proposed = network.features(image)
    _, proposals = peaks(heats, proposed, PROPOSALS, EDGE_PX)
    _, deltas = network.box_head(roi_align(pyramid[0], proposals, BOX_BINS))
    better = refined(proposals, deltas.reshape(proposals.shape), EDGE_PX)[0]
    iou, found = box_iou(boxes, better).max(1)
    index = torch.nonzero(iou > MATCHING_IOU)[:, 0]
    own = better[found[index]]
    logits = network.mask_head(roi_align(pyramid[0], enlarged(own)[None], MASK_BINS))
    size = (own[:, 2:] - own[:, :2]) * MASK_SCALE
    return index, logits.reshape(-1, 2 * MASK_BINS, 2 * MASK_BINS), size.prod(1)


def mean_bias(parts, shift):
    """Mean of found over true diameter, less 1."""
    ratios = []
    for logits, covered, areas in parts:
        probabilities = F.interpolate(torch.sigmoid(logits + shift)[:, None], scale_factor=FINE, mode="bilinear", align_corners=False)
        found = (probabilities >= 0.5).float().mean((1, 2, 3)) * covered
        ratios.append(torch.sqrt(found / areas))
    return float(torch.cat(ratios).mean()) - 1


def mask_shift(network):
    """What to add to the mask logits, and the mean error of the diameter without it."""
    parts = []
    for i in range(FRAMES):
        image, boxes, areas = frame(i)
        if len(boxes) == 0:
            continue
        index, logits, covered = matched(network, image, boxes)
        parts.append((logits, covered, areas[index]))
    low, high = -1.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_bias(parts, middle) < 0 else (low, middle)
    return (low + high) / 2, mean_bias(parts, 0.0)

