"""Training frames and their truth, made as the training goes.

A frame is one of four kinds: a liquid cell after the physics of the simulator, a supported catalyst in HAADF, a bright-field frame
(turned bright, as the daemon turns it), or a crop of a real frame. Particles are always bright. `sample` gives one of them.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

import detector
import physics
import supports
from bodies import Body, draw, random_kind

PATCH = 64  # cells along a truth mask
PATCH_SCALE = 1.5  # a truth mask covers its box enlarged so much about its centre
FAINTEST = 3.5  # a particle below this many deviations of the noise, over its whole area, is not there
SMALLEST_PX, LARGEST_PX = 6.5, 200.0
PAPER_SNRS = [np.inf, 14.55, 7.49, 4.0]  # the paper's, and one beyond it


@dataclass
class Sample:
    """A frame as the model is fed, and its particles: boxes x0 y0 x1 y1 in px, masks over the enlarged boxes, 0..255."""

    image: np.ndarray
    boxes: list = field(default_factory=list)
    patches: list = field(default_factory=list)
    has_mask: list = field(default_factory=list)

    def add(self, box, patch, has_mask=True):
        self.boxes.append(box)
        self.patches.append(patch)
        self.has_mask.append(has_mask)


def box_of(body: Body):
    rows, columns = np.flatnonzero(body.mask.any(1)), np.flatnonzero(body.mask.any(0))
    return [body.x0 + columns[0], body.y0 + rows[0], body.x0 + columns[-1] + 1, body.y0 + rows[-1] + 1]


def patch_of(mask, x0, y0, box):
    """The mask on PATCH x PATCH cells over the enlarged box; `x0`, `y0` is where the mask's window lies in the frame."""
    step_x, step_y = (box[2] - box[0]) * PATCH_SCALE / PATCH, (box[3] - box[1]) * PATCH_SCALE / PATCH
    left = (box[0] + box[2]) / 2 - PATCH / 2 * step_x - x0
    top = (box[1] + box[3]) / 2 - PATCH / 2 * step_y - y0
    matrix = np.array([[step_x, 0, left + step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(mask.astype(np.uint8) * 255, matrix, (PATCH, PATCH), flags=flags)


@dataclass
class Scene:
    """A picture before the detector's noise, the noise it was drawn for, the level that noise belongs to, and the particles in it."""

    image: np.ndarray
    sigma: float
    background: float
    bodies: list


@dataclass
class Population:
    """The particles of one frame before they are placed."""

    kinds: list
    median_px: float
    spread: float  # of ln(size)
    count: int
    overlap: float  # most a particle may share with those before it; below 0: they keep -overlap px apart


def random_population(rng, edge, largest_px=LARGEST_PX):
    median = float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(min(largest_px, 0.5 * edge)))))
    if rng.random() < 0.45:  # the sizes that most real frames have, once they are scaled
        median = float(np.exp(rng.uniform(np.log(8), np.log(36))))
    coverage = np.exp(rng.uniform(np.log(0.01), np.log(0.5)))
    most = 260 if median < 16 else 140
    count = int(np.clip(coverage * edge * edge / (0.6 * median * median), 1, most * (edge / 384) ** 2))
    kinds = [random_kind(rng) for _ in range(1 if rng.random() < 0.7 else rng.integers(2, 4))]
    overlap = float(rng.choice([-rng.uniform(1, 5), 0.0, 0.22, 0.4], p=[0.4, 0.25, 0.25, 0.1]))
    spread = rng.uniform(0.05, 0.15) if rng.random() < 0.45 else rng.uniform(0.15, 0.6)
    return Population(kinds, median, spread, count, overlap)


