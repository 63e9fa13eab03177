"""A classifier on frozen codes that sees few labels: which representation helps it most?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import figures, pca
from aecore.data import Dataset, load_or_embedded
from aecore.explore import fewlabels, finetuning, probes
from aecore.explore.codes import encode
from aecore.explore.fewlabels import Encode, Representation, Score
from aecore.pca import flat
from pages.ui import link
from pages.ui.choose import one_of, step_of
from pages.ui.digits import save_button, stacked
from pages.ui.i18n import _, fixed, number, percent, say, separators
from pages.ui.measured import state_name
from pages.ui.models import Entry, pick_models, pick_pca_size
from pages.ui.names import dataset_names
from pages.ui.sources import show_formulas, show_sources
from pages.ui.tables import save_table, table
from pages.ui.tiles import Row, tile_rows

DATASET = "mnist"
SHOWN_AT_FIRST = ("mlp-d32", "denoising-mlp-d64-gaussian0.3", "vae-mlp-d20", "conv-d32")
USUAL_SIZES = fewlabels.SIZES[:3]
PIXELS_KEY = "pixels"
PCA_KEY = "pca"
STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1000.0)
MOST_DRAWS = 20
USUAL_DRAWS = 5
# A lead below so many standard errors may be chance.
CLEAR = 2


@dataclass(frozen=True, eq=False)
class Contestant:
    """A representation, and what its classifier named: key: in the URL; state: of its encoder, for
    what is kept; predicted: by the number of labels, (draws, M) uint8."""

    key: str
    label: str
    state: str
    encode: Encode
    predicted: dict[int, np.ndarray] = field(default_factory=dict)
    size: list[int] = field(default_factory=list)

    def score(self, labels: int, truth: np.ndarray) -> Score:
        return fewlabels.score(self.predicted[labels], truth)


@dataclass(frozen=True)
class Question:
    """What is measured: with how many labels, how many draws of them, and which ridge."""

    sizes: list[int]
    draws: int
    c: float


def few_labels() -> None:
    """The controls, accuracy against the number of labels, the verdict and the table; below, the
    confusions and the mistakes of one of them."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = pick_models("codes", SHOWN_AT_FIRST)
        data = load_or_embedded(chosen[0].read()[1].dataset if chosen else DATASET)
        _notices(chosen, data)
        d = pick_pca_size(32)
        measure = _pick_measure()
        chart, below = st.empty(), st.empty()
    with right:
        question = _ask(data)
        words = st.empty()
        _conditions(question, data)
    contestants = _contestants(chosen, d, data)
    _show(contestants, question, data, measure, chart, below)
    for one in contestants:
        words.info(_("Measuring: {name}…").format(name=one.label), icon=":material/hourglass_top:")
        _measure(one, question, data)
        _show(contestants, question, data, measure, chart, below)
    with words.container():
        _verdict(contestants, question, data)
    _closer(contestants, question, data)


def _ask(data: Dataset) -> Question:
    link.value("draws", 1, MOST_DRAWS, USUAL_DRAWS)
    draws = st.slider(
        _("Draws of labelled digits"),
        1,
        MOST_DRAWS,
        key="draws",
        persist_state="session",
        help=_("Which digits are labelled is chance: each draw takes others, the same for all."),
    )
    link.put("draws", draws)
    c = step_of(
        _("Weight of the labels C"),
        STRENGTHS,
        "c",
        fewlabels.C,
        help_=_(
            "Of the logistic regression against its ridge, the same for all: is the order still "
            "the same with another one?"
        ),
    )
    there = fewlabels.sizes(data.train.labels.numpy())
    sizes = [size for size in there if size in USUAL_SIZES]
    if there != sizes:
        link.value("all_sizes", 0, 1, 0)
        st.session_state["all_sizes"] = bool(st.session_state["all_sizes"])
        label = _("With {count} labels too (slower)").format(count=number(there[-1], 0))
        more = st.toggle(label, key="all_sizes", persist_state="session")
        link.put("all_sizes", int(more))
        sizes = there if more else sizes
    return Question(sizes, draws, c)


def _pick_measure() -> str:
    names = _measures()
    measure = one_of(_("Shown"), names, "measure", "accuracy", hidden=True)
    return measure


def _measures() -> dict[str, str]:
    return {"accuracy": _("Test accuracy"), "lead": _("Ahead of raw pixels")}


def _notices(chosen: list[Entry], data: Dataset) -> None:
    if data.notice:
        st.warning(say(data.notice))
    learned = {entry.read()[1].dataset for entry in chosen} - {data.name}
    if learned:
        names = dataset_names()
        st.warning(
            _(
                "Classified are pictures of “{data}”, while some of these models learned "
                "“{dataset}”."
            ).format(
                data=names[data.name], dataset=", ".join(sorted(names[name] for name in learned))
            )
        )


