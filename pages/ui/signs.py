"""The key to pictures with signs: blue below zero, white at zero, red above."""

from __future__ import annotations

import streamlit as st

from aecore.figures import DIVERGING
from pages.ui.i18n import _, significant


def colour_scale(limit: float | None) -> None:
    """A bar of the colours from −limit to limit; None: each picture has a limit of its own."""
    middle = _("zero is white")
    ends = (_("negative"), _("positive"))
    if limit is not None:
        size = significant(limit, 2)
        ends = (f"−{size}", f"+{size}")
    st.html(
        "<style>.lab-scale{display:flex;align-items:center;gap:8px;font-size:.8125rem;"
        "max-width:420px;font-variant-numeric:tabular-nums}"
        ".lab-scale .bar{flex:1;height:12px;border-radius:3px;position:relative;"
        f"background:linear-gradient(90deg,{','.join(DIVERGING)})}}"
        ".lab-scale .zero{position:absolute;left:50%;top:0;width:1px;height:100%;"
        "background:#777}</style>"
        f'<div class="lab-scale"><span>{ends[0]}</span>'
        f'<div class="bar"><div class="zero"></div></div><span>{ends[1]}</span>'
        f"<span>{middle}</span></div>"
    )