def place(rng, population, edge, where=None):
    """Bodies in their places; `where`, 0..1, is how likely a particle lies at a pixel."""
    occupied = np.zeros((edge, edge), np.uint8)
    cluster = where is None and rng.random() < 0.25
    if cluster:
        where = 1 / (1 + np.exp(-3 * supports.cloud(rng, edge, edge / 2, 30, 1.0)))
    gap = int(round(max(0, -population.overlap)))
    bodies, sizes = [], []
    for _ in range(population.count * 3):
        if len(bodies) >= population.count:
            break
        size = float(np.clip(population.median_px * np.exp(rng.normal(0, population.spread)), SMALLEST_PX, LARGEST_PX))
        kind = population.kinds[rng.integers(len(population.kinds))]
        rim = 0.35 * size
        centre = rng.uniform(-rim, edge + rim, 2)
        if where is not None:
            x, y = np.clip(centre.astype(int), 0, edge - 1)
            if rng.random() > where[y, x]:
                continue
        body = draw(rng, kind, size, centre, rng.uniform(0, 2 * np.pi), edge)
        if body is None:
            continue
        shared = occupied[body.slices][body.mask]
        if shared.size and shared.mean() > max(0.0, population.overlap):
            continue
        mask = body.mask.astype(np.uint8)
        if gap > 0:
            mask = cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=gap)
        np.maximum(occupied[body.slices], mask, out=occupied[body.slices])
        bodies.append(body)
        sizes.append(size)
    return bodies, sizes


def visible(body, contrast, sigma, texture=None):
    """Whether anyone could see it: contrast over noise across its area, and over the texture it lies on."""
    inside = contrast[body.mask]
    if inside.mean() * np.sqrt(inside.size) < FAINTEST * sigma:
        return False
    return texture is None or inside.mean() > 0.55 * texture[body.slices][body.mask].mean()


def add_truth(sample, bodies, scale):
    for body in bodies:
        box = box_of(body)
        sample.add([scale * c for c in box], patch_of(body.mask, body.x0, body.y0, box))


def liquid_cell(rng, edge, like_paper):
    """Particles in liquid between two windows, by the simulator's own optics and the paper's noise."""
    scene = liquid_cell_scene(rng, edge, like_paper)
    image, sigma = scene.image, scene.sigma
    return with_white_noise(rng, image, sigma) if like_paper else detector.noisy(rng, image, sigma, scene.background), scene.bodies


def liquid_cell_scene(rng, edge, like_paper):
    if like_paper:
        population = paper_population(rng)
        nm_per_px, modality = 1.0, "bf-inverted"
        snr = float(rng.choice(PAPER_SNRS, p=[0.2, 0.35, 0.35, 0.1]))
    else:
        population = random_population(rng, edge)
        nm_per_px = float(np.exp(rng.uniform(np.log(0.4), np.log(2.5))))
        modality = rng.choice(["bf-inverted", "haadf"], p=[0.6, 0.4])
        snr = np.inf if rng.random() < 0.08 else float(np.exp(rng.uniform(np.log(3), np.log(50))))
    bodies, _ = place(rng, population, edge)
    background = float(physics.detected_electrons(0.0, modality, 1.0))
    sigma = background / snr
    thickness = np.zeros((edge, edge), np.float32)
    seen = []
    for body in bodies:
        body.thickness *= nm_per_px
        contrast = physics.detected_electrons(body.thickness, modality, 1.0) - background
        if visible(body, contrast, sigma):
            thickness[body.slices] += body.thickness
            seen.append(body)
    image = physics.detected_electrons(thickness, modality, 1.0).astype(np.float32)
    if not like_paper:
        image *= 1 + rng.uniform(0, 0.25) * supports.gradient(rng, edge)
        if rng.random() < 0.3:
            image += background * rng.uniform(0, 0.2) * supports.cloud(rng, edge, edge, 40, 1.2)
        image = supports.blur(image, rng.uniform(0, 1.3) if rng.random() < 0.5 else 0)
    return Scene(image, sigma, background, seen)


