"""How active the units of each code are: sorted curves, histogram, counts, and the KL to ρ."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import figures
from aecore.explore import activity
from aecore.explore.activity import Activity
from aecore.explore.weights import NORMAL_SILENT
from pages.ui.choose import one_of
from pages.ui.i18n import _, number, percent, separators, significant
from pages.ui.measured import Measured
from pages.ui.tables import table

RHO = 0.05


def activities(chosen: dict[str, Measured]) -> None:
    """Every view of how the units are used over the test digits."""
    with st.spinner(_("Measuring…")):
        found = {name: _activity(of.key, of) for name, of in chosen.items()}
    left, right = st.columns(2, gap="large")
    with left:
        _curves(found)
    with right:
        _histogram(chosen)
    _counts(chosen, found)
    _verdict(chosen, found)
    _kl(chosen)


@st.cache_resource(max_entries=32, show_spinner=False)
def _activity(key: str, _of: Measured) -> Activity:
    return activity.activity(_of.codes)


def _curves(found: dict[str, Activity]) -> None:
    st.subheader(_("Units, from the busiest to the idlest"))
    titles = {"size": _("Mean size"), "active": _("How often active")}
    measure = one_of(_("Of each unit"), titles, "measure", "size", hidden=True)
    lines = [
        (name, getattr(of, measure).sort(descending=True).values.numpy())
        for name, of in found.items()
    ]
    labels = {
        "x": _("Rank of the unit"),
        "y": _("mean |z| / root mean square") if measure == "size" else _("share of digits"),
        "separators": separators(),
    }
    st.plotly_chart(figures.ranked(lines, labels=labels), key="ranked-units")


def _histogram(chosen: dict[str, Measured]) -> None:
    st.subheader(_("Values of the codes"))
    st.caption(
        _(
            "The share of all values, on a logarithmic scale: a sparse code has a peak at zero and "
            "long tails. Each code is divided by the standard deviation of its values."
        )
    )
    lines = [(name, _scaled(of)) for name, of in chosen.items()]
    labels = {
        "x": _("Value / standard deviation"),
        "y": _("Share of the values"),
        "separators": separators(),
    }
    st.plotly_chart(figures.share_of_values(lines, labels=labels), key="share-of-values")


def _scaled(of: Measured) -> np.ndarray:
    codes = of.codes.numpy()
    return codes / max(float(codes.std()), 1e-12)


def _counts(chosen: dict[str, Measured], found: dict[str, Activity]) -> None:
    rows = []
    for name, of in found.items():
        d = chosen[name].codes.shape[1]
        rows.append(
            [
                name,
                str(d),
                percent(of.zero),
                percent(of.near_zero),
                f"**{number(of.active_a_picture, 1)}**",
                str(of.dead),
                significant(chosen[name].card.metrics["test_mse"]),
            ]
        )
    table(
        [
            _("Model"),
            "d",
            _("Exactly 0"),
            _("Near zero"),
            _("Active for a digit"),
            _("Dead units"),
            _("Test MSE per pixel"),
        ],
        rows,
    )
    st.caption(
        _(
            "Over {count} test digits. Near zero: not more than a tenth of the standard deviation "
            "of all values; the others are active. Dead: a unit whose value never changes by more."
        ).format(count=number(len(next(iter(chosen.values())).codes), 0))
    )


def _verdict(chosen: dict[str, Measured], found: dict[str, Activity]) -> None:
    """What the table says, in a sentence."""
    sparsest = max(found, key=lambda name: found[name].near_zero)
    of, d = found[sparsest], chosen[sparsest].codes.shape[1]
    if of.near_zero < 2 * NORMAL_SILENT:
        st.markdown(
            _(
                "None of these is sparse: of independent normal values {share} would be near zero "
                "as well."
            ).format(share=percent(NORMAL_SILENT))
        )
        return
    st.markdown(
        _(
            "The sparsest: **{name}**, which tells a digit by {active} of {d} values on average; "
            "{dead} units never speak."
        ).format(name=sparsest, active=number(of.active_a_picture, 1), d=d, dead=of.dead)
    )


def _kl(chosen: dict[str, Measured]) -> None:
    """The penalty on the mean activation, exactly over the set and as training sees it."""
    rows = []
    for name, of in chosen.items():
        model = of.card.config.model
        if model.code_activation != "sigmoid":
            continue
        penalty = model.penalty("activity")
        rho = penalty.rho if penalty else RHO
        whole, batches = _kls(of.key, rho, of)
        mean = float(of.codes.mean())
        rows.append([name, number(rho), number(mean), number(whole, 2), number(batches, 2)])
    if not rows:
        return
    st.subheader(_("Mean activation and its KL to ρ"))
    header = [_("Model"), _("ρ"), _("Mean of ρ̂"), _("KL over the whole set"), _("KL over batches")]
    table(header, rows)
    st.caption(
        _(
            "In nats, summed over the units, for codes between 0 and 1. Training sees the mean of "
            "a batch of 128; as the KL is convex, that is never less on average than the exact "
            "value over the set. A model without this penalty is measured against ρ = {rho}."
        ).format(rho=number(RHO))
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _kls(key: str, rho: float, _of: Measured) -> tuple[float, float]:
    return activity.kl_over_the_set(_of.codes, rho), activity.kl_over_batches(_of.codes, rho)
