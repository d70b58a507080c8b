"""Random particles: their thickness and mask on a small window, for any shape that real samples show."""

from dataclasses import dataclass

import numpy as np

import physics


@dataclass
class Body:
    """A particle on its window: rows y0.., columns x0.. of the frame."""

    x0: int
    y0: int
    thickness: np.ndarray  # float32, in units of px, 0 outside the mask
    mask: np.ndarray  # bool

    @property
    def slices(self):
        h, w = self.mask.shape
        return np.s_[self.y0 : self.y0 + h, self.x0 : self.x0 + w]


KINDS = ("sphere", "rod", "cube", "prism", "disc", "polygon", "blob", "ellipse")


@dataclass
class Kind:
    """How the particles of one population look; sizes are drawn for each particle."""

    name: str
    aspect: float  # length over width of rods and ellipses
    corners: int  # of polygons
    roughness: float  # of the outline of blobs
    dome: float  # exponent of the thickness profile: 0 flat, 0.5 a ball


def random_kind(rng, name=None):
    name = name or rng.choice(KINDS, p=[0.28, 0.2, 0.12, 0.06, 0.06, 0.1, 0.1, 0.08])
    aspect = float(np.exp(rng.uniform(np.log(2), np.log(12)))) if name == "rod" else float(rng.uniform(1.05, 1.8))
    return Kind(name, aspect, int(rng.integers(5, 9)), float(rng.uniform(0.02, 0.12)), float(rng.uniform(0.05, 0.6)))


def reach_of(kind, size):
    """Radius of the circle around a particle of this size (its length along the longest axis)."""
    return size * {"cube": 0.71, "prism": 0.58, "polygon": 0.53, "blob": 0.6}.get(kind.name, 0.5)


def draw(rng, kind, size, centre, angle, edge):
    """The particle at `centre` (x, y in px, pixel centres at halves), or None where the frame shows next to nothing of it."""
    reach = reach_of(kind, size) + 1.5
    x0, x1 = max(0, int(centre[0] - reach)), min(edge, int(centre[0] + reach) + 2)
    y0, y1 = max(0, int(centre[1] - reach)), min(edge, int(centre[1] + reach) + 2)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    x = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5 - centre[0])
    y = (np.arange(y0, y1, dtype=np.float32) + np.float32(0.5 - centre[1]))[:, None]
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    thickness = thickness_of(rng, kind, size, x * c + y * s, y * c - x * s)
    mask = thickness > 0
    return Body(x0, y0, thickness.astype(np.float32), mask) if mask.sum() >= 12 else None


def thickness_of(rng, kind, size, u, v):
    if kind.name == "sphere":
        return physics.sphere(u, v, size)
    if kind.name == "rod":
        return physics.rod(u, v, size, max(3.0, size / (kind.aspect * rng.uniform(0.85, 1.15))))
    if kind.name == "cube":
        return physics.concave_cube(u, v, size)
    if kind.name == "prism":
        return physics.prism(u, v, size, 0.5 * size)
    aspect = kind.aspect * rng.uniform(0.85, 1.15) if kind.name == "ellipse" else rng.uniform(1.0, 1.15)
    radius, v = size / 2, v * max(1.0, aspect)
    distance = np.sqrt(u * u + v * v)
    if kind.name in ("polygon", "blob"):
        distance = distance / outline(rng, kind, np.arctan2(v, u))
    inside = np.maximum(0, 1 - (distance / radius) ** 2)
    dome = 0.5 if kind.name == "ellipse" else kind.dome
    return np.where(inside > 0, size * np.maximum(inside, 1e-6) ** dome, 0)


def outline(rng, kind, phi):
    """Radius over mean radius at each angle: a polygon of irregular corners, or a circle with slow waves."""
    if kind.name == "polygon":
        turn = np.pi * 2 / kind.corners
        phase = np.mod(phi + rng.uniform(0, turn), turn) - turn / 2
        facet = np.cos(turn / 2) / np.cos(phase)
        return facet * (1 + 0.05 * np.cos(2 * phi + rng.uniform(0, 6.28)))
    waves = sum(
        rng.normal(0, kind.roughness) / k * np.cos(k * phi + rng.uniform(0, 6.28)) for k in (2, 3, 4, 5)
    )
    return np.clip(1 + waves, 0.6, 1.18)
