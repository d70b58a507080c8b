# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93", "scipy==1.17.1", "scikit-image==0.26.0"]
# ///
"""Golden data of the threshold segmenter: Otsu by OpenCV, holes by SciPy, components by scikit-image.

Images are not stored: test/support/segment.ts makes the same ones from the same integer arithmetic.

Run: python3 generate.py > cases.json
"""

import hashlib
import json

import cv2
import numpy as np
from scipy import ndimage
from skimage.measure import label, regionprops

KINDS = ["uniform", "two-classes", "narrow", "specks", "two-levels", "flat"]
SIZES = [(1, 1), (2, 1), (1, 5), (7, 9), (64, 48), (457, 300), (512, 512)]


def random_bytes(count: int, seed: int) -> np.ndarray:
    """Top bytes of a linear congruential generator (Numerical Recipes), seeds differing from call to call."""
    out = np.empty(count, np.int64)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = state >> 24
    return out


def image(kind: str, width: int, height: int, seed: int) -> np.ndarray:
    n = width * height
    a, b, c = (random_bytes(n, seed + k) for k in range(3))
    levels = {
        "uniform": lambda: a,
        "two-classes": lambda: np.where(c < 64, 150, 60) + (a + b) // 8 - 32,
        "narrow": lambda: 100 + (a + b + c) // 96,
        "specks": lambda: np.where(c < 8, 220, 40) + a // 16,
        "two-levels": lambda: np.where(a < 128, 17, 201),
        "flat": lambda: np.full(n, 77),
    }[kind]()
    return levels.astype(np.uint8).reshape(height, width)


def areas(binary: np.ndarray) -> list[int]:
    """In scan order of the first pixel, which is how scikit-image numbers them."""
    return [int(r.area) for r in regionprops(label(binary, connectivity=2))]


def digest(values) -> str:
    return hashlib.sha256(",".join(map(str, values)).encode()).hexdigest()


def case(kind: str, width: int, height: int, seed: int) -> dict:
    grey = image(kind, width, height, seed)
    threshold, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    regions = areas(bright)
    filled = areas(ndimage.binary_fill_holes(bright))
    return {
        "kind": kind,
        "widthPx": width,
        "heightPx": height,
        "seed": seed,
        "threshold": int(threshold),
        "brightPixels": int(bright.sum()),
        "binarySha256": hashlib.sha256(bright.tobytes()).hexdigest(),
        "regions": len(regions),
        "areasSha256": digest(regions),
        "filledRegions": len(filled),
        "filledAreasSha256": digest(filled),
    }


if __name__ == "__main__":
    cases = [case(kind, w, h, 1000 * i + 10 * j) for i, kind in enumerate(KINDS) for j, (w, h) in enumerate(SIZES)]
    print("[\n" + ",\n".join("  " + json.dumps(c) for c in cases) + "\n]")
