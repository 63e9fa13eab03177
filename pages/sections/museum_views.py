"""What the symptom of each exhibit looks like: its numbers, its chart, its pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Generator, Tensor

from aecore import figures
from aecore.data import Split
from aecore.explore import copying, sampling
from aecore.explore.codes import first_of_each_class, to_uint8
from aecore.explore.copying import Copying
from aecore.explore.failures import Collapse, Explosion, Failure, Holes, Use
from aecore.figures import ILL, WELL
from aecore.models import Autoencoder
from aecore.runs import Run
from pages.ui.i18n import _, number, percent, separators, significant

COLOURS = (ILL, WELL)
# The digits whose pixels make the noise that is shown.
SHUFFLED = 500
# Distances to the nearest digit, in MSE a pixel; what is beyond counts in the last bin.
EDGES = np.linspace(0, 0.15, 31)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2


def numbers(failure: Failure, symptom: Any) -> list[tuple[str, str]]:
    """What is measured, by name; first the number that tells."""
    if isinstance(symptom, Collapse):
        return _collapse_numbers(failure, symptom)
    if isinstance(symptom, Holes):
        return [
            (_("Far from every digit, drawn in the box"), percent(symptom.share)),
            (
                _("Far from every digit, drawn from a Gaussian fit"),
                percent(symptom.beyond(symptom.fit)),
            ),
            (
                _("Far from every digit, drawn from N(0, I)"),
                percent(symptom.beyond(symptom.normal)),
            ),
            (_("Far: MSE to the nearest digit above"), significant(symptom.usual, 2)),
        ]
    if isinstance(symptom, Use):
        return _use_numbers(failure, symptom)
    if isinstance(symptom, Copying):
        return [
            (_("Noise copied"), percent(symptom.copied)),
            (_("Lost of digits"), percent(symptom.digits)),
            (_("Lost of noise"), percent(symptom.noise)),
        ]
    last = symptom.losses[-1] if symptom.losses else symptom.start
    ratio = _("broken off") if symptom.broken else _large(symptom.ratio)
    return [
        (_("Last loss over that of the untrained model"), ratio),
        (_("Loss of the untrained model (nats)"), number(symptom.start, 1)),
        (_("Highest loss told (nats)"), _large(max((symptom.start, *symptom.losses)))),
        (_("Last loss told (nats)"), _large(last)),
    ]


def _large(value: float) -> str:
    """A number that may have exploded: 181, or 2.64 · 10²⁶."""
    if value < 1e6:
        return significant(value)
    exponent = math.floor(math.log10(value))
    raised = str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number(value / 10**exponent, 2)} · 10{raised}"


def _collapse_numbers(failure: Failure, symptom: Collapse) -> list[tuple[str, str]]:
    active = _("{count} of {all}").format(count=symptom.active, all=len(symptom.kl))
    rows = [
        (_("Active latents"), active),
        (_("KL of all latents together (nats)"), significant(symptom.total)),
        (_("Variety of what the prior decodes to"), percent(symptom.variety)),
    ]
    return [rows[1], rows[0], rows[2]] if failure.key == "scale" else rows


def _use_numbers(failure: Failure, symptom: Use) -> list[tuple[str, str]]:
    count = _("{count} of {all}").format(
        count=number(symptom.dead, 0), all=number(len(symptom.shares), 0)
    )
    if failure.key == "units":
        return [(_("Dead units"), count), (_("Share of dead units"), percent(symptom.share))]
    return [
        (_("Dead codes"), count),
        (_("Share of dead codes"), percent(symptom.share)),
        (_("Perplexity: codes in use"), number(symptom.perplexity, 1)),
    ]


def chart(failure: Failure, run: Run, found: list[Any], side: int) -> None:
    """The picture of the number, on the same scale for both runs."""
    symptom, colour = found[side], COLOURS[side]
    key = f"chart-{failure.key}-{side}"
    if isinstance(symptom, Copying):
        return
    if isinstance(symptom, Explosion):
        labels = {"x": _("epoch"), "y": _("Total loss (nats)"), "separators": separators()}
        rows = [(0.0, symptom.start), *((row[0], row[1]) for row in run.train_curve)]
        figure = figures.curves([("", rows)], colours=(colour,), labels=labels)
        st.plotly_chart(figure.update_layout(height=260, showlegend=False), key=key)
        return
    bars = [None if one is None else _bars(one) for one in found]
    top = max(float(values.max()) for values in bars if values is not None)
    x, y = _axes(failure)
    labels = {"x": x, "y": y, "separators": separators()}
    at = MIDDLES if isinstance(symptom, Holes) else None
    figure = figures.bars(bars[side], at=at, top=1.05 * top, colour=colour, labels=labels)
    st.plotly_chart(figure, key=key)


def _bars(symptom: Any) -> np.ndarray:
    if isinstance(symptom, Holes):
        counts, _edges = np.histogram(symptom.box.numpy().clip(0, EDGES[-1]), EDGES)
        return counts / counts.sum()
    values = symptom.kl if isinstance(symptom, Collapse) else symptom.shares
    return values.sort(descending=True).values.numpy()


def _axes(failure: Failure) -> tuple[str, str]:
    return {
        "collapse": (_("latents, by falling KL"), _("KL (nats)")),
        "scale": (_("latents, by falling KL"), _("KL (nats)")),
        "holes": (_("MSE to the nearest real digit"), _("share of the draws")),
        "codes": (_("codes, by falling use"), _("share of the choices")),
        "units": (_("units, by falling use"), _("share of the pictures")),
    }[failure.key]


@torch.inference_mode()
def pictures(model: Autoencoder, symptom: Any, test: Split) -> list[tuple[str, np.ndarray]]:
    """Rows of pictures: ten digits there and back, and what the symptom is about."""
    x = test.pictures(first_of_each_class(test))
    rows = [(_("Original"), to_uint8(x)), (_("Reconstruction"), to_uint8(_restored(model, x)))]
    if isinstance(symptom, Copying):
        noise = copying.noise_like(test.pictures(slice(0, SHUFFLED)), "shuffled")[: len(x)]
        rows.append((_("Noise"), to_uint8(noise)))
        rows.append((_("Noise restored"), to_uint8(_restored(model, noise))))
    elif isinstance(symptom, Holes):
        drawn = to_uint8(model.decode(symptom.draws[: 2 * len(x)].to(model.device)))
        rows.append((_("Draws between the codes"), drawn[: len(x)]))
        rows.append(("", drawn[len(x) :]))
    elif isinstance(symptom, Collapse):
        z = sampling.prior(len(x), model.config.latent_dim, Generator().manual_seed(0))
        rows.append((_("Draws from the prior"), to_uint8(model.decode(z.to(model.device)))))
    return rows


def _restored(model: Autoencoder, x: Tensor) -> Tensor:
    return model.decode(model.encode(x.to(model.device)))
