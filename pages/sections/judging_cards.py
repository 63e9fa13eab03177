"""The cards of the page “Judge”: what each judge made of one digit, as far as it is known yet."""

from __future__ import annotations

import base64
import html
import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import figures
from aecore.data import Dataset, Split
from aecore.explore import errors
from aecore.explore.judging import NEIGHBOURS, Judgement, Standing
from pages.ui.digits import stacked
from pages.ui.i18n import _, number, percent, significant
from pages.ui.picker import Digit
from pages.ui.signs import colour_scale

# Where something is still measured.
PENDING = "…"

CSS = """<style>
.lab-judge{container-type:inline-size;display:grid;gap:2px}
.lab-judge .card{display:grid;gap:6px 18px;align-items:center;padding:10px 0;
  grid-template-columns:9rem 17rem 5.2rem minmax(11rem,1fr) minmax(13rem,16rem);
  border-top:1px solid rgba(128,128,128,.28)}
.lab-judge small{font-size:.75rem;opacity:.75;line-height:1.25;display:block}
.lab-judge .who{font-weight:600;font-size:.95rem;line-height:1.25;overflow-wrap:anywhere}
.lab-judge .who small{font-weight:400;margin-top:2px}
.lab-judge .three,.lab-judge .near{display:grid;gap:6px}
.lab-judge .three{grid-template-columns:repeat(3,minmax(0,1fr))}
.lab-judge .near{grid-template-columns:repeat(5,minmax(0,1fr));gap:3px 5px}
.lab-judge .near>small{grid-column:1/-1}
.lab-judge figure{margin:0}
.lab-judge img{width:100%;display:block;image-rendering:pixelated;border-radius:2px;
  outline:1px solid rgba(128,128,128,.3);outline-offset:-1px}
.lab-judge .tile{aspect-ratio:1;border-radius:2px;background:rgba(128,128,128,.16)}
.lab-judge figcaption{font-size:.75rem;line-height:1.3;text-align:center;opacity:.8;
  font-variant-numeric:tabular-nums}
.lab-judge .turned{text-align:center;border-radius:8px;padding:6px 4px;
  border:1px solid rgba(128,128,128,.35)}
.lab-judge .turned b{display:block;font-size:1.7rem;line-height:1.15;font-weight:650}
.lab-judge .changed{border:2px solid #e76300}
.lab-judge .numbers{font-size:.85rem;line-height:1.45;font-variant-numeric:tabular-nums}
@container (max-width:960px){.lab-judge .card{
  grid-template-columns:minmax(0,17rem) 5.4rem minmax(0,1fr);
  grid-template-areas:"who who who" "three turned numbers" "near near near"}
  .lab-judge .who{grid-area:who;display:flex;gap:8px;align-items:baseline;flex-wrap:wrap}
  .lab-judge .three{grid-area:three}.lab-judge .turned{grid-area:turned}
  .lab-judge .numbers{grid-area:numbers}
  .lab-judge .near{grid-area:near;max-width:24rem}}
@container (max-width:560px){.lab-judge .card{gap:8px 12px;
  grid-template-columns:5.4rem minmax(0,1fr);
  grid-template-areas:"who who" "three three" "turned numbers" "near near"}}
</style>"""


@dataclass(frozen=True)
class Row:
    """A judge and what is known of it, None where that is still measured.

    note: its family; named: the probabilities (10,) of the classes for its reconstruction.
    """

    label: str
    note: str
    said: Judgement | None
    standing: Standing | None
    named: np.ndarray | None

    @property
    def pixels(self) -> np.ndarray:
        """The reconstruction as it is shown: (28, 28) uint8."""
        return figures.grey(self.said.restored.pictures[0])


def board(
    rows: list[Row], digit: Digit, read: np.ndarray | None, data: Dataset, known: Split
) -> None:
    """A card for each judge: pictures, the class it turned into, numbers, neighbours.

    read: the probabilities of the classes for the digit; known: where the neighbours are from.
    """
    limit = _limit(rows)
    classes = [_(name) for name in data.class_names]
    nearest = html.escape(_("nearest training digits"))
    cards = "".join(
        f'<div class="card"><div class="who">{html.escape(row.label)}'
        f"<small>{html.escape(row.note)}</small></div>"
        f'<div class="three">{_three(row, digit, limit)}</div>'
        f"{_turned(row.named, read, classes)}{_numbers(row)}"
        f'<div class="near"><small>{nearest}</small>'
        f"{_near(row, classes, known)}</div></div>"
        for row in rows
    )
    st.html(f'{CSS}<div class="lab-judge">{cards}</div>')
    colour_scale(limit)


