"""Writes the trained denoiser as ONNX, float32, for frames of any size.

    python export_denoiser.py runs/denoiser/checkpoint.pt ..    # ../denoiser.onnx, and its hash in ../denoiser.json
"""

import argparse
import hashlib
import json
from pathlib import Path

import onnx
import torch

from denoiser_network import Denoiser
from denoiser_pairs import SIGMA_FLOOR

OPSET = 17
MULTIPLE_PX = 16  # the coarsest stride


def load(checkpoint):
    """The network of a checkpoint, with the running mean of its weights, and its state."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = Denoiser(**state["options"]["network"])
    network.load_state_dict(state["mean"])
    return network.eval(), state


def export(network, path):
    axes = {0: "batch", 2: "rows", 3: "columns"}
    torch.onnx.export(
        network,
        (torch.randn(1, 1, 128, 128),),
        str(path),
        input_names=["image"],
        output_names=["noise"],
        dynamic_axes={"image": axes, "noise": axes},
        opset_version=OPSET,
        dynamo=False,
        do_constant_folding=True,
    )
    onnx.checker.check_model(onnx.load(str(path)))


def manifest(path, parameters):
    shape = ["batch", 1, "rows", "columns"]
    return {
        "format": 1,
        "name": "denoiser",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "MIT",
        "input": {
            "name": "image",
            "shape": shape,
            "values": {"kind": "frame-mean-noise", "leastNoise": SIGMA_FLOOR},
            "multipleOfPx": MULTIPLE_PX,
        },
        "output": {"name": "noise", "shape": shape},
        "tiles": {"edgePx": 1024, "overlapPx": 128},
        "training": {
            "data": "scenes of models/training/frames.py with Poisson and Gaussian noise",
            "recipe": "models/training/denoiser.toml",
            "parameters": parameters,
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="where denoiser.json lies")
    arguments = parser.parse_args()
    network, state = load(arguments.checkpoint)
    path = arguments.folder / "denoiser.onnx"
    export(network, path)
    parameters = sum(p.numel() for p in network.parameters())
    described = manifest(path, parameters)
    (arguments.folder / "denoiser.json").write_text(json.dumps(described, indent=2) + "\n")
    print(f"step {state['step']}, {parameters} parameters")


if __name__ == "__main__":
    main()
