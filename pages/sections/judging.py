"""One digit before many models: what each keeps of it, how usual it is, and what it turns into.

What takes long is measured beside the page (``pages.ui.later``), which shows the reconstructions
at once and fills in the rest as it comes.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
import torch

from aecore import pca
from aecore.data import Dataset, Split, load_or_embedded
from aecore.explore import classifier, errors
from aecore.explore import judging as judgements
from aecore.explore.classifier import Classifier
from aecore.explore.judging import Judge, Judgement
from aecore.explore.probes import subsample
from pages.sections.judging_cards import PENDING, Row, board, floor, harder, sheet
from pages.ui.digits import save_button
from pages.ui.i18n import _, number, percent, say
from pages.ui.later import later
from pages.ui.measured import state_name
from pages.ui.models import Entry, pick_models, pick_pca_size
from pages.ui.names import dataset_names, family_name
from pages.ui.picker import Digit, pick_digit
from pages.ui.sources import show_formulas, show_sources

DATASET = "mnist"
SHOWN_AT_FIRST = (
    "linear-d16",
    "mlp-d2",
    "mlp-d32",
    "conv-d32",
    "vae-mlp-d2",
    "vae-mlp-d20",
    "denoising-mlp-d64-gaussian0.5",
    "denoising-conv-d64-gaussian0.5",
)
# A five that many read as a six.
FIRST_DIGIT = 8
# Test pictures that the digit is set beside, and training pictures among which its neighbours
# are looked for.
CROWD = 2_000
NEIGHBOURHOOD = 10_000
# Harder than so many of the test pictures is unusual.
UNUSUAL = 0.95
# How long one waits before it looks whether something else was asked for, in seconds.
PATIENCE = 0.3


@dataclass
class Member:
    """One of the judges of a digit. key: names its state; note: its family; said: what it says,
    once it was asked."""

    key: str
    label: str
    note: str
    judge: Future[Judge]
    said: Judgement | None = None


def judging() -> None:
    """The digit and the models, the verdict, and a card for each."""
    left, right = st.columns([2, 3], gap="large")
    with right:
        chosen, d = pick_models("judges", SHOWN_AT_FIRST), pick_pca_size(16)
        data = load_or_embedded(chosen[0].read()[1].dataset if chosen else DATASET)
        notices(chosen, data)
        # As high as it gets, so that nothing below it moves.
        st.html(
            "<style>.st-key-judge_verdict{min-height:9rem}"
            "@media(max-width:640px){.st-key-judge_verdict{min-height:18rem}}</style>"
        )
        summary = st.container(key="judge_verdict").empty()
    with left:
        digit = pick_digit("x", data, label=_("The digit to be judged"), default=FIRST_DIGIT)
    cards, rows = st.empty(), []
    save_button(lambda: sheet(rows, digit, neighbourhood(data)), "judge")
    told = st.empty()
    members = panel(chosen, d, data)
    while True:
        rows[:], reader, pending = so_far(members, digit, data)
        read = reader.probabilities(digit.x)[0].numpy() if reader else None
        with summary.container():
            verdict(rows, digit, read, data)
            status = st.empty()
            if pending:
                status.caption(_still(pending))
        with cards.container():
            board(rows, digit, read, data, neighbourhood(data))
        with told.container():
            conditions(reader, data)
        if not pending:
            return
        while not wait(pending, PATIENCE, FIRST_COMPLETED).done:
            # Here the page is interrupted if something else was chosen meanwhile.
            status.caption(_still(pending))


def notices(chosen: list[Entry], data: Dataset) -> None:
    """What does not compare."""
    if data.notice:
        st.warning(say(data.notice))
    learned = {entry.read()[1].dataset for entry in chosen}
    if len(learned) > 1:
        st.warning(
            _("These models were trained on different datasets: their errors don't compare.")
        )
    elif learned - {data.name}:
        names = dataset_names()
        st.warning(
            _(
                "PCA, the classifier, the percentiles and the neighbours are those of “{data}”, "
                "while the models learned “{dataset}”."
            ).format(data=names[data.name], dataset=names[learned.pop()])
        )


def _still(pending: list[Future]) -> str:
    return _("Still measuring: {count} to be done…").format(count=len(pending))


def panel(chosen: list[Entry], d: int, data: Dataset) -> list[Member]:
    """PCA and the models, in the order of their cards."""
    key, name = f"pca-{d}-{data.name}", _("PCA, d = {d}").format(d=d)
    fitted = later(key, lambda: judgements.by_pca(pca.fit(data.train), d))
    members = [Member(key, name, _("the best linear one"), fitted)]
    for entry in chosen:
        model, card = entry.read()
        ready: Future[Judge] = Future()
        ready.set_result(judgements.by_model(model))
        family = family_name(card.config.model)
        members.append(Member(state_name(entry, card, data.name), entry.label, family, ready))
    return members


def so_far(
    members: list[Member], digit: Digit, data: Dataset
) -> tuple[list[Row], Classifier | None, list[Future]]:
    """What is known of each by now, the classifier if it is trained, and what is still measured."""
    near, crowd = neighbourhood(data), _some(f"{data.name}-test", data.test, CROWD)
    standings, pending = [], []
    for member in members:
        standing = None
        if not member.judge.done():
            pending.append(member.judge)
        else:
            judge = member.judge.result()
            member.said = member.said or judgements.judge(judge, digit.x)
            look = partial(judgements.look_around, judge, crowd, near)
            known = later(f"judge-{member.key}", look)
            if known.done():
                standing = judgements.stand(member.said, known.result())
            else:
                pending.append(known)
        standings.append(standing)
    training = later(f"classifier-{data.name}", partial(classifier.of, data))
    if not training.done():
        pending.append(training)
        reader = None
    else:
        reader = training.result()
    rows = [
        Row(member.label, member.note, member.said, standing, _named(reader, member.said))
        for member, standing in zip(members, standings, strict=True)
    ]
    return rows, reader, pending


def _named(reader: Classifier | None, said: Judgement | None) -> np.ndarray | None:
    """The probabilities (10,) of the classes for a reconstruction."""
    if reader is None or said is None:
        return None
    shown = torch.from_numpy(said.restored.pictures).float().clamp(0, 1)
    return reader.probabilities(shown)[0].numpy()


def verdict(rows: list[Row], digit: Digit, read: np.ndarray | None, data: Dataset) -> None:
    """Which kept it, which changed it, and whether it is like anything they know: what can be
    said of it yet."""
    classes = [_(name) for name in data.class_names]
    sentences = []
    if read is not None:
        sentences.append(_reading(digit, read, classes))
    if all(row.said for row in rows) and len(rows) > 1:
        ordered = sorted(rows, key=lambda row: row.said.mse)
        sentences.append(
            _("**{best}** keeps it best, **{worst}** worst ({ratio} times the error).").format(
                best=ordered[0].label,
                worst=ordered[-1].label,
                ratio=number(ordered[-1].said.mse / ordered[0].said.mse, 1),
            )
        )
    if all(row.named is not None for row in rows):
        sentences.append(_changes(rows, int(read.argmax()), classes))
    if all(row.standing for row in rows):
        sentences.append(_likeness(rows))
    st.markdown(" ".join(sentences))


def _reading(digit: Digit, read: np.ndarray, classes: list[str]) -> str:
    named = {"named": classes[int(read.argmax())], "sure": percent(floor(read.max()))}
    if digit.label is None:
        return _("The classifier reads this as **{named}** ({sure} sure).").format(**named)
    return _(
        "This is a test digit, **{label}**; the classifier reads **{named}** ({sure} sure)."
    ).format(label=classes[digit.label], **named)


def _changes(rows: list[Row], before: int, classes: list[str]) -> str:
    turned: dict[int, list[str]] = {}
    for row in rows:
        turned.setdefault(int(row.named.argmax()), []).append(row.label)
    others = {after: labels for after, labels in turned.items() if after != before}
    if not others:
        return _("None turned it into another: it stayed {named}.").format(named=classes[before])
    parts = [
        _("**{after}** ({models})").format(after=classes[after], models=", ".join(labels))
        for after, labels in sorted(others.items())
    ]
    return _("{count} of {all} turned it into another: {changes}.").format(
        count=sum(map(len, others.values())), all=len(rows), changes=", ".join(parts)
    )


def _likeness(rows: list[Row]) -> str:
    unlike = [row.label for row in rows if row.standing.harder == 1]
    if unlike:
        return _(
            "**Unlike every test digit** to {models}: none of those has so large an error."
        ).format(models=", ".join(unlike))
    most = max(rows, key=lambda row: row.standing.harder)
    unusual = sum(row.standing.harder >= UNUSUAL for row in rows)
    return _(
        "{count} of {all} have more trouble with it than with {share} of the test digits; it is "
        "most unusual to **{model}** ({rank})."
    ).format(
        count=unusual,
        all=len(rows),
        share=percent(UNUSUAL),
        model=most.label,
        rank=harder(most.standing),
    )


def conditions(reader: Classifier | None, data: Dataset) -> None:
    """What the numbers were measured with."""
    accuracy, sure_accuracy = PENDING, PENDING
    if reader:
        accuracy, sure_accuracy = (
            percent(floor(share)) for share in (reader.accuracy, reader.sure_accuracy)
        )
    st.caption(
        _(
            "The classifier sees pixels only and was trained on the training digits: it names "
            "{accuracy} of the {test} test digits rightly, and {sure_accuracy} of those of which "
            "it is {sure} sure. It must name one of its classes, also where there is none. Error "
            "and percentile: of the reconstruction, for a VAE from the mean of its posterior; "
            "“test digits” are {crowd} of them, drawn at random (seed 0). "
            "ELBO: {draws} draws averaged (seed 0; {test_draws} for each test digit), under the "
            "likelihood that the VAE was trained with. Nearest: by Euclidean distance between "
            "codes, among {known} training digits. A small error does not make it a digit: a code "
            "of many numbers keeps other shapes as well."
        ).format(
            accuracy=accuracy,
            test=number(len(data.test), 0),
            sure_accuracy=sure_accuracy,
            sure=percent(classifier.SURE),
            crowd=number(min(CROWD, len(data.test)), 0),
            draws=judgements.DRAWS,
            test_draws=judgements.TEST_DRAWS,
            known=number(min(NEIGHBOURHOOD, len(data.train)), 0),
        )
    )


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"\hat{x} = g(f(x)), \qquad \mathrm{MSE}(x) = \tfrac{1}{784} \lVert x - \hat{x} \rVert^2, "
        r"\qquad \mathrm{PSNR} = -10 \log_{10} \mathrm{MSE}",
        r"\log p(x) \ge \mathrm{ELBO}(x) = \mathbb{E}_{q(z \mid x)} \log p(x \mid z) - "
        r"\mathrm{KL}\big(q(z \mid x) \,\Vert\, p(z)\big) \approx \frac{1}{K} \sum_{k=1}^{K} "
        r"\log p(x \mid z_k) - \mathrm{KL}, \qquad z_k \sim q(z \mid x)",
        r"\frac{1}{N} \sum_{n=1}^{N} \big[\mathrm{MSE}(x_n) < \mathrm{MSE}(x)\big]",
        r"\arg\min_n \lVert f(x_n) - f(x) \rVert",
        r"p(c \mid \hat{x}) = \operatorname{softmax}_c\big(h(\hat{x}) / T\big)",
    )
    show_sources([judgements, classifier, errors])


def neighbourhood(data: Dataset) -> Split:
    """The training pictures among which neighbours are looked for."""
    return _some(f"{data.name}-train", data.train, NEIGHBOURHOOD)


@st.cache_resource(show_spinner=False)
def _some(key: str, _split: Split, count: int) -> Split:
    """Pictures of a split, drawn with the seed 0."""
    return _split.take(subsample(len(_split), count))
