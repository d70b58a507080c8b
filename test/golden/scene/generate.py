"""Writes cases.json: scenes, and their pictures as the training's renderer draws them (models/training/physics.py), without noise.

    pip install numpy==2.4.6
    python generate.py > cases.json

test/golden/scene/scene.test.ts draws the same scenes with the simulator.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "models" / "training"))
import physics  # noqa: E402

EDGE_PX = 48
THICKNESS = {
    "sphere": lambda u, v, s: physics.sphere(u, v, s["diameterNm"]),
    "rod": lambda u, v, s: physics.rod(u, v, s["lengthNm"], s["widthNm"]),
    "concave-cube": lambda u, v, s: physics.concave_cube(u, v, s["edgeNm"]),
    "prism": lambda u, v, s: physics.prism(u, v, s["edgeNm"], s["thicknessNm"]),
}


def body(shape, x, y, angle):
    return {"shape": shape, "xNm": x, "yNm": y, "angleRad": angle}


SPHERE = {"kind": "sphere", "diameterNm": 30.0}
ROD = {"kind": "rod", "lengthNm": 40.0, "widthNm": 9.0}
CUBE = {"kind": "concave-cube", "edgeNm": 26.0}
PRISM = {"kind": "prism", "edgeNm": 34.0, "thicknessNm": 12.0}
CASES = [
    {"name": "spheres that overlap, bright field", "modality": "bf", "fieldOfViewNm": 48.0, "bodies": [body(SPHERE, 18.3, 20.1, 0.0), body(SPHERE, 31.7, 29.4, 0.0)]},
    {"name": "a slanting rod, inverted", "modality": "bf-inverted", "fieldOfViewNm": 48.0, "bodies": [body(ROD, 24.2, 23.6, 0.7)]},
    {"name": "a concave cube, HAADF", "modality": "haadf", "fieldOfViewNm": 48.0, "bodies": [body(CUBE, 23.9, 24.4, 0.3)]},
    {"name": "a prism, fine pixels", "modality": "bf-inverted", "fieldOfViewNm": 31.0, "bodies": [body(PRISM, 15.0, 16.0, 2.1)]},
    {"name": "a mixture cut by the border, coarse pixels", "modality": "haadf", "fieldOfViewNm": 96.0,
     "bodies": [body(SPHERE, 4.0, 60.0, 0.0), body(ROD, 70.0, 88.0, 1.2), body(CUBE, 88.0, 20.0, 0.9), body(PRISM, 40.0, 40.0, 0.1)]},
    {"name": "nothing", "modality": "bf", "fieldOfViewNm": 48.0, "bodies": []},
]  # fmt: skip
BEAM = {"doseRate": 1000.0, "exposureS": 0.1, "liquidThicknessNm": 100.0, "windowThicknessNm": 50.0}


def picture(case):
    pixel = case["fieldOfViewNm"] / EDGE_PX
    at = (np.arange(EDGE_PX) + 0.5) * pixel
    thickness = np.zeros((EDGE_PX, EDGE_PX))
    for b in case["bodies"]:
        dx, dy = at[None] - b["xNm"], at[:, None] - b["yNm"]
        c, s = np.cos(b["angleRad"]), np.sin(b["angleRad"])
        thickness += THICKNESS[b["shape"]["kind"]](dx * c + dy * s, dy * c - dx * s, b["shape"])
    incident = physics.incident_electrons(BEAM["doseRate"], pixel, BEAM["exposureS"])
    return physics.detected_electrons(
        thickness, case["modality"], incident, BEAM["liquidThicknessNm"], BEAM["windowThicknessNm"]
    )


def main():
    for case in CASES:
        case["electrons"] = base64.b64encode(picture(case).astype("<f4").tobytes()).decode()
    json.dump({"edgePx": EDGE_PX, "beam": BEAM, "cases": CASES}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
