"""One digit's style as every class, its code under sliders."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
import torch.nn.functional as F

from aecore.config import CLASSES
from pages.sections.conditional import Conditional
from pages.ui import link
from pages.ui.decoding import code_sliders
from pages.ui.i18n import _
from pages.ui.picker import pick_digit

# A style is looked for in the middle 98 % of the prior and a little beyond.
REACH = 3.0


@link.fragment
def one_style(of: Conditional) -> None:
    """A digit, its style under the ten classes, and the values of the style to be changed."""
    st.subheader(_("One style, ten classes"))
    st.caption(
        _(
            "The code of the digit, given its class, decoded as each of the ten: the hand stays. "
            "Move the values of the code, all ten follow; click a class to see it large. The "
            "digit's own class is underlined."
        )
    )
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        digit = pick_digit("x", of.data, label=_("The digit whose style is kept"), default=18)
    with right:
        label = digit.label if digit.label is not None else _pick_class(of)
    code = of.code(digit.x, label)
    y = F.one_hot(torch.tensor([label]), CLASSES).float()
    order = np.argsort(-of.codes.var(0).numpy(), kind="stable")
    code_sliders(
        f"{of.key}-{digit.token}-{label}",
        of.model.config,
        {name: value.detach().cpu().numpy() for name, value in of.model.state_dict().items()},
        originals=digit.pixels[None],
        codes=torch.cat([code, y], 1).numpy(),
        order=order,
        low=np.full(len(order), -REACH),
        high=np.full(len(order), REACH),
        classes=of.classes,
    )


def _pick_class(of: Conditional) -> int:
    """The class of a digit of one's own, which the encoder must be told."""
    link.choice("class", list(range(CLASSES)), 0)
    label = st.selectbox(
        _("Which class is it?"),
        range(CLASSES),
        format_func=lambda c: of.classes[c],
        key="class",
        persist_state="session",
        width=220,
        help=_("The encoder must be told; try a wrong one too."),
    )
    link.put("class", label)
    return label
