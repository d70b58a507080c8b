"""Trains the network from nothing, or goes on where a run stopped.

    python train.py config.toml [--out runs/NAME] [--resume] [--steps N] [--device cpu|cuda]

Frames are made as the training goes: frame i of a run depends on the seed and on i alone. Writes OUT/checkpoint.pt (weights, their running
mean, optimiser, step) and OUT/log.jsonl. The learning rate rises, stays, and falls to nothing over the last quarter of the steps.
"""

import argparse
import json
import math
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
import torch

import frames
from losses import total_loss
from network import Network
from real import RealFrames


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


def learning_rate(step, options):
    """Linear rise, constant, cosine fall over the last share."""
    steps, fall = options["steps"], options["fall"] * options["steps"]
    rise = min(1.0, (step + 1) / options["warm_up"])
    left = min(1.0, max(0.0, (steps - step) / fall))
    return options["learning_rate"] * rise * (0.5 - 0.5 * math.cos(math.pi * left))


class Run:
    """A network in training, with what it needs to go on."""

    def __init__(self, options, out, device):
        self.options, self.out, self.device = options, out, torch.device(device)
        self.network = Network(**options["network"]).to(self.device, memory_format=torch.channels_last)
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": options["training"]["weight_decay"]}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98))
        self.mean = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.step = 0

    def resume(self):
        state = torch.load(self.out / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.mean, self.step = state["mean"], state["step"]

    def save(self):
        state = {"network": self.network.state_dict(), "mean": self.mean, "optimizer": self.optimizer.state_dict(), "step": self.step, "options": self.options}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").rename(self.out / "checkpoint.pt")

    def learn(self, images, truths):
        training = self.options["training"]
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, training)
        images = images.to(self.device, memory_format=torch.channels_last)
        truths = [{name: value.to(self.device) for name, value in truth.items()} for truth in truths]
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=training["bfloat16"]):
            losses = total_loss(self.network, images, truths, training)
            loss = sum(training["weights"][name] * value for name, value in losses.items())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), training["clip"])
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        self.follow(min(training["mean_decay"], (1 + self.step) / (10 + self.step)))
        return {name: float(torch.as_tensor(value).detach()) for name, value in losses.items()}

    @torch.no_grad()
    def follow(self, decay):
        """The running mean of the weights, which is what is exported."""
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.mean[name].lerp_(value, 1 - decay)
            else:
                self.mean[name].copy_(value)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/run"))
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", type=int, help="in place of the configuration's")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    options = tomllib.loads(arguments.config.read_text())
    if arguments.steps:
        options["training"]["steps"] = arguments.steps
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(options["seed"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = Run(options, arguments.out, arguments.device)
    if arguments.resume:
        run.resume()
    print(f"{sum(p.numel() for p in run.network.parameters()) / 1e6:.2f} M parameters, step {run.step}", flush=True)
    train(run)


if __name__ == "__main__":
    main()
