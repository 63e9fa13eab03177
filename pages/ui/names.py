"""What datasets, families and runs are called, in the language of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aecore.config import CLASSES, PENALTIES, TITLES, ModelConfig, TrainConfig
from aecore.gan.config import GanTrainConfig
from aecore.gan.translation.config import TranslationTrainConfig, TranslatorConfig
from aecore.runs import AnyConfig, Run
from pages.ui.i18n import _, number

if TYPE_CHECKING:
    from aecore.sweep import Job, Sweep


def dataset_names() -> dict[str, str]:
    """The datasets by the name that ``aecore`` gives them."""
    return {**TITLES, "digits": _("Embedded digits")}


def penalty_names() -> dict[str, str]:
    """The regularisers, with their formulas."""
    return {
        "l1": _("L1 of the code Σ|z|"),
        "activity": _("Mean activation KL(ρ ‖ ρ̂)"),
        "decoder-weights": _("Decoder's weights ‖W‖²"),
        "contraction": _("Contraction ‖∂z/∂x‖²"),
        "labels": _("Label loss −log p(y|z)"),
    }


def prior_names() -> dict[str, str]:
    """What an adversarial autoencoder's codes can be made to look like."""
    return {
        "gaussian": _("Gaussian N(0, I)"),
        "mixture": _("mixture of ten Gaussians"),
        "swiss-roll": _("swiss roll"),
    }


def term_names() -> dict[str, str]:
    """The terms of the losses, as the models name them."""
    return {
        "reconstruction": _("Reconstruction (nats)"),
        "kl": _("KL (nats)"),
        "charged-kl": _("KL above the free bits (nats)"),
        "bound": _("Importance-weighted bound −Lₖ (nats)"),
        "fooling": _("Fooling D: −log D(z)"),
        "opponent": _("Discriminator D (nats)"),
        "commitment": _("Commitment ‖f(x) − z‖²"),
        "codebook": _("Codebook ‖f(x) − z‖²"),
        "perplexity": _("Perplexity: codes in use"),
        "dead": _("Dead codes"),
        **penalty_names(),
    }


def game_names() -> dict[str, str]:
    """The games of GANs, as ``aecore.gan.games`` names them."""
    return {
        "minimax": _("Minimax GAN: the original"),
        "non-saturating": _("Non-saturating GAN"),
        "least-squares": _("LSGAN: least squares"),
        "wasserstein": _("WGAN: Wasserstein, clipping"),
        "gradient-penalty": _("WGAN-GP: Wasserstein, gradient penalty"),
        "spectral": _("SN-GAN: hinge, spectral normalisation"),
        "boundary-equilibrium": _("BEGAN: boundary equilibrium"),
    }


def game_short_names() -> dict[str, str]:
    """The games as part of a longer name."""
    return {
        "minimax": _("minimax GAN"),
        "non-saturating": _("Non-saturating GAN"),
        "least-squares": "LSGAN",
        "wasserstein": "WGAN",
        "gradient-penalty": "WGAN-GP",
        "spectral": "SN-GAN",
        "boundary-equilibrium": "BEGAN",
    }


def condition_names() -> dict[str, str]:
    """Who is told the class in a GAN."""
    return {
        "none": _("not told"),
        "class": _("told to both"),
        "auxiliary": _("named by the critic (ACGAN)"),
    }


def distance_names() -> dict[str, str]:
    """What the critic's loss measures, by game."""
    shannon = _("Jensen–Shannon divergence, as the critic sees it (at most 0.69)")
    return {
        "minimax": shannon,
        "non-saturating": shannon,
        "least-squares": _("Triangular discrimination, as the critic sees it (at most 2)"),
        "wasserstein": _("Earth mover's distance, times the critic's slope"),
        "gradient-penalty": _("Earth mover's distance, as the critic sees it"),
        "spectral": _("Total variation, as the critic sees it (at most 1)"),
        "boundary-equilibrium": _("Measure of convergence M"),
    }


def gan_name(config: GanTrainConfig) -> str:
    """Game, network and d of a GAN."""
    model = config.model
    parts = [game_short_names()[model.game]]
    if model.condition != "none":
        parts.append({"class": _("conditional"), "auxiliary": "ACGAN"}[model.condition])
    parts.append(model.network.replace("conv", "DCGAN").replace("mlp", "MLP"))
    return f"{', '.join(parts)}, d = {model.latent_dim}"


def domain_names() -> dict[str, str]:
    """The domains between which pictures are translated."""
    return {
        "upright": _("upright"),
        "slanted": _("slanted"),
        "thin": _("thin"),
        "thick": _("thick"),
        "plain": _("plain"),
        "inverted": _("inverted"),
        "digits": _("digits"),
        **TITLES,
    }


def translator_names() -> dict[str, str]:
    """The families of translators, as their authors call them."""
    return {"cycle": _("Cycle-GAN"), "disco": _("DiscoGAN")}


def pair_name(pair: str) -> str:
    """Both domains of a pair: “upright ↔ slanted”."""
    from aecore.gan.translation.domains import PAIRS

    names = domain_names()
    return f"{names[PAIRS[pair].a.name]} ↔ {names[PAIRS[pair].b.name]}"


def translators_name(model: TranslatorConfig) -> str:
    """Family and pair."""
    return f"{translator_names()[model.family]}, {pair_name(model.pair)}"


