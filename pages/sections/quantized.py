"""A VQ-VAE, and a digit as a map of codes that can be changed place by place."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from safetensors.numpy import save
from torch import Tensor

from aecore import code_prior, figures
from aecore.checkpoint import Card
from aecore.config import PIXELS, PLACES
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codebook
from aecore.explore.codebook import Usage
from aecore.models import QuantizedAutoencoder, autoregressive, quantized
from pages.ui import link
from pages.ui.component import register
from pages.ui.i18n import _, language, number, percent, say, significant
from pages.ui.measured import state_name
from pages.ui.models import Entry, all_entries, pick_model
from pages.ui.picker import Digit, pick_digit
from pages.ui.sources import show_formulas, show_sources

DEFAULT = "vq-k32"
CHANGES = "changes"


@dataclass(frozen=True, eq=False)
class Coded:
    """A VQ-VAE and what it makes of the test split.

    key: tells this state of it from all others; maps: (N, 7, 7) int64, of the test digits;
    usage: of the codes in these; colours: of each code, and what is written on it.
    """

    key: str
    entry: Entry
    model: QuantizedAutoencoder
    card: Card
    data: Dataset
    maps: Tensor
    usage: Usage
    colours: list[tuple[str, str]]

    @property
    def k(self) -> int:
        return len(self.model.codebook)


def quantized_entries() -> dict[str, Entry]:
    """The models of this session that are VQ-VAEs."""
    return {k: entry for k, entry in all_entries().items() if entry.config.model.quantizer}


def pick_coded() -> Coded | None:
    """The model, and what it makes of the test digits."""
    options = quantized_entries()
    if not options:
        st.info(_("There is no VQ-VAE yet. Train one on the Train page, or upload a file."))
        return None
    with st.container(width=420):
        entry = pick_model("vq", DEFAULT, options)
    model, card = entry.read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    st.caption(_told(card))
    key = state_name(entry, card, data.name)
    with st.spinner(_("Encoding the test digits…")):
        maps, usage, colours = _maps(key, model, data)
    return Coded(key, entry, model, card, data, maps, usage, colours)


def _told(card: Card) -> str:
    """The codebook of a model, how it learned and how well it serves."""
    model = card.config.model
    quantizer = model.quantizer
    way = (
        _("following by a moving average (λ = {decay})").format(decay=number(quantizer.decay, 5))
        if quantizer.decay
        else _("learned by its gradient")
    )
    return _(
        "Codebook of {k} vectors of {values} numbers, {way}; commitment γ = {gamma}; "
        "test MSE {mse}."
    ).format(
        k=quantizer.num_embeddings,
        values=model.latent_dim // PLACES,
        way=way,
        gamma=number(quantizer.commitment),
        mse=significant(card.metrics["test_mse"]),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _maps(
    key: str, _model: QuantizedAutoencoder, _data: Dataset
) -> tuple[Tensor, Usage, list[tuple[str, str]]]:
    maps = codebook.maps_of(_model, _data.test)
    usage = codebook.usage(maps, _data.test.images, len(_model.codebook))
    light = usage.windows.mean((1, 2)).numpy()
    return maps, usage, figures.wheel(codebook.plane(_model).numpy(), light)


def about(of: Coded, code: int) -> str:
    """What is said of a code where it is pointed at."""
    if of.usage.dead[code]:
        return _("Code {code}, dead: no place of any test digit takes it").format(code=code)
    share = percent(of.usage.shares[code].item())
    return _("Code {code}, {share} of all places").format(code=code, share=share)


def code_map(of: Coded) -> None:
    """A digit, its 49 codes, and what they draw, also with some of them changed."""
    st.markdown(
        _(
            "The encoder gives a vector to each of 7 × 7 places of the picture, and each is "
            "replaced by the nearest of the {k} vectors of the **codebook**. So the whole code is "
            "49 numbers from 0 to {last}; the decoder sees nothing else. Choose a place of the "
            "map, then another code for it."
        ).format(k=of.k, last=of.k - 1)
    )
    _one_digit(of)


@link.fragment
def _one_digit(of: Coded) -> None:
    with st.container(width=420):
        digit = pick_digit("x", of.data, label=_("The digit to be coded"), default=18)
    with torch.inference_mode():
        own = of.model.indices(digit.x.to(of.model.device))[0].cpu()
    view = f"{of.key} {digit.token}"
    changes = _settle(view, of.k)
    codes = codebook.changed(own, changes)
    register("codemap")(
        key="codemap",
        data=_blob(of, digit, own, codes, view),
        on_changes_change=_take,
    )
    link.put(CHANGES, _text(changes))


def _settle(view: str, k: int) -> dict[int, int]:
    """The places with other codes: what the link asks for, else what was changed in this view."""
    asked = link.asked(CHANGES)
    if asked is not None:
        if parse_changes(asked, k) is None:
            link.unknown(CHANGES, asked)
        else:
            st.session_state["changed"] = (view, asked)
    of, text = st.session_state.get("changed", (view, ""))
    return (parse_changes(text, k) or {}) if of == view else {}


def _take() -> None:
    match st.session_state["codemap"].get("changes"):
        case {"of": str(view), "changes": str(text)}:
            st.session_state["changed"] = (view, text)


def parse_changes(text: str, k: int) -> dict[int, int] | None:
    """``24:5,25:7`` as codes by place; None if that is not what the text is."""
    changes = {}
    for part in filter(None, text.split(",")):
        place, colon, code = part.partition(":")
        if not (colon and place.isdecimal() and code.isdecimal() and len(part) < 9):
            return None
        if int(place) >= PLACES or int(code) >= k:
            return None
        changes[int(place)] = int(code)
    return changes


def _text(changes: dict[int, int]) -> str:
    return ",".join(f"{place}:{code}" for place, code in sorted(changes.items()))


def _blob(of: Coded, digit: Digit, own: Tensor, codes: Tensor, view: str) -> bytes:
    """What the browser shows: pictures, codes, and the words about them."""
    decoded = codebook.decode(of.model, torch.stack([own, codes]))
    error = (decoded - digit.x).square().mean((1, 2, 3)).tolist()
    changed = not torch.equal(own, codes)
    notes = [
        _("{count} grey values").format(count=PIXELS),
        _("MSE {value}; {own} before the change").format(
            value=significant(error[1]), own=significant(error[0])
        )
        if changed
        else _("MSE {value}").format(value=significant(error[0])),
    ]
    told = {
        "view": view,
        "palette": f"{of.key} {language()}",
        "own": own.flatten().tolist(),
        "codes": codes.flatten().tolist(),
        "about": [about(of, code) for code in range(of.k)],
        "notes": notes,
        "words": {
            "digit": _("The digit"),
            "map": _("Its codes"),
            "drawn": _("Drawn from the codes"),
            "place": _("Row {row}, column {column}:"),
            "keys": _("Map of codes; the arrow keys move from place to place."),
            "choose": _("Another code for the chosen place"),
            "undo": _("Back to the digit’s own codes"),
            "save": _("Save this picture"),
        },
    }
    pictures = np.stack([digit.pixels, figures.grey(decoded[1, 0].numpy())])
    windows = figures.grey(of.usage.windows.numpy())
    arrays = {"pictures": pictures, "windows": windows, "colours": _bytes(of.colours)}
    return save(arrays, {"told": json.dumps(told)})


def _bytes(colours: list[tuple[str, str]]) -> np.ndarray:
    """Red, green and blue of each code's colour, and of what is written on it: (K, 6) uint8."""
    return np.array([list(bytes.fromhex((a + b).replace("#", ""))) for a, b in colours], np.uint8)


