"""Two distributions on a line, one of which slides away; the example of the parallel lines."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.explore import transport
from pages.ui.component import register
from pages.ui.i18n import _, language, number
from pages.ui.sources import show_formulas, show_sources
from pages.ui.tables import save_table, table

# Of the data, the generator and the measures; each reads well on light and on dark.
COLOURS = {
    "p": "#3f90da", "q": "#e76300", "w1": "#e5364b", "js": "#a06be0", "tv": "#2f9e6e",
    "kl": "#c58b00", "reverse": "#8b929b",
}  # fmt: skip
DISTANCES = (0.0, 0.25, 1.0, 2.0, 4.0)


def sliding() -> None:
    """The generator's distribution under the pointer, with all that is measured of it."""
    st.markdown(
        _(
            "A generator must bring its distribution q onto that of the data, p. What its loss "
            "measures decides what it can learn: where the two share no ground, the loss of the "
            "first GANs is flat, and **the earth mover’s distance** (Wasserstein, W₁) still says "
            "which way to go. Drag q, and watch the loss and its slope."
        )
    )
    grid = {"reach": transport.REACH, "step": transport.STEP, "slide": transport.SLIDE}
    register("mover", "plane", "transport")(
        key="mover", data={"line": grid, "palette": COLOURS, "words": _words()}
    )


def measure_names() -> dict[str, str]:
    """The measures of ``transport``, with their units."""
    return {
        "w1": _("Earth moved W₁ (units of x)"),
        "js": _("Jensen–Shannon JS (nats)"),
        "tv": _("Total variation TV"),
        "kl": _("KL(p ‖ q) (nats)"),
        "reverse": _("KL(q ‖ p) (nats)"),
    }


def _words() -> dict:
    return {
        "lang": language(),
        "p": _("p: data"),
        "q": _("q: generator"),
        "x": _("x (units)"),
        "theta": _("Place θ of q"),
        "thetaAxis": _("θ (units of x)"),
        "wide": _("Width of q"),
        "from": _("x of the earth of q"),
        "to": _("x where it goes, in p"),
        "value": _("now"),
        "slope": _("slope d/dθ"),
        "none": _("no slope"),
        "area": _("area: W₁ ="),
        "measures": measure_names(),
        "shapes": {
            "point": _("a point"),
            "segment": _("a segment"),
            "gaussian": _("a Gaussian"),
            "bumps": _("two bumps"),
            "drawn": _("drawn by hand"),
        },
        "example": _("Example 1: parallel lines"),
        "pensLabel": _("What the pointer does"),
        "pens": {"slide": _("Slide q"), "p": _("Draw p"), "q": _("Draw q")},
        "titles": {
            "stage": _("The earth on its way from q to p"),
            "cdf": _("Cumulative distributions P and Q"),
            "real": _("What the best discriminator of a GAN says: D*(x) = p / (p + q)"),
            "critic": _("What the best critic of a Wasserstein GAN says: f*(x) (units of x)"),
            "plan": _("Transport plan: how much goes from where to where"),
            "curves": _("The five measures as q slides"),
            "gradients": _("Their slopes d/dθ: the gradient that the generator gets"),
        },
        "notes": {
            "cdf": _("On a line, the area between the two is the earth mover’s distance."),
            "plan": _(
                "The fuller the colour, the more earth (square root). At the sides p and q: the "
                "sums of the rows and columns. What lies on the dashed line stays where it is."
            ),
            "curves": _(
                "In the units of the table. Above the dotted line: infinite. KL may leave the "
                "chart below it; the table has its value. Drag here to slide q."
            ),
            "gradients": _(
                "Central differences over one place to each side. A gap: no slope, because the "
                "loss is infinite or jumps there."
            ),
        },
        "slideNote": _(
            "Drag q, or press the arrow keys: left and right slide it, up and down change its "
            "width. Each bar is the probability of one of 81 places, a quarter apart."
        ),
        "drawNote": _(
            "Drag the bars in the dashed frame, or press the arrow keys: left and right choose a "
            "bar, up and down change it. What is drawn is scaled to a sum of 1."
        ),
        "realNote": _(
            "Thick: where q puts its samples; only there the generator feels the slope. Where "
            "neither has anything, D* is not defined. Gradient of E_q log(1 − D*) by θ, "
            "which is 2 · dJS/dθ: {slope}."
        ),
        "criticNote": _(
            "Nowhere steeper than 1 (1-Lipschitz), and E_p f* − E_q f* = {difference} = W₁. "
            "Gradient of −E_q f* by θ: {slope}."
        ),
        "empty": _("All bars are empty: draw at least one."),
        "follow": _("Let q follow this slope downhill"),
        "still": _("{measure}: the slope is {slope} here. q stops at θ = {theta}, with {value}."),
        "noGradient": _(
            "{measure}: no slope to follow at θ = {theta}, where it is {value}. q stays there."
        ),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
        "save": _("Save this picture"),
    }


