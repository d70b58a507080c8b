"""Trains the network from nothing, or goes on where a run stopped.

    python train.py config.toml [--out runs/NAME] [--resume] [--steps N] [--device cpu|cuda]

Frames are made as the training goes: frame i of a run depends on the seed and on i alone. Writes OUT/checkpoint.pt (weights, their running
mean, optimiser, step) and OUT/log.jsonl. The learning rate is that of `running`.
"""

import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

import frames
from losses import total_loss
from network import Network
from real import RealFrames
from running import Run, command


class Frames(torch.utils.data.Dataset):
    """Frame i of a run."""

    def __init__(self, options, first, count):
        self.options, self.first, self.count, self.real = options, first, count, None

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        cv2.setNumThreads(1)
        data = self.options["data"]
        if self.real is None and data["real_share"] > 0:
            root = Path(__file__).parent / data["real_root"]
            self.real = RealFrames(root, data["real_boxed"], data["real_masked"], data["real_dark"])
        rng = np.random.default_rng([self.options["seed"], self.first + i])
        return frames.sample(rng, data["edge_px"], self.real, data["real_share"])


def batched(samples):
    images = torch.from_numpy(np.stack([image for image, *_ in samples]))[:, None]
    truths = [
        {
            "boxes": torch.from_numpy(boxes.astype(np.float32)),
            "patches": torch.from_numpy(patches).float() / 255,
            "has_mask": torch.from_numpy(has_mask),
        }
        for _, boxes, patches, has_mask in samples
    ]
    return images, truths


class DetectorRun(Run):
    def __init__(self, options, out, device):
        network = Network(**options["network"]).to(device, memory_format=torch.channels_last)
        decayed = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": options["training"]["weight_decay"]}, {"params": others, "weight_decay": 0.0}]
        super().__init__(options, out, device, network, torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98)))

    def learn(self, images, truths):
        training = self.options["training"]
        self.set_learning_rate()
        images = images.to(self.device, memory_format=torch.channels_last)
        truths = [{name: value.to(self.device) for name, value in truth.items()} for truth in truths]
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=training["bfloat16"]):
            losses = total_loss(self.network, images, truths, training)
            loss = sum(training["weights"][name] * value for name, value in losses.items())
        self.descend(loss)
        return {name: float(torch.as_tensor(value).detach()) for name, value in losses.items()}


def train(run):
    training = run.options["training"]
    first, left = run.step * training["batch"], training["steps"] - run.step
    loader = torch.utils.data.DataLoader(
        Frames(run.options, first, left * training["batch"]),
        batch_size=training["batch"],
        num_workers=training["workers"],
        prefetch_factor=6,
        collate_fn=batched,
    )
    network = run.network.train()
    started, sums, count = time.time(), {}, 0
    for images, truths in loader:
        for name, value in run.learn(images, truths).items():
            sums[name] = sums.get(name, 0.0) + value
        count += 1
        if run.step % training["report_every"] == 0:
            line = {"step": run.step, "s": round(time.time() - started), **{n: round(v / count, 4) for n, v in sums.items()}}
            print(json.dumps(line), flush=True)
            with open(run.out / "log.jsonl", "a") as log:
                log.write(json.dumps(line) + "\n")
            sums, count = {}, 0
        if run.step % training["save_every"] == 0:
            run.save()
    run.save()
    return network


if __name__ == "__main__":
    command(__doc__, "runs/run", DetectorRun, train)
