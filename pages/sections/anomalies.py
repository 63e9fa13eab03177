"""A model and PCA as detectors: which pictures are normal to them, which foreign, and how strange
each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import data as datasets
from aecore import pca
from aecore.checkpoint import Card
from aecore.config import CLASSES, PIXELS
from aecore.data import Dataset, Split, load_or_embedded
from aecore.explore import anomalies, judging
from aecore.explore.anomalies import CodeGaussian
from aecore.explore.judging import Judge
from aecore.explore.probes import subsample
from pages.ui import link
from pages.ui.i18n import _, say
from pages.ui.measured import state_name
from pages.ui.models import Entry, entries, pick_model
from pages.ui.names import classes_name, dataset_names
from pages.ui.sources import show_formulas, show_sources

DEFAULT = "one-class-mlp-d16-3"
# Pictures at most: of the classes that a model learned, and of a foreign set other than digits.
MOST = 2500
# Training pictures to whose codes the Gaussian is fitted.
KNOWN = 5000
OTHERS, NOISE, INVERTED = "others", "noise", "inverted"


@dataclass(frozen=True, eq=False)
class Group:
    """Pictures that are scored together. index: (N,), where they stand in their dataset; classes:
    what these are called, nothing where there are none."""

    name: str
    label: str
    split: Split
    index: np.ndarray
    classes: list[str]


@dataclass(frozen=True, eq=False)
class Detector:
    """A model or PCA with the Gaussian of its codes. key: tells its state from every other."""

    key: str
    label: str
    judge: Judge
    known: CodeGaussian

    def scores(self, group: Group) -> dict[str, np.ndarray]:
        """Of each picture of a group by each measure, as ``aecore.explore.anomalies.scores``."""
        with st.spinner(_("Measuring: {name}…").format(name=self.label)):
            return _scores(self.key, group.name, self, group)


def pick_detector() -> Entry | None:
    """The model; first those that learned some classes only."""
    found = entries()
    ordered = sorted(found, key=lambda key: not found[key].classes)
    return pick_model("detector", DEFAULT, {key: found[key] for key in ordered})


def data_of(card: Card) -> Dataset:
    """The dataset of a model, with a notice where another serves."""
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    return data


def detectors(entry: Entry, data: Dataset) -> tuple[Detector, Detector]:
    """The model, and the PCA of the same d that was fitted to the same classes."""
    model, card = entry.read()
    learned = data.train.only(entry.classes)
    d = min(card.config.model.latent_dim, PIXELS, len(learned))
    key = state_name(entry, card, data.name)
    name, label = f"pca-{d}-{data.name}-{entry.classes}", _("PCA, d = {d}").format(d=d)
    with st.spinner(_("Reading models and data…")):
        reference = pca.fit(learned)
        return (
            _detector(key, entry.label, judging.by_model(model), learned),
            _detector(name, label, judging.by_pca(reference, d), learned),
        )


def normal_group(entry: Entry, card: Card, data: Dataset) -> Group:
    """Test pictures of the classes that the model learned."""
    learned = entry.classes or tuple(range(CLASSES))
    what = classes_name(card.config) or _("all classes")
    label = _("normal: {what}").format(what=what)
    return _of_classes(f"normal-{data.name}-{learned}", label, data, learned, MOST)


def pick_foreign(entry: Entry, data: Dataset, normal: Group) -> Group:
    """The foreign pictures: of the other classes where there are any, or of another kind."""
    names = dataset_names()
    kinds = {OTHERS: _("the other classes")} if entry.classes else {}
    for name in datasets.TORCHVISION:
        if name != data.name and datasets.is_on_disk(name):
            kinds[name] = names[name]
    kinds |= {NOISE: _("uniform noise"), INVERTED: _("inverted pictures")}
    link.choice("foreign", list(kinds), next(iter(kinds)))
    kind = st.selectbox(
        _("Foreign pictures"),
        list(kinds),
        format_func=kinds.get,
        key="foreign",
        persist_state="session",
        help=_(
            "What the model never saw. Fashion-MNIST and KMNIST are offered where they are at "
            "hand; “aecore data fashion-mnist kmnist” fetches them."
        ),
    )
    link.put("foreign", kind)
    if not entry.classes:
        st.caption(
            _("This model learned all classes: no digit is foreign to it, other pictures are.")
        )
    label = _("foreign: {what}").format(what=kinds[kind])
    if kind == OTHERS:
        rest = tuple(c for c in range(CLASSES) if c not in entry.classes)
        return _of_classes(f"others-{data.name}-{rest}", label, data, rest, len(data.test))
    if kind == NOISE:
        split = anomalies.noise(min(1000, len(normal.split)))
        return Group(kind, label, split, np.arange(len(split)), [])
    if kind == INVERTED:
        split = anomalies.inverted(normal.split)
        return Group(f"inverted-{normal.name}", label, split, normal.index, normal.classes)
    return _of_classes(kind, label, datasets.load(kind), tuple(range(CLASSES)), MOST)


def _of_classes(name: str, label: str, data: Dataset, classes: tuple[int, ...], most: int) -> Group:
    index = np.flatnonzero(np.isin(data.test.labels.numpy(), classes))
    index = index[subsample(len(index), most)]
    return Group(name, label, data.test.take(index), index, [_(name) for name in data.class_names])


def _detector(key: str, label: str, judge: Judge, learned: Split) -> Detector:
    return Detector(key, label, judge, _gaussian(key, judge, learned))


@st.cache_resource(show_spinner=False, max_entries=64)
def _gaussian(key: str, _judge: Judge, _learned: Split) -> CodeGaussian:
    some = _learned.take(subsample(len(_learned), KNOWN))
    return anomalies.code_gaussian(judging.encode(_judge, some))


@st.cache_resource(show_spinner=False, max_entries=64)
def _scores(key: str, group: str, _by: Detector, _group: Group) -> dict[str, np.ndarray]:
    return anomalies.scores(_by.judge, _by.known, _group.split)


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"s_{\mathrm{MSE}}(x) = \tfrac{1}{784} \lVert x - g(f(x)) \rVert^2, \qquad "
        r"s_{\mathrm{relative}}(x) = \lVert x - g(f(x)) \rVert^2 / \lVert x \rVert^2, \qquad "
        r"s_{\mathrm{ELBO}}(x) = -\mathbb{E}_{q(z \mid x)} \log p(x \mid z) + "
        r"\mathrm{KL}\big(q(z \mid x) \,\Vert\, p(z)\big)",
        r"s_{\mathrm{distance}}(x) = \sqrt{(f(x) - m)^\top S^{-1} (f(x) - m)}, \qquad "
        r"m,\, S: \text{mean and covariance of } f(x_n),\; x_n \text{ in training}",
        r"\mathrm{alarm}(x) \iff s(x) > t, \qquad \mathrm{recall}(t) = "
        r"P\big(s(x_{\mathrm{foreign}}) > t\big), \qquad \mathrm{false\ alarms}(t) = "
        r"P\big(s(x_{\mathrm{normal}}) > t\big)",
        r"\mathrm{AUROC} = P\big(s(x_{\mathrm{foreign}}) > s(x_{\mathrm{normal}})\big) + "
        r"\tfrac{1}{2} P\big(s(x_{\mathrm{foreign}}) = s(x_{\mathrm{normal}})\big)",
    )
    show_sources([anomalies])
