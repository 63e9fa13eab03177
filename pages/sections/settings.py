"""The settings of a training run: every control with its help."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import config
from aecore.config import ModelConfig, NoiseConfig, TrainConfig
from aecore.data import class_names, is_on_disk, load_or_embedded, may_download
from aecore.messages import ConfigError
from pages.sections.settings_codes import POINT, QUANTIZED, code_settings, pick_kind
from pages.sections.settings_controls import folded, key_of, select, steps, value_of
from pages.sections.settings_penalties import k_sparse, penalties
from pages.ui.i18n import _, number, percent, say
from pages.ui.names import dataset_names

WIDTHS = (16, 32, 64, 128, 256, 400, 512, 768, 1024)
CHANNELS = (4, 8, 16, 32, 64)
BATCHES = (16, 32, 64, 128, 256, 512, 1024)
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
BLURS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
COARSE = (2.0, 4.0, 7.0, 14.0)
SIGMAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0)


def training_settings(size: DeltaGenerator, epochs: str = "epochs") -> TrainConfig | None:
    """All controls; the config they make, or None (with the reason shown) if there is none.

    size: where to say how large the model is, as soon as its own controls are read; epochs: the
    name of the setting that holds them.
    """
    dataset = select(
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
        rest = _training_settings(epochs)
        return (
            None if classes is None else TrainConfig(model, dataset, classes, noise=noise, **rest)
        )
    except ConfigError as error:
        st.error(say(error.sentence))
        return None


def _class_settings(dataset: str) -> tuple[int, ...] | None:
    """The classes to train on, () for all; None, with the reason shown, if none is left."""
    rule = select(
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
        key=key_of("class_list"),
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
    text = _("**{count}** parameters = {slope} · {d} + {constant}; code: {code}")
    if model.quantizer:
        code = _("{bits} bits").format(bits=number(model.quantizer.bits, 0))
    else:
        code = _("d / 784 = {share}").format(share=percent(model.latent_dim / config.PIXELS))
    st.caption(
        text.format(
            count=number(formula(model.latent_dim), 0),
            slope=number(formula.slope, 0),
            d=formula.letter,
            constant=number(formula.constant, 0),
            code=code,
        )
    )


def _model_settings() -> dict[str, Any]:
    network = select(
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
    kind = pick_kind(network)
    linear = network == "linear"
    values: dict[str, Any] = {"network": network, **code_settings(kind)}
    likelihoods = {
        "gaussian": _("Gaussian: squared error (MSE)"),
        "bernoulli": _("Bernoulli: cross-entropy (BCE)"),
        "laplace": _("Laplace: absolute error (MAE)"),
    }
    values["likelihood"] = select(
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
    values["pixel_mean"] = st.toggle(
        _("Averaged over the pixels (a mistake to try)"),
        key=key_of("pixel_mean"),
        persist_state="session",
        help=_(
            "The commonest bug of the field: the mean over the 784 pixels beside a KL term or a "
            "penalty that is summed multiplies their weight by 784, and a VAE collapses. A loss "
            "of one term alone hardly changes: Adam does not mind its scale."
        ),
    )
    if not linear:
        values |= _layers(network, kind)
    if kind == POINT:
        values["penalties"] = penalties(linear)
    return values


def _layers(network: str, kind: str) -> dict[str, Any]:
    with folded(_("Layers"), "layers") as opened:
        if opened:
            _layer_controls(network, kind)
    depth, width = (0 if kind == QUANTIZED else value_of("depth")), value_of("width")
    values = {
        "hidden": tuple(max(1, width >> layer) for layer in range(depth)),
        "activation": value_of("activation"),
    }
    if network == "conv":
        values["channels"] = value_of("channels")
    if kind == POINT:
        values["code_activation"] = value_of("code_activation")
        if values["code_activation"] == "k-sparse":
            values |= k_sparse()
    return values


def _layer_controls(network: str, kind: str) -> None:
    if network == "conv":
        steps(
            _("Feature maps"),
            "channels",
            CHANNELS,
            _("c maps of 14×14, then 2c maps of 7×7; the decoder mirrors them."),
        )
    if kind != QUANTIZED:
        st.slider(
            _("Hidden layers"),
            0,
            3,
            key=key_of("depth"),
            persist_state="session",
            help=_(
                "Fully connected layers between the picture (or the 7×7 maps) and the code. With "
                "none, the code is the only hidden layer."
            ),
        )
        steps(
            _("Units of the first hidden layer"),
            "width",
            WIDTHS,
            _("Each further layer has half as many."),
        )
    select(
        _("Activation"),
        "activation",
        config.ACTIVATIONS,
        {"gelu": "GELU", "relu": "ReLU", "tanh": "tanh", "sigmoid": _("sigmoid")},
        _("The non-linearity φ after each hidden layer: $h = \\varphi(W x + b)$."),
    )
    if kind == POINT:
        names = {"none": _("none (identity)"), "sigmoid": _("sigmoid"), "tanh": "tanh"}
        select(
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
    kind = select(
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
        sigma = steps(
            _("Standard deviation of the noise σ"),
            "sigma",
            SIGMAS,
            _("$\\tilde{x} = x + \\varepsilon$, $\\varepsilon \\sim \\mathcal{N}(0, \\sigma^2)$."),
        )
        return kind, sigma
    if kind == "blur":
        help_ = _("Convolved with a Gaussian kernel of this standard deviation.")
        return kind, steps(_("Width of the blur σ (pixels)"), "blur", BLURS, help_)
    if kind == "low-resolution":
        help_ = _("Means over squares of this side: 4 leaves 7×7 pixels of 28×28.")
        return kind, steps(_("Side of a coarse pixel"), "coarse", COARSE, help_)
    share = st.slider(
        _("Corrupted pixels p"),
        1,
        100,
        format="%d %%",
        key=key_of("share"),
        persist_state="session",
        help=_(
            "Random pixels: p % take uniform random values. Masking: p % become black. Salt and "
            "pepper: half of the p % white, half black. Block: one black square of p % of the "
            "picture, anywhere in it."
        ),
    )
    return kind, share / 100


def _training_settings(epochs: str) -> dict[str, Any]:
    steps(
        _("Learning rate"),
        "learning_rate",
        RATES,
        _("Step size of Adam, on a logarithmic scale. Too high and the loss explodes."),
    )
    st.slider(
        _("Epochs"),
        1,
        100,
        key=key_of(epochs),
        persist_state="session",
        help=_("Passes over the training set. A run can be trained further afterwards."),
    )
    with folded(_("Training in detail"), "detail") as opened:
        if opened:
            _detail_controls()
    names = ("learning_rate", "batch_size", "schedule", "binarize", "seed", "precision")
    return {name: value_of(name) for name in names} | {"epochs": value_of(epochs)}


def _detail_controls() -> None:
    steps(
        _("Batch size"),
        "batch_size",
        BATCHES,
        _("Pictures between two updates of the weights."),
    )
    select(
        _("Schedule of the learning rate"),
        "schedule",
        config.SCHEDULES,
        {"one-cycle": _("one cycle: up, then down to 0"), "constant": _("constant")},
        _("One cycle trains faster and ends on a fine step; constant is easier to reason on."),
    )
    st.toggle(
        _("Black and white pictures, drawn anew at each step"),
        key=key_of("binarize"),
        persist_state="session",
        help=_(
            "Each pixel is white with the probability that its grey says: published "
            "log-likelihoods of MNIST are of such pictures. Goes with the Bernoulli likelihood."
        ),
    )
    st.number_input(
        _("Seed"),
        0,
        2**31 - 1,
        key=key_of("seed"),
        persist_state="session",
        help=_("The same seed gives the same run; change it to see the spread."),
    )
    select(
        _("Precision"),
        "precision",
        config.PRECISIONS,
        {"auto": _("automatic"), "float32": "float32", "bfloat16": "bfloat16"},
        _("Automatic takes bfloat16 where the hardware multiplies it, else float32."),
    )
