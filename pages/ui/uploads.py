"""Files that somebody hands in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from aecore.messages import CheckpointError
from pages.ui.i18n import _, say


class Sent(NamedTuple):
    """A file that was handed in."""

    name: str
    content: bytes


def take_model(
    label: str, key: str, load: Callable[[bytes], object], help_: str | None = None
) -> Sent | None:
    """Take a model's file: a bad one is refused with a sentence, a good one is given.

    key: of the widget; load: raises CheckpointError for a content that is no model.
    """
    translate_uploader()
    file = st.file_uploader(label, type="safetensors", key=key, help=help_)
    if file is None:
        return None
    content = file.getvalue()
    try:
        load(content)
    except CheckpointError as error:
        st.error(say(error.sentence))
        return None
    st.success(_("“{name}” is in the list.").format(name=file.name))
    return Sent(file.name, content)


def translate_uploader() -> None:
    """Streamlit's uploader speaks English only: its button gets our words, its hint goes."""
    words = json.dumps(_("Choose a file"), ensure_ascii=False)
    st.html(
        "<style>[data-testid=stFileUploaderDropzoneInstructions]{display:none}"
        "[data-testid=stFileUploaderDropzone] button p{font-size:0}"
        "[data-testid=stFileUploaderDropzone] button p::after"
        f"{{font-size:.875rem;content:{words}}}</style>"
    )