def sheet(rows: list[Row], digit: Digit, known: Split) -> np.ndarray:
    """The pictures of all cards under each other: (H, W, 3) uint8."""
    limit = _limit(rows)
    strips = []
    for row in rows:
        pictures = [digit.pixels]
        if row.said:
            pictures += [row.pixels, figures.signed(row.said.restored.errors[0], limit)]
        if row.standing:
            pictures += list(known.images[row.standing.neighbours].numpy())
        strips.append(np.stack([_coloured(pixels) for pixels in pictures]))
    return stacked(strips)


def _limit(rows: list[Row]) -> float:
    """Where the common scale of the errors ends."""
    restored = [row.said.restored for row in rows if row.said]
    return errors.error_limit(restored) / 255 if restored else 1


def _three(row: Row, digit: Digit, limit: float) -> str:
    output = error = None
    if row.said:
        output, error = row.pixels, figures.signed(row.said.restored.errors[0], limit)
    return _pictures([(digit.pixels, _("input")), (output, _("output")), (error, _("error"))])


def _near(row: Row, classes: list[str], known: Split) -> str:
    if row.standing is None:
        return _pictures([(None, PENDING)] * NEIGHBOURS)
    near = row.standing.neighbours
    labels = [classes[label] for label in known.labels[near].tolist()]
    return _pictures(list(zip(known.images[near].numpy(), labels, strict=True)))


def _turned(named: np.ndarray | None, read: np.ndarray | None, classes: list[str]) -> str:
    """The class of the input and that of the reconstruction."""
    title, shown, sure, kind = _("still read as"), PENDING, PENDING, "same"
    if named is not None and read is not None:
        after = int(named.argmax())
        shown, sure = classes[after], percent(floor(named[after]))
        if after != int(read.argmax()):
            title, kind = _("turned into"), "changed"
    sure = _("{share} sure").format(share=sure)
    return (
        f'<div class="turned {kind}"><small>{html.escape(title)}</small>'
        f"<b>{html.escape(shown)}</b><small>{html.escape(sure)}</small></div>"
    )


def _numbers(row: Row) -> str:
    said, standing = row.said, row.standing
    mse = significant(said.mse) if said else PENDING
    psnr = significant(float(said.restored.psnr[0])) if said else PENDING
    lines = [f"MSE {mse} · " + _("{value} dB").format(value=psnr)]
    lines.append(harder(standing))
    if said and said.elbo is not None:
        elbo = number(said.elbo, 1).replace("-", "−")
        lines += [_("ELBO {value} nats").format(value=elbo), _unlikelier(standing)]
    words = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
    return f'<div class="numbers">{words}</div>'


def harder(standing: Standing | None) -> str:
    """How much worse the error is than those of the test digits, in words."""
    if standing and standing.harder == 1:
        return _("worse than all test digits")
    share = percent(floor(standing.harder)) if standing else PENDING
    return _("worse than {share} of the test digits").format(share=share)


def _unlikelier(standing: Standing | None) -> str:
    if standing and standing.likelier == 1:
        return _("less likely than all test digits")
    share = percent(floor(standing.likelier)) if standing else PENDING
    return _("less likely than {share} of the test digits").format(share=share)


def floor(share: float) -> float:
    """Cut to a tenth of a percent, so that only what is whole is said to be."""
    return math.floor(1000 * share) / 1000


def _pictures(pictures: list[tuple[np.ndarray | None, str]]) -> str:
    """(pixels, caption) of each as HTML; a blank tile where there are no pixels yet."""
    return "".join(
        f"<figure>{_picture(pixels, caption)}"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for pixels, caption in pictures
    )


def _picture(pixels: np.ndarray | None, caption: str) -> str:
    if pixels is None:
        return '<div class="tile"></div>'
    source = base64.b64encode(figures.png(pixels)).decode()
    return f'<img alt="{html.escape(caption)}" src="data:image/png;base64,{source}">'


def _coloured(pixels: np.ndarray) -> np.ndarray:
    """(28, 28) or (28, 28, 3) → (28, 28, 3)."""
    return pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, 2)
