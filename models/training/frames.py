"""Simulated training frames: what a nanoparticle looks like in projection, and what a microscope makes of it.

A scene is the projected thickness of particles of one kind (or a mix) on an even support, with a mask a particle. `degrade` turns it
into a frame: background, illumination, blur and noise far beyond what the paper's frames have.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

KINDS = ["sphere", "rod", "cube", "mix", "ellipse"]
KIND_SHARES = [0.4, 0.2, 0.2, 0.15, 0.05]
SMALLEST_PX, LARGEST_PX = 9, 140
MOST_PARTICLES = 90
LEAST_MASK_PX = 20


def polygon_mask(xx, yy, points):
    """Pixels inside a polygon, by the even-odd rule."""
    inside = np.zeros(xx.shape, bool)
    j = len(points) - 1
    for i, (xi, yi) in enumerate(points):
        xj, yj = points[j]
        inside ^= ((yi > yy) != (yj > yy)) & (xx < (xj - xi) * (yy - yi) / (yj - yi + 1e-9) + xi)
        j = i
    return inside


def sphere(rng, u, v, size, radius):
    r2 = u * u + v * v
    return 2 * np.sqrt(np.clip(radius * radius - r2, 0, None)), r2 <= radius * radius


def ellipse(rng, u, v, size, radius):
    a, b = radius, radius * rng.uniform(0.6, 0.95)
    q = 1 - (u / a) ** 2 - (v / b) ** 2
    return 2 * b * np.sqrt(np.clip(q, 0, None)), q >= 0


def rod(rng, u, v, width, radius):
    """A spherocylinder of length `2 * radius`."""
    r = width / 2
    beyond = np.clip(np.abs(u) - (radius - r), 0, None)
    q = r * r - beyond * beyond - v * v
    return 2 * np.sqrt(np.clip(q, 0, None)), q >= 0


def cube(rng, u, v, size, radius):
    """A cube seen along an edge direction, its side faces dented by up to 30 %."""
    a = size / 2
    dent = a * (1 - rng.uniform(0, 0.3))
    outline = [(-a, -a), (0, -dent), (a, -a), (dent, 0), (a, a), (0, dent), (-a, a), (-dent, 0)]
    mask = polygon_mask(u, v, outline)
    slope = rng.uniform(0, 0.5)
    return mask * 2 * a * (1 - slope * (1 - np.maximum(np.abs(u), np.abs(v)) / a)), mask


BODIES = {"sphere": sphere, "ellipse": ellipse, "rod": rod, "cube": cube}


def extent(rng, kind, size):
    """The size that a body's shape needs, and the radius of the circle around it."""
    if kind == "rod":
        length = size * rng.uniform(0.9, 1.6)
        return max(4.0, length / rng.uniform(2.5, 7)), length / 2
    return size, size * {"cube": 0.7, "ellipse": 0.65, "sphere": 0.5}[kind]


def scene(rng, edge=384, kind=None, size=None, count=None):
    """Projected thickness in units of the mean size, and a list of boolean masks."""
    kind = kind or rng.choice(KINDS, p=KIND_SHARES)
    size = size or float(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX))))
    if count is None:
        fill = rng.uniform(0.03, 0.35)
        count = int(np.clip(fill * edge * edge / (np.pi / 4 * size * size), 1, MOST_PARTICLES))
    thickness = np.zeros((edge, edge), np.float32)
    masks, placed = [], []
    for _ in range(count * 15):
        if len(masks) == count:
            break
        one = rng.choice(["sphere", "rod", "cube"]) if kind == "mix" else kind
        own, radius = extent(rng, one, max(7, size * rng.normal(1, 0.15)))
        angle = rng.uniform(0, np.pi)
        centre = rng.uniform(-0.1 * size, edge + 0.1 * size, 2)
        if overlaps(rng, centre, radius, placed, one):
            continue
        body = draw(rng, one, own, radius, angle, centre, edge)
        if body is None:
            continue
        window, t, mask = body
        full = np.zeros((edge, edge), bool)
        full[window] = mask
        thickness[window] += t / size * rng.uniform(0.75, 1.1)
        masks.append(full)
        placed.append((*centre, radius))
    return thickness, masks


def overlaps(rng, centre, radius, placed, kind):
    """Most particles keep up to 3 px apart, one in seven may overlap a little; rods may lie closer than their circles."""
    gap = -0.15 * radius if rng.random() < 0.15 else rng.uniform(0, 3)
    shrink = 0.8 if kind == "rod" else 1
    return any(np.hypot(centre[0] - x, centre[1] - y) < (radius + r + gap) * shrink for x, y, r in placed)


def draw(rng, kind, size, radius, angle, centre, edge):
    x0, x1 = int(max(0, centre[0] - radius - 3)), int(min(edge, centre[0] + radius + 4))
    y0, y1 = int(max(0, centre[1] - radius - 3)), int(min(edge, centre[1] + radius + 4))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    x, y = xx - centre[0], yy - centre[1]
    u = x * np.cos(angle) + y * np.sin(angle)
    v = -x * np.sin(angle) + y * np.cos(angle)
    t, mask = BODIES[kind](rng, u, v, size, radius)
    return None if mask.sum() < LEAST_MASK_PX else (np.s_[y0:y1, x0:x1], t, mask)


def blur(image, sigma):
    return gaussian_filter(image, sigma) if sigma > 0 else image


def degrade(rng, thickness, noise=None):
    """A frame: level, slope, slow unevenness, blur, Gaussian or Poisson-like noise, at times the look of a denoised frame."""
    edge = thickness.shape[0]
    background, amplitude = rng.uniform(0.02, 0.35), rng.uniform(0.25, 0.75)
    yy, xx = np.mgrid[:edge, :edge] / edge
    slope = rng.normal(0, 0.06) * (xx - 0.5) + rng.normal(0, 0.06) * (yy - 0.5)
    scale = np.percentile(thickness[thickness > 0], 98) if (thickness > 0).any() else 1
    frame = background + slope + amplitude * thickness / scale
    frame += blur(rng.normal(0, 1, (edge, edge)).astype(np.float32), rng.uniform(8, 40)) * rng.uniform(0, 0.5)
    frame = blur(frame, rng.uniform(0, 1.5))
    if noise is None:
        noise = rng.uniform(0, 0.5) if rng.random() < 0.8 else 0.0
    grain = rng.normal(0, 1, (edge, edge)) * noise
    frame = frame + (grain * np.sqrt(np.clip(frame, 0.02, None)) if rng.random() < 0.3 else grain)
    if rng.random() < 0.3:
        frame = blur(frame, rng.uniform(0.6, 2.0))
    return frame.astype(np.float32)


def normalised(frame):
    """What the model is fed: the twin of `modelInput` in src/daemon/segment/preprocess.ts."""
    return np.clip((frame - frame.mean()) / (frame.std() + 1e-6), -5, 5).astype(np.float32)