def paper_population(rng):
    """Spheres, small ones, rods or cubes: those that the paper shows, and smaller ones than it could find."""
    name = rng.choice(["sphere", "small", "rod", "cube"], p=[0.2, 0.2, 0.45, 0.15])
    kind = random_kind(rng, "sphere" if name == "small" else name)
    if name == "small":
        return Population([kind], float(rng.uniform(9, 20)), 0.12, int(rng.integers(20, 90)), -2.0)
    gap = rng.uniform(0.5, 2.5)
    if name == "rod":
        kind.aspect = rng.uniform(5.5, 7.5)
        return Population([kind], 65.0, 0.1, int(rng.integers(8, 36)), -gap)
    return Population([kind], float(rng.uniform(25, 75)), 0.1, int(rng.integers(6, 18)), -gap)


def with_white_noise(rng, image, sigma):
    return image + np.float32(sigma if np.isfinite(sigma) else 0) * rng.standard_normal(image.shape, dtype=np.float32)


def supported(rng, edge):
    """Bright particles on a support that is as bright as they are, or brighter."""
    scene = supported_scene(rng, edge)
    return detector.noisy(rng, scene.image, scene.sigma, scene.background), scene.bodies


def supported_scene(rng, edge):
    support, covers = supports.support(rng, edge)
    height = float(np.exp(rng.uniform(np.log(0.12), np.log(3))))  # of a median particle over the support's thickness
    return on_background(rng, edge, support, covers, height)


def on_background(rng, edge, support, where, height, sigma=None):
    population = random_population(rng, edge, largest_px=110)
    flatness = rng.uniform(0, 1)  # 0: the larger the brighter; 1: all equally bright
    sigma = height * np.exp(rng.uniform(np.log(0.02), np.log(0.7))) if sigma is None else sigma
    bodies, sizes = place(rng, population, edge, where)
    texture = np.abs(support - supports.blur(support, 1.0 * population.median_px))
    image = support.copy()
    seen = []
    for body, size in zip(bodies, sizes):
        brightness = height * rng.uniform(0.5, 1.3) / size * (size / population.median_px) ** (1 - flatness)
        contrast = body.thickness * np.float32(brightness)
        if visible(body, contrast, sigma, texture):
            image[body.slices] += contrast
            seen.append(body)
    image = supports.blur(image, float(np.exp(rng.uniform(np.log(0.3), np.log(1.8)))))
    return Scene(image, sigma, 1.0, seen)


def bright_field(rng, edge):
    """A transmission image turned bright: amplitude, diffraction and phase contrast, Fresnel rims, lattice fringes, speckle."""
    population = random_population(rng, edge)
    bodies, sizes = place(rng, population, edge)
    sigma = float(np.exp(rng.uniform(np.log(0.05), np.log(1.2))))
    image = rng.uniform(0, 0.6) * supports.gradient(rng, edge)
    if rng.random() < 0.35:
        support, _ = supports.support(rng, edge)
        image = image + rng.uniform(0.1, 1.0) * support
    if rng.random() < 0.4:
        image = image + sigma * rng.uniform(0.2, 1) * detector.speckle(rng, edge)
    image = image.astype(np.float32)
    fringes = detector.lattice(rng, edge) if rng.random() < 0.4 else None
    rim, rim_px = rng.uniform(0, 0.5) * (rng.random() < 0.6), rng.uniform(1.0, 3.5)
    strength = rng.uniform(0.1, 0.9)
    outlines = np.zeros((edge, edge), np.float32)
    seen = []
    for body, size in zip(bodies, sizes):
        profile = np.sqrt(body.thickness / size) if rng.random() < 0.5 else body.thickness / size
        contrast = (profile * (1 + strength * rng.normal(0, 0.5))).astype(np.float32)
        if contrast.max() <= 0.1 or not visible(body, contrast, sigma):
            continue
        if fringes is not None and rng.random() < 0.6:
            contrast = contrast * (1 + rng.uniform(0, 0.5) * fringes[body.slices])
        image[body.slices] += contrast
        np.maximum(outlines[body.slices], body.mask, out=outlines[body.slices])
        seen.append(body)
    if rim > 0:
        image -= rim * np.maximum(0, supports.blur(outlines, rim_px) - 0.5 * outlines) * (1 - outlines) * 2
    image = supports.blur(image, rng.uniform(0, 1.2))
    return detector.noisy(rng, image, sigma, 1.0), seen


