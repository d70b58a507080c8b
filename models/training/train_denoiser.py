"""Trains the denoiser from nothing, or goes on where a run stopped.

    python train_denoiser.py denoiser.toml [--out runs/NAME] [--resume] [--steps N] [--device cpu|cuda] [--threads N]

Scene i of a run depends on the seed and on i alone. Writes OUT/checkpoint.pt (weights, their running mean, optimiser, step) and OUT/log.jsonl.
The loss is what is left of the noise in decibels, the mean over crops. The learning rate rises, stays, and falls to nothing.
"""

import json
import time

import cv2
import numpy as np
import torch

from denoiser_network import Denoiser
from denoiser_pairs import examples
from running import Run, command


class Scenes(torch.utils.data.Dataset):
    """Scene i of a run, as its crops."""

    def __init__(self, options, first, count):
        self.options, self.first, self.count = options, first, count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        cv2.setNumThreads(1)
        data = self.options["data"]
        rng = np.random.default_rng([self.options["seed"], self.first + i])
        seen, noise = examples(rng, data["edge_px"], data["crop_px"], data["crops"], data["paper_share"])
        return torch.from_numpy(seen), torch.from_numpy(noise)


def batched(scenes):
    return [torch.cat(part)[:, None] for part in zip(*scenes)]


LEAST_REST = 1e-3  # of the noise's power, where there is nothing more to gain


def rest_db(predicted, noise):
    """Power of what is left over that of the noise, dB, the mean over crops.

    By its mean square a crop full of detail would count twenty times as much as the inside of a large particle, of which half a percent is left.
    """
    each = (predicted - noise).square().mean((1, 2, 3))
    return 10 * torch.log10(each + LEAST_REST).mean()


class DenoiserRun(Run):
    def __init__(self, options, out, device):
        network = Denoiser(**options["network"]).to(device, memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(network.parameters(), weight_decay=options["training"]["weight_decay"])
        super().__init__(options, out, device, network, optimizer)

    def learn(self, seen, noise):
        training = self.options["training"]
        self.set_learning_rate()
        seen, noise = (part.to(self.device, memory_format=torch.channels_last) for part in (seen, noise))
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=training["bfloat16"]):
            predicted = self.network(seen)
        loss = rest_db(predicted.float(), noise)
        self.descend(loss)
        return float(loss.detach())


def train(run):
    training = run.options["training"]
    scenes = training["batch"] // run.options["data"]["crops"]
    loader = torch.utils.data.DataLoader(
        Scenes(run.options, run.step * scenes, (training["steps"] - run.step) * scenes),
        batch_size=scenes,
        num_workers=training["workers"],
        prefetch_factor=6 if training["workers"] > 0 else None,
        collate_fn=batched,
    )
    run.network.train()
    started, losses = time.time(), []
    for seen, noise in loader:
        losses.append(run.learn(seen, noise))
        if run.step % training["report_every"] == 0:
            line = {"step": run.step, "s": round(time.time() - started), "rest_db": round(float(np.mean(losses)), 3)}
            print(json.dumps(line), flush=True)
            with open(run.out / "log.jsonl", "a") as log:
                log.write(json.dumps(line) + "\n")
            losses = []
        if run.step % training["save_every"] == 0:
            run.save()
    run.save()


if __name__ == "__main__":
    command(__doc__, "runs/denoiser", DenoiserRun, train)
