"""The codes of a model in a plane: what every point of it decodes to, at the speed of the hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.checkpoint import Card
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes, sampling
from aecore.explore.codes import Cloud
from aecore.figures import CLASS_COLOURS
from aecore.models import Autoencoder, sources
from pages.ui.component import base_path, register
from pages.ui.decoding import decoder_blob
from pages.ui.i18n import _, language, say
from pages.ui.models import Entry, pick_model
from pages.ui.sources import show_formulas, show_sources

# Codes of more than this many numbers in all are sent for fewer pictures.
MOST_NUMBERS = 1_500_000


@dataclass(frozen=True)
class View:
    """What the parts of the page share: a model, the data it saw, the codes it gives."""

    entry: Entry
    model: Autoencoder
    card: Card
    data: Dataset
    cloud: Cloud

    @property
    def name(self) -> str:
        """Tells this state of this model from every other."""
        return f"{self.entry.key}-{self.card.epochs:g}-{self.card.seconds:.3f}-{self.data.name}"


def open_model() -> View | None:
    """The model to look at and its codes, or None with a word on what to do."""
    entry = pick_model()
    if entry is None:
        return None
    view = open_entry(entry)
    if view.data.notice:
        st.warning(say(view.data.notice))
    return view


def open_entry(entry: Entry) -> View:
    """A model with the codes it gives to its test digits."""
    with st.spinner(_("Encoding the test digits…")):
        model, card = entry.read()
        data = load_or_embedded(card.dataset)
        name = f"{entry.key}-{card.epochs}-{card.seconds}"
        return View(entry, model, card, data, _cloud(name, data.name, model, data))


@st.cache_resource(max_entries=12, show_spinner=False)
def _cloud(name: str, dataset: str, _model: Autoencoder, _data: Dataset) -> Cloud:
    d = _model.config.latent_dim
    return codes.cloud(_model, _data.test, MOST_NUMBERS // d)


def latent_space(view: View) -> None:
    """The plane, the manifold, the other dimensions and the traversals, in one component."""
    if len(view.cloud.labels) < len(view.data.test):
        st.caption(
            _("The codes are long: the first {count} of the test digits are shown.").format(
                count=len(view.cloud.labels)
            )
        )
    register("latent", "tiles", "plane", "random", "latentlayout")(
        key="latent", data=_blob(view.name, language(), view)
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _blob(name: str, language_: str, _view: View) -> bytes:
    """Everything the browser needs, once: the decoder, the codes, the directions, the words."""
    cloud, model = _view.cloud, _view.model
    arrays = {key: value.detach().cpu().numpy() for key, value in model.state_dict().items()}
    arrays |= {
        "codes": _half(cloud.codes),
        "labels": cloud.labels,
        "mean": cloud.mean,
        "directions": cloud.directions,
    }
    if cloud.deviations is not None:
        arrays["deviations"] = _half(cloud.deviations)
    told = {
        "base": base_path(),
        "dataset": _view.data.name,
        "classes": [str(c) for c in _view.data.class_names],
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
    return decoder_blob(arrays, model.config, name=name, told=told, words=words)


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
        "others": _("The other values of the code"),
        "traversal": _("Each value alone, from low to high"),
        "all": _("All rows"),
        "importance": {"units": weight, "principal": _("Variance of the codes")},
        "save": _("Save this picture"),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
    }


def explained(view: View) -> None:
    """The formulas of the page and the sources that compute them."""
    variational = view.cloud.deviations is not None
    lines = [r"x \mapsto z = f(x) \in \mathbb{R}^d, \qquad z \mapsto \hat{x} = g(z)"]
    if variational:
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
    show_sources([*sources(view.card.config.model), sampling])
