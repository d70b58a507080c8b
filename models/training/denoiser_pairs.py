"""Pairs for the denoiser: what a detector gives, and what it would give without noise.

The scenes are those of frames.py, before its noise. Levels are 0..255. The noise is that of a detector, Poisson and Gaussian: its variance is
`gain * level + offset`. A network sees `(level - mean) / sigma`, with sigma off by as much as an estimate may be, and learns the noise in
units of sigma.
"""

import numpy as np

import frames

SIGMA_FLOOR = 0.3  # levels, `leastNoise` of the manifest: about the noise of rounding to whole levels
ESTIMATE_ERROR = 0.06  # of ln(sigma)


def scene(rng, edge, paper_share):
    """A picture without noise, float32, and the level of its background."""
    choice = rng.random()
    if choice < 0.04:
        drawn = frames.Scene(np.ones((edge, edge), np.float32), 0.0, 1.0, [])
    elif choice < 0.04 + paper_share:
        drawn = frames.liquid_cell_scene(rng, edge, True)
    elif rng.random() < 0.5:
        drawn = frames.liquid_cell_scene(rng, edge, False)
    else:
        drawn = frames.supported_scene(rng, edge)
    return drawn.image.astype(np.float32), drawn.background


def levels_of(rng, image, background):
    """The picture on the grey scale: particles bright or dark, of a contrast from faint to the whole range."""
    low, high = float(image.min()), float(image.max())
    span = max(high - low, 0.3 * background)
    contrast = 255 * float(np.exp(rng.uniform(np.log(0.1), np.log(0.9))))
    levels = (image - low) * (contrast / span)
    if rng.random() < 0.35:
        levels = levels.max() - levels
    room = 255 - float(levels.max())
    return levels + rng.uniform(0, max(room, 0))


def sigma_of(rng):
    """Standard deviation of the noise in levels; one frame in eight has none but that of rounding."""
    choice = rng.random()
    if choice < 0.12:
        return 0.0
    low, high = (4, 45) if choice < 0.6 else (0.3, 15)
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def noisy(rng, levels, sigma, frame_mean):
    """The levels as a detector counts them, and the root mean square of the noise of a whole frame."""
    mean = max(frame_mean, 1.0)
    poisson = rng.uniform(0, 1) if rng.random() < 0.4 else 0.0
    gain, offset = poisson * sigma**2 / mean, (1 - poisson) * sigma**2
    if gain > 0 and rng.random() < 0.3:
        grainy = (rng.poisson(np.maximum(levels, 0) / gain) * gain).astype(np.float32)
        noisy = grainy + np.float32(np.sqrt(offset)) * rng.standard_normal(levels.shape, dtype=np.float32)
    else:
        deviation = np.sqrt(np.maximum(0, gain * levels + offset)).astype(np.float32)
        noisy = levels + deviation * rng.standard_normal(levels.shape, dtype=np.float32)
    if sigma == 0 or rng.random() < 0.6:
        return np.clip(np.rint(noisy), 0, 255), np.sqrt(sigma**2 + 1 / 12)
    return noisy, sigma


def examples(rng, edge, crop, count, paper_share):
    """Crops of a scene: what the network sees, and the noise in it, both [count, crop, crop] in units of sigma."""
    image, background = scene(rng, edge, paper_share)
    seen, noises = [], []
    for _ in range(count):
        levels = levels_of(rng, image, background)
        frame_mean = float(levels.mean())
        y, x = rng.integers(0, edge - crop + 1, 2)
        levels = levels[y : y + crop, x : x + crop]
        frame, sigma = noisy(rng, levels, sigma_of(rng), frame_mean)
        unit = np.float32(max(SIGMA_FLOOR, sigma * np.exp(rng.normal(0, ESTIMATE_ERROR))))
        turns, flip = int(rng.integers(4)), rng.random() < 0.5
        for part, of in ((seen, frame - frame_mean), (noises, frame - levels)):
            turned = np.rot90(of / unit, turns)
            part.append(turned[:, ::-1] if flip else turned)
    return np.stack(seen).astype(np.float32), np.stack(noises).astype(np.float32)
