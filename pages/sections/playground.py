"""The 2D playground itself: what is trained, where it is seen, its formulas and sources."""

from __future__ import annotations

import sys
from typing import Any

import streamlit as st

from aecore.gan import algorithm
from aecore.gan.games import FAMILIES
from aecore.messages import LabError
from aecore.points import clouds, fields, measures, models, training
from aecore.points.playground import Playground, playgrounds
from aecore.points.training import COLUMNS
from pages.sections.playground_settings import Player, drawn, model_names, take_drawing
from pages.sections.playground_words import arrows, curves, samples, surfaces, words
from pages.ui.component import base_path, register
from pages.ui.i18n import language, say
from pages.ui.sources import show_formulas, show_sources


def arena(common: dict[str, Any], players: dict[str, Player]) -> None:
    """Both models on their cloud, live."""
    try:
        playground = _playground()
    except LabError as error:
        st.warning(say(error.sentence))
        return
    registry = playgrounds()
    registry.set_up(playground, {k: (p.config, p.rates) for k, p in players.items()})
    if st.session_state.pop("playground_start", False):
        registry.reset(playground)
        registry.start(playground)
    drawing = common["cloud"] == "drawn"
    modes = clouds.modes(common["cloud"])
    told = {letter: _told(player) for letter, player in players.items()}
    result = register("playground", "plane")(
        key="playground",
        data={
            "run": playground.id,
            "base": base_path(),
            "lang": language(),
            "letters": list(told),
            "players": told or {"a": _told(None)},
            "modes": 0 if modes is None else len(modes),
            "columns": COLUMNS,
            "drawing": drawing,
            "drawn": drawn() if drawing else "",
            "words": words(),
        },
        on_drawn_change=_take_drawing,
        on_gone_change=lambda: None,
    )
    return result


def _take_drawing() -> None:
    take_drawing(st.session_state["playground"].get("drawn"))


def _playground() -> Playground:
    """That of this session; another one, if the server has forgotten it."""
    found = playgrounds().get(st.session_state.get("playground_id", ""))
    if found is None:
        found = playgrounds().open()
        st.session_state["playground_id"] = found.id
    return found


def _told(player: Player | None) -> dict[str, Any]:
    """What the browser is to know of a model, none for an empty canvas."""
    model = player.config.model if player else "none"
    return {
        "key": model,
        "name": model_names()[model],
        "leads": model in ("vae", "ae"),
        "surfaces": surfaces(model),
        "arrows": arrows(model),
        "samples": samples(model),
        "curves": curves(model),
    }


def explained(players: dict[str, Player]) -> None:
    """The formulas of the models on the page, and the sources that compute them."""
    chosen = list(dict.fromkeys(player.config.model for player in players.values()))
    show_formulas(*dict.fromkeys(line for model in chosen for line in FORMULAS[model]), *ALWAYS)
    games = [sys.modules[FAMILIES[model].__module__] for model in chosen if model in FAMILIES]
    show_sources([*games, algorithm, models, training, clouds, fields, measures])


SCORE = r"x \sim p_{\text{data}}, \qquad \tilde{x} = G(z),\; z \sim \mathcal{N}(0, I)"
CLASSIFIER = r"L_D = -\log D(x) - \log\big(1 - D(\tilde{x})\big), \qquad D = \sigma(s)"
WASSERSTEIN = r"L_D = D(\tilde{x}) - D(x)"
FORMULAS = {
    "minimax": (
        SCORE,
        CLASSIFIER + r", \qquad L_G^{\text{minimax}} = \log\big(1 - D(\tilde{x})\big)",
        r"\min_D\, \mathbb{E}\,L_D = 2 \log 2 - 2\, \mathrm{JS}(p_{\text{data}} \,\|\, p_G)",
    ),
    "non-saturating": (
        SCORE,
        CLASSIFIER + r", \qquad L_G^{\text{non-saturating}} = -\log D(\tilde{x})",
    ),
    "least-squares": (
        SCORE,
        r"L_D = \tfrac12 (D(x) - 1)^2 + \tfrac12 D(\tilde{x})^2, \qquad "
        r"L_G = \tfrac12 (D(\tilde{x}) - 1)^2",
    ),
    "wasserstein": (
        SCORE,
        WASSERSTEIN + r",\; w \in [-c, c], \qquad L_G = -D(\tilde{x}), \qquad "
        r"W_1 = \sup_{\|D\|_L \le 1} \mathbb{E}\,D(x) - \mathbb{E}\,D(\tilde{x})",
    ),
    "gradient-penalty": (
        SCORE,
        WASSERSTEIN + r" + \lambda \big(\|\nabla D(\hat{x})\| - 1\big)^2, \qquad "
        r"\hat{x} = \varepsilon x + (1 - \varepsilon)\tilde{x}, \qquad L_G = -D(\tilde{x})",
    ),
    "spectral": (
        SCORE,
        r"L_D = \max(0, 1 - D(x)) + \max(0, 1 + D(\tilde{x})), \quad \bar{W} = W / \sigma(W), "
        r"\qquad L_G = -D(\tilde{x})",
    ),
    "boundary-equilibrium": (
        SCORE,
        r"\ell(v) = \textstyle\sum |v - D(v)|, \quad L_D = \ell(x) - k\,\ell(\tilde{x}), \quad "
        r"L_G = \ell(\tilde{x}), \quad "
        r"k \leftarrow k + \lambda_k(\gamma\,\ell(x) - \ell(\tilde{x}))",
    ),
    "vae": (
        r"L_{\mathrm{VAE}} = \frac{\|x - g(z)\|^2}{2\sigma^2} + "
        r"\mathrm{KL}\big(q(z \mid x) \,\|\, \mathcal{N}(0, I)\big), \qquad \sigma = 0.1",
    ),
    "ae": (r"L_{\mathrm{AE}} = \|x - g(f(x))\|^2",),
}
ALWAYS = (
    r"\text{arrows:}\quad -\frac{\partial L_G}{\partial \tilde{x}} \;\;\text{or}\;\; x \to g(f(x))",
    r"\text{good:}\quad \min_m \|\tilde{x} - \mu_m\| \le 3\sigma, \qquad "
    r"\text{covered:}\quad \#\{\text{good at } m\} \ge \frac{1}{10}\,\frac{N}{M}",
    r"\text{energy distance:}\quad 2\,\mathbb{E}\|a - b\| - \mathbb{E}\|a - a'\| - "
    r"\mathbb{E}\|b - b'\|",
)