def _contestants(chosen: list[Entry], d: int, data: Dataset) -> list[Contestant]:
    """Raw pixels, PCA and the models."""
    found = [
        Contestant(PIXELS_KEY, _("Raw pixels"), f"pixels-{data.name}", flat),
        Contestant(
            PCA_KEY,
            _("PCA, d = {d}").format(d=d),
            f"pca-{d}-{data.name}",
            lambda split: pca.fit(data.train).transform(flat(split), d),
        ),
    ]
    for entry in chosen:
        model, card = entry.read()
        state = state_name(entry, card, data.name)
        found.append(
            Contestant(
                entry.key, entry.label, state, lambda split, model=model: encode(model, split)
            )
        )
    return found


def _measure(one: Contestant, question: Question, data: Dataset) -> None:
    by = _represented(one.state, one.encode, data)
    one.size[:] = [by.size]
    for size in question.sizes:
        one.predicted[size] = np.stack(
            [_named(one.state, size, draw, question.c, by, data) for draw in range(question.draws)]
        )


@st.cache_resource(max_entries=12, show_spinner=False)
def _represented(state: str, _encode: Encode, _data: Dataset) -> Representation:
    return fewlabels.represent(_encode, _data.train, _data.test)


@st.cache_data(max_entries=4000, show_spinner=False)
def _named(
    state: str, size: int, draw: int, c: float, _by: Representation, _data: Dataset
) -> np.ndarray:
    index = fewlabels.balanced(_data.train.labels.numpy(), size, draw)
    return fewlabels.named(_by, _data.train, index, c)


def _show(
    contestants: list[Contestant],
    question: Question,
    data: Dataset,
    measure: str,
    chart: DeltaGenerator,
    below: DeltaGenerator,
) -> None:
    """What is measured so far, in a chart and a table that are whole from the beginning."""
    truth = data.test.labels.numpy()
    scores = {
        one.key: {size: one.score(size, truth) for size in question.sizes}
        for one in contestants
        if one.predicted
    }
    figure = figures.accuracy_by_labels(
        [(one.label, _points(scores, one.key, measure)) for one in contestants],
        question.sizes,
        labels={"x": _("Labels"), "y": _measures()[measure], "separators": separators()},
    )
    chart.plotly_chart(figure, key=f"accuracy-{len(scores)}")
    best = {
        size: max(row[size].mean for row in scores.values()) for size in question.sizes if scores
    }
    header = [_("Codes of"), _("Numbers"), *(_count(size) for size in question.sizes)]
    rows = []
    for one in contestants:
        if one.key not in scores:
            rows.append([one.label, *("…" for _cell in header[1:])])
            continue
        cells = [_cell(scores[one.key][size], best[size]) for size in question.sizes]
        rows.append([one.label, str(one.size[0]), *cells])
    with below.container():
        table(header, rows)
        st.caption(_("Test accuracy in %, mean and standard deviation over the draws."))
        if len(scores) == len(contestants):
            _save(contestants, scores)


def _points(
    scores: dict[str, dict[int, Score]], key: str, measure: str
) -> list[tuple[int, float, float | None]]:
    """A line of the chart: accuracies with their spread, or leads with their standard error."""
    points = []
    for size, found in scores.get(key, {}).items():
        if measure == "accuracy":
            points.append((size, found.mean, found.spread))
        else:
            points.append((size, *found.lead(scores[PIXELS_KEY][size])))
    return points


def _count(size: int) -> str:
    return _("{count} labels").format(count=number(size, 0))


def _cell(found: Score, best: float) -> str:
    text = fixed(100 * found.mean)
    if found.mean == best:
        text = f"**{text}**"
    return text if found.spread is None else f"{text} ± {fixed(100 * found.spread)}"


def _save(contestants: list[Contestant], scores: dict[str, dict[int, Score]]) -> None:
    save_table(
        ["representation", "numbers", "labels", "draw", "test_accuracy"],
        [
            [one.key, one.size[0], size, draw, round(accuracy, 6)]
            for one in contestants
            for size, found in scores[one.key].items()
            for draw, accuracy in enumerate(found.accuracies)
        ],
        "few-labels",
    )


def _verdict(contestants: list[Contestant], question: Question, data: Dataset) -> None:
    """Which is best with the fewest labels, and whether it still is with the most."""
    truth = data.test.labels.numpy()
    leaders = {}
    for size in (question.sizes[0], question.sizes[-1]):
        scores = {one.label: one.score(size, truth) for one in contestants}
        leaders[size] = sorted(scores.items(), key=lambda item: -item[1].mean)
    (few, early), (many, late) = leaders.items()
    best, found = early[0]
    sentences = [
        _("With {count} labels **{best}** names most: {accuracy} of the test digits.").format(
            count=number(few, 0), best=best, accuracy=percent(found.mean)
        ),
        _lead(early),
    ]
    last, found = late[0]
    words = (
        _("With {count} it still leads: {accuracy}.")
        if last == best
        else _("With {count} **{best}** leads: {accuracy}.")
    )
    sentences.append(words.format(count=number(many, 0), best=last, accuracy=percent(found.mean)))
    sentences.append(_lead(late))
    st.markdown(" ".join(sentences))


