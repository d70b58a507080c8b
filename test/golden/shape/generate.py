#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "scipy==1.17.1", "scikit-image==0.26.0"]
# ///
"""Writes shapes.json and sizes.json: what NumPy, SciPy and scikit-image say about random masks and random sizes.

Run in this folder: `uv run generate.py`, or `python generate.py` with the packages above. Same seed, same files.

Masks are quantised to 1/255, so that a byte a pixel carries them exactly. Their window is part of a larger frame and zero on its rim.
"""
import base64
import json

import numpy as np
from scipy import ndimage, stats
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage import measure

SEED = 20240916
WINDOW = (34, 41)  # rows, columns: not square, so that a mix-up of axes shows
SUPERSAMPLING = 32


def random_mask(rng: np.random.Generator, sigma: float, binary: bool) -> np.ndarray:
    rows, columns = WINDOW
    field = ndimage.gaussian_filter(rng.standard_normal(WINDOW), sigma)
    field = field / field.std()
    y, x = np.mgrid[:rows, :columns]
    distance = np.hypot((y - rows / 2) / (rows / 2), (x - columns / 2) / (columns / 2))
    field = np.clip(0.5 + 0.35 * field + 1.2 * (0.62 - distance), 0, 1)
    if binary:
        field = (field >= 0.5).astype(float)
    field[[0, -1], :] = 0
    field[:, [0, -1]] = 0
    levels = np.round(field * 255).astype(np.uint8)
    labels, count = ndimage.label(levels > 127, np.ones((3, 3)))
    largest = np.argmax(np.bincount(labels.ravel())[1:]) + 1 if count else 0
    # Only one component, its surroundings untouched where they are outside.
    levels[(labels != largest) & (levels > 127)] = 0
    return levels


def contour_of(levels: np.ndarray) -> tuple[np.ndarray, int]:
    """The outer contour (x, y of pixel centres at .5), and how many contours there are; saddles joined."""
    contours = measure.find_contours(levels / 255, 0.5, fully_connected="high")
    outer = max(contours, key=lambda c: np.prod(np.ptp(c, axis=0)))
    return outer[:-1, ::-1] + 0.5, len(contours)


def feret_min(points: np.ndarray) -> float:
    hull = points[ConvexHull(points).vertices]
    edges = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.hypot(*edges.T)[:, None]
    return float(np.ptp(hull @ normals.T, axis=0).min())


def shape_case(name: str, levels: np.ndarray) -> dict:
    points, contours = contour_of(levels)
    # The same bilinear interpolation, sampled finely: area and moments by counting, with holes left out.
    rows, columns = levels.shape
    y = (np.arange((rows - 1) * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    x = (np.arange((columns - 1) * SUPERSAMPLING) + 0.5) / SUPERSAMPLING
    fine = ndimage.map_coordinates(levels / 255, np.meshgrid(y, x, indexing="ij"), order=1) >= 0.5
    labels = measure.label(fine, connectivity=2)
    region = max(measure.regionprops(labels), key=lambda r: r.area)
    row, column = region.centroid
    across = region.orientation  # from the row axis
    angle = np.arctan2(np.cos(across), np.sin(across))
    hull = ConvexHull(points)
    area = region.area / SUPERSAMPLING**2
    return {
        "name": name,
        "widthPx": columns,
        "heightPx": rows,
        "levels": base64.b64encode(levels.tobytes()).decode(),
        "contours": contours,
        "outline": np.round(points, 5).ravel().tolist(),
        "areaPx2": area,
        "centroidXPx": (column + 0.5) / SUPERSAMPLING + 0.5,
        "centroidYPx": (row + 0.5) / SUPERSAMPLING + 0.5,
        "orientationRad": float(np.mod(angle + np.pi / 2, np.pi) - np.pi / 2),
        "eccentricity": region.eccentricity,
        "hullAreaPx2": hull.volume,
        "feretMaxPx": float(pdist(points).max()),
        "feretMinPx": feret_min(points),
    }


def size_case(name: str, sizes: np.ndarray) -> dict:
    quantiles = np.percentile(sizes, [10, 50, 90])
    several = len(sizes) > 1
    return {
        "name": name,
        "sizes": sizes.tolist(),
        "mean": float(np.mean(sizes)),
        "standardDeviation": float(np.std(sizes, ddof=1)) if several else None,
        "d10": quantiles[0],
        "d50": quantiles[1],
        "d90": quantiles[2],
        "geometricMean": float(stats.gmean(sizes)),
        "geometricStandardDeviation": float(np.exp(np.std(np.log(sizes), ddof=1))) if several else None,
    }


def main() -> None:
    rng = np.random.default_rng(SEED)
    shapes = [shape_case(f"smooth {i}", random_mask(rng, 3.0, binary=False)) for i in range(8)]
    shapes += [shape_case(f"ragged {i}", random_mask(rng, 1.2, binary=False)) for i in range(4)]
    shapes += [shape_case(f"binary {i}", random_mask(rng, 2.0, binary=True)) for i in range(8)]
    with open("shapes.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(shape) for shape in shapes) + "\n]\n")
    sizes = [size_case(f"{n} sizes", np.round(rng.lognormal(np.log(50), 0.3, n), 6)) for n in (1, 2, 3, 10, 37, 200)]
    sizes.append(size_case("equal sizes", np.full(5, 12.5)))
    with open("sizes.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(size) for size in sizes) + "\n]\n")


if __name__ == "__main__":
    main()
