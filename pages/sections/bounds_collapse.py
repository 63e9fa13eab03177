"""Which latents of a VAE have collapsed onto the prior, and what the others do."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from aecore import figures
from aecore.explore import collapse as collapsing
from aecore.explore.codes import to_uint8
from pages.sections.settings_presets import start_from
from pages.ui import link
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, number, separators, significant
from pages.ui.measured import Measured
from pages.ui.picker import pick_digit
from pages.ui.tables import save_table, table

PICTURES = 200
STEPS = 11


def collapse(chosen: dict[str, Measured]) -> None:
    """The KL of each latent, how many have collapsed, and a latent swept."""
    with st.spinner(_("Measuring…")):
        found = {name: _kl(of.key, of) for name, of in chosen.items()}
    left, right = st.columns([3, 2], gap="large")
    with left:
        _ranked(found)
    with right:
        _repair()
    _counts(chosen, found)
    _swept(chosen, found)


@st.cache_resource(max_entries=32, show_spinner=False)
def _kl(key: str, _of: Measured) -> Tensor:
    return collapsing.kl_of_latents(_of.model, _of.data.test.pictures())


@st.cache_resource(max_entries=32, show_spinner=False)
def _changes(key: str, _of: Measured) -> Tensor:
    x = _of.data.test.pictures(slice(0, PICTURES))
    return collapsing.change_in_picture(_of.model, x)


def _ranked(found: dict[str, Tensor]) -> None:
    st.subheader(_("KL of each latent, from the largest"))
    lines = [(name, kl.sort(descending=True).values.numpy()) for name, kl in found.items()]
    labels = {"x": _("Rank of the latent"), "y": _("KL (nats)"), "separators": separators()}
    st.plotly_chart(figures.ranked(lines, labels=labels), key="kl-of-latents")


def _counts(chosen: dict[str, Measured], found: dict[str, Tensor]) -> None:
    st.subheader(_("How many say something"))
    header = [
        _("Model"),
        _("Latents"),
        _("Collapsed"),
        _("KL (nats)"),
        _("ELBO (nats)"),
        _("Change by a collapsed one"),
        _("Change by the others"),
    ]
    rows, saved = [], []
    for name, kl in found.items():
        of = chosen[name]
        dead, change = kl < collapsing.COLLAPSED, _changes(of.key, of)
        elbo = of.card.metrics["elbo_nats"]
        few, many = (float(change[m].mean()) if m.any() else None for m in (dead, ~dead))
        saved.append([name, len(kl), int(dead.sum()), float(kl.sum()), elbo, few, many])
        rows.append(
            [
                name,
                str(len(kl)),
                f"**{int(dead.sum())}**",
                number(float(kl.sum()), 1),
                number(elbo, 1),
                *("–" if value is None else significant(value, 2) for value in (few, many)),
            ]
        )
    table(header, rows)
    save_table(header, saved, "collapse")
    st.caption(
        _(
            "Collapsed: a mean KL below {limit} nats over the test digits. Change: the squared "
            "difference a pixel between the pictures at μ + 2 and μ − 2 of that latent. The ELBO "
            "is that of its card; it compares where both were measured on black and white digits."
        ).format(limit=number(collapsing.COLLAPSED, 2))
    )


def _swept(chosen: dict[str, Measured], found: dict[str, Tensor]) -> None:
    st.subheader(_("One latent, from −3 to 3"))
    data = next(iter(chosen.values())).data
    left, right = st.columns([2, 3], gap="large")
    with left:
        digit = pick_digit("x", data, label=_("The digit whose code is changed"), default=4)
    with right:
        most = max(len(kl) for kl in found.values())
        link.value("rank", 1, max(2, most), 1)
        rank = st.slider(
            _("Rank of the latent by its KL"), 1, max(2, most), key="rank", persist_state="session"
        )
        link.put("rank", rank)
        values, rows = torch.linspace(-3, 3, STEPS), []
        for name, kl in found.items():
            latent = int(kl.argsort(descending=True)[min(rank, len(kl)) - 1])
            swept = collapsing.sweep(chosen[name].model, digit.x, latent, values)
            label = _("{model}: KL {kl}").format(model=name, kl=number(float(kl[latent]), 2))
            rows.append((label, to_uint8(swept)))
        digit_rows(rows, name="swept")
        st.caption(
            _("Move to the last ranks: where the KL is 0, the picture stays the same for every z.")
        )


def _repair() -> None:
    st.subheader(_("Repair it"))
    st.markdown(
        _(
            "**Warm-up** lets β rise through the first part of the training, **free bits** leave a "
            "little KL of each latent free of charge. Both keep latents alive until the decoder "
            "has learned to use them. Not each collapse is a fault: a latent that the digits do "
            "not need is rightly switched off, and keeping it may cost nats."
        )
    )
    if st.button(_("Train the repaired VAE"), icon=":material/healing:"):
        start_from("collapse")
        st.switch_page("pages/train.py")
