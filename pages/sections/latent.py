"""The codes of a model in a plane: what every point of it decodes to, at the speed of the hand."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.explore import codes, sampling
from aecore.explore.codes import Cloud
from aecore.figures import CLASS_COLOURS
from aecore.models import sources
from pages.ui.component import base_path, register
from pages.ui.decoding import decoder_blob, offer
from pages.ui.i18n import _, language
from pages.ui.measured import Measured
from pages.ui.sources import show_formulas, show_sources

# Codes of more than this many numbers in all are sent for fewer pictures.
MOST_NUMBERS = 1_500_000


def cloud_of(of: Measured) -> Cloud:
    """The codes of the test digits as a cloud in the plane of any two directions."""
    return _cloud(of.key, of)


@st.cache_resource(max_entries=12, show_spinner=False)
def _cloud(key: str, _of: Measured) -> Cloud:
    count = MOST_NUMBERS // _of.card.config.model.latent_dim
    return codes.cloud(_of.model, _of.data.test, count)


def latent_space(of: Measured) -> None:
    """The plane, the manifold, the other dimensions and the traversals, in one component."""
    shown = len(cloud_of(of).labels)
    if shown < len(of.data.test):
        st.caption(
            _("The codes are long: the first {count} of the test digits are shown.").format(
                count=shown
            )
        )
    register("latent", "tiles", "plane", "random", "latentlayout")(
        key="latent", data=_blob(of.key, language(), of)
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _blob(key: str, language_: str, _of: Measured) -> bytes:
    """Everything the browser needs, once: the decoder, the codes, the directions, the words."""
    cloud = cloud_of(_of)
    arrays = _of.weights() | {
        "codes": _half(cloud.codes),
        "labels": cloud.labels,
        "mean": cloud.mean,
        "directions": cloud.directions,
    }
    if cloud.deviations is not None:
        arrays["deviations"] = _half(cloud.deviations)
    told = {
        "base": base_path(),
        # Hundreds of convolutions take a browser half a second.
        "server": offer(_of.model) if _of.card.config.model.network == "conv" else None,
        "dataset": _of.data.name,
        "classes": [_(name) for name in _of.data.class_names],
        "palette": CLASS_COLOURS,
        "spread": {
            "units": cloud.unit_range.round(5).tolist(),
            "principal": cloud.direction_range.round(5).tolist(),
        },
        "order": {
            "units": np.argsort(-cloud.unit_weight, kind="stable").tolist(),
            "principal": list(range(len(cloud.directions))),
        },
        "importance": {
            "units": cloud.unit_weight.round(4).tolist(),
            "principal": cloud.direction_weight.round(4).tolist(),
        },
    }
    words = _words(variational=cloud.deviations is not None)
    return decoder_blob(arrays, _of.card.config.model, name=key, told=told, words=words)


def _half(values: np.ndarray) -> np.ndarray:
    limit = float(np.finfo(np.float16).max)
    return values.clip(-limit, limit).astype(np.float16)


def _words(*, variational: bool) -> dict[str, object]:
    weight = _("Mean KL in nats") if variational else _("Variance of the codes")
    return {
        "lang": language(),
        "basis": _("Plane of"),
        "xAxis": _("across"),
        "yAxis": _("up"),
        "options": {
            "units": _("units of the code"),
            "principal": _("principal directions"),
            "prior": _("the quantiles of the prior"),
            "codes": _("the range of the codes"),
            "view": _("what the plane shows"),
        },
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "reset": _("Back to the start"),
        "field": _(
            "Plane of codes; the arrow keys move the point, with Alt the view; plus and minus zoom."
        ),
        "free": _("Move over the plane to decode; click to hold the point, drag to move the view."),
        "held": _("The point is held: click to let it go."),
        "hover": _("Point at a code to see whose it is."),
        "digit": _("Test digit"),
        "class": _("class"),
        "truth": _("True digit"),
        "back": _("Its reconstruction"),
        "samples": _("Drawn from its posterior q(z|x)"),
        "classAxis": _("class"),
        "manifold": _("Decoded grid"),
        "range": _("Grid over"),
        "tiles": _("Tiles"),
        "rectangle": _("Draw a rectangle on the grid: the plane shows that part of it."),
        "others": _("The other values of the code"),
        "traversal": _("Each value alone, from low to high"),
        "all": _("All rows"),
        "importance": {"units": weight, "principal": _("Variance of the codes")},
        "small": _("Small numbers:"),
        "save": _("Save this picture"),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
    }


def explained(of: Measured) -> None:
    """The formulas of the page and the sources that compute them."""
    model = of.card.config.model
    lines = [r"x \mapsto z = f(x) \in \mathbb{R}^d, \qquad z \mapsto \hat{x} = g(z)"]
    if model.variational:
        lines += [
            r"q(z\mid x) = \mathcal{N}\big(\mu(x),\, \operatorname{diag} \sigma^2(x)\big), \qquad "
            r"p(z) = \mathcal{N}(0, I)",
            r"q(z) = \frac{1}{N} \sum_{n=1}^{N} q(z \mid x_n) \quad \text{("
            + _("aggregated")
            + ")}",
            r"-\mathcal{L}_\beta = \mathbb{E}_{q(z|x)}\big[-\log p(x\mid z)\big] + "
            r"\beta\, \mathrm{KL}\big(q(z\mid x)\,\|\,p(z)\big)",
        ]
    show_formulas(*lines)
    show_sources([*sources(model), sampling])
