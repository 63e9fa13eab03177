"""PCA, the linear, the MLP and the convolutional autoencoder with the same d, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import Tensor

from aecore import checkpoint, figures, library, pca
from aecore.checkpoint import Card
from aecore.config import NETWORKS
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes, errors
from aecore.explore.errors import Restored
from aecore.models import Autoencoder
from pages.ui import link
from pages.ui.choose import step_of
from pages.ui.digits import save_button, stacked
from pages.ui.i18n import _, number, percent, say, separators, significant
from pages.ui.models import TRAINED, Entry, entries
from pages.ui.names import dataset_names, family_name
from pages.ui.picker import Digit, pick_digit
from pages.ui.tiles import Row, scale, tile_columns, tile_rows

DATASET = "mnist"
PCA_SIZES = range(1, 129)
LARGEST_RANK = 500
# "within 0 %" would be false: the smallest share that is said.
CLOSEST = 1e-4


@dataclass(frozen=True)
class Rivals:
    """What the parts of the page share: a d, the data, its PCA, and the models of that d.

    models: (entry, model, card) by network, those that are there.
    """

    d: int
    data: Dataset
    reference: pca.PCAReference
    models: dict[str, tuple[Entry, Autoencoder, Card]]

    @property
    def comparable(self) -> bool:
        """Whether PCA was computed on what the models were trained on."""
        return all(card.dataset == self.data.name for _e, _m, card in self.models.values())

    @property
    def names(self) -> dict[str, str]:
        """What PCA and the models are called, in the order of the columns."""
        families = {n: family_name(card.config.model) for n, (_e, _m, card) in self.models.items()}
        return {"pca": _("PCA"), **families}

    def restore(self, x: Tensor) -> dict[str, Restored]:
        """Pictures (B, 1, 28, 28) through PCA and through every model."""
        restored = {"pca": errors.by_pca(self.reference, x, self.d)}
        for network, (_entry, model, _card) in self.models.items():
            restored[network] = errors.by_model(model, x)
        return restored


def family_members() -> dict[str, dict[int, str]]:
    """The pretrained models that differ in d alone, by network and d, whether there or not."""
    members: dict[str, dict[int, str]] = {network: {} for network in NETWORKS}
    for name, config in library.manifest().items():
        if config.is_plain:
            members[config.model.network][config.model.latent_dim] = name
    return members


def pick_size() -> Rivals:
    """The slider of d, and everything that has this d."""
    members = family_members()
    sizes = sorted(set.intersection(*(set(by_size) for by_size in members.values())))
    d = step_of(
        _("Size of the code d, the same for all"),
        sizes,
        "d",
        16,
        help_=_("How many numbers each of them may keep of a picture of 784 pixels."),
    )
    with st.spinner(_("Reading models and data, fitting PCA…")):
        options = entries()
        chosen = {n: options.get(by_size[d]) for n, by_size in members.items()}
        data = load_or_embedded(DATASET)
        return Rivals(
            d,
            data,
            pca.fit(data.train),
            {n: (entry, *entry.read()) for n, entry in chosen.items() if entry},
        )


def notices(rivals: Rivals) -> None:
    """What is missing, and what does not compare because of it."""
    if rivals.data.notice:
        st.warning(say(rivals.data.notice))
    names = dataset_names()
    if not rivals.comparable:
        st.warning(
            _(
                "PCA is computed on “{data}”, while the models that come with the app learned "
                "“{dataset}”: their errors don't compare."
            ).format(data=names[rivals.data.name], dataset=names[DATASET])
        )
    missing = [
        by_size[rivals.d] for n, by_size in family_members().items() if n not in rivals.models
    ]
    if missing:
        st.info(
            _("Missing: {names}. Make them with “aecore pretrain --missing”.").format(
                names=", ".join(missing)
            )
        )


def pick_rival_digit(rivals: Rivals) -> Digit:
    """The digit, of the test set or drawn, that goes through all of them."""
    return pick_digit("digit", rivals.data, label=_("The digit that goes through all"), default=4)


def one_digit(rivals: Rivals, digit: Digit) -> None:
    """The chosen digit through all: reconstruction, error, MSE and PSNR."""
    restored = rivals.restore(digit.x)
    limit = errors.error_limit(list(restored.values()))
    columns = [(_("Original"), (digit.pixels,), ())]
    for name, label in rivals.names.items():
        one = restored[name]
        lines = (f"MSE {significant(float(one.mse[0]))}", _decibels(one.psnr[0]))
        columns.append((label, (_grey(one)[0], _error_map(one, limit)[0]), lines))
    tile_columns(columns)
    _legend(limit)
    save_button(
        lambda: stacked(
            [
                np.stack([digit.pixels, *(_grey(one)[0] for one in restored.values())]),
                _with_blank(np.concatenate([_error_map(o, limit) for o in restored.values()])),
            ]
        ),
        f"pca-one-d{rivals.d}",
    )


def ten_digits(rivals: Rivals) -> None:
    """One test digit of each class through all, each with its error map, its MSE and its PSNR."""
    st.subheader(_("Ten test digits through all four"))
    _ten(rivals)


@link.fragment
def _ten(rivals: Rivals) -> None:
    labels = rivals.data.test.labels
    last = min(LARGEST_RANK, int(labels.bincount(minlength=10).min()) - 1)
    link.value("ten", 0, last, 0)
    after = st.number_input(
        _("Which ten"),
        0,
        last,
        key="ten",
        persist_state="session",
        width=180,
        help=_("0: the first digit of each class in the test set, 1: the second, …"),
    )
    link.put("ten", after)
    index = codes.first_of_each_class(rivals.data.test, after)
    x = rivals.data.test.pictures(index)
    restored = rivals.restore(x)
    limit = errors.error_limit(list(restored.values()))
    originals = codes.to_uint8(x)
    rows = [Row(_("Original"), "", (originals,))]
    for name, label in rivals.names.items():
        one = restored[name]
        numbers = (
            tuple(significant(float(mse), 2) for mse in one.mse),
            tuple(_decibels(psnr) for psnr in one.psnr),
        )
        note = _("mean MSE {value}").format(value=significant(float(one.mse.mean())))
        rows.append(Row(label, note, (_grey(one), _error_map(one, limit)), numbers))
    tile_rows(rows, chunk=5)
    _legend(limit)
    save_button(
        lambda: stacked([pictures for row in rows for pictures in row.strips]),
        f"pca-ten-d{rivals.d}",
    )


def error_chart(rivals: Rivals) -> None:
    """MSE against d for all families, and what it says at the chosen d."""
    cards = {
        network: {d: _card(name) for d, name in by_size.items() if name in library.available()}
        for network, by_size in family_members().items()
    }
    runs = [(e.label, e.read()[1]) for e in entries().values() if e.origin == TRAINED]
    shown = {rivals.data.name, *(card.dataset for _l, card in runs)}
    shown |= {card.dataset for by_size in cards.values() for card in by_size.values()}
    titles = dataset_names()

    def named(label: str, dataset: str) -> str:
        return label if len(shown) == 1 else f"{label} · {titles[dataset]}"

    families = []
    for network, by_size in cards.items():
        if by_size:
            first = next(iter(by_size.values()))
            points = [(d, card.metrics["test_mse"]) for d, card in sorted(by_size.items())]
            label = named(family_name(first.config.model), first.dataset)
            families.append((network, label, points))
    line = [(d, rivals.reference.test_mse(rivals.data.test, d)) for d in PCA_SIZES]
    figure = figures.error_by_family(
        families,
        (named(_("PCA"), rivals.data.name), line),
        [
            (named(label, card.dataset), card.config.model.latent_dim, card.metrics["test_mse"])
            for label, card in runs
        ],
        rivals.d,
        labels={
            "x": _("Size of the code d"),
            "y": _("Test MSE per pixel"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="error_by_family")
    st.caption(
        _(
            "Lines: PCA at every d, and the trained models at the sizes of the slider. Finished "
            "runs of yours appear as stars."
        )
    )


def verdict(rivals: Rivals) -> None:
    """What the chart says at the chosen d, in one sentence."""
    if not rivals.comparable or not rivals.models:
        return
    d, test, names = rivals.d, rivals.data.test, rivals.names
    error = rivals.reference.test_mse(test, d)
    measured = {n: card.metrics["test_mse"] for n, (_e, _m, card) in rivals.models.items()}
    sentences = []
    if "linear" in measured:
        excess = measured["linear"] / error - 1
        sentences.append(
            _(
                "With d = {d}, the error of the linear autoencoder is within {share} of PCA's, the "
                "best that a linear code can do."
            ).format(d=d, share=percent(max(abs(excess), CLOSEST), 2))
        )
    best = min(measured, key=measured.get)
    if measured[best] < 0.98 * error:
        sentences.append(
            _(
                "The error of the {best} is **{ratio} times smaller** ({error} against {pca} a "
                "pixel): PCA needs **d = {needed}** for that."
            ).format(
                best=names[best],
                ratio=number(error / measured[best], 1),
                error=significant(measured[best]),
                pca=significant(error),
                needed=rivals.reference.size_for_error(test, measured[best]),
            )
        )
    else:
        sentences.append(_("No autoencoder here does better than PCA at this d."))
    st.markdown(" ".join(sentences))


def _legend(limit: int) -> None:
    scale(
        limit,
        _(
            "x̂ − x in grey values of 255: blue is too dark, red too bright; one pixel in a hundred "
            "is beyond the ends"
        ),
    )


def _grey(restored: Restored) -> np.ndarray:
    """(B, 28, 28) uint8, clipped."""
    return figures.grey(restored.pictures)


def _error_map(restored: Restored, limit: int) -> np.ndarray:
    """(B, 28, 28, 3) uint8; limit: in grey values."""
    return figures.signed(restored.errors, limit / 255)


def _with_blank(pictures: np.ndarray) -> np.ndarray:
    """An empty picture before the others."""
    return np.concatenate([np.zeros_like(pictures[:1]), pictures])


def _decibels(value: float) -> str:
    return _("{value} dB").format(value=significant(float(value)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _card(name: str) -> Card:
    return checkpoint.read_card(library.path(name))
