"""What a model looks like at one moment of its training, small enough to keep every moment.

A snapshot holds the same test pictures each time, so that a film of snapshots shows the
latent space form: where their codes lie in a plane, what the plane decodes to, and ten
digits with their codes and reconstructions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor

from aecore.config import NoiseConfig
from aecore.corruption import corrupt
from aecore.data import Split
from aecore.explore.subspace import principal_angles
from aecore.models import Autoencoder

POINTS = 1000
GRID = 15


@dataclass(frozen=True)
class Plane:
    """A plane in code space: point = origin + coordinates @ axes.

    origin: (d,); axes: (2, d), orthonormal rows (for d = 1 the second is zero).
    """

    origin: Tensor
    axes: Tensor

    def project(self, z: Tensor) -> Tensor:
        """(N, d) → (N, 2)."""
        return (z - self.origin) @ self.axes.T

    def lift(self, coordinates: Tensor) -> Tensor:
        """(N, 2) → (N, d)."""
        return self.origin + coordinates @ self.axes


def principal_plane(codes: Tensor, previous: Plane | None = None) -> Plane:
    """The plane in which to look at codes (N, d): the code itself for d = 2, else their first
    two principal directions, turned to lie as near as possible to the ``previous`` plane."""
    d = codes.shape[1]
    if d <= 2:
        return Plane(codes.new_zeros(d), torch.eye(2, d, device=codes.device))
    origin = codes.mean(0)
    axes = torch.linalg.svd(codes - origin, full_matrices=False).Vh[:2]
    if previous is not None:
        u, _, vh = torch.linalg.svd(previous.axes @ axes.T)
        axes = (u @ vh) @ axes  # the rotation of orthogonal Procrustes (Schönemann, 1966)
    return Plane(origin, axes)


@dataclass(frozen=True)
class Snapshot:
    """One moment. step: updates so far; epoch: passes so far, with fraction.

    coordinates: (N, 2) float32, codes in the plane; labels: (N,) uint8, their classes;
    extent: (x0, x1, y0, y1), the range of the manifold; manifold: (15, 15, 28, 28) uint8,
    row 0 at the top (y1); inputs, reconstructions: (10, 28, 28) uint8; codes: (10, d) float32
    (fewer where the split has fewer pictures);
    angles: (d,) float32, in degrees, from the subspace that a linear decoder spans to that of
    PCA; (0,) for other models.
    """

    step: int
    epoch: float
    coordinates: np.ndarray
    labels: np.ndarray
    extent: np.ndarray
    manifold: np.ndarray
    inputs: np.ndarray
    reconstructions: np.ndarray
    codes: np.ndarray
    angles: np.ndarray

    def to_bytes(self) -> bytes:
        """One safetensors blob, as the page's JavaScript reads it."""
        arrays = {
            field.name: np.ascontiguousarray(getattr(self, field.name))
            for field in fields(self)
            if field.name not in ("step", "epoch")
        }
        return save(arrays, {"step": str(self.step), "epoch": f"{self.epoch:.6g}"})


class Observer:
    """Takes snapshots of a model on fixed pictures of a test split: its first thousand, and
    ten ``representatives``, corrupted once if there is noise.

    components: (784, 784) with PCA's directions as rows, to measure linear models against.
    """

    def __init__(
        self,
        test: Split,
        noise: NoiseConfig,
        seed: int = 0,
        components: Tensor | None = None,
    ) -> None:
        self.points = test.pictures(slice(0, POINTS))
        self.labels = test.labels[:POINTS].cpu().numpy().astype(np.uint8)
        self.digits = test.pictures(representatives(test.labels))
        generator = torch.Generator(self.digits.device).manual_seed(seed)
        self.inputs = corrupt(self.digits, noise.kind, noise.level, generator)
        self.components = components
        self._plane: Plane | None = None

    @torch.inference_mode()
    def look(self, model: Autoencoder, step: int, epoch: float) -> Snapshot:
        """Take a snapshot now."""
        codes = model.encode(self.points).float()
        self._plane = principal_plane(codes, self._plane)
        coordinates = self._plane.project(codes)
        x0, y0 = torch.quantile(coordinates, 0.01, dim=0).tolist()
        x1, y1 = torch.quantile(coordinates, 0.99, dim=0).tolist()
        ten = model.encode(self.inputs).float()
        return Snapshot(
            step=step,
            epoch=epoch,
            coordinates=coordinates.cpu().numpy(),
            labels=self.labels,
            extent=np.array([x0, x1, y0, y1], np.float32),
            manifold=to_uint8(model.decode(self._grid(x0, x1, y0, y1))).reshape(GRID, GRID, 28, 28),
            inputs=to_uint8(self.inputs),
            reconstructions=to_uint8(model.decode(ten)),
            codes=ten.cpu().numpy(),
            angles=self._angles(model),
        )

    def _angles(self, model: Autoencoder) -> np.ndarray:
        if self.components is None or not model.linear:
            return np.zeros(0, np.float32)
        directions = self.components[: model.config.latent_dim].T
        return principal_angles(model.decoder[0].weight, directions).cpu().numpy()

    def _grid(self, x0: float, x1: float, y0: float, y1: float) -> Tensor:
        device = self.points.device
        x = torch.linspace(x0, x1, GRID, device=device)
        y = torch.linspace(y1, y0, GRID, device=device)
        rows, columns = torch.meshgrid(y, x, indexing="ij")
        return self._plane.lift(torch.stack([columns.flatten(), rows.flatten()], 1))


def representatives(labels: Tensor, count: int = 10) -> Tensor:
    """The indices of ``count`` pictures with these labels (N,): the first of each class in the
    order of the classes, then the second of each, until there are enough."""
    each = [(labels == c).nonzero().flatten() for c in labels.unique()]
    rank = torch.cat([torch.arange(len(own), device=labels.device) for own in each])
    return torch.cat(each)[rank.argsort(stable=True)][:count]


def to_uint8(pictures: Tensor) -> np.ndarray:
    """(B, 1, 28, 28) in [0, 1], clipped, → (B, 28, 28) uint8."""
    return (pictures.float().clamp(0, 1) * 255).round().byte().squeeze(1).cpu().numpy()
