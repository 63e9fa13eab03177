"""Noise passed through: an autoencoder that has learned to copy copies noise as well."""

from __future__ import annotations

import streamlit as st
import torch

from aecore.data import Dataset
from aecore.explore import copying
from aecore.explore.codes import first_of_each_class, to_uint8
from aecore.explore.copying import OVERCOMPLETE, OVERCOMPLETE_EPOCHS, Copying, overcomplete
from aecore.messages import LabError
from aecore.runs import registry
from pages.ui import server
from pages.ui.choose import one_of
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, number, percent, say
from pages.ui.measured import Measured
from pages.ui.tables import table

MEASURED = 2000


def noise_through(chosen: dict[str, Measured]) -> None:
    """Five digits and five pictures of noise through every model, and what is left of 2,000."""
    titles = {"shuffled": _("Shuffled pixels"), "uniform": _("Uniform noise")}
    kind = one_of(
        _("Noise"),
        titles,
        "kind",
        "shuffled",
        help_=_(
            "Shuffled: each pixel is taken from another test digit, so that every pixel keeps its "
            "own values and only what goes together is lost. Uniform: every pixel between 0 and 1."
        ),
    )
    _pictures(chosen, kind)
    with st.spinner(_("Measuring…")):
        found = {name: _copying(of.key, kind, of) for name, of in chosen.items()}
    _numbers(chosen, found)
    _verdict(found)
    _overcomplete()


def _pictures(chosen: dict[str, Measured], kind: str) -> None:
    data = next(iter(chosen.values())).data
    x = torch.cat([data.test.pictures(first_of_each_class(data.test))[:5], _noise(data, kind)[:5]])
    rows = [(_("Digits and noise"), to_uint8(x))]
    for name, of in chosen.items():
        with torch.inference_mode():
            codes = of.model.encode(x.to(of.model.device))
        rows.append((name, of.pictures(codes)))
    digit_rows(rows, name="noise-through")


def _noise(data: Dataset, kind: str) -> torch.Tensor:
    return copying.noise_like(data.test.pictures(slice(0, MEASURED)), kind)


@st.cache_resource(max_entries=64, show_spinner=False)
def _copying(key: str, kind: str, _of: Measured) -> Copying:
    return copying.copying(_of.model, _of.data.test.pictures(slice(0, MEASURED)), kind)


def _numbers(chosen: dict[str, Measured], found: dict[str, Copying]) -> None:
    table(
        [_("Model"), "d", _("Lost of digits"), _("Lost of noise"), _("Noise copied")],
        [
            [
                name,
                str(chosen[name].codes.shape[1]),
                percent(of.digits),
                percent(of.noise),
                f"**{percent(of.copied)}**",
            ]
            for name, of in found.items()
        ],
    )
    st.caption(
        _(
            "Lost: the squared error over the variance of the same pictures, 0 % for a perfect "
            "copy, 100 % for a model that always answers the mean picture; it may be more. The "
            "identity loses nothing of either."
        )
    )


def _verdict(found: dict[str, Copying]) -> None:
    """Which model copies most, in a sentence."""
    worst = max(found, key=lambda name: found[name].copied)
    of = found[worst]
    if of.copied < 0.05:
        text = _("None of these copies noise: what they restore well is digits only.")
    elif of.copied < 0.5:
        text = _(
            "**{name}** copies most: {copied} of the noise comes back, and {digits} of the digits. "
            "Still it knows digits much better than what has the same pixels without their order."
        )
    else:
        text = _(
            "**{name}** has learned to copy: {copied} of the noise comes back, and {digits} of the "
            "digits. For that it need not know what a digit is."
        )
    digits = percent(max(0.0, 1 - of.digits))
    st.markdown(text.format(name=worst, copied=percent(of.copied), digits=digits))


def _overcomplete() -> None:
    """Trains an autoencoder that could copy everything, and regularised ones of the same size."""
    st.subheader(_("Overcomplete: more values than pixels"))
    st.markdown(
        _(
            "With d = {d} a code has room for the whole picture. Train a linear one, which soon "
            "learns the identity, the same with a sigmoid at the end, and one for each "
            "regulariser; then choose them above: which of them copies noise?"
        ).format(d=number(OVERCOMPLETE, 0))
    )
    pressed = st.button(
        _("Train all six, {epochs} epochs each").format(epochs=OVERCOMPLETE_EPOCHS),
        icon=":material/playlist_add:",
        help=_("They are queued one after the other; the Train page shows them."),
    )
    if not pressed:
        return
    try:
        for config in overcomplete():
            registry().submit(server.owner(), config)
    except LabError as error:
        st.error(say(error.sentence))
        return
    st.success(_("Six runs are queued: follow them on the Train page."))
    st.page_link("pages/train.py", label=_("Train"), icon=":material/model_training:")
