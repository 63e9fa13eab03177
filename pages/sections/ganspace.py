"""What a generator makes of noise: samples, a plane under the pointer, ways between two draws."""

from __future__ import annotations

import streamlit as st
import torch

from aecore import figures
from aecore.config import CLASSES
from aecore.explore import fidelity, noise
from aecore.explore import walk as ways
from aecore.gan import model, networks
from pages.ui import link
from pages.ui.choose import draw_number, one_of
from pages.ui.decoding import plane_pad
from pages.ui.digits import digit_rows, picture
from pages.ui.gans import Chosen
from pages.ui.i18n import _, number
from pages.ui.sources import show_formulas, show_sources

SIDE = 10
STEPS = 11
ALL = "all"


@link.fragment
def samples(found: Chosen) -> None:
    """A hundred samples, their noise made smaller or larger."""
    st.subheader(_("Samples"))
    left, right = st.columns([4, 7], gap="large")
    with left:
        seed = draw_number()
        link.value("spread", 0.0, 2.0, 1.0)
        spread = st.slider(
            _("Spread of the noise σ"), 0.0, 2.0, step=0.05, key="spread", persist_state="session"
        )
        link.put("spread", spread)
        st.caption(
            _(
                "z = σ ε with ε ~ N(0, I). With σ = 1 the generator sees what it was trained on; "
                "below, the samples become typical and alike; above, they fall apart."
            )
        )
        label = told(found, "sample_class")
    z = spread * noise.draw(found.gan.config.latent_dim, SIDE * SIDE, seed)
    if label is None and found.gan.conditional:
        each = [noise.pictures(found.gan, part, c) for c, part in enumerate(z.split(SIDE))]
        made = torch.cat(each)
    else:
        made = noise.pictures(found.gan, z, label)
    with right:
        caption = _("A hundred draws of z, one picture each.")
        if label is None and found.gan.conditional:
            caption = _("Ten draws of z for each class, a class a row.")
        sheet = figures.sheet(figures.grey(made.numpy()), SIDE)
        picture(sheet, name="gan-samples", caption=caption, width=640)


def told(found: Chosen, key: str, *, every: bool = True) -> int | None:
    """The class that the generator is told, None for all of them or if it is told none."""
    if not found.gan.conditional:
        return None
    names = {str(c): found.classes[c] for c in range(CLASSES)}
    if every:
        names = {ALL: _("all"), **names}
    chosen = one_of(_("Class told to the generator"), names, key, next(iter(names)))
    return None if chosen == ALL else int(chosen)


def plane(found: Chosen) -> None:
    """A plane of noise under the pointer, decoded in the browser."""
    st.subheader(_("A plane of noise under the pointer"))
    d = found.gan.config.latent_dim
    label = told(found, "plane_class", every=False)
    seed = 0
    if d > 2:
        with st.container(width=240):
            link.value("plane", 0, 9999, 0)
            seed = st.number_input(_("Plane number"), 0, 9999, key="plane", persist_state="session")
            link.put("plane", seed)
    axes, reach = noise.plane(d, seed)
    decoder = found.gan.plane(axes.to(found.gan.device), label)
    arrays = {k: v.cpu().numpy() for k, v in decoder.state_dict().items()}
    plane_pad(f"{found.key}-{seed}-{label}", arrays, decoder.config, reach=reach)
    if d > 2:
        st.caption(
            _(
                "A random plane through the origin of the {d} dimensions. Draws of N(0, I) have "
                "norms near √d = {shell}: on that circle the samples are as in training, in the "
                "middle lies what no draw ever asks for."
            ).format(d=d, shell=number(d**0.5, 1))
        )


@link.fragment
def walk(found: Chosen) -> None:
    """Between two draws: straight, and along the arc."""
    st.subheader(_("From one sample to another"))
    with st.container(horizontal=True):
        link.value("from", 0, 9999, 1)
        start = st.number_input(_("From draw number"), 0, 9999, key="from", persist_state="session")
        link.put("from", start)
        link.value("to", 0, 9999, 2)
        end = st.number_input(_("To draw number"), 0, 9999, key="to", persist_state="session")
        link.put("to", end)
    label = told(found, "walk_class", every=False)
    d = found.gan.config.latent_dim
    a, b = noise.draw(d, 1, start)[0], noise.draw(d, 1, end)[0]
    rows = {
        _("along the arc"): ways.spherical(a, b, STEPS),
        _("straight"): ways.straight(a, b, STEPS),
    }
    drawn = {name: noise.pictures(found.gan, z, label) for name, z in rows.items()}
    fade = ways.cross_fade(
        drawn[_("along the arc")][:1], drawn[_("along the arc")][-1:], STEPS
    ).squeeze(1)
    drawn[_("cross-fade of pixels")] = fade
    digit_rows(
        [(name, figures.grey(pictures.numpy())) for name, pictures in drawn.items()],
        name="noise-walk",
    )
    middle = {name: z[STEPS // 2].norm().item() for name, z in rows.items()}
    st.caption(
        _("Norm of z half way: {arc} along the arc, {straight} straight; √d = {shell}.").format(
            arc=number(middle[_("along the arc")], 1),
            straight=number(middle[_("straight")], 1),
            shell=number(d**0.5, 1),
        )
    )


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"\tilde x = G(z), \qquad z \sim \mathcal N(0, I_d), \qquad \lVert z \rVert \approx "
        r"\sqrt d",
        r"\text{Fréchet} = \lVert \mu - \mu' \rVert^2 + \mathrm{tr}\big(\Sigma + \Sigma' - "
        r"2\, (\Sigma \Sigma')^{1/2}\big)",
    )
    show_sources([noise, fidelity, model, networks])
