"""What lies behind the particles: even windows, slow gradients, carbon, silica and alumina, vacuum beside them.

Every function gives a float32 field of zero mean or of thickness >= 0, edge x edge.
"""

import cv2
import numpy as np


def waves(rng, edge, wavelength_px):
    """Smooth random waves of about one length, standard deviation 1."""
    n = max(2, int(np.ceil(edge / wavelength_px)) + 3)
    grid = rng.standard_normal((n, n), dtype=np.float32)
    size = int(np.ceil(n * wavelength_px))
    field = cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
    x, y = rng.integers(0, max(1, size - edge), 2)
    field = np.ascontiguousarray(field[y : y + edge, x : x + edge])
    if field.shape != (edge, edge):
        field = cv2.resize(field, (edge, edge), interpolation=cv2.INTER_LINEAR)
    return field / (field.std() + 1e-6)


def cloud(rng, edge, longest_px, shortest_px, slope):
    """Waves of many lengths, the longer the stronger: amplitude ~ wavelength^slope. Standard deviation 1."""
    field = np.zeros((edge, edge), np.float32)
    length = longest_px
    while length >= shortest_px:
        field += waves(rng, edge, length) * (length / longest_px) ** slope
        length /= rng.uniform(1.7, 2.3)
    return field / (field.std() + 1e-6)


def grains(rng, edge, radius_px, coverage):
    """The projected thickness of many round grains, as silica and carbon black have it, denser where a cloud is."""
    scale = max(1, int(radius_px / 8))  # drawn small, then enlarged: grains have no detail
    small = edge // scale + 1
    where = cloud(rng, small, small / 2, 8, 1.0)
    thickness = np.zeros((small, small), np.float32)
    mean = radius_px / scale
    count = int(min(900, coverage * small * small / (3.14 * mean * mean)))
    for _ in range(count):
        x, y = rng.uniform(-mean, small + mean, 2)
        if where[int(np.clip(y, 0, small - 1)), int(np.clip(x, 0, small - 1))] < rng.normal(0, 0.7):
            continue
        r = mean * np.exp(rng.normal(0, 0.3))
        x0, x1, y0, y1 = int(max(0, x - r)), int(min(small, x + r + 2)), int(max(0, y - r)), int(min(small, y + r + 2))
        if x1 <= x0 or y1 <= y0:
            continue
        u = np.arange(x0, x1, dtype=np.float32) - x
        v = (np.arange(y0, y1, dtype=np.float32) - y)[:, None]
        thickness[y0:y1, x0:x1] += 2 * np.sqrt(np.maximum(0, r * r - u * u - v * v)) / mean
    if scale > 1:
        thickness = cv2.resize(thickness, (small * scale, small * scale), interpolation=cv2.INTER_LINEAR)
    return blur(thickness[:edge, :edge], rng.uniform(0.1, 0.35) * radius_px)


def region(rng, edge):
    """Where there is a support at all, 0..1 with a soft edge: half the frames have vacuum or holes beside it."""
    if rng.random() < 0.5:
        return np.ones((edge, edge), np.float32)
    field = cloud(rng, edge, edge * rng.uniform(0.5, 1.5), 24, rng.uniform(0.8, 1.6))
    level = np.quantile(field[::8, ::8], rng.uniform(0.05, 0.6))
    softness = 10 ** rng.uniform(-2, -0.5)
    return 1 / (1 + np.exp(-np.clip((field - level) / softness, -30, 30))).astype(np.float32)


def support(rng, edge):
    """The thickness of a support of its own kind, >= 0, about 1 where it is thick, and the region it covers."""
    covers = region(rng, edge)
    field = np.zeros((edge, edge), np.float32)
    if rng.random() < 0.65:
        field += grains(rng, edge, float(np.exp(rng.uniform(np.log(8), np.log(70)))), rng.uniform(0.5, 4)) * rng.uniform(0.3, 1)
    if rng.random() < 0.75:
        rough = cloud(rng, edge, edge * rng.uniform(0.2, 1), rng.uniform(6, 40), rng.uniform(0.6, 1.5))
        field += np.maximum(0, rough + rng.uniform(0, 2)) * rng.uniform(0.2, 1)
    if rng.random() < 0.3:
        ridges = 1 - np.abs(cloud(rng, edge, edge * rng.uniform(0.15, 0.6), 20, 1.0))  # folds and filaments
        field += np.maximum(0, ridges) ** 2 * rng.uniform(0.1, 0.6)
    field += rng.uniform(0, 0.6)
    field *= covers
    return field / (np.quantile(field[::4, ::4], 0.9) + 1e-3), covers


def gradient(rng, edge):
    """A tilt and a slow bow of the liquid or the illumination, about -0.5..0.5."""
    t = np.linspace(-0.5, 0.5, edge, dtype=np.float32)
    a, b, c, d = rng.normal(0, 0.5, 4).astype(np.float32)
    return a * t[None] + b * t[:, None] + c * (t[None] ** 2) * 2 + d * (t[:, None] ** 2) * 2


def blur(image, sigma_px):
    return cv2.GaussianBlur(image, (0, 0), float(sigma_px), borderType=cv2.BORDER_REFLECT_101) if sigma_px > 0.2 else image
