"""The models a page can show: pretrained, trained here, or uploaded; chosen by one widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from aecore import checkpoint, library
from aecore.checkpoint import Card
from aecore.config import CLASSES, TrainConfig
from aecore.runs import Run, registry
from pages.ui import link, server
from pages.ui.choose import one_of, step_of
from pages.ui.i18n import _
from pages.ui.names import config_name, family_name, job_name, run_name

if TYPE_CHECKING:
    from aecore.models import Autoencoder

PRETRAINED = "pretrained"
TRAINED = "trained"
UPLOADED = "uploaded"
SWEPT = "swept"
# What a page shows at first: two dimensions, so that there is a plane to look at.
DEFAULT = "vae-mlp-d2"
# The d of a PCA beside models.
PCA_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Entry:
    """A model that can be chosen. key: names it in the URL; config: what it was trained with;
    read: gives (model, card)."""

    key: str
    label: str
    origin: str
    config: TrainConfig
    read: Callable[[], tuple[Autoencoder, Card]]
    run: Run | None = None

    @property
    def classes(self) -> tuple[int, ...]:
        """Those that it learned, () for all."""
        return self.config.classes

    def given(self, label: int) -> Entry:
        """The plain VAE that a conditional one is for the pictures of one class."""
        config = replace(self.config, model=replace(self.config.model, conditional=False))
        key = f"{self.key}-{label}"
        return replace(self, key=key, config=config, read=partial(_folded, self, label, config))


def entries() -> dict[str, Entry]:
    """The models that every page can take, by key: each has one code for a picture, whose values
    are numbers, and one picture for a code."""
    return {
        key: entry
        for key, entry in all_entries().items()
        if not (entry.config.model.conditional or entry.config.model.quantizer)
    }


def all_entries() -> dict[str, Entry]:
    """All models of this session by key: its own first, then the pretrained ones."""
    found = []
    for run in reversed(registry().of(server.owner())):
        if run.trainer is not None and not run.is_live and run.metrics is not None:
            label = " · ".join((run_name(run), _("trained here")))
            found.append(Entry(f"run-{run.number}", label, TRAINED, run.config, _reader(run), run))
    for name, content in st.session_state.get("uploads", {}).items():
        label = " · ".join((name, _("uploaded")))
        config, read = checkpoint.read_card(content).config, partial(load_bytes, content)
        found.append(Entry(f"upload-{name}", label, UPLOADED, config, read))
    found += swept().values()
    # Those of some classes only serve one page: they stand last.
    for name in sorted(library.available(), key=lambda n: bool(library.manifest()[n].classes)):
        config, read = library.manifest()[name], partial(_load_pretrained, name)
        label = config_name(config) if config.classes else name
        found.append(Entry(name, label, PRETRAINED, config, read))
    return {entry.key: entry for entry in found}


def swept() -> dict[int, Entry]:
    """The models of this session's sweep, by the number of the run."""
    held = registry().sweeps.get(server.owner())
    found = {}
    for job in held.sweep.jobs if held else ():
        result = held.results.get(job.number)
        if result and result.checkpoint:
            name = f"{family_name(job.config.model)}, {job_name(held.sweep, job)}"
            label = " · ".join((name, _("from the sweep")))
            read = partial(load_bytes, result.checkpoint)
            found[job.number] = Entry(f"sweep-{job.key}", label, SWEPT, job.config, read)
    return found


def pick_model(
    key: str = "model", default: str = DEFAULT, options: dict[str, Entry] | None = None
) -> Entry | None:
    """The model picker: one choice, kept across pages and in the URL.

    key: of the widget and in the URL; options: all models, in the order of ``all_entries``, unless
    given.
    """
    options = all_entries() if options is None else options
    if not options:
        st.info(_("There is no model yet. Train one on the Train page, or upload a file."))
        return None
    link.choice(key, list(options), default if default in options else next(iter(options)))
    chosen = st.selectbox(
        _("Model"),
        list(options),
        format_func=lambda k: options[k].label if k in options else k,
        key=key,
        persist_state="session",
        help=_(
            "Your own runs stand first, then the models that come with the app. "
            "The link in the address bar opens the same model."
        ),
    )
    link.put(key, chosen)
    return options.get(chosen)


def pick_plain_model() -> Entry | None:
    """``pick_model`` for pages that take one code for a picture, with numbers for values.

    The VQ-VAEs, which have a page of their own, are left out.
    """
    options = {k: e for k, e in all_entries().items() if not e.config.model.quantizer}
    entry = pick_model(options=options)
    return entry and given_class(entry)


def given_class(entry: Entry) -> Entry:
    """The model itself; of a conditional one the VAE of a class, which is asked for.

    The class is kept across pages and in the URL.
    """
    if not entry.config.model.conditional:
        return entry
    label = one_of(
        _("Class given to the model"),
        {c: str(c) for c in range(CLASSES)},
        "given",
        0,
        help_=_("A conditional VAE is ten VAEs in one: this page shows that of the class."),
    )
    return entry.given(label)


def pick_models(
    key: str, first: Sequence[str], options: dict[str, Entry] | None = None
) -> list[Entry]:
    """Several models, kept across pages and in the URL.

    key: of the widget and in the URL; first: what is chosen at first, as far as it is there;
    options: those that every page can take, unless given.
    """
    options = entries() if options is None else options
    link.several(key, list(options), [name for name in first if name in options])
    chosen = st.multiselect(
        _("Models"),
        list(options),
        format_func=lambda name: options[name].label if name in options else name,
        placeholder=_("Choose models"),
        key=key,
        persist_state="session",
        help=_("Finished runs of yours, uploads and the models that come with the app."),
    )
    link.put(key, link.listed(chosen))
    return [options[name] for name in chosen]


def pick_pca_size(default: int) -> int:
    """The d of the PCA that stands beside models, kept across pages and in the URL."""
    return step_of(_("Components of the PCA beside them"), PCA_SIZES, "pca_d", default)


def _folded(entry: Entry, label: int, config: TrainConfig) -> tuple[Autoencoder, Card]:
    model, card = entry.read()
    vae = model.folded(label)
    return vae, replace(card, config=config, parameters=vae.parameter_count())


def _reader(run: Run) -> Callable[[], tuple[Autoencoder, Card]]:
    return lambda: (run.trainer.model.eval(), run.trainer.card(run.metrics, run_name(run)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _load_pretrained(name: str) -> tuple[Autoencoder, Card]:
    return checkpoint.load(library.path(name))


@st.cache_resource(max_entries=32, show_spinner=False)
def load_bytes(content: bytes) -> tuple[Autoencoder, Card]:
    """The model in a file's content. Raises CheckpointError where it holds none."""
    return checkpoint.load(content)
