"""From a picture of mean intensities to what a microscope and its user make of it: blur, noise, scan errors, depth, files, filters."""

import cv2
import numpy as np

from supports import blur, waves


def jittered(rng, image):
    """A scan's errors: drift shears the frame, flyback bends its left edge, single lines jump."""
    edge = image.shape[0]
    y, x = np.mgrid[:edge, :edge].astype(np.float32)
    shift = np.zeros(edge, np.float32)
    if rng.random() < 0.5:
        shift += rng.normal(0, rng.uniform(0, 0.6), edge).astype(np.float32)
    bend = rng.uniform(0, 4) * np.exp(-x / rng.uniform(4, 20)) if rng.random() < 0.5 else 0
    return cv2.remap(image, x + shift[:, None] + bend, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def noisy(rng, image, sigma, background):
    """Adds noise of standard deviation `sigma` on the background: Gaussian, growing with the signal, coloured, and in lines."""
    edge = image.shape[0]
    grain = rng.standard_normal((edge, edge), dtype=np.float32)
    if rng.random() < 0.2:  # a detector's point spread, or the lattice of an amorphous film
        grain = blur(grain, rng.uniform(0.4, 1.2))
        grain /= grain.std() + 1e-6
    if rng.random() < 0.35:
        darkest = rng.choice([0.1, 0.01, 1e-4])  # a vacuum scatters next to nothing, and has next to no noise
        grain *= np.sqrt(np.clip(image / max(background, 1e-3), darkest, 10))
    image = image + sigma * grain
    if rng.random() < 0.12:
        image += sigma * rng.uniform(0, 0.8) * rng.standard_normal((edge, 1), dtype=np.float32)
    return image


def filtered(rng, image):
    """What users do before they look: the project's Gaussian and non-local means, a median, a soft blur."""
    choice = rng.random()
    if choice < 0.45:
        return cv2.GaussianBlur(image, (5, 5), 5, borderType=cv2.BORDER_REFLECT_101)
    if choice < 0.6:
        return blur(image, rng.uniform(0.5, 2.0))
    levels, low, high = eight_bit(rng, image)
    if choice < 0.72:
        out = cv2.medianBlur(levels, int(rng.choice([3, 5])))
    else:  # a smaller search window than the project's 21 looks the same and costs a quarter
        noise = np.median(np.abs(np.diff(levels[::2].astype(np.float32), axis=1))) / 0.954
        out = cv2.fastNlMeansDenoising(levels, None, float(max(2.0, noise * rng.uniform(0.5, 1.4))), 7, 11)
    return out.astype(np.float32) * ((high - low) / 255) + low


def eight_bit(rng, image):
    """Grey levels of a display range that may clip both ends, and the range."""
    low, high = np.percentile(image[::4, ::4], [rng.uniform(0, 0.5), rng.uniform(99.0, 100)])
    span = high - low + 1e-6
    low, high = low - rng.uniform(0, 0.3) * span, high + rng.uniform(0, 0.6) * span
    return np.clip((image - low) * (255 / (high - low)), 0, 255).astype(np.uint8), low, high


def coarse(rng, image):
    """Eight bits of which the dark parts fill one or two: a vacuum that is nothing but the steps of its digits."""
    low, high = np.percentile(image[::4, ::4], [0.5, 99.5])
    levels = np.maximum(0, image - low) * (rng.uniform(30, 250) / (high - low + 1e-6)) + rng.uniform(0, 1.6)
    levels += rng.uniform(0.05, 0.7) * rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(levels + 0.5, 0, 255).astype(np.uint8)


def stored(rng, image):
    """Eight bits or JPEG, for those frames that went through them."""
    choice = rng.random()
    if choice < 0.45:
        return image
    levels = coarse(rng, image) if choice > 0.88 else eight_bit(rng, image)[0]
    if choice > 0.8:
        _, packed = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 98))])
        levels = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return levels.astype(np.float32)


def lattice(rng, edge):
    """Fringes of one direction and period, standard deviation about 0.7."""
    t = np.arange(edge, dtype=np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.5, 7)
    k = 2 * np.pi / period
    return np.cos(k * (np.cos(angle) * t[None] + np.sin(angle) * t[:, None]) + rng.uniform(0, 6.28)).astype(np.float32)


def speckle(rng, edge):
    """Phase contrast of an amorphous film: noise of one band of lengths, standard deviation 1."""
    return waves(rng, edge, rng.uniform(2.5, 7))


def normalised(image):
    """What the model is fed: the twin of `modelInput` in src/daemon/segment/preprocess.ts."""
    image = image.astype(np.float32)
    return np.clip((image - image.mean()) / (image.std() + 1e-6), -10, 10)