def _lead(ranking: list[tuple[str, Score]]) -> str:
    """How far the first is ahead of the second and of raw pixels, and whether that is clear."""
    (_best, first), (second, _found) = ranking[:2]
    scores = dict(ranking[1:])
    parts, doubtful = [], []
    for name in dict.fromkeys([second, _("Raw pixels")]):
        if name not in scores:
            continue
        ahead, error = first.lead(scores[name])
        # In the middle of a sentence.
        said = _("raw pixels") if name == _("Raw pixels") else name
        parts.append(
            _("{points} points ahead of {name}").format(points=fixed(100 * ahead), name=said)
        )
        if error is None or ahead < CLEAR * error:
            doubtful.append(said)
    text = _("It is {leads}.").format(leads=", ".join(parts))
    if not doubtful:
        return text
    chance = _("The lead over {names} may be chance.").format(names=", ".join(doubtful))
    return f"{text} {chance}"


def _conditions(question: Question, data: Dataset) -> None:
    """What the numbers were measured with."""
    st.caption(
        _(
            "Means over {draws} draws of labelled training digits, as many of each class (seeds "
            "0 to {last}; the 10 are among the 100, and so on), measured on all {test} test "
            "digits. Bars: the standard deviation over the draws; of a lead its standard error, "
            "draw against draw. A lead below two of its standard errors may be chance. The same "
            "logistic regression learns from each representation, which never saw a label; of a "
            "VAE it sees the mean of the posterior. Each representation is moved and stretched "
            "as a whole, by the codes of {unlabelled} training digits without labels, to mean 0 "
            "and mean squared length 1, so that one C suits all. The autoencoders and PCA "
            "learned from all {train} training digits, without labels."
        ).format(
            draws=question.draws,
            last=question.draws - 1,
            test=number(len(data.test), 0),
            unlabelled=number(min(fewlabels.UNLABELLED, len(data.train)), 0),
            train=number(len(data.train), 0),
        )
    )


def _closer(contestants: list[Contestant], question: Question, data: Dataset) -> None:
    """One representation with one number of labels: what it takes for what, and pictures."""
    st.subheader(_("What is taken for what"))
    truth = data.test.labels.numpy()
    by_key = {one.key: one for one in contestants}
    best = max(contestants, key=lambda one: one.score(question.sizes[0], truth).mean)
    left, right = st.columns(2, gap="large")
    with left:
        link.choice("of", list(by_key), best.key)
        key = st.selectbox(
            _("Codes of"),
            list(by_key),
            format_func=lambda k: by_key[k].label if k in by_key else k,
            key="of",
            persist_state="session",
        )
        link.put("of", key)
    with right:
        names = {n: number(n, 0) for n in question.sizes}
        size = one_of(_("Labels"), names, "n", question.sizes[1])
    predicted = by_key[key].predicted[size]
    with left:
        _confusion(predicted, truth, data)
    with right:
        _mistakes(predicted, truth, data)


def _confusion(predicted: np.ndarray, truth: np.ndarray, data: Dataset) -> None:
    shares = fewlabels.confusion(predicted, truth)
    figure = figures.confusion_map(
        shares,
        [_(name) for name in data.class_names],
        labels={"x": _("Named"), "y": _("True class"), "separators": separators()},
    )
    st.plotly_chart(figure, key="confusion")
    st.caption(_("Of 100 test digits of each class (row), so many get each name."))


def _mistakes(predicted: np.ndarray, truth: np.ndarray, data: Dataset) -> None:
    found = fewlabels.mistakes(predicted, truth)
    if not found:
        st.success(_("No test digit is named wrongly."))
        return
    names = [_(name) for name in data.class_names]
    pictures = data.test.images[[one.index for one in found]].numpy()
    turned = tuple(f"{names[truth[one.index]]} → {names[one.named]}" for one in found)
    times = tuple(f"{one.draws}/{len(predicted)}" for one in found)
    note = _("one test digit of each class")
    tile_rows([Row(_("Named wrongly most often"), note, (pictures,), (turned, times))], chunk=5)
    st.caption(_("Below: what most of the draws that are wrong take it for, and how many are."))
    save_button(lambda: stacked([pictures]), "mistakes")


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"z = \frac{f(x) - \bar{f}}{s}, \qquad s^2 = \frac{1}{U} \sum_{u=1}^{U} "
        r"\lVert f(x_u) - \bar{f} \rVert^2, \qquad p(y \mid x) = \operatorname{softmax}(W z + b)_y",
        r"\min_{W,\,b}\; -C \sum_{i=1}^{n} \log p(y_i \mid x_i) + \tfrac{1}{2} \lVert W \rVert^2",
        r"\text{fine-tuning:} \quad \min_{W,\,b,\,w_E}\; -\frac{1}{B} \sum_{i=1}^{B} "
        r"\log p(y_i \mid x_i), \qquad w_E^{(0)} = w_E^{\text{pre-trained}}",
    )
    show_sources([fewlabels, probes, finetuning])
