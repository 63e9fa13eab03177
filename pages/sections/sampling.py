"""How a code is chosen: ways to draw one, side by side, for a model and for another beside it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import streamlit as st
import torch
from safetensors.numpy import save
from torch import Generator, Tensor

from aecore.config import ModelConfig
from aecore.data import Dataset
from aecore.explore import sampling as ways
from aecore.explore.codes import to_uint8
from aecore.figures import CLASS_COLOURS
from pages.sections.latent import cloud_of
from pages.ui import link
from pages.ui.choose import draw_number
from pages.ui.component import register
from pages.ui.i18n import _, number, significant
from pages.ui.measured import Measured, measured
from pages.ui.models import Entry, entries
from pages.ui.picker import Digit, pick_digit

SIDE = 5
SCORED = 100
# So many training digits are searched for the nearest.
REAL = 20_000
POINTS = 3000
NONE = "none"


def sampling(entry: Entry, of: Measured) -> None:
    """The section of the page: draw, draw again, and the same for a second model."""
    st.subheader(_("How do you choose a code?"))
    st.markdown(
        _(
            "The decoder turns **any** code into a picture; a digit comes out only where it has "
            "learned to. The rings are the chosen codes among those of real digits."
        )
    )
    _draws(entry, of)


@link.fragment
def _draws(entry: Entry, of: Measured) -> None:
    left, middle, right = st.columns([3, 3, 4], gap="large")
    with left:
        other = _pick_other(entry, of)
    with middle:
        seed = draw_number()
    models, digit = [(entry, of), *other], None
    if any(model.card.config.model.variational for _name, model in models):
        with right:
            digit = pick_digit("of", of.data, label=_("The one posterior is that of"), default=4)
    for number_, (name, model) in enumerate(models):
        st.markdown(f"**{name.label}**")
        with st.spinner(_("Drawing codes…")):
            register("clouds", "plane")(key=f"clouds-{number_}", data=_blob(model, digit, seed))
    st.caption(
        _(
            "The distance is the MSE a pixel from a drawn picture to the nearest of {real} "
            "training digits, the mean of {count} draws: small where the pictures look like real "
            "ones. Test digits, which are real, are at {error}; smooth pictures can lie nearer "
            "than they."
        ).format(
            count=SCORED,
            real=number(min(REAL, len(of.data.train)), 0),
            error=significant(_real_error(of.data.name, of.data), 2),
        )
    )


def _pick_other(entry: Entry, of: Measured) -> list[tuple[Entry, Measured]]:
    """A second model or none: at first one of the same d that is a VAE where this one is not."""
    options = {key: e for key, e in entries().items() if key != entry.key}
    key = "beside"
    link.choice(key, [NONE, *options], _opposite(of, list(options)))
    chosen = st.selectbox(
        _("Beside it"),
        [NONE, *options],
        format_func=lambda k: options[k].label if k in options else _("no other model"),
        key=key,
        persist_state="session",
    )
    link.put(key, chosen)
    return [(options[chosen], measured(options[chosen], notice=False))] if chosen in options else []


def _opposite(of: Measured, options: list[str]) -> str:
    """The pretrained model of the same network and d with the other kind of code, if any."""
    model = of.card.config.model
    name = f"{model.network}-d{model.latent_dim}"
    name = name if model.variational else f"vae-{name}"
    return name if name in options else NONE


def _blob(of: Measured, digit: Digit | None, seed: int) -> bytes:
    """The cloud, the draws and their pictures, for the browser."""
    variational = of.card.config.model.variational
    found = _drawn(of.key, digit.token if variational else "", seed, of, digit)
    titles = _titles(of.card.config.model)
    told = {
        "ways": [
            {"key": key, "title": titles[key][0], "note": titles[key][1],
             "score": _("distance {value}").format(value=significant(error, 2))}
            for key, error in zip(found["keys"], found["errors"], strict=True)
        ],
        "side": SIDE,
        "count": SIDE * SIDE,
        "palette": CLASS_COLOURS,
        "view": found["view"],
        "words": {
            "save": _("Save this picture"),
            "cloud": _("the chosen codes among those of the test digits"),
            "tiles": _("what they decode to"),
        },
    }  # fmt: skip
    return save(found["arrays"], {"told": json.dumps(told)})


def _titles(model: ModelConfig) -> dict[str, tuple[str, str]]:
    adversary = model.adversary
    normal = (
        _("From the prior, as it was trained for.")
        if model.variational or (adversary and adversary.prior == "gaussian")
        else _("Nobody asked these codes to be normal.")
    )
    return {
        "prior": (_("Standard normal"), normal),
        "aggregated": (_("Aggregated posterior"), _("A digit at random, then its posterior.")),
        "one": (_("One posterior"), _("Around the code of the chosen digit.")),
        "box": (_("Box"), _("Uniform between the 1st and 99th percentiles.")),
        "gaussian": (_("Gaussian fit"), _("Mean and covariance of the codes.")),
        "codes": (_("Known codes"), _("Those of real digits, nothing new.")),
    }


@st.cache_resource(max_entries=24, show_spinner=False)
def _drawn(key: str, token: str, seed: int, _of: Measured, _digit: Digit | None) -> dict:
    """Draws of every way that suits the model, in its plane, decoded and scored."""
    cloud = cloud_of(_of)
    codes = torch.from_numpy(cloud.codes)
    generator = Generator().manual_seed(seed)
    reference = _of.data.train.pictures(slice(0, REAL))
    origin, axes = _plane(_of)
    points = (cloud.codes[:POINTS] - origin) @ axes.T
    samples, pictures, errors, keys = [], [], [], []
    for way, draw in _ways(_of, codes, _digit).items():
        z = draw(SCORED, generator)
        decoded = _of.decoded(z).clamp(0, 1)
        keys.append(way)
        errors.append(float(ways.nearest_error(decoded, reference).mean()))
        pictures.append(to_uint8(decoded[: SIDE * SIDE]))
        samples.append((z[: SIDE * SIDE].numpy() - origin) @ axes.T)
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    return {
        "keys": keys,
        "errors": errors,
        "view": {
            "x": float(low[0] + high[0]) / 2,
            "y": float(low[1] + high[1]) / 2,
            "reach": float((high - low).max()) / 2 * 1.3 + 1e-6,
        },
        "arrays": {
            "points": points.astype(np.float32),
            "labels": cloud.labels[:POINTS],
            "samples": np.concatenate(samples).astype(np.float32),
            "pictures": np.concatenate(pictures),
        },
    }


def _plane(of: Measured) -> tuple[np.ndarray, np.ndarray]:
    """Where to look: the code itself if it is a plane, else its first principal directions."""
    d = of.card.config.model.latent_dim
    if d <= 2:
        return np.zeros(d, np.float32), np.eye(2, d, dtype=np.float32)
    cloud = cloud_of(of)
    return cloud.mean, cloud.directions[:2]


def _ways(
    of: Measured, codes: Tensor, digit: Digit | None
) -> dict[str, Callable[[int, Generator], Tensor]]:
    d = of.card.config.model.latent_dim
    found = {"prior": lambda n, g: ways.prior(n, d, g)}
    if not of.card.config.model.variational:
        found["box"] = lambda n, g: ways.box(codes, n, g)
        found["gaussian"] = lambda n, g: ways.gaussian_fit(codes, n, g)
        found["codes"] = lambda n, g: codes[torch.randint(len(codes), (n,), generator=g)]
        return found
    deviations = torch.from_numpy(cloud_of(of).deviations)
    with torch.inference_mode():
        mu, log_var = (v[0].cpu() for v in of.model.posterior(digit.x.to(of.model.device)))
    found["aggregated"] = lambda n, g: ways.aggregated_posterior(codes, deviations, n, g)
    found["one"] = lambda n, g: ways.one_posterior(mu, (log_var / 2).exp(), n, g)
    found["gaussian"] = lambda n, g: ways.gaussian_fit(codes, n, g)
    return found


@st.cache_data(show_spinner=False)
def _real_error(name: str, _data: Dataset) -> float:
    """The same distance from digits that are real, those of the test set."""
    test = _data.test.pictures(slice(0, SCORED))
    return float(ways.nearest_error(test, _data.train.pictures(slice(0, REAL))).mean())
