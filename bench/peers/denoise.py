"""What a user would denoise with instead: OpenCV, and scikit-image's fast non-local means, one frame at a time.

Usage: denoise.py, then one JSON request a line on standard input: {"tool", "filter", "h", "threads", "width", "height", "frame", "out"}; `frame`
is a file of 8-bit grey levels, row by row; the result is written to `out`. Answers with one JSON object a line: {"ms"} or {"error"}.
Needs: numpy, opencv-python-headless; scikit-image for the tool "skimage".
"""

import json
import sys
import time

import cv2
import numpy as np


def opencv(request: dict, frame: np.ndarray) -> np.ndarray:
    cv2.setNumThreads(request["threads"])
    if request["filter"] == "gaussian":
        return cv2.GaussianBlur(frame, (5, 5), 5)
    return cv2.fastNlMeansDenoising(frame, None, request["h"], 7, 21)


def skimage(request: dict, frame: np.ndarray) -> np.ndarray:
    from skimage.restoration import denoise_nl_means

    return denoise_nl_means(frame, patch_size=7, patch_distance=10, h=request["h"], fast_mode=True, preserve_range=True)


TOOLS = {"opencv": opencv, "skimage": skimage}

for line in sys.stdin:
    request = json.loads(line)
    try:
        frame = np.fromfile(request["frame"], np.uint8).reshape(request["height"], request["width"])
        start = time.perf_counter()
        result = TOOLS[request["tool"]](request, frame)
        ms = (time.perf_counter() - start) * 1e3
        np.clip(np.rint(result), 0, 255).astype(np.uint8).tofile(request["out"])
        print(json.dumps({"ms": ms}), flush=True)
    except Exception as error:  # noqa: BLE001 - whatever is missing is told, and the table says so
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
