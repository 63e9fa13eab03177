"""Training the prior over the codes of a VQ-VAE, and the file that keeps it.

    for progress in train(maps, labels, config):
        ...

Whoever iterates is in charge, as in ``aecore.training``. The file is like a model's: safetensors
with a JSON card, which names the model whose codes the prior knows by a fingerprint of its weights.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aecore import checkpoint
from aecore.config import PriorConfig
from aecore.data import Dataset
from aecore.explore.codebook import maps_of
from aecore.messages import CheckpointError, ConfigError
from aecore.metrics import BATCH
from aecore.models import QuantizedAutoencoder, seeded
from aecore.models.autoregressive import CodePrior

FORMAT = "autoencoder-lab-prior/1"
EPOCHS = 4
LEARNING_RATE = 4e-3
MAPS_A_STEP = 128
STEPS_AN_EVENT = 20


@dataclass(frozen=True, eq=False)
class Progress:
    """Where a training stands.

    share: of it, in (0, 1]; nats: −log p(k|y) of the maps since the last time, their mean; prior:
    the trained one, at the end.
    """

    share: float
    nats: float
    prior: CodePrior | None = None


def train(
    maps: Tensor, labels: Tensor, config: PriorConfig, *, steps: int, seed: int = 0
) -> Iterator[Progress]:
    """Minimise −log p(k|y) over maps (N, side, side) and their classes (N,), in so many steps of
    Adam, and say from time to time where it stands; the same seed gives the same prior."""
    generator = Generator().manual_seed(seed)
    with seeded(seed):
        prior = CodePrior(config)
    adam = torch.optim.Adam(prior.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, LEARNING_RATE, steps)
    order, sums = torch.empty(0, dtype=torch.int64), []
    for step in range(1, steps + 1):
        # Its products are so small that threads only wait for each other.
        with threadpool_limits(1):
            if not len(order):
                order = torch.randperm(len(maps), generator=generator)
            batch, order = order[:MAPS_A_STEP], order[MAPS_A_STEP:]
            loss = prior.nats(maps[batch], labels[batch]).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
            sums.append(loss.item())
        if step % STEPS_AN_EVENT == 0 or step == steps:
            mean, done = sum(sums) / len(sums), prior.eval() if step == steps else None
            sums = []
            yield Progress(step / steps, mean, done)


@torch.inference_mode()
def nats(prior: CodePrior, maps: Tensor) -> float:
    """The mean of −log p(k) over maps (N, side, side) whose class is not told."""
    with threadpool_limits(1):
        parts = [prior.nats_of_any_class(part) for part in maps.split(BATCH)]
    return torch.cat(parts).mean().item()


@dataclass(frozen=True)
class PriorCard:
    """What the file of a prior says of itself.

    model: the name of the model whose codes it knows; fingerprint: of its weights; test_nats: the
    mean of −log p(k) over the test split of ``dataset``, the class not told; seconds: of training.
    """

    config: PriorConfig
    model: str
    fingerprint: str
    dataset: str
    test_nats: float
    steps: int
    seconds: float
    parameters: int
    versions: dict[str, str]


def fingerprint(model: QuantizedAutoencoder) -> str:
    """Tells the weights of a model, as they are kept in half precision, from all others."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().half().numpy().tobytes())
    return digest.hexdigest()[:16]


def save(file: Path, prior: CodePrior, card: PriorCard) -> None:
    """Write a prior in half precision; raises CheckpointError where it can't be written."""
    content = checkpoint.packed(prior, {**asdict(card), "format": FORMAT}, half=True)
    checkpoint.write(file, content)


def load(source: Path | bytes, model: QuantizedAutoencoder) -> tuple[CodePrior, PriorCard]:
    """The prior over the codes of ``model``, on the CPU, and its card.

    Raises CheckpointError for a file that is damaged, of another format, whose tensors are not
    those its card promises, or that was trained on the codes of another model.
    """
    content = checkpoint.read(source)
    card = _card(checkpoint.read_json(content, FORMAT))
    if card.fingerprint != fingerprint(model):
        raise CheckpointError("This prior was trained on the codes of another model.")
    prior = CodePrior(card.config)
    checkpoint.fill(prior, checkpoint.read_arrays(content))
    return prior.eval(), card


def _card(said: dict[str, Any]) -> PriorCard:
    try:
        config = PriorConfig(**said.pop("config"))
        return PriorCard(config=config, **said)
    except ConfigError as error:
        raise CheckpointError(
            "The card of this file is not valid: {reason}", reason=error.sentence
        ) from error
    except (KeyError, TypeError) as error:
        raise CheckpointError("The card of this file is not complete.") from error


def make(
    model: QuantizedAutoencoder, name: str, dataset: Dataset, epochs: int = EPOCHS
) -> tuple[CodePrior, PriorCard]:
    """The prior over the codes that a model gives to the training pictures, as its file keeps it,
    and its card; name: the model's."""
    started = time.perf_counter()
    maps = maps_of(model, dataset.train)
    config = PriorConfig(len(model.codebook))
    steps = epochs * math.ceil(len(maps) / MAPS_A_STEP)
    *_, last = train(maps, dataset.train.labels, config, steps=steps)
    prior, seconds = last.prior.half().float(), time.perf_counter() - started
    card = PriorCard(
        config=config,
        model=name,
        fingerprint=fingerprint(model),
        dataset=dataset.name,
        test_nats=nats(prior, maps_of(model, dataset.test)),
        steps=steps,
        seconds=seconds,
        parameters=sum(p.numel() for p in prior.parameters()),
        versions=checkpoint.versions(),
    )
    return prior, card
