# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93"]
# ///
"""Writes cases.json: what OpenCV's Gaussian and non-local means filters make of frames that any language can rebuild.

Inputs are integer formulas of a seed (`frame` below, its twin in test/support/test-frames.ts), so that only their SHA-256 is
stored. Small outputs are stored whole, large ones as SHA-256 and three crops, which show where a difference is.

Run: python3 generate.py
"""

import base64
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

CROP_PX = 12
WHOLE_UP_TO_PIXELS = 1000


def hash32(x: np.ndarray) -> np.ndarray:
    """A full-avalanche hash of 32-bit integers (Wellons' lowbias32)."""
    x = x.astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def frame(content: str, seed: int, width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    noise = hash32(((y * width + x) + seed * 0x9E3779B1) & 0xFFFFFFFF)
    if content == "noise":
        return (noise >> np.uint32(24)).astype(np.uint8)
    if content == "two-level":
        return np.where(noise & np.uint32(1), 255, 0).astype(np.uint8)
    if content == "flat":
        return np.full((height, width), seed % 256, np.uint8)
    assert content in ("discs", "saturated")
    level = 60 + ((x * 3 + y * 2) >> 6)
    for disc in range(1 + (width * height) // 4096):
        a, b, c = (int(hash32(np.array([seed * 4096 + disc * 3 + i]))[0]) for i in range(3))
        radius = 4 + c % 17
        inside = (x - a % width) ** 2 + (y - b % height) ** 2 <= radius * radius
        level = np.where(inside, 130 + (c >> 8) % 110, level)
    bytes4 = sum(((noise >> np.uint32(8 * i)) & np.uint32(255)).astype(np.int64) for i in range(4))
    level = level + ((bytes4 - 510) * 21 >> 8)
    return np.clip((level - 60) * 4 if content == "saturated" else level, 0, 255).astype(np.uint8)


def sha256(image: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def stored(image: np.ndarray) -> list[dict]:
    """The whole image where it is small, else crops of two corners and the middle."""
    height, width = image.shape
    if image.size <= WHOLE_UP_TO_PIXELS:
        windows = [(0, 0, width, height)]
    else:
        corners = [(0, 0), (width - CROP_PX, height - CROP_PX), (width // 2, height // 2)]
        windows = [(x, y, CROP_PX, CROP_PX) for x, y in corners]
    return [
        {"x": x, "y": y, "width": w, "height": h, "base64": base64.b64encode(image[y : y + h, x : x + w].tobytes()).decode()}
        for x, y, w, h in windows
    ]


def case(content: str, size: tuple[int, int], name: str, parameters: dict, run) -> dict:
    width, height = size
    seed = width * 7 + height
    source = frame(content, seed, width, height)
    output = run(source)
    return {
        "filter": name,
        **parameters,
        "input": {"content": content, "seed": seed, "width": width, "height": height, "sha256": sha256(source)},
        "output": {"sha256": sha256(output), "windows": stored(output)},
    }


def nlm(content: str, size: tuple[int, int], h: float) -> dict:
    return case(content, size, "nlm", {"h": h}, lambda source: cv2.fastNlMeansDenoising(source, None, h, 7, 21))


def gaussian(content: str, size: tuple[int, int], kernel: int, sigma: float) -> dict:
    run = lambda source: cv2.GaussianBlur(source, (kernel, kernel), sigma)  # noqa: E731
    return case(content, size, "gaussian", {"kernelPx": kernel, "sigmaPx": sigma}, run)


LARGE = [(512, 512), (457, 300)]
SMALL = [(7, 9), (1, 1), (13, 64)]
TINY = [(1, 17), (17, 1), (2, 2), (31, 32)]
KERNELS = [(1, 1), (3, 0.8), (5, 1.1), (5, 5), (7, 1.5), (9, 2.5), (15, 20), (21, 3.3), (31, 0.3), (31, 5), (31, 100)]

cases = [nlm("discs", size, h) for size in LARGE + SMALL for h in (3, 10, 15, 30)]
cases += [nlm("discs", size, h) for size in TINY for h in (1, 12.3, 60)]
cases += [nlm("noise", size, h) for size in SMALL for h in (25.7, 60)]
cases += [nlm("two-level", (33, 21), h) for h in (10, 60)]
cases += [nlm(content, (90, 70), h) for content in ("flat", "saturated") for h in (1, 10, 60)]
# Sizes on either side of the kernels' tiles and bands, and any strength between 1 and 60.
generator = np.random.default_rng(20_241)
for content in ("discs", "noise", "two-level", "saturated") * 3:
    size = (int(generator.integers(1, 150)), int(generator.integers(1, 150)))
    cases.append(nlm(content, size, round(float(generator.uniform(1, 60)), 2)))
cases += [nlm("discs", size, 21.5) for size in [(513, 65), (65, 129), (525, 64)]]
cases += [gaussian("discs", size, 5, 5) for size in LARGE]
cases += [gaussian(content, (90, 70), 5, 5) for content in ("flat", "saturated")]
cases += [gaussian("noise", size, kernel, sigma) for size in [(131, 67), *SMALL] for kernel, sigma in KERNELS]
cases += [gaussian("noise", size, kernel, sigma) for size in TINY for kernel, sigma in [(5, 5), (31, 5)]]
cases += [gaussian("two-level", (33, 21), 5, 5)]

versions = {"opencv": cv2.__version__, "numpy": np.__version__}
text = json.dumps({"versions": versions, "cases": cases}, indent=1)
Path(__file__).with_name("cases.json").write_text(text + "\n")
print(f"{len(cases)} cases, {len(text)} bytes")
