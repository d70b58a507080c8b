"""Trains the denoiser from nothing, or goes on where a run stopped.

    python train_denoiser.py denoiser.toml [--out runs/NAME] [--resume] [--steps N] [--device cpu|cuda] [--threads N]

Scene i of a run depends on the seed and on i alone. Writes OUT/checkpoint.pt (weights, their running mean, optimiser, step) and OUT/log.jsonl.
The loss is the mean square of what is left of the noise, in units of the noise. The learning rate rises, stays, and falls to nothing.
"""

import argparse
import json
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
import torch

from denoiser_network import Denoiser
from denoiser_pairs import examples
from train import learning_rate

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


def rest(predicted, noise):
    """Mean square of what is left, in units of the noise. Where a frame has hardly any, edges could fill the whole sum: a crop counts 4 at most."""
    each = (predicted - noise).square().mean((1, 2, 3))
    return torch.where(each < 4, each, 4 * torch.log(each.clamp(min=4) / 4) + 4).mean()


class Run:
    """A network in training, with what it needs to go on."""

    def __init__(self, options, out, device):
        self.options, self.out, self.device, self.step = options, out, torch.device(device), 0
        self.network = Denoiser(**options["network"]).to(self.device, memory_format=torch.channels_last)
        self.mean = {name: value.clone() for name, value in self.network.state_dict().items()}
        training = options["training"]
        self.optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=training["weight_decay"])

    def resume(self):
        state = torch.load(self.out / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.mean, self.step = state["mean"], state["step"]

    def save(self):
        state = {"network": self.network.state_dict(), "mean": self.mean, "optimizer": self.optimizer.state_dict(), "step": self.step, "options": self.options}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").rename(self.out / "checkpoint.pt")

    def learn(self, seen, noise):
        training = self.options["training"]
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, training)
        seen, noise = (part.to(self.device, memory_format=torch.channels_last) for part in (seen, noise))
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=training["bfloat16"]):
            predicted = self.network(seen)
        loss = rest(predicted.float(), noise)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), training["clip"])
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        self.follow(min(training["mean_decay"], (1 + self.step) / (10 + self.step)))
        return float(loss.detach())

    @torch.no_grad()
    def follow(self, decay):
        """The running mean of the weights, which is what is exported."""
        for name, value in self.network.state_dict().items():
            self.mean[name].lerp_(value, 1 - decay)


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
            line = {"step": run.step, "s": round(time.time() - started), "rest": round(float(np.mean(losses)), 5)}
            print(json.dumps(line), flush=True)
            with open(run.out / "log.jsonl", "a") as log:
                log.write(json.dumps(line) + "\n")
            losses = []
        if run.step % training["save_every"] == 0:
            run.save()
    run.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/denoiser"))
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
    print(f"{sum(p.numel() for p in run.network.parameters()) / 1e3:.0f} k parameters, step {run.step}", flush=True)
    train(run)


if __name__ == "__main__":
    main()
