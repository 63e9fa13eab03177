"""Training one model on one cloud: updates as fast as they are asked for, and frames to look at.

    trainer = PointTrainer(config, rates)
    trainer.advance(100)
    trainer.frame()

The turns of the two players are those of ``aecore.gan.algorithm``, their losses those of
``aecore.gan.games``: the very formulas that pictures are trained by.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.numpy import save
from torch import Generator, Tensor

from aecore.gan.algorithm import critic_turn, generator_turn
from aecore.messages import Sentence
from aecore.points import clouds, fields, measures
from aecore.points.config import PointsConfig, Rates
from aecore.points.models import PointGan, build

SAMPLES, ARROWS, MEASURED = 512, 128, 2500
# Of a point: those further away are drawn at the rim, and fit half precision.
FAR = 100.0
GREYS = 255


@dataclass(frozen=True)
class Frame:
    """What a model is like after so many updates of its generator.

    data, samples: (512, 2), samples of the same noise each time, of an autoencoder what it makes
    of the data; starts, arrows: (128, 2); surfaces: by name, (40, 40) each; manifold: see
    ``fields``. critic, generator, distance: means since the last frame, of the losses and of what
    the critic's loss estimates; an autoencoder has its loss as the generator's. NaN where there is
    none, as covered for a cloud without modes.
    """

    step: int
    seconds: float
    data: Tensor
    samples: Tensor
    starts: Tensor
    arrows: Tensor
    surfaces: dict[str, Tensor]
    manifold: Tensor
    critic: float
    generator: float
    distance: float
    covered: float
    touched: float
    quality: float
    energy: float

    @property
    def row(self) -> tuple[float | None, ...]:
        """Of the curves: COLUMNS; None for what is no finite number."""
        values = (getattr(self, name) for name in COLUMNS)
        return tuple(value if math.isfinite(value) else None for value in values)

    def to_bytes(self) -> bytes:
        """One safetensors blob of about 10 kB for a browser: points in half precision, surfaces in
        256 steps from their lowest to their highest value, which the metadata tell."""
        points = ("data", "samples", "starts", "arrows", "manifold")
        arrays = {name: _halves(getattr(self, name)) for name in points}
        told = {"step": str(self.step), "seconds": f"{self.seconds:.3f}"}
        for name, surface in self.surfaces.items():
            low, high = surface.min().item(), surface.max().item()
            told[name] = f"{low:.6g} {high:.6g} {surface.median().item():.6g}"
            shares = (surface - low) / max(high - low, 1e-12)
            arrays[name] = (shares * GREYS).round().to(torch.uint8).numpy()
        return save(arrays, told)


COLUMNS = (
    *("step", "seconds", "critic", "generator", "distance"),
    *("covered", "touched", "quality", "energy"),
)


def _halves(points: Tensor) -> np.ndarray:
    return points.clamp(-FAR, FAR).half().numpy()


class PointTrainer:
    """A model, its optimisers, and where it stands.

    ``failure`` says why it can't go on, once a loss or a sample is no longer finite.
    """

    def __init__(self, config: PointsConfig, rates: Rates) -> None:
        self.config, self.rates = config, rates
        self.model = build(config)
        self.draw = clouds.sampler(config)
        self.generator = Generator().manual_seed(config.seed)
        if isinstance(self.model, PointGan):
            optimizer = self.model.game.optimizer
            self.critic_optimizer = optimizer(self.model.critic.parameters(), rates.critic)
            self.optimizer = optimizer(self.model.generator.parameters(), rates.generator)
        else:
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=rates.generator)
        self.step, self.seconds = 0, 0.0
        self.failure: Sentence | None = None
        self._sums: list[Tensor] = []
        # What is looked at does not touch what trains.
        looked = Generator().manual_seed(config.seed + 1)
        self.shown = self.draw(SAMPLES, looked)
        self.noise = torch.randn(MEASURED, config.latent_dim, generator=looked)
        self._no_labels = torch.zeros(config.batch_size)

    def change(self, rates: Rates) -> None:
        """From the next update on."""
        self.rates = rates
        for group in self.optimizer.param_groups:
            group["lr"] = rates.generator
        if isinstance(self.model, PointGan):
            for group in self.critic_optimizer.param_groups:
                group["lr"] = rates.critic

    def advance(self, updates: int = 1) -> None:
        """So many updates of the generator, with those of the critic before each."""
        started = time.perf_counter()
        self.model.train()
        update = self._play if isinstance(self.model, PointGan) else self._reconstruct
        for _ in range(updates):
            self._sums.append(update())
            self.step += 1
        self.seconds += time.perf_counter() - started

    def _play(self) -> Tensor:
        model = self.model
        for _ in range(self.rates.critic_steps):
            real = self.draw(self.config.batch_size, self.generator)
            critic = _last(
                critic_turn(model, self.critic_optimizer, real, self._no_labels, self.generator)
            )
        distance = model.game.distance(critic.terms).detach()
        generator = _last(generator_turn(model, self.optimizer, self._no_labels, self.generator))
        return torch.stack([critic.loss, generator.loss, distance])

    def _reconstruct(self) -> Tensor:
        x = self.draw(self.config.batch_size, self.generator)
        terms = self.model.terms(x, self.generator)
        loss = sum(term.mean() for term in terms.values())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return torch.stack([torch.tensor(math.nan), loss.detach(), torch.tensor(math.nan)])

    def frame(self) -> Frame:
        """What the model is like now; no update is changed by looking."""
        # Spectral normalisation follows its singular values only while it trains.
        model, played = self.model.eval(), isinstance(self.model, PointGan)
        many = self._samples()
        samples = many[:SAMPLES] if model.has_prior else self._reconstructions()
        if not samples.isfinite().all():
            self.failure = Sentence(
                "The training exploded after {step} updates: choose smaller learning rates.",
                step=self.step,
            )
        if played:
            starts, surfaces = samples[:ARROWS], {"critic": fields.critic_surface(model)}
            arrows = fields.pushes(model, starts)
        else:
            starts = self.shown[:ARROWS]
            arrows = self._reconstructions()[:ARROWS] - starts
            surfaces = {"error": fields.error_surface(model), "code": fields.code_surface(model)}
        means = torch.stack(self._sums).mean(0).tolist() if self._sums else [math.nan] * 3
        self._sums = []
        return Frame(
            *(self.step, self.seconds, self.shown, samples, starts, arrows, surfaces),
            *(fields.manifold(model, self.shown), *means, *self._coverage(many)),
            measures.distance_to(samples, self.shown),
        )

    @torch.no_grad()
    def _samples(self) -> Tensor:
        """2,500 samples of the same noise; of a model without a prior, its reconstructions."""
        return self.model.decode(self.noise) if self.model.has_prior else self._reconstructions()

    @torch.no_grad()
    def _reconstructions(self) -> Tensor:
        return self.model.decode(self.model.encode(self.shown))

    def _coverage(self, samples: Tensor) -> tuple[float, float, float]:
        cloud = self.config.cloud
        modes = clouds.modes(cloud)
        if modes is None:
            return (math.nan,) * 3
        found = measures.coverage(samples, modes, clouds.SPREAD[cloud])
        return found.covered, found.touched, found.quality


def _last(turn: Iterator) -> object:
    *_, last = turn
    return last
