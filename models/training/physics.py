"""Bodies in projection and the beam through them: the twin of src/stream/source/simulated/{shape,optics}.ts.

Lengths in nm (or px, where one px is one nm). `u` runs along a body's axis, `v` across it, both in the image plane.
test/golden/scene holds both renderers to the same pictures.
"""

import numpy as np

DENT = 0.7  # where the faces of a concave cube are dented to, as a fraction of its half edge
MEAN_FREE_PATHS_NM = {
    "bf": {"particle": 85.0, "liquid": 185.0, "window": 144.0},
    "haadf": {"particle": 60.0, "liquid": 4900.0, "window": 1160.0},
}
SQRT3 = np.sqrt(3.0)


def rounded(u, v, half, radius):
    """A ball swept along the axis from -half to half (a sphere, a rod): thickness 2 sqrt(R^2 - distance^2)."""
    beyond = np.maximum(0, np.abs(u) - half)
    return 2 * np.sqrt(np.maximum(0, radius * radius - beyond * beyond - v * v))


def sphere(u, v, diameter):
    return rounded(u, v, 0.0, diameter / 2)


def rod(u, v, length, width):
    return rounded(u, v, (length - width) / 2, width / 2)


def concave_cube(u, v, edge):
    """The chord through a cube whose six faces are dented to an apex."""
    half = edge / 2
    dent = DENT * half
    larger, smaller = np.maximum(np.abs(u), np.abs(v)), np.minimum(np.abs(u), np.abs(v))
    top = dent + (1 - DENT) * larger
    bottom = np.where(larger <= dent + (1 - DENT) * smaller, 0, (larger - dent) / (1 - DENT))
    return np.where(larger >= half, 0, 2 * (top - bottom))


def prism(u, v, edge, thickness):
    inradius = edge / (2 * SQRT3)
    return np.where((u > -inradius) & (u + SQRT3 * np.abs(v) < 2 * inradius), thickness, 0.0)


def incident_electrons(dose_rate, pixel_size_nm, exposure_s):
    """Electrons on one pixel: dose rate [e/A2/s] * 100 * s^2 * exposure."""
    return dose_rate * 100 * pixel_size_nm**2 * exposure_s


def detected_electrons(thickness, modality, incident, liquid_nm=100.0, window_nm=50.0, paths=None):
    """Mean electrons a pixel detects under particles of a total thickness; they displace the liquid."""
    paths = paths or MEAN_FREE_PATHS_NM["haadf" if modality == "haadf" else "bf"]
    liquid = np.maximum(0, liquid_nm - thickness) / paths["liquid"]
    passed = np.exp(-(thickness / paths["particle"] + liquid + 2 * window_nm / paths["window"]))
    if modality == "haadf":
        return incident * (1 - passed)
    if modality == "bf":
        return incident * passed
    background = incident * np.exp(-(liquid_nm / paths["liquid"] + 2 * window_nm / paths["window"]))
    return 2 * background - incident * passed  # bf-inverted: mirrored about the background