def simulated(rng, edge):
    """A frame of one of the simulated kinds, drawn at another size now and then and scaled, as the daemon scales uneven frames."""
    like_paper = rng.random() < 0.38
    scale = float(np.exp(rng.uniform(np.log(0.6), np.log(2.0)))) if rng.random() < 0.3 and not like_paper else 1.0
    drawn_edge = int(round(edge / scale))
    if rng.random() < 0.15:
        image, bodies = empty(rng, drawn_edge), []
    elif like_paper:
        image, bodies = liquid_cell(rng, drawn_edge, True)
    else:
        make = rng.choice([lambda: liquid_cell(rng, drawn_edge, False), lambda: supported(rng, drawn_edge),
                           lambda: bright_field(rng, drawn_edge)], p=[0.33, 0.42, 0.25])
        image, bodies = make()
    if rng.random() < 0.1 and not like_paper:
        image = detector.jittered(rng, image.astype(np.float32))
    if rng.random() < (0.3 if like_paper else 0.2):
        image = detector.filtered(rng, image.astype(np.float32))
    if not like_paper or rng.random() < 0.5:
        image = detector.stored(rng, image.astype(np.float32))
    sample = Sample(resized(image.astype(np.float32), edge))
    add_truth(sample, bodies, edge / drawn_edge)
    return sample


def empty(rng, edge):
    """Nothing but noise, with or without a support."""
    if rng.random() < 0.3:  # as the paper's frames are
        return with_white_noise(rng, np.ones((edge, edge), np.float32), float(1 / rng.choice(PAPER_SNRS)))
    image = supports.support(rng, edge)[0] if rng.random() < 0.35 else np.ones((edge, edge), np.float32)
    return detector.noisy(rng, image.astype(np.float32), float(np.exp(rng.uniform(np.log(0.01), np.log(0.7)))), 1.0)


def resized(image, edge):
    if image.shape[0] == edge:
        return image
    return cv2.resize(image, (edge, edge), interpolation=cv2.INTER_AREA if image.shape[0] > edge else cv2.INTER_LINEAR)


def turned(rng, sample):
    """One of the eight ways a square can lie."""
    turns, flip = int(rng.integers(4)), rng.random() < 0.5
    edge = sample.image.shape[0]
    image = np.rot90(sample.image, turns)
    boxes = np.array(sample.boxes, np.float32).reshape(-1, 4)
    patches = np.array(sample.patches, np.uint8).reshape(-1, PATCH, PATCH)
    for _ in range(turns):  # (x, y) -> (y, edge - x)
        boxes = np.stack([boxes[:, 1], edge - boxes[:, 2], boxes[:, 3], edge - boxes[:, 0]], 1)
    patches = np.rot90(patches, turns, (1, 2))
    if flip:
        image, patches = image[:, ::-1], patches[:, :, ::-1]
        boxes = np.stack([edge - boxes[:, 2], boxes[:, 1], edge - boxes[:, 0], boxes[:, 3]], 1)
    return image.copy(), boxes, patches.copy(), np.array(sample.has_mask, bool)


def sample(rng, edge, real=None, real_share=0.0):
    """One training frame: image [edge, edge] as the model is fed, boxes [n, 4], patches [n, 64, 64], has_mask [n]."""
    one = real.crop(rng, edge) if real is not None and rng.random() < real_share else simulated(rng, edge)
    one.image = detector.normalised(one.image)
    return turned(rng, one)
