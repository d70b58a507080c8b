"""What a user would run instead: torchvision's Mask R-CNN R50-FPN on one frame, one thread.

Usage: torchvision_maskrcnn.py REPEATS PARTICLES. Prints one JSON object: milliseconds a frame of each repeat.
Needs: torch, torchvision. Weights are random, so scores say nothing: the best PARTICLES boxes get a mask, as a trained network's would.
"""

import json
import sys
import time

import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

EDGE_PX = 512

repeats, particles = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
torch.manual_seed(1)
model = maskrcnn_resnet50_fpn(
    weights=None,
    weights_backbone=None,
    min_size=EDGE_PX,
    max_size=EDGE_PX,
    box_score_thresh=0.0,
    box_nms_thresh=0.99,
    box_detections_per_img=particles,
).eval()
frame = [torch.rand(3, EDGE_PX, EDGE_PX)]
times = []
with torch.inference_mode():
    model(frame)
    for _ in range(repeats):
        start = time.perf_counter()
        model(frame)
        times.append((time.perf_counter() - start) * 1e3)
print(json.dumps({"msPerFrame": times}))
