"""Every visible word, in English and French.

The English text is the key; ``pages/locale/fr`` holds the French gettext catalogue, kept
with Babel (the commands stand in the README). Catalogues are compiled when first read, so
that no compiled file can be out of date.
"""

from __future__ import annotations

import gettext
import io
from functools import cache, lru_cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, format_scientific

from aecore.messages import Sentence

LANGUAGES = {"en": "English", "fr": "Français"}
# From here on a number is written with a power of ten, as the loss of a model that explodes.
HUGE = 1e12
LOCALE = Path(__file__).resolve().parent.parent / "locale"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language; English needs none."""
    file = LOCALE / language / "LC_MESSAGES" / "messages.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose_language() -> str:
    """The language of this session: the URL's, else the one chosen before, else the browser's.

    Keeps it in the session and in the URL, so that a link opens in the same language.
    """
    asked = st.query_params.get("lang")
    if asked not in LANGUAGES:
        asked = st.session_state.get("lang") or _browser_language()
    st.session_state["lang"] = asked
    if st.query_params.get("lang") != asked:
        st.query_params["lang"] = asked
    return asked


def _browser_language() -> str:
    spoken = (st.context.locale or "en").split("-")[0].lower()
    return spoken if spoken in LANGUAGES else "en"


def language() -> str:
    """The language that ``choose_language`` settled for this session."""
    return st.session_state.get("lang", "en")


def _(message: str) -> str:
    """The message in the session's language."""
    return catalogue(language()).gettext(message)


def say(sentence: Sentence, language_: str | None = None) -> str:
    """A sentence of ``aecore`` in the session's language, or in the one named."""
    translations = catalogue(language_ or language())
    values = {name: _value(value, language_) for name, value in sentence.values.items()}
    text = translations.gettext(sentence.template)
    return text.format(**values) if values else text


def _value(value: object, language_: str | None) -> object:
    if isinstance(value, Sentence):
        return say(value, language_)
    if isinstance(value, float):
        return format_decimal(value, format="#,##0.######", locale=language_ or language())
    return value


@lru_cache(maxsize=4096)
def _format(value: float, pattern: str, language_: str) -> str:
    if abs(value) >= HUGE:
        return format_scientific(value, format="0.##E0", locale=language_)
    return format_decimal(value, format=pattern, locale=language_)


def number(value: float, digits: int = 3) -> str:
    """A number with at most ``digits`` decimals, written as the language writes it."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return _format(value, pattern, language())


def fixed(value: float, digits: int = 1) -> str:
    """A number with exactly ``digits`` decimals, at least one, as in a column of a table."""
    return _format(value, "#,##0." + "0" * digits, language())


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits."""
    return _format(value, "@" * digits, language())


def percent(share: float, digits: int = 1) -> str:
    """A share in [0, 1] as a percentage."""
    pattern = "#,##0." + "#" * digits + "\N{NO-BREAK SPACE}%"
    return format_percent(share, format=pattern, locale=language())


def counted(count: int, one: str, many: str) -> str:
    """The wording for one or that for many, with the number for its ``{count}``."""
    return one if count == 1 else many.format(count=number(count, 0))


def duration(seconds: float) -> str:
    """Seconds as « 2 min 05 s »."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return f"{minutes} min {rest:02d} s"
    return f"{number(seconds, 1)} s"


def separators() -> str:
    """The decimal and the thousands separator, as Plotly wants them."""
    return ",\u202f" if language() == "fr" else ".,"
