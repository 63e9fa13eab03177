"""The settings of the 2D playground: the cloud, both models, and what both have in common."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from aecore.messages import ConfigError
from aecore.points.clouds import REACH
from aecore.points.config import CLOUDS, MAX_DOTS, MODELS, USUAL_RATES, PointsConfig, Rates
from pages.sections.settings_controls import folded
from pages.ui import link
from pages.ui.choose import step_of
from pages.ui.i18n import _, say

RATES = (1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 3e-2)
BATCHES = (32, 64, 128, 256, 512)
DIMENSIONS = (1, 2, 3, 4, 8, 16)
WIDTHS = (8, 16, 32, 64, 128)
PENALTIES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
CLIPS = (0.01, 0.03, 0.1, 0.3)
NONE = "none"
LETTERS = ("a", "b")
AT_FIRST = {"a": "minimax", "b": "gradient-penalty"}
# What a drawing's dots are written in: a byte for x and one for y.
STEPS = 255


@dataclass(frozen=True)
class Player:
    """One of the models, as the page asks for it."""

    config: PointsConfig
    rates: Rates


def model_names() -> dict[str, str]:
    """The models in the words of the page."""
    return {
        "minimax": _("GAN, minimax"),
        "non-saturating": _("GAN, non-saturating"),
        "least-squares": _("GAN, least squares"),
        "wasserstein": _("WGAN, clipping"),
        "gradient-penalty": "WGAN-GP",
        "spectral": _("GAN, spectral normalisation"),
        "boundary-equilibrium": _("BEGAN"),
        "vae": _("VAE"),
        "ae": _("Autoencoder"),
        NONE: _("none"),
    }


def cloud_names() -> dict[str, str]:
    """The clouds in the words of the page."""
    return {
        "ring": _("Ring of 8"),
        "grid": _("Grid of 25"),
        "swiss-roll": _("Swiss roll"),
        "moons": _("Two moons"),
        "drawn": _("Drawn by hand"),
    }


def presets() -> None:
    """One click shows the collapse of the minimax GAN beside what cures it."""
    st.button(
        _("Mode collapse and its cure"),
        key="preset_cure",
        icon=":material/healing:",
        type="primary",
        on_click=_show_the_cure,
        help=_(
            "Starts the minimax GAN, whose critic learns ten times slower than its generator, "
            "beside WGAN-GP on the same cloud: one chases from mode to mode, the other finds all "
            "of them. With equal rates the minimax GAN finds the ring too: try it while it trains."
        ),
    )


def _show_the_cure() -> None:
    state = st.session_state
    if state.get("cloud") not in ("ring", "grid"):
        state["cloud"] = "ring"
    for letter, model in AT_FIRST.items():
        state[f"{letter}_model"] = model
        _take_usual_rates(letter)
    state["playground_start"] = True


def pick_cloud() -> dict[str, Any]:
    """The cloud, and the settings that both models have in common."""
    common: dict[str, Any] = {}
    names = cloud_names()
    link.choice("cloud", CLOUDS, "ring")
    common["cloud"] = st.selectbox(
        _("Cloud"), CLOUDS, format_func=names.get, key="cloud", persist_state="session"
    )
    link.put("cloud", common["cloud"])
    common["dots"] = dots_of(drawn()) if common["cloud"] == "drawn" else ()
    common["latent_dim"] = step_of(
        _("Noise or code: d"),
        DIMENSIONS,
        "d",
        2,
        help_=_("Numbers of a noise vector of the GANs, and of a code of the autoencoders."),
    )
    with folded(_("More settings"), "playground") as is_open:
        for setting in _hidden_settings():
            common[setting.name] = setting.show() if is_open else setting.value()
    return common


@dataclass(frozen=True)
class _Setting:
    name: str
    label: str
    key: str
    options: tuple
    usual: float
    help: str

    def show(self) -> Any:
        return step_of(self.label, self.options, self.key, self.usual, help_=self.help)

    def value(self) -> Any:
        """As it stands, folded away."""
        link.choice(self.key, self.options, self.usual)
        link.put(self.key, st.session_state[self.key])
        return st.session_state[self.key]


def _hidden_settings() -> list[_Setting]:
    usual = PointsConfig()
    return [
        _Setting(
            *("width", _("Hidden units a layer"), "units", WIDTHS, usual.width),
            _("Each network has two hidden layers."),
        ),
        _Setting(
            *("batch_size", _("Points of an update"), "batch", BATCHES, usual.batch_size),
            _("Drawn anew from the cloud for each update."),
        ),
        _Setting(
            *("penalty", _("Weight of the gradient penalty"), "penalty", PENALTIES, usual.penalty),
            _("λ of WGAN-GP. Its authors take 10 for pictures and .1 for clouds like these."),
        ),
        _Setting(
            *("clip", _("Range of clipped weights"), "clip", CLIPS, usual.clip),
            _("c of the WGAN: each weight of its critic is kept in [−c, c]."),
        ),
        _Setting(
            *("seed", _("Seed"), "seed", tuple(range(10)), 0),
            _("The same seed gives the same training."),
        ),
    ]


def pick_models(common: dict[str, Any]) -> dict[str, Player]:
    """The model A and, unless there is none, the model B; nothing where nothing is drawn yet."""
    chosen = {letter: _pick_model(letter) for letter in LETTERS}
    players = {}
    for letter, (model, rates) in chosen.items():
        if model == NONE:
            continue
        try:
            players[letter] = Player(PointsConfig(model=model, **common), rates)
        except ConfigError as error:
            st.info(say(error.sentence))
            return {}
    return players


def _pick_model(letter: str) -> tuple[str, Rates]:
    names = model_names()
    options = MODELS if letter == "a" else (*MODELS, NONE)
    key = f"{letter}_model"
    link.choice(key, options, AT_FIRST[letter])
    with st.container(border=True):
        model = st.selectbox(
            _("Model A") if letter == "a" else _("Model B"),
            options,
            format_func=names.get,
            key=key,
            persist_state="session",
            on_change=_take_usual_rates,
            args=(letter,),
        )
        link.put(key, model)
        return model, _pick_rates(letter, model)


def _take_usual_rates(letter: str) -> None:
    usual = USUAL_RATES.get(st.session_state[f"{letter}_model"], Rates())
    st.session_state[f"{letter}_rate"] = usual.generator
    st.session_state[f"{letter}_critic"] = usual.critic
    st.session_state[f"{letter}_steps"] = usual.critic_steps


def _pick_rates(letter: str, model: str) -> Rates:
    if model == NONE:
        return Rates()
    usual = USUAL_RATES[model]
    live = _("Takes effect at the next update, also while it trains.")
    take = partial(step_of, help_=live)
    if model in ("vae", "ae"):
        return Rates(take(_("Learning rate"), RATES, f"{letter}_rate", usual.generator))
    steps = tuple(range(1, 11))
    return Rates(
        take(_("Learning rate of G"), RATES, f"{letter}_rate", usual.generator),
        take(_("Learning rate of D"), RATES, f"{letter}_critic", usual.critic),
        take(_("Steps of D for one of G"), steps, f"{letter}_steps", usual.critic_steps),
    )


def drawn() -> str:
    """The drawing as it stands: what the link asks for, else what was painted last."""
    asked = link.asked("drawn")
    if asked is not None:
        if asked and not dots_of(asked):
            link.unknown("drawn", asked)
        else:
            st.session_state["drawn_dots"] = asked
    text = st.session_state.get("drawn_dots", "")
    link.put("drawn", text)
    return text


def take_drawing(text: object) -> None:
    """What a browser sends after a stroke."""
    if isinstance(text, str) and (not text or dots_of(text)):
        st.session_state["drawn_dots"] = text


def dots_of(text: str) -> tuple[tuple[float, float], ...]:
    """The places in the plane that a link writes; none where it can't be read."""
    try:
        content = base64.urlsafe_b64decode(text)
    except ValueError:
        return ()
    if len(content) % 2 or len(content) > 2 * MAX_DOTS:
        return ()
    shares = np.frombuffer(content, np.uint8).reshape(-1, 2) / STEPS
    places = REACH * (2 * shares - 1)
    return tuple((float(x), float(y)) for x, y in places.round(4))
