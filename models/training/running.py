"""What every training here has in common: its state, how it goes on, its learning rate, its command line."""

import argparse
import math
import tomllib
from pathlib import Path

import torch


def learning_rate(step, options):
    """Linear rise, constant, cosine fall over the last share; all of it again from each of the steps named `restarts` on."""
    marks = [0, *options.get("restarts", []), options["steps"]]
    begin, end = next(((a, b) for a, b in zip(marks, marks[1:]) if step < b), marks[-2:])
    rise = min(1.0, (step - begin + 1) / options["warm_up"])
    left = min(1.0, max(0.0, (end - step) / (options["fall"] * (end - begin))))
    return options["learning_rate"] * rise * (0.5 - 0.5 * math.cos(math.pi * left))


class Run:
    """A network in training, with what it needs to go on."""

    def __init__(self, options, out, device, network, optimizer):
        self.options, self.out, self.device, self.step = options, out, torch.device(device), 0
        self.network, self.optimizer = network, optimizer
        self.mean = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def resume(self):
        state = torch.load(self.out / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.mean, self.step = state["mean"], state["step"]

    def save(self):
        state = {"network": self.network.state_dict(), "mean": self.mean, "optimizer": self.optimizer.state_dict(), "step": self.step, "options": self.options}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").rename(self.out / "checkpoint.pt")

    def descend(self, loss):
        """One step of the optimiser, and of the running mean; a loss that is no number is passed over."""
        training = self.options["training"]
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), training["clip"])
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        self.follow(min(training["mean_decay"], (1 + self.step) / (10 + self.step)))

    def set_learning_rate(self):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.options["training"])

    @torch.no_grad()
    def follow(self, decay):
        """The running mean of the weights, which is what is exported."""
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.mean[name].lerp_(value, 1 - decay)
            else:
                self.mean[name].copy_(value)


def command(text, out, make_run, train):
    """The command line of a training, whose module says `text`: reads the configuration, makes the run or takes it up again, and trains."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, default=Path(out))
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
    run = make_run(options, arguments.out, arguments.device)
    if arguments.resume:
        run.resume()
    print(f"{sum(p.numel() for p in run.network.parameters()) / 1e6:.2f} M parameters, step {run.step}", flush=True)
    train(run)