def explained(of: Coded) -> None:
    """The formulas of the page and the sources that compute them."""
    ema = of.card.config.model.quantizer.decay
    codebook_term = "" if ema else r" + \sum_p \lVert \mathrm{sg}[f(x)_p] - z_p \rVert^2"
    follows = (
        [
            r"N_k \leftarrow \lambda N_k + (1-\lambda) \, n_k, \qquad s_k \leftarrow \lambda s_k + "
            r"(1-\lambda) \!\!\sum_{k(p) = k}\!\! f(x)_p, \qquad e_k = s_k / N_k"
        ]
        if ema
        else []
    )
    show_formulas(
        r"k(p) = \arg\min_k \lVert f(x)_p - e_k \rVert, \qquad z_p = e_{k(p)}, \qquad "
        r"p = 1, \dots, 49",
        r"\ell = -\log p(x \mid z)" + codebook_term + r" + \gamma \sum_p \lVert f(x)_p - "
        r"\mathrm{sg}[z_p] \rVert^2",
        *follows,
        r"\mathrm{perplexity} = \exp\Big(-\sum_k \pi_k \log \pi_k\Big), \qquad "
        r"\pi_k = \text{share of the code } k",
        r"p(k_1, \dots, k_{49} \mid y) = \prod_{i=1}^{49} p(k_i \mid k_1, \dots, k_{i-1}, y), "
        r"\qquad \text{bits} = -\log_2 \tfrac{1}{10} \sum_y p(k_1, \dots, k_{49} \mid y)",
    )
    show_sources([quantized, autoregressive, codebook, code_prior])