def parallel_lines() -> None:
    """Example 1 of the paper of the Wasserstein GAN: its closed forms as measured here."""
    st.subheader(_("The example of the parallel lines"))
    st.markdown(
        _(
            "Example 1 of Arjovsky, Chintala and Bottou (2017): the data are points (0, Z) of the "
            "plane with Z uniform on [0, 1], the generator makes (θ, Z). Two parallel lines, which "
            "share nothing unless θ = 0. Seen along Z each is a point: press “Example 1” "
            "above, and the two bars of height 1 are the two lines. Only W₁ = |θ| "
            "grows smaller as the generator comes nearer; the others jump, and a jump has no slope."
        )
    )
    p = transport.shaped("point")
    found = [transport.measure(p, transport.shaped("point", theta)) for theta in DISTANCES]
    header = [_("θ (units of x)"), *measure_names().values()]
    rows = [
        [number(theta, 2), *(_said(one[name]) for name in transport.MEASURES)]
        for theta, one in zip(DISTANCES, found, strict=True)
    ]
    table(header, rows)
    st.caption(_("log 2 = 0.693 is the most that Jensen–Shannon can be, 1 that of TV."))
    saved = [
        [theta, *(one[name] for name in transport.MEASURES)]
        for theta, one in zip(DISTANCES, found, strict=True)
    ]
    save_table(header, saved, "parallel-lines")


def _said(value: float) -> str:
    return "∞" if np.isinf(value) else number(value)


def explained() -> None:
    """The formulas of the page and the source that computes them."""
    show_formulas(
        r"W_1(p, q) = \min_{\gamma \in \Pi(p, q)} "
        r"\mathbb{E}_{(x, y) \sim \gamma} \lVert x - y \rVert "
        r"= \max_{\lVert f \rVert_L \le 1} \mathbb{E}_p f - \mathbb{E}_q f, \qquad "
        r"\text{" + _("on a line") + r":}\quad \int |P(x) - Q(x)|\, dx",
        r"\mathrm{KL}(p \,\|\, q) = \sum_x p \log \frac{p}{q}, \qquad \mathrm{JS} = \tfrac12 "
        r"\mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m),\quad m = \tfrac12 (p + q), "
        r"\qquad \mathrm{TV} = \tfrac12 \sum_x |p - q|",
        r"D^\ast = \frac{p}{p + q}, \qquad "
        r"\mathbb{E}_p \log D^\ast + \mathbb{E}_q \log(1 - D^\ast) "
        r"= 2\, \mathrm{JS} - 2 \log 2, \qquad \frac{\partial}{\partial \theta}\, "
        r"\mathbb{E}_{q_\theta} \log(1 - D^\ast) \Big|_{D^\ast} "
        r"= 2\, \frac{d\, \mathrm{JS}}{d \theta}",
        r"f^{\ast\prime}(x) = \operatorname{sign}\big(Q(x) - P(x)\big), \qquad "
        r"-\frac{\partial}{\partial \theta}\, \mathbb{E}_{q_\theta} f^\ast \Big|_{f^\ast} = "
        r"\frac{d W_1}{d \theta}",
        r"p = \delta_0 \times U[0, 1],\; q = \delta_\theta \times U[0, 1]: \qquad W_1 = |\theta|, "
        r"\qquad \theta \ne 0 \Rightarrow \mathrm{JS} = \log 2,\; \mathrm{TV} = 1,\; "
        r"\mathrm{KL} = \infty",
        r"\text{"
        + _("clouds of n points")
        + r":}\quad W_1 = \min_{\pi} \frac{1}{n} \sum_{i=1}^{n} "
        r"\lVert y_i - x_{\pi(i)} \rVert",
    )
    show_sources([transport])
