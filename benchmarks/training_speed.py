"""Training speed of the published example's VAE (784-400-20, batch 128, Bernoulli), three ways.

reference   the loop that most tutorials teach: DataLoader, ToTensor, Adam, as pytorch/examples
            does it, with its evaluation on the test split after each epoch
bare        forward, backward and step on resident tensors, nothing else
ours        ``aecore.training.Trainer`` as the app runs it (checks for finite values, events)

The epochs of the three are interleaved, so that a slow minute of the machine hits all.

    python benchmarks/training_speed.py [--epochs 10] [--device cpu]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from aecore import data
from aecore.config import ModelConfig, TrainConfig
from aecore.training import Epoch, Trainer

BATCH = 128


class ReferenceVAE(nn.Module):
    """The network of pytorch/examples, written again: 784-400-20-400-784 with ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def forward(self, x):
        h = F.relu(self.fc1(x.view(-1, 784)))
        mu, log_var = self.fc21(h), self.fc22(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, log_var


def reference_loss(reconstruction, x, mu, log_var):
    bce = F.binary_cross_entropy(reconstruction, x.view(-1, 784), reduction="sum")
    return bce - 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


def reference(device):
    """Yields (seconds, negative ELBO) of each epoch of the tutorial's loop."""
    torch.manual_seed(0)
    root, to_tensor = data.data_folder(), transforms.ToTensor()
    loaders = [
        DataLoader(
            datasets.MNIST(root, train=train, transform=to_tensor),
            batch_size=BATCH,
            shuffle=train,
        )
        for train in (True, False)
    ]
    model = ReferenceVAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        started = time.perf_counter()
        for x, _ in loaders[0]:
            x = x.to(device)
            optimizer.zero_grad()
            loss = reference_loss(*_with(x, model(x)))
            loss.backward()
            loss.item()  # the example adds it up for its report
            optimizer.step()
        seconds = time.perf_counter() - started
        with torch.no_grad():
            total = sum(
                reference_loss(*_with(x.to(device), model(x.to(device)))) for x, _ in loaders[1]
            )
        yield seconds, float(total) / 10_000


def _with(x, output):
    return output[0], x, *output[1:]


def bare(device, precision):
    """Yields (seconds, None) of each epoch of the least that training takes."""
    trainer = Trainer(config(precision), device=device, watch=False)
    model, optimizer, generator = trainer.model, trainer.optimizers[0], trainer.generator
    images = trainer.train_split.images
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=trainer.precision == "bfloat16")
    while True:
        started = time.perf_counter()
        order = torch.randperm(len(images), generator=generator, device=device)
        for start in range(0, len(images), BATCH):
            x = images[order[start : start + BATCH]].unsqueeze(1).float().div_(255)
            with autocast:
                loss = model(x, x, generator).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        yield time.perf_counter() - started, None


def ours(device, precision, epochs):
    """Yields (seconds, negative ELBO) of each epoch of our trainer."""
    trainer = Trainer(config(precision), device=device, watch=False)
    before = 0.0
    for event in trainer.run(epochs):
        if isinstance(event, Epoch):
            last = event.epoch == epochs
            yield event.seconds - before, -trainer.metrics().elbo_nats if last else None
            before = event.seconds


def config(precision):
    model = ModelConfig("mlp", True, 20, (400,), "relu", likelihood="bernoulli")
    return TrainConfig(model, schedule="constant", precision=precision, batch_size=BATCH)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    args = parser.parse_args()
    device = torch.device(args.device)
    loops = {
        "reference": reference(device),
        "bare": bare(device, args.precision),
        "ours": ours(device, args.precision, args.epochs),
    }
    seconds = {name: [] for name in loops}
    nelbo = {}
    for _ in range(args.epochs):
        for name, loop in loops.items():
            taken, bound = next(loop)
            seconds[name].append(taken)
            if bound is not None:
                nelbo[name] = round(bound, 2)
    median = {name: statistics.median(taken) for name, taken in seconds.items()}
    print(
        json.dumps(
            {
                "epochs": args.epochs,
                "device": args.device,
                "precision": Trainer(config(args.precision), device=device).precision,
                "seconds_an_epoch": {name: round(value, 3) for name, value in median.items()},
                "negative_elbo": nelbo,
                "reference_over_ours": round(median["reference"] / median["ours"], 2),
                "ours_over_bare": round(median["ours"] / median["bare"], 3),
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
