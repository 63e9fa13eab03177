"""Restoring corrupted digits: live for one, and measured over the test set against the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import corruption, figures, library, pca
from aecore.config import NOISE_LEVELS, NoiseConfig
from aecore.data import Dataset, load_or_embedded
from aecore.explore import denoising
from aecore.explore.denoising import Quality
from pages.ui import link
from pages.ui.component import register
from pages.ui.decoding import packed
from pages.ui.i18n import _, language, number, say, separators
from pages.ui.measured import state_name
from pages.ui.models import Entry, entries
from pages.ui.picker import pick_digit
from pages.ui.sources import show_formulas, show_sources

PCA_KEY = "pca-d64"
PCA_SIZE = 64
ALWAYS = ("mlp-d64", "vae-mlp-d20")
MOST = 8
MEASURED = 500
# Of each corruption the steps of its slider, its level at first, and those of the curve.
LEVELS = {
    "gaussian": (0.05, 0.5, (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4)),
    "random": (0.01, 0.3, (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)),
    "masking": (0.01, 0.5, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
    "salt-pepper": (0.01, 0.25, (0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)),
    "block": (0.01, 0.15, (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)),
    "low-resolution": (1.0, 4.0, (2.0, 3.0, 4.0, 5.0, 7.0, 9.0, 14.0)),
    "blur": (0.1, 1.5, (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)),
}


@dataclass(frozen=True)
class Restorer:
    """A model among those that restore, or PCA, which has no entry."""

    key: str
    label: str
    entry: Entry | None

    @property
    def trained(self) -> NoiseConfig:
        """The noise that it was trained with."""
        return self.entry.read()[1].config.noise if self.entry else NoiseConfig()


def kind_names() -> dict[str, str]:
    """The corruptions in the words of the page."""
    return {
        "gaussian": _("Gaussian noise"),
        "random": _("Random pixels"),
        "masking": _("Masked pixels"),
        "salt-pepper": _("Salt and pepper"),
        "block": _("A masked block (in-painting)"),
        "low-resolution": _("Low resolution (super-resolution)"),
        "blur": _("Blur"),
    }


def pick_corruption() -> str:
    """What is done to the digit."""
    names = kind_names()
    link.choice("noise", list(names), "gaussian")
    kind = st.selectbox(
        _("Corruption"), list(names), format_func=names.get, key="noise", persist_state="session"
    )
    link.put("noise", kind)
    return kind


def pick_restorers(kind: str) -> list[Restorer]:
    """Models to set side by side: at first a plain one, PCA, a VAE, and all that were trained
    on this corruption."""
    options = {PCA_KEY: Restorer(PCA_KEY, _("PCA, d = {d}").format(d=PCA_SIZE), None)}
    options |= {key: Restorer(key, entry.label, entry) for key, entry in entries().items()}
    key = f"restorers-{kind}"
    if key in st.session_state:
        st.session_state[key] = [k for k in st.session_state[key] if k in options]
    chosen = st.multiselect(
        _("Models"),
        list(options),
        default=None if key in st.session_state else _usual(kind, list(options)),
        format_func=lambda k: options[k].label if k in options else k,
        placeholder=_("Choose models"),
        max_selections=MOST,
        key=key,
        persist_state="session",
        help=_("Models whose name says so were trained on that corruption, at that level."),
    )
    if not chosen:
        st.info(_("Choose models above: they restore the digit side by side."))
    return [options[k] for k in chosen]


def _usual(kind: str, options: list[str]) -> list[str]:
    trained = [name for name, config in library.manifest().items() if config.noise.kind == kind]
    return [k for k in (PCA_KEY, *ALWAYS, *trained) if k in options][:MOST]


def level_text(kind: str, level: float) -> str:
    """A level with its unit."""
    if kind == "none":
        return _("clean pictures")
    if kind == "gaussian":
        return _("σ = {value}").format(value=number(level))
    if kind == "blur":
        return _("σ = {value} px").format(value=number(level))
    if kind == "low-resolution":
        return _("{value} px a side").format(value=number(level))
    return _("p = {value}").format(value=number(level))


@link.fragment
def restoring(kind: str, restorers: list[Restorer]) -> None:
    """One digit, test or drawn: clean, corrupted, and restored by each model."""
    data = load_or_embedded("mnist")
    if data.notice:
        st.warning(say(data.notice))
    with st.container(width=420):
        pick_digit("x", data, label=_("The clean digit"), default=18)
    names = tuple((r.key, r.label) for r in restorers)
    states = tuple(_state(r, data) for r in restorers)
    with st.spinner(_("Reading models and data…")):
        blob = _blob(kind, states, names, language(), data, restorers)
    register("denoise", "random", "corruption", "rubber")(key="denoise", data=blob)


def _state(restorer: Restorer, data: Dataset) -> str:
    if restorer.entry is None:
        return f"{restorer.key}-{data.name}"
    return state_name(restorer.entry, restorer.entry.read()[1], data.name)


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(
    kind: str,
    states: tuple[str, ...],
    names: tuple[tuple[str, str], ...],
    language_: str,
    _data: Dataset,
    _restorers: list[Restorer],
) -> bytes:
    """Encoders and decoders of all models, and what the page says of them."""
    arrays: dict[str, np.ndarray] = {}
    models = []
    for i, restorer in enumerate(_restorers):
        if restorer.entry is None:
            reference = pca.fit(_data.train)
            arrays[f"m{i}.mean"] = reference.mean.astype(np.float32)
            arrays[f"m{i}.components"] = reference.components[:PCA_SIZE].astype(np.float32)
            models.append({"pca": True})
            continue
        model, card = restorer.entry.read()
        for name, value in model.state_dict().items():
            arrays[f"m{i}.{name}"] = value.detach().cpu().numpy()
        config = card.config.model
        models.append(
            {
                "network": config.network,
                "activation": config.activation,
                "codeActivation": config.code_activation,
                "k": config.k,
                "variational": config.variational,
            }
        )
    step, usual, _curve = LEVELS[kind]
    return packed(
        arrays,
        name="|".join((kind, *states)),
        setup={
            "digit": "x",
            "kind": kind,
            "levels": [0, NOISE_LEVELS[kind], step],
            "usual": usual,
            "models": models,
        },
        told={
            "unit": _unit(kind),
            "models": [{"label": r.label, "note": _note(r)} for r in _restorers],
        },
        words=_words(),
    )


def _note(restorer: Restorer) -> str:
    noise = restorer.trained
    if restorer.entry is None:
        return _("the best linear one, fitted on clean pictures")
    return _("trained on {noise}").format(noise=level_text(noise.kind, noise.level))


def _unit(kind: str) -> str:
    if kind == "gaussian":
        return _("σ = {value}")
    if kind == "blur":
        return _("σ = {value} px")
    return _("{value} px a side") if kind == "low-resolution" else _("p = {value}")


def _words() -> dict[str, str]:
    return {
        "lang": language(),
        "level": _("Level"),
        "times": _("Restored again, times"),
        "again": _("New noise"),
        "play": _("Play"),
        "rub": _("Rub out by hand"),
        "whole": _("Bring back what was rubbed out"),
        "rubKeys": _("Arrow keys move the rubber, the space bar rubs."),
        "clean": _("Clean"),
        "noisy": _("Corrupted"),
        "nothing": _("what every model sees"),
        "reference": _("the reference"),
        "numbers": _("{psnr} dB · SSIM {ssim}"),
        "save": _("Save this picture"),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
    }


def quality_against_noise(kind: str, restorers: list[Restorer]) -> None:
    """PSNR over the test set against the level, with the level each was trained at."""
    st.subheader(_("Quality against the noise"))
    st.caption(
        _(
            "Mean PSNR over {count} test digits against the clean pictures. A ring marks the level "
            "a model was trained at. Grey: the corrupted pictures themselves."
        ).format(count=number(MEASURED, 0))
    )
    data = load_or_embedded("mnist")
    lines = [(_("no model"), _curve(kind, f"none-{data.name}", data, None), None)]
    with st.spinner(_("Measuring…")):
        for restorer in restorers:
            noise = restorer.trained
            ring = noise.level if noise.kind == kind else None
            rows = _curve(kind, _state(restorer, data), data, restorer)
            lines.append((restorer.label, rows, ring))
    figure = figures.quality_by_level(
        [(name, [(q.level, q.psnr) for q in rows], ring) for name, rows, ring in lines],
        labels={"x": _level_name(kind), "y": _("PSNR (dB)"), "separators": separators()},
    )
    st.plotly_chart(figure, key="quality")


def _level_name(kind: str) -> str:
    if kind in ("gaussian", "blur"):
        return "σ"
    return _("side of a coarse pixel") if kind == "low-resolution" else "p"


@st.cache_data(show_spinner=False, max_entries=200)
def _curve(kind: str, state: str, _data: Dataset, _restorer: Restorer | None) -> list[Quality]:
    x = _data.test.pictures(slice(0, MEASURED))
    if _restorer is None:
        restore = denoising.nothing
    elif _restorer.entry is None:
        restore = denoising.by_pca(pca.fit(_data.train), PCA_SIZE)
    else:
        restore = denoising.by_model(_restorer.entry.read()[0])
    return denoising.quality(restore, x, kind, LEVELS[kind][2])


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"\tilde{x} \sim C(\tilde{x} \mid x), \qquad \hat{x} = g(f(\tilde{x})), \qquad "
        r"\min_{f,\,g}\; \mathbb{E}\; \ell\big(x,\, g(f(\tilde{x}))\big)",
        r"\mathrm{PSNR} = -10 \log_{10} \frac{1}{784} \lVert x - \hat{x} \rVert^2",
        r"\mathrm{SSIM} = \frac{(2\mu_x\mu_{\hat{x}} + c_1)(2\sigma_{x\hat{x}} + c_2)}"
        r"{(\mu_x^2 + \mu_{\hat{x}}^2 + c_1)(\sigma_x^2 + \sigma_{\hat{x}}^2 + c_2)}",
    )
    show_sources([corruption, denoising])
