"""What to train and how: validated settings that travel as JSON.

A config is frozen and checked when it is made, so that whatever holds one holds a
valid one. ``to_json`` and ``from_json`` are inverse to each other.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from aecore.messages import ConfigError

PIXELS = 28 * 28
# Of the code of a VQ-VAE, 7 x 7.
PLACES = 7 * 7

DATASETS = ("mnist", "fashion-mnist", "kmnist", "digits")
# How their authors write those that have a name of their own.
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
# Every set has as many.
CLASSES = 10
NETWORKS = ("linear", "mlp", "conv")
ACTIVATIONS = ("gelu", "relu", "tanh", "sigmoid")
CODE_ACTIVATIONS = ("none", "sigmoid", "tanh", "relu", "k-sparse")
LIKELIHOODS = ("bernoulli", "gaussian", "laplace")
# The corruptions of ``aecore.corruption``, and the highest level of each.
NOISE_LEVELS = {
    "none": 1.0,
    "random": 1.0,
    "gaussian": 2.0,
    "masking": 1.0,
    "salt-pepper": 1.0,
    "block": 1.0,
    "blur": 4.0,
    "low-resolution": 14.0,
}
NOISES = tuple(NOISE_LEVELS)
# The regularisers of ``aecore.models.penalties``.
PENALTIES = ("l1", "activity", "decoder-weights", "contraction", "labels")
# What the codes of an adversarial autoencoder follow: see ``aecore.models.priors``.
PRIORS = ("gaussian", "mixture", "swiss-roll")
SCHEDULES = ("constant", "one-cycle")
PRECISIONS = ("auto", "float32", "bfloat16")

MAX_LATENT_DIM = 2 * PIXELS


@dataclass(frozen=True)
class PenaltyConfig:
    """A regulariser Ω and its weight λ: the loss is −log p(x|z) + Σ λ Ω.

    kind: see ``aecore.models.penalties``; weight: λ, 0 to 10,000; rho: the mean activation that
    ``activity`` asks of each unit, between 0 and 1; warm_up: the share of a training, 0 to 1, in
    which the weight rises in a line from 0 to λ.
    """

    kind: str
    weight: float
    rho: float = 0.05
    warm_up: float = 0.0

    def __post_init__(self) -> None:
        check_choice("penalty", self.kind, PENALTIES)
        check_real("weight", self.weight, 0, 10_000)
        check_real("rho", self.rho, 1e-4, 1 - 1e-4)
        check_real("warm_up", self.warm_up, 0, 1)


@dataclass(frozen=True)
class AdversaryConfig:
    """The discriminator of an adversarial autoencoder.

    prior: what the codes are to look like (see ``aecore.models.priors``); weight: λ of the term
    that fools it, 0 to 10,000; labels: it also sees the class, so that each has a place of its own.
    """

    prior: str = "gaussian"
    weight: float = 10.0
    labels: bool = False

    def __post_init__(self) -> None:
        check_choice("prior", self.prior, PRIORS)
        check_real("weight", self.weight, 0, 10_000)
        check_flag("labels", self.labels)


@dataclass(frozen=True)
class QuantizerConfig:
    """The codebook of a VQ-VAE.

    num_embeddings: K, the vectors of the codebook, 2 to 4,096; commitment: γ, the weight of the
    commitment, 0 to 100; decay: of the moving average that the codebook follows, below 1; 0: it
    learns by its own term of the loss instead.
    """

    num_embeddings: int = 128
    commitment: float = 0.25
    decay: float = 0.99

    def __post_init__(self) -> None:
        check_whole("num_embeddings", self.num_embeddings, 2, 4096)
        check_real("commitment", self.commitment, 0, 100)
        check_real("decay", self.decay, 0, 0.99999)

    @property
    def bits(self) -> float:
        """Of a code: log₂ K for each of its 49 places."""
        return PLACES * math.log2(self.num_embeddings)


@dataclass(frozen=True)
class PriorConfig:
    """A prior over the codes of a VQ-VAE (``aecore.models.autoregressive``).

    num_embeddings: K, the codes; side: of a map, 1 to 14; width: the numbers that each place is
    worked on with, a multiple of 4, 4 to 512; layers: how often each place looks back, 1 to 12.
    """

    num_embeddings: int
    side: int = 7
    width: int = 64
    layers: int = 3

    def __post_init__(self) -> None:
        check_whole("num_embeddings", self.num_embeddings, 2, 4096)
        check_whole("side", self.side, 1, 14)
        check_whole("width", self.width, 4, 512)
        check_whole("layers", self.layers, 1, 12)
        if self.width % 4:
            raise ConfigError("“width” must be a multiple of 4.")


@dataclass(frozen=True)
class ModelConfig:
    """The shape of an autoencoder, and what it minimises.

    network: ``linear`` (one matrix each way), ``mlp`` or ``conv``.
    variational: the encoder gives a distribution q(z|x) = N(μ, diag σ²) instead of a point.
    conditional: encoder and decoder of a variational autoencoder also get the class.
    latent_dim: d, the number of values in a code, 1 to 1,568 (twice the input).
    hidden: widths of the hidden layers of the encoder, from the picture to the code;
        the decoder mirrors them. Empty: the code is the only hidden layer.
    activation: of the hidden layers.
    code_activation: of the code itself (deterministic autoencoders only); ``k-sparse`` keeps the
        k largest values of a code and sets the others to 0.
    kl_warm_up: the share of a training, 0 to 1, in which the weight of the KL term rises in a line
        from 0 to β.
    free_bits: the nats of KL that each latent has free of charge, 0 to 10.
    importance_samples: k of the importance-weighted bound, 1 (a plain VAE) to 1,000.
    k, k_anneal: for ``k-sparse``; k falls in a line from d to its value in the share
        ``k_anneal`` of a training, 0 to 1.
    adversary: what the codes are made to look like by a discriminator (deterministic autoencoders
        only), None for no such thing.
    quantizer: the codebook of a VQ-VAE, None for continuous codes. Its network is convolutional
        without hidden layers, and d is 49 times the values of a vector.
    penalties: regularisers of the loss, each kind at most once (deterministic autoencoders only).
    channels: convolutional only: feature maps at 14x14; twice as many at 7x7.
    likelihood: p(x|z), which names the reconstruction loss: bernoulli (BCE),
        gaussian (MSE) or laplace (MAE); the scaling stands in ``aecore.likelihood``.
    beta: weight of the KL term, β of the β-VAE (Higgins et al., 2017).
    pixel_mean: the reconstruction is averaged over the 784 pixels in the loss: wrong beside a KL
        term that is summed, since it is β multiplied by 784. Metrics and curves of the terms
        remain summed.
    """

    network: str = "mlp"
    variational: bool = False
    latent_dim: int = 32
    hidden: tuple[int, ...] = (512,)
    activation: str = "gelu"
    code_activation: str = "none"
    channels: int = 32
    likelihood: str = "gaussian"
    conditional: bool = False
    beta: float = 1.0
    kl_warm_up: float = 0.0
    free_bits: float = 0.0
    importance_samples: int = 1
    k: int = 25
    k_anneal: float = 0.5
    penalties: tuple[PenaltyConfig, ...] = ()
    adversary: AdversaryConfig | None = None
    quantizer: QuantizerConfig | None = None
    pixel_mean: bool = False

    def __post_init__(self) -> None:
        check_choice("network", self.network, NETWORKS)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("code_activation", self.code_activation, CODE_ACTIVATIONS)
        check_choice("likelihood", self.likelihood, LIKELIHOODS)
        check_flag("variational", self.variational)
        check_flag("conditional", self.conditional)
        check_flag("pixel_mean", self.pixel_mean)
        if self.conditional and not self.variational:
            raise ConfigError("A conditional autoencoder is a variational one here.")
        check_whole("latent_dim", self.latent_dim, 1, MAX_LATENT_DIM)
        check_whole("channels", self.channels, 1, 256)
        check_real("beta", self.beta, 0, 1000)
        if not isinstance(self.hidden, (list, tuple)) or len(self.hidden) > 6:
            raise ConfigError("“hidden” must be a list of at most 6 layer widths.")
        object.__setattr__(self, "hidden", tuple(self.hidden))
        for width in self.hidden:
            check_whole("hidden", width, 1, 4096)
        if self.network == "linear":
            # One matrix each way: hidden layers and activations do not exist here.
            object.__setattr__(self, "hidden", ())
            if self.variational:
                raise ConfigError("The linear autoencoder has no variational form here.")
            if self.likelihood == "bernoulli":
                raise ConfigError(
                    "The linear autoencoder has a linear output, outside [0, 1]: choose the "
                    "gaussian (MSE) or the laplace (MAE) likelihood."
                )
            if self.code_activation != "none":
                raise ConfigError("The code of the linear autoencoder has no activation.")
        if self.variational and self.code_activation != "none":
            raise ConfigError("The code of a variational autoencoder has no activation.")
        check_real("kl_warm_up", self.kl_warm_up, 0, 1)
        check_real("free_bits", self.free_bits, 0, 10)
        check_whole("importance_samples", self.importance_samples, 1, 1000)
        if self.conditional and self.importance_samples > 1:
            raise ConfigError("The importance-weighted bound has no conditional form here.")
        if self.importance_samples > 1 and (self.beta != 1 or self.kl_warm_up or self.free_bits):
            raise ConfigError(
                "The importance-weighted bound has no KL term of its own: it goes with β = 1, "
                "without warm-up and without free bits."
            )
        if self.importance_samples > 1 and self.pixel_mean:
            raise ConfigError(
                "The importance-weighted bound weighs its draws by log p(x|z), which is summed "
                "over the pixels: it can't be averaged over them."
            )
        check_whole("k", self.k, 1, MAX_LATENT_DIM)
        check_real("k_anneal", self.k_anneal, 0, 1)
        self._check_penalties()
        self._check_adversary()
        self._check_quantizer()

    def _check_quantizer(self) -> None:
        if self.quantizer is None:
            return
        if not isinstance(self.quantizer, QuantizerConfig):
            raise ConfigError("“quantizer” must be a group of named settings.")
        if self.variational or self.penalties or self.adversary or self.code_activation != "none":
            raise ConfigError("A VQ-VAE has its codebook and nothing else on its code.")
        if self.network != "conv" or self.hidden:
            raise ConfigError("A VQ-VAE is convolutional here, without hidden layers.")
        if self.latent_dim % PLACES:
            raise ConfigError("The code of a VQ-VAE has 7 x 7 vectors: d must be a multiple of 49.")

    def _check_adversary(self) -> None:
        if self.adversary is None:
            return
        if not isinstance(self.adversary, AdversaryConfig):
            raise ConfigError("“adversary” must be a group of named settings.")
        if self.variational or self.penalties:
            raise ConfigError("An adversarial autoencoder has neither a KL term nor a penalty.")
        if self.adversary.prior != "gaussian" and self.latent_dim != 2:
            raise ConfigError("The mixture and the swiss roll lie in a plane: they need d = 2.")

    def _check_penalties(self) -> None:
        if not isinstance(self.penalties, (list, tuple)):
            raise ConfigError("“penalties” must be a list of regularisers.")
        object.__setattr__(self, "penalties", tuple(self.penalties))
        kinds = [p.kind for p in self.penalties if isinstance(p, PenaltyConfig)]
        if len(kinds) < len(self.penalties):
            raise ConfigError("“penalties” must be a list of regularisers.")
        if len(set(kinds)) < len(kinds):
            raise ConfigError("Each kind of penalty may be given once only.")
        if kinds and self.variational:
            raise ConfigError("A variational autoencoder has its KL term and no other penalty.")
        if "activity" in kinds and self.code_activation != "sigmoid":
            raise ConfigError(
                "The penalty on the mean activation needs a code between 0 and 1: give the code "
                "a sigmoid."
            )
        if "contraction" in kinds and self.code_activation == "k-sparse":
            raise ConfigError("A k-sparse code has no derivative that the contraction could use.")

    def penalty(self, kind: str) -> PenaltyConfig | None:
        """The regulariser of a kind, None if there is none."""
        return next((p for p in self.penalties if p.kind == kind), None)


@dataclass(frozen=True)
class NoiseConfig:
    """How the input is corrupted while the target stays clean (Vincent et al., 2008).

    kind: see ``aecore.corruption``; level: a share of pixels in [0, 1]; for ``gaussian`` the
    standard deviation in units of the pixel range, 0 to 2; for ``blur`` that of the kernel in
    pixels, 0 to 4; for ``low-resolution`` the side of a coarse pixel, 0 to 14.
    """

    kind: str = "none"
    level: float = 0.0

    def __post_init__(self) -> None:
        check_choice("noise", self.kind, NOISES)
        check_real("noise level", self.level, 0, NOISE_LEVELS[self.kind])


@dataclass(frozen=True)
class TrainConfig:
    """One training run, whole: the same config and the same data give the same weights on a CPU.

    classes: those of the training pictures that the model sees, and of the test pictures it is
        measured on; sorted. Empty: all of them, as which all ten are read.
    learning_rate: of Adam (Kingma and Ba, 2015); with the ``one-cycle`` schedule its peak.
    epochs: passes over the training split, 1 to 1,000.
    binarize: each picture becomes black and white anew at each step, white with the probability
        that its grey says (Burda et al., 2016); metrics are then those of test pictures that were
        binarised once.
    precision: ``auto`` takes bfloat16 where the processor multiplies it in hardware.
    """

    model: ModelConfig = field(default_factory=ModelConfig)
    dataset: str = "mnist"
    classes: tuple[int, ...] = ()
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    schedule: str = "one-cycle"
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    binarize: bool = False
    seed: int = 0
    precision: str = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.model, ModelConfig) or not isinstance(self.noise, NoiseConfig):
            raise ConfigError("“model” and “noise” must be settings of their own.")
        check_choice("dataset", self.dataset, DATASETS)
        object.__setattr__(self, "classes", check_classes(self.classes))
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("precision", self.precision, PRECISIONS)
        check_flag("binarize", self.binarize)
        check_whole("epochs", self.epochs, 1, 1000)
        check_whole("batch_size", self.batch_size, 1, 10_000)
        check_whole("seed", self.seed, 0, 2**31 - 1)
        check_real("learning_rate", self.learning_rate, 1e-7, 10)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON types only; ``from_json`` reads it back."""
        data = asdict(self)
        data["model"]["hidden"] = list(self.model.hidden)
        data["model"]["penalties"] = list(data["model"]["penalties"])
        data["classes"] = list(self.classes)
        return data

    @classmethod
    def from_json(cls, data: Any) -> TrainConfig:
        """Read and check a config; a setting that is missing takes its default.

        Raises ConfigError on an unknown name or a bad value.
        """
        data = dict(mapping("config", data))
        if "model" in data:
            model = dict(mapping("model", data["model"]))
            if isinstance(model.get("penalties"), (list, tuple)):
                model["penalties"] = [
                    made(PenaltyConfig, mapping("penalties", p)) for p in model["penalties"]
                ]
            if model.get("adversary") is not None:
                model["adversary"] = made(AdversaryConfig, mapping("adversary", model["adversary"]))
            if model.get("quantizer") is not None:
                model["quantizer"] = made(QuantizerConfig, mapping("quantizer", model["quantizer"]))
            data["model"] = made(ModelConfig, model)
        if "noise" in data:
            data["noise"] = made(NoiseConfig, mapping("noise", data["noise"]))
        return made(cls, data)

    @property
    def is_plain(self) -> bool:
        """Whether it makes a deterministic autoencoder that is free to do what it likes: all
        classes, clean input, no activation of the code, no regulariser, no codebook."""
        model = self.model
        bound = model.variational or model.penalties or model.adversary or model.quantizer
        free = not bound and model.code_activation == "none"
        return free and not self.classes and self.noise.kind == "none"

    def with_latent_dim(self, latent_dim: int) -> TrainConfig:
        """The same run with another d: one line of the course's exercise."""
        return replace(self, model=replace(self.model, latent_dim=latent_dim))