def family_name(model: ModelConfig) -> str:
    """The family in the course's words."""
    name = _network_name(model)
    regularised = {
        "l1": _("{family}, sparse (L1)"),
        "activity": _("{family}, sparse (KL)"),
        "decoder-weights": _("{family}, small weights"),
        "contraction": _("{family}, contractive"),
        "labels": _("{family}, supervised"),
    }
    kinds = {p.kind for p in model.penalties}
    # The L2 of the weights goes with the L1 of the code and gives it no other name.
    kinds -= {"decoder-weights"} if "l1" in kinds else set()
    for kind in (kind for kind in PENALTIES if kind in kinds):
        name = regularised[kind].format(family=name)
    if model.code_activation == "k-sparse":
        name = _("{family}, k-sparse (k = {k})").format(family=name, k=number(model.k, 0))
    return name


def _network_name(model: ModelConfig) -> str:
    mlp, conv = ("mlp", _("MLP {family}")), ("conv", _("Convolutional {family}"))
    network = dict((mlp, conv, ("linear", _("Linear {family}"))))[model.network]
    return network.format(family=_objective_name(model))


def _objective_name(model: ModelConfig) -> str:
    if model.conditional:
        return _("conditional VAE")
    if model.importance_samples > 1:
        return _("IWAE (k = {k})").format(k=number(model.importance_samples, 0))
    if model.variational:
        return _("VAE")
    if model.adversary:
        return _("adversarial AE")
    return _("VQ-VAE") if model.quantizer else _("AE")


def classes_name(config: TrainConfig) -> str:
    """Which classes a model was trained on: “only 3”, “all but 8”; nothing if on all."""
    if not config.classes:
        return ""
    from aecore.data import class_names

    names = [_(name) for name in class_names(config.dataset)]
    if len(config.classes) <= CLASSES / 2:
        return _("only {classes}").format(classes=", ".join(names[c] for c in config.classes))
    others = [name for c, name in enumerate(names) if c not in config.classes]
    return _("all but {classes}").format(classes=", ".join(others))


def run_name(run: Run) -> str:
    """A run's number, and what it trains."""
    return f"{run.number}. {config_name(run.config)}"


def config_name(config: AnyConfig) -> str:
    """What a config trains: the family, d or the domains, and what sets it apart."""
    if isinstance(config, TranslationTrainConfig):
        return translators_name(config.model)
    if isinstance(config, GanTrainConfig):
        return gan_name(config)
    model, noise = config.model, config.noise
    parts = [f"{family_name(model)}, d = {model.latent_dim}"]
    if model.variational and model.beta != 1:
        parts.append(f"β = {number(model.beta)}")
    if model.pixel_mean:
        parts.append(_("mean over the pixels"))
    if noise.kind != "none":
        parts.append(_("denoising"))
    if config.classes:
        parts.append(classes_name(config))
    return ", ".join(parts)


def setting_names() -> dict[str, str]:
    """The settings that can be swept over."""
    return {
        "latent_dim": _("Size of the code d"),
        "beta": _("Weight of the KL term β"),
        "free_bits": _("Free bits: nats free of charge for each latent"),
        "importance_samples": _("Draws of the importance-weighted bound k"),
        "fooling": _("Weight λ of fooling the discriminator"),
        "num_embeddings": _("Vectors in the codebook K"),
        "commitment": _("Weight γ of the commitment"),
        "noise": _("Level of the corruption: share p from 0 to 1, or σ"),
        "k": _("Values kept k"),
        **{
            f"weight_{kind}": _("Weight λ of: {name}").format(name=name)
            for kind, name in penalty_names().items()
        },
        "width": _("Units of the first hidden layer"),
        "channels": _("Feature maps"),
        "learning_rate": _("Learning rate"),
        "batch_size": _("Batch size"),
        "epochs": _("Epochs"),
        "seed": _("Seed"),
    }


def setting_symbols() -> dict[str, str]:
    """The same in short, as they stand before a value."""
    return {
        "latent_dim": "d",
        "beta": "β",
        "free_bits": _("free bits"),
        "importance_samples": "k",
        "fooling": "λ",
        "num_embeddings": "K",
        "commitment": "γ",
        "noise": _("corruption"),
        "k": "k",
        "weight_l1": "λ Σ|z|",
        "weight_activity": "λ KL(ρ ‖ ρ̂)",
        "weight_decoder-weights": "λ ‖W‖²",
        "weight_contraction": "λ ‖∂z/∂x‖²",
        "weight_labels": _("λ of the label loss"),
        "width": _("units"),
        "channels": _("feature maps"),
        "learning_rate": _("learning rate"),
        "batch_size": _("batch"),
        "epochs": _("epochs"),
        "seed": _("seed"),
    }


def job_name(sweep: Sweep, job: Job) -> str:
    """What sets a run of a sweep apart: “d = 16, seed 0”."""
    parts = [value_name(setting, value) for setting, value in sweep.values_of(job)[:-1]]
    return ", ".join([*parts, _("seed {number}").format(number=job.config.seed)])


def value_name(setting: str, value: float) -> str:
    """A setting and its value in short: “d = 16”."""
    return f"{setting_symbols()[setting]} = {value_text(value)}"


def value_text(value: float) -> str:
    """A value of a setting, however small."""
    return number(value, 9)
