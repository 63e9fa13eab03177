"""Components that decode in the browser: the latent pad and the code sliders.

A decoder's weights are sent once, as one safetensors blob; moving a pointer or a slider
sends nothing to the server.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
import streamlit as st
from safetensors.numpy import save

from aecore import checkpoint, library
from aecore.config import MAX_LATENT_DIM, ModelConfig
from pages.ui.component import register
from pages.ui.i18n import _, language

if TYPE_CHECKING:
    from aecore.models import Autoencoder

# How far the pad reaches along each axis of a standard normal prior, and its tiles a side.
PAD_REACH = 2.5
PAD_GRID = 21
# Weights of a model that decoding does not need.
NOT_DECODING = ("encoder.", "opponent.", "shift.")
# Of one question to the server.
MOST_CODES = 32 * 32
MOST_BYTES = 4 * MOST_CODES * MAX_LATENT_DIM

_names: WeakKeyDictionary[Autoencoder, str] = WeakKeyDictionary()
_offered: WeakValueDictionary[str, Autoencoder] = WeakValueDictionary()


def latent_pad(name: str) -> None:
    """The plane of a pretrained two-dimensional model under the pointer. Needs no torch."""
    plane_pad(name, *_decoder_of(name), reach=PAD_REACH)


def plane_pad(
    name: str, arrays: dict[str, np.ndarray], model: ModelConfig, *, reach: float
) -> None:
    """The plane of a two-dimensional model under the pointer, from −reach to reach.

    name: tells it from others; arrays: the model's weights.
    """
    blob = decoder_blob(
        arrays,
        model,
        name=name,
        reach=reach,
        grid=PAD_GRID,
        labels={
            "lang": language(),
            "field": _("Latent plane; the arrow keys move the point."),
            "caption": _("Decoded in your browser from two numbers: move over the plane."),
        },
    )
    register("pad", "tiles")(key="pad", data=blob)


def code_sliders(
    name: str,
    model: ModelConfig,
    arrays: dict[str, np.ndarray],
    *,
    originals: np.ndarray,
    codes: np.ndarray,
    order: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    classes: Sequence[str] = (),
) -> None:
    """The dimensions of a code under sliders, starting from the code of a digit.

    arrays: the model's weights; originals: (n, 28, 28) uint8; codes: (n, d) float32, theirs;
    order: the dimensions to show, first the ones that matter most; low, high: their ranges;
    classes: of a conditional model, whose codes are then (n, d + 10), the class at their end as
    zeros and a one: the code is decoded as every class.
    """
    blob = decoder_blob(
        {**arrays, "codes": codes, "originals": originals},
        model,
        name=name,
        start=2,
        order=order.tolist(),
        spread=np.stack([low, high], 1).round(4).tolist(),
        classes=list(classes),
        labels={
            "original": _("Original"),
            "decoded": _("Decoded code"),
            "digit": _("Start from the digit"),
            "another": _("Draw another style"),
            "classes": _("The same style as every class"),
            "save": _("Save this picture"),
            "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
        },
    )
    register("sliders", "random")(key="code-sliders", data=blob)


def decoder_blob(arrays: dict[str, np.ndarray], model: ModelConfig, **metadata: object) -> bytes:
    """The decoder's arrays (and any not of a model) with what the browser must know of them."""
    kept = {n: a for n, a in arrays.items() if not n.startswith(NOT_DECODING)}
    told = {"network": model.network, "activation": model.activation}
    return packed(kept, model=told, **metadata)


def offer(model: Autoencoder) -> str:
    """Let browsers have this model's codes decoded by the server too; the name to ask it by.

    For decoders that a browser is slow at. The name can't be guessed, since a model may be
    somebody's own, and holds as long as the model is there: after it browsers do all themselves.
    """
    name = _names.setdefault(model, secrets.token_urlsafe(16))
    _offered[name] = model
    return name


def decode_offered(name: str, content: bytes) -> bytes | None:
    """What codes decode to: content, n codes of d float32 → n times 784 bytes of grey.

    None where there is no such model, or these are not 1 to ``MOST_CODES`` of its codes.
    """
    import torch

    from aecore.explore.codes import to_uint8

    model = _offered.get(name)
    if model is None or not content or len(content) % (4 * model.config.latent_dim):
        return None
    codes = np.frombuffer(content, "<f4").reshape(-1, model.config.latent_dim)
    if len(codes) > MOST_CODES or not np.isfinite(codes).all():
        return None
    with torch.inference_mode():
        return to_uint8(model.decode(torch.tensor(codes, device=model.device))).tobytes()


def packed(arrays: dict[str, np.ndarray], **metadata: object) -> bytes:
    """Arrays and what is said of them as one safetensors blob, as tensors.js reads it.

    Weights that half precision holds exactly, as those of the pretrained models, are sent so.
    """
    said = {n: v if isinstance(v, str) else json.dumps(v) for n, v in metadata.items()}
    return save({n: _compact(a) for n, a in arrays.items()}, said)


def _compact(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.float32:
        with np.errstate(over="ignore"):
            half = array.astype(np.float16)
        if np.array_equal(half, array):
            array = half
    return np.ascontiguousarray(array)


@st.cache_resource(show_spinner=False)
def _decoder_of(name: str) -> tuple[dict[str, np.ndarray], ModelConfig]:
    content = checkpoint.read(library.path(name))
    return checkpoint.read_arrays(content), checkpoint.read_card(content).config.model
