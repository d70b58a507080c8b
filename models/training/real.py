"""Crops of real frames with their labels, for the share of the training that a configuration names.

YOLO boxes (`images/NAME.jpg`, `labels/NAME.txt`) have no masks: their particles teach boxes and scores only. Binary masks
(`images/image_3.png`, `masks/label_3.png`) teach all three. Simulated particles pasted onto real supports teach masks there too.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import detector
import supports
from frames import PATCH, Sample, add_truth, box_of, patch_of, place, random_population, visible
from bodies import Body

FIELD_PX = 1024  # longer edge that frames on uneven supports are scaled to, as the daemon scales them


@dataclass
class RealFrame:
    image: np.ndarray  # float32, particles bright, at the scale the daemon would give it
    boxes: np.ndarray  # [n, 4]
    masks: list | None  # Body of each particle, in px of `image`


class RealFrames:
    """The frames of both kinds that the configuration names."""

    def __init__(self, root, boxed, masked, dark):
        root = Path(root)
        self.frames = [boxed_frame(root / "haadf", name, name in dark) for name in boxed]
        self.frames += [masked_frame(root / "bftem", index) for index in masked]
        weights = np.array([3.0 if frame.masks is None else 1.0 for frame in self.frames])
        self.shares = weights / weights.sum()

    def crop(self, rng, edge):
        frame = self.frames[rng.choice(len(self.frames), p=self.shares)]
        zoom = float(np.exp(rng.uniform(np.log(0.65), np.log(1.6))))
        h, w = frame.image.shape
        side = int(min(h, w, round(edge / zoom)))
        x, y = int(rng.integers(0, w - side + 1)), int(rng.integers(0, h - side + 1))
        image = frame.image[y : y + side, x : x + side].copy()
        sample = Sample(image)
        self.add_labels(sample, frame, (x, y), side)
        if frame.masks is None and rng.random() < 0.4:
            image = pasted(rng, sample, image)
        scale = edge / side
        sample.boxes = [[scale * c for c in box] for box in sample.boxes]
        image = cv2.resize(image, (edge, edge), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        sample.image = worn(rng, image)
        return sample

    def add_labels(self, sample, frame, origin, side):
        x, y = origin
        for i, box in enumerate(frame.boxes):
            clipped = np.clip(box - [x, y, x, y], 0, side)
            size, whole = clipped[2:] - clipped[:2], box[2:] - box[:2]
            if size.min() < 2 or size.prod() < 0.3 * whole.prod():
                continue
            if frame.masks is None:
                sample.add(list(clipped), np.zeros((PATCH, PATCH), np.uint8), False)
            else:
                body = frame.masks[i]
                sample.add(list(clipped), patch_of(body.mask, body.x0 - x, body.y0 - y, clipped))


def boxed_frame(folder, name, is_dark):
    image = cv2.imread(str(folder / "images" / f"{name}.jpg"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    lines = np.loadtxt(folder / "labels" / f"{name}.txt", ndmin=2)
    scale = FIELD_PX / max(image.shape)
    h, w = (int(round(edge * scale)) for edge in image.shape)
    image = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    centres, sizes = lines[:, 1:3] * [w, h], lines[:, 3:5] * [w, h]
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)
    return RealFrame(-image if is_dark else image, boxes, None)


def masked_frame(folder, index):
    """Dark particles; each 8-connected piece of the binary mask is one."""
    image = cv2.imread(str(folder / "images" / f"image_{index}.png"), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    binary = cv2.imread(str(folder / "masks" / f"label_{index}.png"), cv2.IMREAD_GRAYSCALE) > 127
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary.astype(np.uint8), connectivity=8)
    bodies = []
    for i in range(1, count):
        x, y, w, h, area = stats[i]
        if area >= 12:
            bodies.append(Body(int(x), int(y), np.zeros((h, w), np.float32), labels[y : y + h, x : x + w] == i))
    return RealFrame(-image, np.array([box_of(body) for body in bodies], np.float32), bodies)


def pasted(rng, sample, image):
    """Adds simulated particles where no labelled one is."""
    edge = image.shape[0]
    free = np.ones((edge, edge), np.float32)
    for x0, y0, x1, y1 in np.array(sample.boxes, int).reshape(-1, 4):
        free[max(0, y0 - 3) : y1 + 4, max(0, x0 - 3) : x1 + 4] = 0
    population = random_population(rng, edge, largest_px=60)
    population.count = min(population.count, 40)
    bodies, sizes = place(rng, population, edge, free)
    texture = np.abs(image - supports.blur(image, population.median_px))
    height = rng.uniform(1.2, 5) * (texture.mean() + 2)
    layer, seen = np.zeros_like(image), []
    for body, size in zip(bodies, sizes):
        if free[body.slices][body.mask].min() == 0:
            continue
        contrast = body.thickness * np.float32(height * rng.uniform(0.6, 1.4) / size)
        if visible(body, contrast, texture.mean(), 2 * texture):
            layer[body.slices] += contrast
            seen.append(body)
    add_truth(sample, seen, 1.0)
    return image + supports.blur(layer, rng.uniform(0.5, 1.5))


def worn(rng, image):
    """The same frame from a worse microscope or after a filter."""
    low, high = image.min(), image.max()
    image = low + (high - low) * ((image - low) / (high - low + 1e-6)) ** np.exp(rng.normal(0, 0.25))
    image = image.astype(np.float32)
    fine = np.median(np.abs(image - supports.blur(image, 1.5))) * 1.48
    if rng.random() < 0.35:
        image = supports.blur(image, rng.uniform(0.3, 1.3))
    if rng.random() < 0.4:
        image = detector.noisy(rng, image, float(fine * rng.uniform(0.3, 2) + 0.5), float(image.mean() - low + 1))
    if rng.random() < 0.2:
        image = detector.filtered(rng, image)
    return image
