"""Choosing a digit: one of the test set, by class and by hand, one's own drawing, or a picture.

The browser has the test pictures from the route ``/lab/pictures``; what comes back is an index
or the pixels of a drawing, which ``aecore.mnist_form`` brings to MNIST's form, as it does the ink
that ``aecore.photo`` finds in what the route ``/lab/photo`` is sent. The choice stands in the
URL, a drawing and a picture as their 28x28 pixels in sixteen greys.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data import Dataset
from aecore.mnist_form import SIDE, to_mnist_form
from aecore.photo import MEBIBYTES, MIME_TYPES, ink_of_picture, too_large
from pages.ui import link
from pages.ui.component import base_path, register
from pages.ui.i18n import _, language, say

if TYPE_CHECKING:
    from torch import Tensor

# The side of the square that a drawing arrives as, in pixels.
CANVAS = 140


@dataclass(frozen=True, eq=False)
class Digit:
    """A digit that somebody chose. pixels: (28, 28) uint8; label: its class, None for one's own;
    token: what names it in the URL."""

    pixels: np.ndarray
    label: int | None
    token: str

    @property
    def x(self) -> Tensor:
        """The picture as a model wants it: (1, 1, 28, 28) float32 in [0, 1]."""
        import torch

        return torch.from_numpy(self.pixels).float().div_(255)[None, None]


def pick_digit(key: str, data: Dataset, *, label: str, default: int = 0) -> Digit:
    """A digit chosen by the person.

    key: of the widget and in the URL; data: whose test split is offered; label: what it is
    for; default: the index of the test picture that is chosen at first.
    """
    digit = _settle(key, data, default)
    # A state and no trigger: one that comes while the page still runs is never lost. It holds the
    # time too, so that choosing the same digit again is a change.
    register("picker", "canvas", "mnistform")(
        key=f"picker-{key}",
        data={
            "key": key,
            "base": base_path(),
            "dataset": data.name,
            "classes": [_(name) for name in data.class_names],
            "label": label,
            "token": digit.token,
            "class": None if digit.label is None else _(data.class_names[digit.label]),
            "pixels": base64.b64encode(digit.pixels).decode(),
            "canvas": CANVAS,
            "lang": language(),
            "types": MIME_TYPES,
            "bytes": MEBIBYTES * 2**20,
            "words": _words(),
        },
        on_choice_change=lambda: _take(key),
    )
    link.put(key, digit.token)
    return digit


def _settle(key: str, data: Dataset, default: int) -> Digit:
    """The digit as it stands: what the link asks for, else what was chosen, else the default."""
    state = f"digit-{key}"
    asked = link.asked(key)
    if asked is not None:
        if parse(asked, data) is None:
            link.unknown(key, asked)
        else:
            st.session_state[state] = asked
    digit = parse(st.session_state.get(state, ""), data)
    return digit or parse(f"t{min(default, len(data.test) - 1)}", data)


def parse(token: str, data: Dataset) -> Digit | None:
    """The digit that a token names, None if it names none: ``t12`` is the test picture 12
    (the last one if there are fewer), ``d…`` a drawing, ``p…`` what a picture shows."""
    kind, rest = token[:1], token[1:]
    if kind == "t" and rest.isdecimal() and len(rest) < 9:
        index = min(int(rest), len(data.test) - 1)
        pixels = data.test.images[index].cpu().numpy()
        return Digit(pixels, int(data.test.labels[index]), f"t{index}")
    if kind in ("d", "p"):
        pixels = _unpack(rest)
        return None if pixels is None else Digit(pixels, None, token)
    return None


def photo_token(content: bytes) -> str:
    """The token of the digit in the file of a picture; DataError where there is none."""
    return drawing_token(to_mnist_form(ink_of_picture(content)), "p")


def drawing_token(pixels: np.ndarray, kind: str = "d") -> str:
    """The token of a drawing (28, 28) uint8; kind: ``p`` for what a picture shows."""
    greys = np.round(pixels.astype(np.float32) / 17).astype(np.uint8).ravel()
    packed = zlib.compress((greys[::2] << 4 | greys[1::2]).tobytes(), 9)
    return kind + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _unpack(text: str) -> np.ndarray | None:
    content = _inflate(text, SIDE * SIDE // 2)
    if content is None:
        return None
    pairs = np.frombuffer(content, np.uint8)
    return (np.stack([pairs >> 4, pairs & 15], 1) * 17).reshape(SIDE, SIDE).astype(np.uint8)


def _inflate(text: str, size: int) -> bytes | None:
    """The ``size`` bytes that were deflated and written in base64, None if they are not."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        # Bounded, because anybody can write a link.
        content = zlib.decompressobj().decompress(packed, size + 1)
    except (ValueError, zlib.error):
        return None
    return content if len(content) == size else None


def _take(key: str) -> None:
    token = chosen_token(st.session_state[f"picker-{key}"].get("choice"))
    if token is not None:
        st.session_state[f"digit-{key}"] = token


def chosen_token(choice: object) -> str | None:
    """The token of what a browser sent: the index of a test picture, a drawing, which is
    CANVAS x CANVAS greys, 255 where there is ink, or the token that ``/lab/photo`` gave for a
    picture. None if it is none of them."""
    match choice:
        case {"index": int(index)} if index >= 0:
            return f"t{int(index)}"
        case {"drawing": str(text)}:
            content = _inflate(text, CANVAS * CANVAS)
            if content is not None and any(content):
                ink = np.frombuffer(content, np.uint8).reshape(CANVAS, CANVAS)
                return drawing_token(to_mnist_form(ink))
        case {"photo": str(token)} if token[:1] == "p" and _unpack(token[1:]) is not None:
            return token
    return None


def _words() -> dict[str, str]:
    """What the picker says, in the language of the session."""
    return {
        "test": _("Test set"),
        "draw": _("Draw"),
        "drawing": _("Your drawing"),
        "more": _("Others"),
        "pen": _("Pen"),
        "eraser": _("Eraser"),
        "width": _("Width"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "use": _("Take this drawing"),
        "upload": _("Upload"),
        "photo": _("Your picture"),
        "file": _("Choose a picture…"),
        "drop": _("A photo or picture of one digit. You can also drop it here or paste it."),
        "reading": _("Reading the picture…"),
        "form": _("In MNIST's form"),
        "keep": _("Take this picture"),
        "large": say(too_large().sentence),
        "failed": _("The picture could not be sent. Try again."),
        "canvas": _("Drawing area: draw one digit"),
        "keys": _(
            "Arrow keys move the pen (with Shift finely), the space bar puts it down and lifts it."
        ),
        "down": _("Pen down"),
        "up": _("Pen up"),
        "class": _("Class"),
        "loading": _("Loading the pictures…"),
        "number": _("No. {index}"),
        "change": _("Change"),
        "close": _("Close"),
    }
