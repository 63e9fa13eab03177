"""The codebook: what each code draws, how often it is used, and what a map of codes costs."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st
from safetensors.numpy import save
from torch import Tensor

from aecore import figures
from aecore.config import PIXELS
from aecore.data import Dataset
from aecore.explore import codebook as books
from aecore.explore.compression import png_bytes
from aecore.explore.probes import subsample
from aecore.models import QuantizedAutoencoder
from pages.sections.quantized import Coded, about
from pages.sections.quantized_prior import prior_bits, prior_of
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.component import register
from pages.ui.digits import save_button
from pages.ui.i18n import _, language, number, percent, separators, significant
from pages.ui.tables import table

# Training digits from which the shares of codes place by place are known.
KNOWN = 10_000


def codebook(of: Coded) -> None:
    """Every code with its picture, the shares, and the vectors in a plane."""
    st.subheader(_("The codebook"))
    used = of.usage
    dead = int(used.dead.sum())
    st.markdown(
        _(
            "Perplexity **{perplexity}** of {k} codes: so many in equal use would have the same "
            "entropy. Dead: **{dead}**. The commonest code takes {most} of all places."
        ).format(
            perplexity=number(used.perplexity, 1),
            k=of.k,
            dead=dead,
            most=percent(used.shares.max().item()),
        )
    )
    _tiles(of)
    left, right = st.columns([3, 2], gap="large")
    colours = [shown for shown, _ink in of.colours]
    with left:
        st.markdown(_("**How often each code is used** by the test digits; dotted: all alike"))
        figure = figures.code_shares(
            used.shares.tolist(),
            colours,
            labels={
                "x": _("Code"),
                "y": _("Share of all places"),
                "separators": separators(),
            },
        )
        st.plotly_chart(figure, key="code-shares")
    with right:
        st.markdown(_("**The vectors** in their first two principal directions"))
        figure = figures.code_plane(
            books.plane(of.model).numpy(),
            used.shares.tolist(),
            of.colours,
            labels={
                "x": _("First direction"),
                "y": _("Second direction"),
                "separators": separators(),
            },
        )
        st.plotly_chart(figure, key="code-plane")


@link.fragment
def _tiles(of: Coded) -> None:
    kinds = {"mean": _("Mean of the digits there"), "alone": _("Decoded alone")}
    sorts = {"number": _("Number"), "share": _("Share")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = one_of(_("Pictures of the codes"), kinds, "codes", "mean")
        sort = one_of(_("Sorted by"), sorts, "codes_sort", "number")
    pictures = figures.grey(of.usage.windows.numpy() if kind == "mean" else _alone(of.key, of))
    order = np.arange(of.k)
    if sort == "share":
        order = np.argsort(-of.usage.shares.numpy(), kind="stable")
    coloured = np.repeat(pictures[order][..., None], 3, axis=3)
    units = [{"value": _value(of, int(code)), "about": about(of, int(code))} for code in order]
    register("units")(
        key="codes-tiles",
        data=save(
            {"pictures": np.ascontiguousarray(coloured)},
            {
                "view": f"{of.key} {kind} {sort} {language()}",
                "symbol": "",
                "numbers": json.dumps(order.tolist()),
                "clickable": "false",
                "chosen": "",
                "labels": json.dumps({"units": units}),
            },
        ),
    )
    st.caption(
        _(
            "The mean of the test digits in a window of 12 × 12 pixels around all places that took "
            "the code; the place itself is the 4 × 4 in the middle. What lies beyond the edge of a "
            "picture counts as black."
        )
        if kind == "mean"
        else _(
            "The map of a black picture, with the code put into its middle place and decoded: the "
            "12 × 12 pixels around that place. The decoder looks at the neighbours too, so a code "
            "draws something else in other company."
        )
    )
    save_button(lambda: figures.sheet(coloured), f"codebook-{kind}")


def _value(of: Coded, code: int) -> str:
    return _("dead") if of.usage.dead[code] else percent(of.usage.shares[code].item())


@st.cache_resource(max_entries=8, show_spinner=False)
def _alone(key: str, _of: Coded) -> np.ndarray:
    return books.alone(_of.model).numpy()


def bits(of: Coded) -> None:
    """What a digit costs as pixels, as PNG, and as codes to receivers who know more and more."""
    st.subheader(_("How many bits a digit takes"))
    with st.spinner(_("Counting codes, packing pictures as PNG…")):
        rows = _rows(of)
    table(
        [_("What is sent"), _("Bits"), _("Bytes"), _("To the pixels")],
        [
            [
                name,
                number(cost, 0),
                significant(cost / 8) if cost < 8000 else number(cost / 8, 0),
                _("{ratio} ×").format(ratio=significant(8 * PIXELS / cost, 2)),
            ]
            for name, cost in rows
        ],
    )
    st.caption(
        _(
            "Means over the test digits. Codes lose something: an MSE of {mse} a pixel; pixels and "
            "PNG lose nothing. The receiver of codes needs the decoder too. Shares place by place "
            "are those of {known} training digits; a sender who knows p(k) needs −log₂ p(k) bits "
            "and a little more for the whole message (arithmetic coding)."
        ).format(
            mse=significant(of.card.metrics["test_mse"]),
            known=number(min(KNOWN, len(of.data.train)), 0),
        )
    )


def _rows(of: Coded) -> list[tuple[str, float]]:
    pixels, png, independent = _measured_bits(of.key, of.model, of.data, of.maps)
    rows = [
        (_("pixels, 784 bytes"), pixels),
        (_("a PNG file"), png),
        (_("49 codes, all alike: 49 log₂ {k}").format(k=of.k), of.card.config.model.quantizer.bits),
        (_("codes, their shares known place by place"), independent),
    ]
    if prior := prior_of(of):
        rows.append((_("codes, the autoregressive prior known"), prior_bits(of, prior)))
    return rows


@st.cache_resource(max_entries=8, show_spinner=False)
def _measured_bits(
    key: str, _model: QuantizedAutoencoder, _data: Dataset, _maps: Tensor
) -> tuple[float, float, float]:
    known = known_maps(key, _model, _data)
    images = _data.test.images[:2000].cpu().numpy()
    shares = books.by_place(known, len(_model.codebook), more=1)
    independent = books.independent_bits(_maps, shares)
    return 8.0 * PIXELS, 8 * png_bytes(images), independent


@st.cache_resource(max_entries=8, show_spinner=False)
def known_maps(key: str, _model: QuantizedAutoencoder, _data: Dataset) -> Tensor:
    """The codes of some training digits: (M, 7, 7)."""
    return books.maps_of(_model, _data.train.take(subsample(len(_data.train), KNOWN)))
