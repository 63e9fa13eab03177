"""GANs on MNIST: what the pretrained ones are worth, what a step costs, how soon digits come.

samples    10,000 samples of each pretrained GAN, of VAEs and as many real training digits against
           the test digits, on our own classifier's features. The bars, for dcgan-d64 and
           wgan-gp-d64: ten classes, none above 16 %, a Fréchet distance of at most half of that
           of the VAE with d = 20
obedience  of the conditional ones: samples read as the class asked for. The bar: 97 %
step       a training as the lab does it, losses, gradients and events included, over a bare loop
           with the same networks, losses and batches; in turns, medians. The bar: 1.2
watchable  a training with the settings of the page: the first moment at which most samples are
           read with more than 80 % certainty. The bar: five minutes on two cores

    python benchmarks/gan.py [--only samples obedience step watchable]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

from aecore import checkpoint, data, library
from aecore.explore import classifier, noise, styles
from aecore.explore.fidelity import judge_of
from aecore.gan import file
from aecore.gan.config import GanConfig, GanTrainConfig
from aecore.gan.model import build
from aecore.gan.training import GanTrainer
from aecore.training import Evaluation, Step

COUNT = 10_000
BARRED = ("dcgan-d64", "wgan-gp-d64")
VAE = "vae-mlp-d20"
ROUNDS, UPDATES = 7, 50
SECONDS = 300


def report(found):
    return {
        "frechet": round(found.frechet, 2),
        "precision": round(found.precision, 3),
        "recall": round(found.recall, 3),
        "confident": round(found.confident, 3),
        "largest_share": round(found.largest_share, 3),
        "classes": found.classes_present,
    }


@torch.inference_mode()
def samples(dataset):
    judge, rows = judge_of(dataset), {}
    index = torch.randperm(len(dataset.train), generator=torch.Generator().manual_seed(0))
    rows["real"] = report(judge.measure(dataset.train.pictures(index[:COUNT])))
    model = checkpoint.load(library.path(VAE))[0]
    z = noise.draw(model.config.latent_dim, COUNT, 0)
    rows[VAE] = report(judge.measure(torch.cat([model.decode(part) for part in z.split(1000)])))
    for name in library.available(GanTrainConfig):
        gan, _card = file.load(library.path(name))
        z = noise.draw(gan.config.latent_dim, COUNT, 0)
        y = torch.arange(COUNT) * 10 // COUNT
        parts = zip(z.split(1000), y.split(1000), strict=True)
        rows[name] = report(judge.measure(torch.cat([gan.generate(*part) for part in parts])))
    bar = rows[VAE]["frechet"] / 2
    held = {
        name: rows[name]["frechet"] <= bar
        and rows[name]["largest_share"] < 0.16
        and rows[name]["classes"] == 10
        for name in BARRED
        if name in rows
    }
    return {"rows": rows, "bar": round(bar, 2), "held": held}


def obedience(dataset):
    reader, found = classifier.of(dataset), {}
    for name in library.available(GanTrainConfig):
        gan, _card = file.load(library.path(name))
        if gan.conditional:
            counts = styles.obedience(gan, reader, 1000)
            found[name] = round(counts.trace().item() / counts.sum().item(), 4)
    return {"read_as_asked": found, "samples": COUNT, "bar": 0.97}


def bare(config, split):
    """The same updates without anything of the lab around them."""
    gan = build(config.model, config.seed).train()
    penalised = config.model.game == "gradient-penalty"
    betas = (0.0, 0.9) if penalised else (0.5, 0.999)
    critic = torch.optim.Adam(gan.critic.parameters(), config.critic_rate, betas, fused=True)
    maker = torch.optim.Adam(gan.generator.parameters(), config.generator_rate, betas, fused=True)
    draw = torch.Generator().manual_seed(config.seed)
    images, size, d = split.images, config.batch_size, config.model.latent_dim

    def generate():
        z = torch.randn(size, d, generator=draw)
        return gan.generator(z).sigmoid().view(-1, 1, 28, 28)

    def update():
        for _ in range(config.critic_steps):
            index = torch.randint(len(images), (size,), generator=draw)
            x = images[index].unsqueeze(1).float().div_(255)
            with torch.no_grad():
                fake = generate()
            if penalised:
                loss = gan.critic(fake).mean() - gan.critic(x).mean()
                e = torch.rand(size, 1, 1, 1, generator=draw)
                between = (e * x + (1 - e) * fake).requires_grad_(True)
                slope = torch.autograd.grad(gan.critic(between).sum(), between, create_graph=True)
                loss = loss + 10 * (slope[0].flatten(1).norm(dim=1) - 1).square().mean()
            else:
                loss = F.softplus(-gan.critic(x)).mean() + F.softplus(gan.critic(fake)).mean()
            critic.zero_grad()
            loss.backward()
            critic.step()
        said = gan.critic(generate())
        loss = -said.mean() if penalised else F.softplus(-said).mean()
        maker.zero_grad()
        loss.backward(inputs=list(gan.generator.parameters()))
        maker.step()

    return update


def step(dataset):
    rows = {}
    for game, steps in (("non-saturating", 1), ("gradient-penalty", 3)):
        config = GanTrainConfig(GanConfig(game), critic_steps=steps)
        trainer = GanTrainer(config, dataset, watch=False)
        events, update, ratios = trainer.run(), bare(config, dataset.train), []
        next(events), update()
        for _ in range(ROUNDS):
            started, before = time.perf_counter(), trainer.step
            while trainer.step < before + UPDATES:
                next(events)
            lab = (time.perf_counter() - started) / (trainer.step - before)
            started = time.perf_counter()
            for _ in range(UPDATES):
                update()
            ratios.append(lab / ((time.perf_counter() - started) / UPDATES))
        rows[game] = {"ratio": round(statistics.median(ratios), 3), "ms": round(1000 * lab, 1)}
    return {"rows": rows, "bar": 1.2}


def watchable(dataset):
    judge_of(dataset)  # its classifier is trained once a server
    trainer = GanTrainer(GanTrainConfig(averaging=0.999), dataset)
    started, seen = time.perf_counter(), []
    for event in trainer.run():
        if isinstance(event, Evaluation):
            at = round(time.perf_counter() - started, 1)
            seen.append((at, round(event.metrics.confident, 3)))
        if isinstance(event, Step) and time.perf_counter() - started > SECONDS:
            break
    first = next((at for at, confident in seen if confident > 0.5 and at > 5), None)
    last_failure = max((k for k, (_at, confident) in enumerate(seen) if confident <= 0.5))
    lasting = seen[last_failure + 1][0] if last_failure + 1 < len(seen) else None
    return {"first": first, "for_good": lasting, "last": seen[-1], "bar_seconds": SECONDS}


def main() -> None:
    parts = {"samples": samples, "obedience": obedience, "step": step, "watchable": watchable}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=parts, default=list(parts))
    args = parser.parse_args()
    dataset = data.load("mnist")
    print(json.dumps({name: parts[name](dataset) for name in args.only}, indent=1))


if __name__ == "__main__":
    main()
