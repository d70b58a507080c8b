"""The threshold path as a user would write it offline: OpenCV, one thread, one file after the other.

Usage: opencv_threshold.py DIR. Prints one JSON object: frames, seconds, particles.
Needs: numpy, opencv-python-headless.
"""

import json
import pathlib
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
files = sorted(pathlib.Path(sys.argv[1]).glob("frame_*.*"))
particles = 0
start = time.perf_counter()
for file in files:
    frame = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    smooth = cv2.GaussianBlur(frame, (5, 5), 5)
    _, binary = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        area = cv2.contourArea(contour)
        if area < 20:
            continue
        particles += 1
        hull = cv2.convexHull(contour)
        np.sqrt(4 * area / np.pi), cv2.arcLength(contour, True), cv2.contourArea(hull), cv2.minAreaRect(hull)
seconds = time.perf_counter() - start
print(json.dumps({"frames": len(files), "seconds": seconds, "particles": particles}))
