"""What the plane of an adversarial autoencoder decodes to, and its samples."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Generator, Tensor

from aecore import figures
from pages.sections.adversarial import Adversarial
from pages.ui import link
from pages.ui.choose import draw_number
from pages.ui.decoding import plane_pad
from pages.ui.digits import picture
from pages.ui.i18n import _

COLUMNS, ROWS = 10, 5


def plane(model: Adversarial) -> None:
    """Every point of the plane under the pointer."""
    if model.config.latent_dim != 2:
        return
    st.subheader(_("What the plane decodes to"))
    plane_pad(model.of.key, model.of.weights(), model.config, reach=model.reach)


@link.fragment
def samples(model: Adversarial) -> None:
    """Codes of the prior decoded, beside codes of digits."""
    st.subheader(_("Samples"))
    with st.container(width=240):
        seed = draw_number()
    generator = Generator().manual_seed(seed)
    index = torch.randperm(len(model.of.codes), generator=generator)[: COLUMNS * ROWS]
    left, right = st.columns(2, gap="medium")
    with left:
        drawn = model.prior(COLUMNS * ROWS, seed)
        _sheet(model, drawn, "from-prior", _("z from the prior p(z): new digits"))
    with right:
        codes = model.of.codes[index]
        _sheet(model, codes, "from-codes", _("z from q(z): codes of test digits"))
    st.caption(
        _(
            "The nearer q(z) is to p(z), the more the two look alike: where the prior reaches "
            "between the codes, no digit was ever encoded."
        )
    )


def _sheet(model: Adversarial, z: Tensor, name: str, caption: str) -> None:
    picture(figures.sheet(model.of.pictures(z), COLUMNS), name=name, caption=caption)
