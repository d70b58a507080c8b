# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pycocotools==2.0.11"]
# ///
"""Golden data of the evaluation: average precision by pycocotools, and the masks that it makes of polygons and run lengths.

Masks are not stored: a disc `[x, y, r]` is the pixels whose centres lie within r of (x + 0.5, y + 0.5), which needs integers only, so that
test/golden/evaluation/evaluation.test.ts makes the same ones.

Run: python3 generate.py
"""

import contextlib
import io
import json
import pathlib

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

WIDTH, HEIGHT = 96, 64
HERE = pathlib.Path(__file__).parent


def disc(x: int, y: int, r: int) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.asfortranarray(((columns - x) ** 2 + (rows - y) ** 2 <= r * r).astype(np.uint8))


def frames_of(rng: np.random.Generator, count: int, truths: int, jitter: int, levels: int) -> list[dict]:
    """Frames of random discs; detections are truths moved by up to `jitter` px, false ones, and repeats; scores have `levels` values."""
    frames = []
    for _ in range(count):
        discs = [
            [int(rng.integers(8, WIDTH - 8)), int(rng.integers(8, HEIGHT - 8)), int(rng.integers(2, 11))] for _ in range(truths)
        ]
        found = []
        for x, y, r in discs:
            for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
                move = rng.integers(-jitter, jitter + 1, 3)
                found.append([x + int(move[0]), y + int(move[1]), max(1, r + int(move[2]))])
        for _ in range(int(rng.integers(0, 3))):
            found.append([int(rng.integers(8, WIDTH - 8)), int(rng.integers(8, HEIGHT - 8)), int(rng.integers(2, 9))])
        scores = rng.integers(1, levels + 1, len(found)) / levels
        frames.append({"truth": discs, "found": found, "scores": [float(s) for s in scores]})
    return frames


def evaluated(frames: list[dict], kind: str) -> dict:
    truths, found = [], []
    for image, frame in enumerate(frames, 1):
        for shape in frame["truth"]:
            rle = coco_mask.encode(disc(*shape))
            truths.append({"id": len(truths) + 1, "image_id": image, "category_id": 1, "iscrowd": 0, "segmentation": rle,
                           "area": float(coco_mask.area(rle)), "bbox": [float(v) for v in coco_mask.toBbox(rle)]})
        for shape, score in zip(frame["found"], frame["scores"]):
            rle = coco_mask.encode(disc(*shape))
            found.append({"image_id": image, "category_id": 1, "score": score, "segmentation": rle,
                          "bbox": [float(v) for v in coco_mask.toBbox(rle)]})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"info": {}, "images": [{"id": i + 1, "width": WIDTH, "height": HEIGHT} for i in range(len(frames))],
                        "categories": [{"id": 1}], "annotations": truths}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), {"masks": "segm", "boxes": "bbox"}[kind])
        evaluation.params.maxDets = [1, 10, 100_000]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, 0, 0, 2]
    matched = [image["dtMatches"] for image in evaluation.evalImgs[: len(frames)] if image is not None]
    by_threshold = [int(n) for n in sum((m > 0).sum(axis=1) for m in matched)]
    return {"ap50": float(precision[0].mean()), "ap50To95": float(precision.mean()), "matched": by_threshold}


def precision_cases() -> list[dict]:
    rng = np.random.default_rng(42)
    cases = {
        "many scores": frames_of(rng, 4, 12, 3, 1000),
        "three scores, many ties": frames_of(rng, 4, 12, 3, 3),
        "one score, as thresholding gives": frames_of(rng, 3, 9, 2, 1),
        "nearly right": frames_of(rng, 2, 8, 1, 100),
        "nearly all wrong": frames_of(rng, 2, 6, 9, 100),
        "exactly right": [{"truth": f["truth"], "found": f["truth"], "scores": [0.5] * len(f["truth"])}
                          for f in frames_of(rng, 2, 4, 0, 1)],
    }
    with_empty = frames_of(rng, 2, 5, 2, 10)
    cases["frames without truth and without detections"] = [
        {"truth": [], "found": [[20, 20, 5], [60, 30, 7]], "scores": [0.9, 0.2]},
        with_empty[0],
        {"truth": [[30, 30, 6]], "found": [], "scores": []},
        with_empty[1],
        {"truth": [], "found": [], "scores": []},
    ]
    return [{"name": name, "kind": kind, "frames": frames, **evaluated(frames, kind)}
            for name, frames in cases.items() for kind in ("masks", "boxes")]


def segmentation_cases() -> list[dict]:
    rng = np.random.default_rng(7)
    polygons = [
        ("triangle", [[10.0, 5.0, 40.0, 8.5, 22.2, 50.7]]),
        ("upright rectangle", [[4.0, 4.0, 20.0, 4.0, 20.0, 12.0, 4.0, 12.0]]),
        ("two pieces", [[4.0, 4.0, 20.0, 4.0, 12.0, 18.0], [50.5, 40.5, 70.2, 41.0, 60.0, 60.9]]),
        ("beyond the frame", [[-5.0, -8.0, 40.0, 10.0, 100.0, 30.0, 50.0, 80.0]]),
        ("points that repeat", [[10.0, 10.0, 10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 30.0, 30.0]]),
        ("smaller than a pixel", [[10.1, 10.1, 10.3, 10.1, 10.2, 10.4]]),
        ("self-crossing", [[10.0, 10.0, 50.0, 50.0, 50.0, 10.0, 10.0, 50.0]]),
        ("many corners", [[float(v) for v in np.round(np.stack([
            48 + 25 * np.cos(np.arange(40) / 40 * 2 * np.pi) + rng.normal(0, 1, 40),
            32 + 25 * np.sin(np.arange(40) / 40 * 2 * np.pi) + rng.normal(0, 1, 40)], 1).ravel(), 2)]]),
    ]
    cases = [(name, polygon) for name, polygon in polygons]
    for name, binary in [("noise", rng.integers(0, 2, (HEIGHT, WIDTH))), ("disc", disc(40, 30, 20)),
                         ("full", np.ones((HEIGHT, WIDTH))), ("empty", np.zeros((HEIGHT, WIDTH)))]:
        if name == "noise":
            binary[:, 12:] = 0
        compressed = coco_mask.encode(np.asfortranarray(binary.astype(np.uint8)))
        flat = binary.astype(np.uint8).ravel(order="F")
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))) 
        counts = np.diff(np.concatenate([[0], edges, [flat.size]]))
        cases.append((f"compressed runs, {name}", {"size": compressed["size"], "counts": compressed["counts"].decode()}))
        cases.append((f"plain runs, {name}", {"size": [HEIGHT, WIDTH], "counts": [int(c) for c in counts]}))
    return [{"name": name, "segmentation": segmentation, "runs": runs_of(segmentation)} for name, segmentation in cases]


def runs_of(segmentation) -> list[int]:
    """The mask row by row as lengths of runs of 0, 1, 0, ..."""
    rles = coco_mask.frPyObjects(segmentation, HEIGHT, WIDTH) if not isinstance(segmentation, dict) or isinstance(
        segmentation["counts"], list) else segmentation
    rle = coco_mask.merge(rles) if isinstance(rles, list) else rles
    flat = coco_mask.decode(rle).ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat])))
    return [int(n) for n in np.diff(np.concatenate([[0], edges, [flat.size]]))]


def write(name: str, cases: list[dict]) -> None:
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    write("precision.json", precision_cases())
    write("segmentations.json", segmentation_cases())