def mapping(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("“{name}” must be a group of named settings.", name=name)
    return value


def made(part: type, values: dict[str, Any]) -> Any:
    known = {f.name for f in fields(part)}
    for name in values:
        if name not in known:
            raise ConfigError("“{name}” is not a known setting.", name=name)
    return part(**values)


def check_choice(name: str, value: Any, options: tuple[str, ...]) -> None:
    if value not in options:
        raise ConfigError(
            "“{name}” must be one of {options}, not “{value}”.",
            name=name,
            options=", ".join(options),
            value=value,
        )


def check_classes(classes: Any) -> tuple[int, ...]:
    whole = isinstance(classes, (list, tuple)) and all(
        isinstance(c, int) and not isinstance(c, bool) and 0 <= c < CLASSES for c in classes
    )
    if not whole or len(set(classes)) < len(classes):
        raise ConfigError("“classes” must be a list of different whole numbers from 0 to 9.")
    return () if len(classes) == CLASSES else tuple(sorted(classes))


def check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError("“{name}” must be true or false.", name=name)


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(
            "“{name}” must be a whole number from {low} to {high}, not “{value}”.",
            name=name,
            low=low,
            high=high,
            value=value,
        )


def check_real(name: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # false for NaN as well
        raise ConfigError(
            "“{name}” must be a number from {low} to {high}, not “{value}”.",
            name=name,
            low=low,
            high=high,
            value=value,
        )
