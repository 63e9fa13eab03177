"""The settings of a training run: every control with its help, and the course's presets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import config
from aecore.config import ModelConfig, NoiseConfig, PenaltyConfig, TrainConfig
from aecore.data import class_names, is_on_disk, load_or_embedded, may_download
from aecore.messages import ConfigError
from pages.ui.i18n import _, number, percent, say
from pages.ui.names import dataset_names, penalty_names

LATENT_DIMS = (
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 36, 48, 64, 96, 128, 192, 256, 384, 512, 784, 1000,
    1568,
)  # fmt: skip
WIDTHS = (16, 32, 64, 128, 256, 400, 512, 768, 1024)
CHANNELS = (4, 8, 16, 32, 64)
BATCHES = (16, 32, 64, 128, 256, 512, 1024)
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
BLURS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
COARSE = (2.0, 4.0, 7.0, 14.0)
SIGMAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0)
WEIGHTS = (
    0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0,
)  # fmt: skip
RHOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
KS = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200)
BETAS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)

# What a preset does not name takes the value here.
START = {
    "class_rule": "all",
    "class_list": (),
    "network": "mlp",
    "variational": False,
    "latent_dim": 32,
    "likelihood": "gaussian",
    "beta": 1.0,
    "depth": 1,
    "width": 512,
    "activation": "gelu",
    "code_activation": "none",
    "k": 25,
    "k_anneal": 50,
    "penalties": [],
    "weight_l1": 1.0,
    "weight_activity": 3.0,
    "weight_decoder-weights": 0.01,
    "weight_contraction": 1.0,
    "weight_labels": 10.0,
    "rho": 0.05,
    "warm_up": 0,
    "channels": 16,
    "noise": "none",
    "share": 30,
    "sigma": 0.5,
    "blur": 1.5,
    "coarse": 4.0,
    "learning_rate": 1e-3,
    "schedule": "one-cycle",
    "batch_size": 128,
    "epochs": 10,
    "seed": 0,
    "precision": "auto",
}


@dataclass(frozen=True)
class Preset:
    label: str
    values: dict[str, Any]


def presets() -> dict[str, Preset]:
    """Starting points of the course, by name."""
    return {
        "mlp": Preset(_("MLP autoencoder, d = 32"), {}),
        "linear": Preset(
            _("Linear autoencoder: does it find PCA?"),
            {"network": "linear", "latent_dim": 16, "learning_rate": 2e-3},
        ),
        "sigmoid": Preset(
            _("One sigmoid layer of 36, codes as 6×6"),
            {
                "latent_dim": 36,
                "depth": 0,
                "code_activation": "sigmoid",
                "activation": "sigmoid",
                "learning_rate": 5e-3,
            },
        ),
        "plane": Preset(
            _("MLP autoencoder with d = 2: a plane of digits"),
            {"latent_dim": 2, "depth": 2, "width": 400, "learning_rate": 2e-3},
        ),
        "conv": Preset(
            _("Convolutional autoencoder, d = 32"),
            {"network": "conv", "depth": 0, "learning_rate": 3e-3, "epochs": 5},
        ),
        "vae": Preset(
            _("Variational autoencoder with d = 2"),
            {
                "variational": True,
                "latent_dim": 2,
                "likelihood": "bernoulli",
                "depth": 2,
                "width": 400,
            },
        ),
        "sparse": Preset(
            _("Sparse: L1 on the code, L2 on the decoder's weights"),
            {
                "latent_dim": 256,
                "depth": 0,
                "penalties": ["l1", "decoder-weights"],
                "warm_up": 50,
                "learning_rate": 2e-3,
            },
        ),
        "activity": Preset(
            _("Sparse: mean activation ρ = 0.05 by KL"),
            {
                "latent_dim": 256,
                "depth": 0,
                "code_activation": "sigmoid",
                "penalties": ["activity"],
                "learning_rate": 5e-3,
            },
        ),
        "k-sparse": Preset(
            _("k-sparse: 25 of 256 values"),
            {
                "latent_dim": 256,
                "depth": 0,
                "code_activation": "k-sparse",
                "learning_rate": 2e-3,
            },
        ),
        "contractive": Preset(
            _("Contractive: a small Jacobian"),
            {
                "latent_dim": 128,
                "depth": 0,
                "code_activation": "sigmoid",
                "penalties": ["contraction"],
                "learning_rate": 3e-3,
            },
        ),
        "overcomplete": Preset(
            _("Overcomplete: d = 1,000, free to copy"),
            {"latent_dim": 1000, "depth": 0, "learning_rate": 1e-3},
        ),
        "supervised": Preset(
            _("Supervised: the code must tell the class"),
            {"latent_dim": 16, "penalties": ["labels"], "learning_rate": 2e-3},
        ),
        "denoising": Preset(
            _("Denoising: Gaussian noise of unit variance, codes as 8×4"),
            {"noise": "gaussian", "sigma": 1.0, "latent_dim": 32},
        ),
        "pixels": Preset(
            _("Denoising: p % of the pixels take random values"),
            {"noise": "random", "share": 30, "latent_dim": 64},
        ),
    }


def pick_preset() -> None:
    """A starting point, which sets every control below it."""
    options = presets()
    st.selectbox(
        _("Start from"),
        list(options),
        format_func=lambda name: options[name].label,
        key="preset",
        on_change=_apply_preset,
        persist_state="session",
        help=_("Sets every control below to a starting point of the course."),
    )


def training_settings(size: DeltaGenerator) -> TrainConfig | None:
    """All controls; the config they make, or None (with the reason shown) if there is none.

    size: where to say how large the model is, as soon as its own controls are read.
    """
    dataset = _select(
        _("Dataset"),
        "dataset",
        config.DATASETS,
        dataset_names(),
        _(
            "MNIST: 60,000 handwritten digits to train and 10,000 to test, 28×28 grey pixels. "
            "The embedded digits (1,437 and 360) need no download."
        ),
    )
    if not (is_on_disk(dataset) or may_download()):
        st.warning(say(load_or_embedded(dataset).notice))
    classes = _class_settings(dataset)
    try:
        model = ModelConfig(**_model_settings())
        with size:
            _model_size(model)
        noise = NoiseConfig(*_noise_settings())
        rest = _training_settings()
        return (
            None if classes is None else TrainConfig(model, dataset, classes, noise=noise, **rest)
        )
    except ConfigError as error:
        st.error(say(error.sentence))
        return None


def _class_settings(dataset: str) -> tuple[int, ...] | None:
    """The classes to train on, () for all; None, with the reason shown, if none is left."""
    rule = _select(
        _("Classes to train on"),
        "class_rule",
        ("all", "only", "all-but"),
        {"all": _("all"), "only": _("only these…"), "all-but": _("all but these…")},
        _(
            "With some classes only, the model never sees the others: what it then reconstructs "
            "badly is foreign to it, which the Anomalies page makes use of. Curves and metrics "
            "are of the test pictures of these classes."
        ),
    )
    if rule == "all":
        return ()
    names = class_names(dataset)
    chosen = st.pills(
        _("Classes"),
        range(config.CLASSES),
        selection_mode="multi",
        format_func=lambda c: _(names[c]),
        key=_key("class_list"),
        persist_state="session",
        label_visibility="collapsed",
    )
    left = [c for c in range(config.CLASSES) if (c in chosen) == (rule == "only")]
    if not left:
        st.warning(_("Choose the classes: at least one must be left to train on."))
        return None
    return tuple(left)


def _model_size(model: ModelConfig) -> None:
    """How many parameters, as a number and as a formula in d, and how small the code is."""
    from aecore.models import parameter_formula

    formula = parameter_formula(model)
    st.caption(
        _("**{count}** parameters = {slope} · d + {constant}; code d / 784 = {share}").format(
            count=number(formula(model.latent_dim), 0),
            slope=number(formula.slope, 0),
            constant=number(formula.constant, 0),
            share=percent(model.latent_dim / config.PIXELS),
        )
    )


def _model_settings() -> dict[str, Any]:
    network = _select(
        _("Family"),
        "network",
        config.NETWORKS,
        {"linear": _("Linear"), "mlp": _("MLP"), "conv": _("Convolutional")},
        _(
            "Linear: one matrix each way, $z = W_1 x + b_1$, $\\hat{x} = W_2 z + b_2$; with the "
            "squared loss it spans the principal components. MLP: perceptrons with hidden "
            "layers. Convolutional: two strided convolutions and back."
        ),
    )
    linear = network == "linear"
    values: dict[str, Any] = {"network": network}
    variational = not linear and st.toggle(
        _("Variational"),
        key=_key("variational"),
        persist_state="session",
        help=_(
            "The encoder gives a distribution $q(z|x) = \\mathcal{N}(\\mu, \\sigma^2)$ instead of "
            "a point; a sample $z = \\mu + \\sigma \\varepsilon$, $\\varepsilon \\sim "
            "\\mathcal{N}(0, I)$, is decoded (reparameterisation), and the loss gets the term "
            "$\\beta \\, \\mathrm{KL}(q(z|x) \\,\\|\\, \\mathcal{N}(0, I))$."
        ),
    )
    values["variational"] = variational
    values["latent_dim"] = _steps(
        _("Size of the code d"),
        "latent_dim",
        LATENT_DIMS,
        _(
            "The dimension of the latent space. Below 784 the encoder must compress; from 784 on "
            "(overcomplete) it could copy its input and learn nothing."
        ),
    )
    if variational:
        values["beta"] = _steps(
            _("Weight of the KL term β"),
            "beta",
            BETAS,
            _(
                "β = 1: the classical VAE. β > 1: codes nearer to the prior, blurrier "
                "reconstructions. β < 1: better reconstructions, a less structured latent space."
            ),
        )
    likelihoods = {
        "gaussian": _("Gaussian: squared error (MSE)"),
        "bernoulli": _("Bernoulli: cross-entropy (BCE)"),
        "laplace": _("Laplace: absolute error (MAE)"),
    }
    values["likelihood"] = _select(
        _("Likelihood, hence reconstruction loss"),
        "likelihood",
        [name for name in likelihoods if not (linear and name == "bernoulli")],
        likelihoods,
        _(
            "The loss is $-\\log p(x|z)$ in nats, summed over the 784 pixels and averaged over the "
            "batch. Gaussian: $\\pi \\sum (x - \\hat{x})^2$, that is $\\sigma^2 = 1/2\\pi$. "
            "Bernoulli: $-\\sum x \\log \\hat{x} + (1 - x) \\log (1 - \\hat{x})$. "
            "Laplace: $2 \\sum |x - \\hat{x}|$, that is $b = 1/2$."
        ),
    )
    if not linear:
        values |= _layers(network, variational)
    if not variational:
        values["penalties"] = _penalties(linear)
    return values


def _penalties(linear: bool) -> tuple[PenaltyConfig, ...]:
    """The regularisers of a deterministic autoencoder, and a weight for each."""
    names = penalty_names()
    bounded = _value("code_activation") == "sigmoid" and not linear
    sparse = _value("code_activation") == "k-sparse" and not linear
    options = [
        kind
        for kind in config.PENALTIES
        if not (kind == "activity" and not bounded) and not (kind == "contraction" and sparse)
    ]
    key = _key("penalties")
    st.session_state[key] = [kind for kind in st.session_state[key] if kind in options]
    chosen = st.multiselect(
        _("Regularisers"),
        options,
        format_func=names.get,
        placeholder=_("none"),
        key=key,
        persist_state="session",
        help=_(
            "Terms Ω of the loss $-\\log p(x|z) + \\sum \\lambda \\Omega$ that keep the model "
            "from copying. The mean activation needs a code with a sigmoid, the contraction a code "
            "that is not k-sparse."
        ),
    )
    if not chosen:
        return ()
    helps = {
        "l1": _("Pulls the values of the code to 0: $\\Omega = \\sum_j |z_j|$."),
        "activity": _(
            "Each unit is active for a share ρ of the pictures: $\\Omega = \\sum_j "
            "\\mathrm{KL}(\\rho \\,\\|\\, \\hat{\\rho}_j)$, $\\hat{\\rho}_j$ its mean over a batch."
        ),
        "decoder-weights": _("Keeps the decoder's weights small: $\\Omega = \\sum \\|W\\|^2$."),
        "contraction": _(
            "The code changes little where the picture does: $\\Omega = \\|\\partial z / \\partial "
            "x\\|_F^2$; exact for one layer, estimated for deeper encoders."
        ),
        "labels": _(
            "A linear head has to tell the class from the code: $\\Omega = -\\log p(y|z)$. The "
            "only one that looks at the labels."
        ),
    }
    weights = {
        kind: _steps(
            _("Weight λ of: {name}").format(name=names[kind]),
            f"weight_{kind}",
            WEIGHTS,
            helps[kind],
        )
        for kind in chosen
    }
    rho = START["rho"]
    if "activity" in chosen:
        rho = _steps(
            _("Mean activation ρ"), "rho", RHOS, _("The share of the pictures for each unit.")
        )
    warm_up = st.slider(
        _("Weights rise during"),
        0,
        100,
        step=5,
        format="%d %%",
        key=_key("warm_up"),
        persist_state="session",
        help=_(
            "The share of the training in which every λ rises from 0 to its value: first the "
            "model learns to reconstruct, then to do so under the penalty."
        ),
    )
    return tuple(
        PenaltyConfig(kind, weights[kind], rho=rho, warm_up=warm_up / 100) for kind in chosen
    )


def _layers(network: str, variational: bool) -> dict[str, Any]:
    with _folded(_("Layers"), "layers") as opened:
        if opened:
            _layer_controls(network, variational)
    depth, width = _value("depth"), _value("width")
    values = {
        "hidden": tuple(max(1, width >> layer) for layer in range(depth)),
        "activation": _value("activation"),
    }
    if network == "conv":
        values["channels"] = _value("channels")
    if not variational:
        values["code_activation"] = _value("code_activation")
        if values["code_activation"] == "k-sparse":
            values |= _k_sparse()
    return values


def _k_sparse() -> dict[str, Any]:
    k = _steps(
        _("Values kept k"),
        "k",
        KS,
        _("Of each code only the k largest values are kept; the others become 0."),
    )
    anneal = st.slider(
        _("k falls from d during"),
        0,
        100,
        step=5,
        format="%d %%",
        key=_key("k_anneal"),
        persist_state="session",
        help=_(
            "The share of the training in which k falls from d to its value. With 0 % k is small "
            "from the start, and units that lose at first never learn: they die."
        ),
    )
    return {"k": k, "k_anneal": anneal / 100}


def _layer_controls(network: str, variational: bool) -> None:
    if network == "conv":
        _steps(
            _("Feature maps"),
            "channels",
            CHANNELS,
            _("c maps of 14×14, then 2c maps of 7×7; the decoder mirrors them."),
        )
    st.slider(
        _("Hidden layers"),
        0,
        3,
        key=_key("depth"),
        persist_state="session",
        help=_(
            "Fully connected layers between the picture (or the 7×7 maps) and the code. With "
            "none, the code is the only hidden layer."
        ),
    )
    _steps(
        _("Units of the first hidden layer"),
        "width",
        WIDTHS,
        _("Each further layer has half as many."),
    )
    _select(
        _("Activation"),
        "activation",
        config.ACTIVATIONS,
        {"gelu": "GELU", "relu": "ReLU", "tanh": "tanh", "sigmoid": _("sigmoid")},
        _("The non-linearity φ after each hidden layer: $h = \\varphi(W x + b)$."),
    )
    if not variational:
        names = {"none": _("none (identity)"), "sigmoid": _("sigmoid"), "tanh": "tanh"}
        _select(
            _("Activation of the code"),
            "code_activation",
            config.CODE_ACTIVATIONS,
            {**names, "relu": "ReLU", "k-sparse": _("k-sparse: the k largest")},
            _(
                "A sigmoid keeps every value of the code between 0 and 1. k-sparse keeps the k "
                "largest values and sets the others to 0."
            ),
        )


def _noise_settings() -> tuple[str, float]:
    kind = _select(
        _("Noise on the input"),
        "noise",
        config.NOISES,
        {
            "none": _("none"),
            "random": _("random pixels"),
            "gaussian": _("Gaussian"),
            "masking": _("masking"),
            "salt-pepper": _("salt and pepper"),
            "block": _("a masked block (in-painting)"),
            "blur": _("blur"),
            "low-resolution": _("low resolution (super-resolution)"),
        },
        _(
            "A denoising autoencoder sees a corrupted picture $\\tilde{x} \\sim C(\\tilde{x}|x)$ "
            "and is compared with the clean one: $\\ell(x, g(f(\\tilde{x})))$."
        ),
    )
    if kind == "none":
        return kind, 0.0
    if kind == "gaussian":
        sigma = _steps(
            _("Standard deviation of the noise σ"),
            "sigma",
            SIGMAS,
            _("$\\tilde{x} = x + \\varepsilon$, $\\varepsilon \\sim \\mathcal{N}(0, \\sigma^2)$."),
        )
        return kind, sigma
    if kind == "blur":
        help_ = _("Convolved with a Gaussian kernel of this standard deviation.")
        return kind, _steps(_("Width of the blur σ (pixels)"), "blur", BLURS, help_)
    if kind == "low-resolution":
        help_ = _("Means over squares of this side: 4 leaves 7×7 pixels of 28×28.")
        return kind, _steps(_("Side of a coarse pixel"), "coarse", COARSE, help_)
    share = st.slider(
        _("Corrupted pixels p"),
        1,
        100,
        format="%d %%",
        key=_key("share"),
        persist_state="session",
        help=_(
            "Random pixels: p % take uniform random values. Masking: p % become black. Salt and "
            "pepper: half of the p % white, half black. Block: one black square of p % of the "
            "picture, anywhere in it."
        ),
    )
    return kind, share / 100


def _training_settings() -> dict[str, Any]:
    _steps(
        _("Learning rate"),
        "learning_rate",
        RATES,
        _("Step size of Adam, on a logarithmic scale. Too high and the loss explodes."),
    )
    st.slider(
        _("Epochs"),
        1,
        100,
        key=_key("epochs"),
        persist_state="session",
        help=_("Passes over the training set. A run can be trained further afterwards."),
    )
    with _folded(_("Training in detail"), "detail") as opened:
        if opened:
            _detail_controls()
    names = ("learning_rate", "epochs", "batch_size", "schedule", "seed", "precision")
    return {name: _value(name) for name in names}


def _detail_controls() -> None:
    _steps(
        _("Batch size"),
        "batch_size",
        BATCHES,
        _("Pictures between two updates of the weights."),
    )
    _select(
        _("Schedule of the learning rate"),
        "schedule",
        config.SCHEDULES,
        {"one-cycle": _("one cycle: up, then down to 0"), "constant": _("constant")},
        _("One cycle trains faster and ends on a fine step; constant is easier to reason on."),
    )
    st.number_input(
        _("Seed"),
        0,
        2**31 - 1,
        key=_key("seed"),
        persist_state="session",
        help=_("The same seed gives the same run; change it to see the spread."),
    )
    _select(
        _("Precision"),
        "precision",
        config.PRECISIONS,
        {"auto": _("automatic"), "float32": "float32", "bfloat16": "bfloat16"},
        _("Automatic takes bfloat16 where the hardware multiplies it, else float32."),
    )


@contextmanager
def _folded(label: str, name: str) -> Iterator[bool]:
    """An expander that says whether it is open: what is folded away need not be sent at all."""
    box = st.expander(label, key=f"fold_{name}", on_change="rerun")
    with box:
        yield box.open


def _value(name: str) -> Any:
    """The value of a setting, whether its control is shown or not."""
    return st.session_state[_key(name)]


def _key(name: str) -> str:
    """The widget key of a setting; gives it its starting value the first time."""
    key = f"set_{name}"
    if key not in st.session_state and name in START:
        st.session_state[key] = START[name]
    return key


def _select(
    label: str, name: str, options: tuple[str, ...] | list[str], names: dict[str, str], help_: str
) -> str:
    return st.selectbox(
        label,
        options,
        format_func=lambda option: names[option],
        key=_key(name),
        persist_state="session",
        help=help_,
    )


def _steps(label: str, name: str, options: tuple, help_: str) -> Any:
    return st.select_slider(
        label,
        options,
        format_func=lambda value: number(value, 5),
        key=_key(name),
        persist_state="session",
        help=help_,
    )


def _apply_preset() -> None:
    start_from(st.session_state["preset"])


def start_from(preset: str, **changes: Any) -> None:
    """Set every control to a preset, but for the settings in ``changes``."""
    st.session_state["preset"] = preset
    for name, value in (START | presets()[preset].values | changes).items():
        st.session_state[f"set_{name}"] = value
