"""One digit before many models: what each keeps of it, how usual it is, and what it turns into."""

from __future__ import annotations

import base64
import html
import math
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from aecore import figures, pca
from aecore.data import Dataset, Split, load_or_embedded
from aecore.explore import classifier, errors
from aecore.explore import judging as judgements
from aecore.explore.classifier import Classifier
from aecore.explore.judging import Judge, Judgement, Known
from aecore.explore.probes import subsample
from pages.ui.digits import save_button, stacked
from pages.ui.i18n import _, number, percent, say, significant
from pages.ui.measured import state_name
from pages.ui.models import Entry, pick_models, pick_pca_size
from pages.ui.names import dataset_names, family_name
from pages.ui.picker import Digit, pick_digit
from pages.ui.signs import colour_scale
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
# Training pictures among which neighbours are looked for.
NEIGHBOURHOOD = 10_000
# Harder than so many of the test pictures is unusual.
UNUSUAL = 0.95

CSS = """<style>
.lab-judge{container-type:inline-size;display:grid;gap:2px}
.lab-judge .card{display:grid;gap:6px 18px;align-items:center;padding:10px 0;
  grid-template-columns:9.5rem 19rem 5.2rem minmax(11rem,1fr) minmax(15rem,20rem);
  border-top:1px solid rgba(128,128,128,.28)}
.lab-judge small{font-size:.75rem;opacity:.75;line-height:1.25;display:block}
.lab-judge .who{font-weight:600;font-size:.95rem;line-height:1.25;overflow-wrap:anywhere}
.lab-judge .who small{font-weight:400;margin-top:2px}
.lab-judge .three,.lab-judge .near{display:grid;gap:6px}
.lab-judge .three{grid-template-columns:repeat(3,minmax(0,1fr))}
.lab-judge .near{grid-template-columns:repeat(5,minmax(0,1fr));gap:3px 5px}
.lab-judge .near>small{grid-column:1/-1}
.lab-judge figure{margin:0}
.lab-judge img{width:100%;display:block;image-rendering:pixelated;border-radius:2px;
  outline:1px solid rgba(128,128,128,.3);outline-offset:-1px}
.lab-judge figcaption{font-size:.75rem;line-height:1.3;text-align:center;opacity:.8;
  font-variant-numeric:tabular-nums}
.lab-judge .turned{text-align:center;border-radius:8px;padding:6px 4px;
  border:1px solid rgba(128,128,128,.35)}
.lab-judge .turned b{display:block;font-size:1.7rem;line-height:1.15;font-weight:650}
.lab-judge .changed{border:2px solid #e76300}
.lab-judge .numbers{font-size:.85rem;line-height:1.45;font-variant-numeric:tabular-nums}
@container (max-width:960px){.lab-judge .card{
  grid-template-columns:minmax(0,17rem) 5.4rem minmax(0,1fr);
  grid-template-areas:"who who who" "three turned numbers" "near near near"}
  .lab-judge .who{grid-area:who;display:flex;gap:8px;align-items:baseline;flex-wrap:wrap}
  .lab-judge .three{grid-area:three}.lab-judge .turned{grid-area:turned}
  .lab-judge .numbers{grid-area:numbers}
  .lab-judge .near{grid-area:near;max-width:24rem}}
@container (max-width:560px){.lab-judge .card{gap:8px 12px;
  grid-template-columns:5.4rem minmax(0,1fr);
  grid-template-areas:"who who" "three three" "turned numbers" "near near"}}
</style>"""


@dataclass(frozen=True)
class Row:
    """A judge and what it said. note: its family; named: the probabilities (10,) of the classes
    for its reconstruction."""

    label: str
    note: str
    said: Judgement
    named: np.ndarray

    @property
    def pixels(self) -> np.ndarray:
        """The reconstruction as it is shown: (28, 28) uint8."""
        return (self.said.restored.pictures[0].clip(0, 1) * 255).round().astype(np.uint8)


@st.fragment
def judging() -> None:
    """The digit and the models, the verdict, and a row for each."""
    left, right = st.columns([2, 3], gap="large")
    with right:
        chosen, d = pick_models("judges", SHOWN_AT_FIRST), pick_pca_size(16)
        data = load_or_embedded(chosen[0].read()[1].dataset if chosen else DATASET)
        reader = classifier_of(data)
        notices(chosen, data)
    with left:
        digit = pick_digit("x", data, label=_("The digit to be judged"), default=FIRST_DIGIT)
    rows = judged(chosen, d, digit, data, reader)
    read = reader.probabilities(digit.x)[0].numpy()
    with right:
        verdict(rows, digit, read, data)
    board(rows, digit, read, data)
    conditions(reader, data)


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


def judged(
    chosen: list[Entry], d: int, digit: Digit, data: Dataset, reader: Classifier
) -> list[Row]:
    """What PCA and each model say of the digit."""
    with st.spinner(_("Reading models and data…")):
        name = _("PCA, d = {d}").format(d=d)
        reference = pca.fit(data.train)
        judges = [
            (
                f"pca-{d}-{data.name}",
                name,
                _("the best linear one"),
                judgements.by_pca(reference, d),
            )
        ]
        for entry in chosen:
            model, card = entry.read()
            key = state_name(entry, card, data.name)
            family = family_name(card.config.model)
            judges.append((key, entry.label, family, judgements.by_model(model)))
    rows = []
    for key, label, note, judge in judges:
        with st.spinner(_("Measuring: {name}…").format(name=label)):
            known = _known(key, judge, data)
        said = judgements.judge(judge, known, digit.x)
        shown = torch.from_numpy(said.restored.pictures).float().clamp(0, 1)
        rows.append(Row(label, note, said, reader.probabilities(shown)[0].numpy()))
    return rows


def verdict(rows: list[Row], digit: Digit, read: np.ndarray, data: Dataset) -> None:
    """Which kept it, which changed it, and whether it is like anything they know."""
    classes = [_(name) for name in data.class_names]
    sentences = [_reading(digit, read, classes)]
    if len(rows) > 1:
        ordered = sorted(rows, key=lambda row: row.said.mse)
        sentences.append(
            _("**{best}** keeps it best, **{worst}** worst ({ratio} times the error).").format(
                best=ordered[0].label,
                worst=ordered[-1].label,
                ratio=number(ordered[-1].said.mse / ordered[0].said.mse, 1),
            )
        )
    sentences.append(_changes(rows, int(read.argmax()), classes))
    sentences.append(_likeness(rows))
    st.markdown(" ".join(sentences))


def _reading(digit: Digit, read: np.ndarray, classes: list[str]) -> str:
    named = {"named": classes[int(read.argmax())], "sure": percent(_floor(read.max()))}
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
    unlike = [row.label for row in rows if row.said.harder == 1]
    if unlike:
        return _(
            "**Unlike every test digit** to {models}: none of those has so large an error."
        ).format(models=", ".join(unlike))
    most = max(rows, key=lambda row: row.said.harder)
    unusual = sum(row.said.harder >= UNUSUAL for row in rows)
    return _(
        "{count} of {all} have more trouble with it than with {share} of the test digits; it is "
        "most unusual to **{model}** ({rank})."
    ).format(
        count=unusual,
        all=len(rows),
        share=percent(UNUSUAL),
        model=most.label,
        rank=_harder(most.said),
    )


def board(rows: list[Row], digit: Digit, read: np.ndarray, data: Dataset) -> None:
    """A card for each judge: pictures, the class it turned into, numbers, neighbours."""
    limit = errors.error_limit([row.said.restored for row in rows]) / 255
    classes = [_(name) for name in data.class_names]
    known = neighbourhood(data.name, data)
    nearest = _("nearest training digits")
    cards, strips = [], []
    for row in rows:
        error = figures.signed(row.said.restored.errors[0], limit)
        near = known.images[row.said.neighbours].numpy()
        labels = [classes[label] for label in known.labels[row.said.neighbours].tolist()]
        three = [(digit.pixels, _("input")), (row.pixels, _("output")), (error, _("error"))]
        cards.append(
            f'<div class="card"><div class="who">{html.escape(row.label)}'
            f"<small>{html.escape(row.note)}</small></div>"
            f'<div class="three">{_pictures(three)}</div>'
            f"{_turned(row.named, read, classes)}{_numbers(row.said)}"
            f'<div class="near"><small>{html.escape(nearest)}</small>'
            f"{_pictures(list(zip(near, labels, strict=True)))}</div></div>"
        )
        strips.append(np.stack([*map(_coloured, (digit.pixels, row.pixels, error, *near))]))
    st.html(f'{CSS}<div class="lab-judge">{"".join(cards)}</div>')
    colour_scale(limit)
    save_button(lambda: stacked(strips), "judge")


def _turned(named: np.ndarray, read: np.ndarray, classes: list[str]) -> str:
    """The class of the input and that of the reconstruction."""
    before, after = int(read.argmax()), int(named.argmax())
    title = _("still read as") if before == after else _("turned into")
    kind = "same" if before == after else "changed"
    sure = _("{share} sure").format(share=percent(_floor(named[after])))
    return (
        f'<div class="turned {kind}"><small>{html.escape(title)}</small>'
        f"<b>{html.escape(classes[after])}</b><small>{html.escape(sure)}</small></div>"
    )


def _numbers(said: Judgement) -> str:
    decibels = _("{value} dB").format(value=significant(float(said.restored.psnr[0])))
    lines = [
        (f"MSE {significant(said.mse)}", decibels),
        (_harder(said),),
    ]
    if said.elbo is not None:
        lines += [
            (_("ELBO {value} nats").format(value=number(said.elbo, 1).replace("-", "−")),),
            (_unlikelier(said),),
        ]
    words = "".join(f"<div>{html.escape(' · '.join(line))}</div>" for line in lines)
    return f'<div class="numbers">{words}</div>'


def _harder(said: Judgement) -> str:
    if said.harder == 1:
        return _("worse than all test digits")
    return _("worse than {share} of the test digits").format(share=percent(_floor(said.harder)))


def _unlikelier(said: Judgement) -> str:
    if said.likelier == 1:
        return _("less likely than all test digits")
    share = percent(_floor(said.likelier))
    return _("less likely than {share} of the test digits").format(share=share)


def _floor(share: float) -> float:
    """Cut to a tenth of a percent, so that only what is whole is said to be."""
    return math.floor(1000 * share) / 1000


def _pictures(pictures: list[tuple[np.ndarray, str]]) -> str:
    """(pixels, caption) of each as HTML."""
    cells = []
    for pixels, caption in pictures:
        words = html.escape(caption)
        source = base64.b64encode(figures.png(pixels)).decode()
        cells.append(
            f'<figure><img alt="{words}" src="data:image/png;base64,{source}">'
            f"<figcaption>{words}</figcaption></figure>"
        )
    return "".join(cells)


def _coloured(pixels: np.ndarray) -> np.ndarray:
    """(28, 28) or (28, 28, 3) → (28, 28, 3)."""
    return pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, 2)


def conditions(reader: Classifier, data: Dataset) -> None:
    """What the numbers were measured with."""
    st.caption(
        _(
            "The classifier sees pixels only and was trained on the training digits: it names "
            "{accuracy} of the {test} test digits rightly, and {sure_accuracy} of those of which "
            "it is {sure} sure. It must name one of its classes, also where there is none. Error "
            "and percentile: of the reconstruction, for a VAE from the mean of its posterior. "
            "ELBO: {draws} draws averaged (seed 0; {test_draws} for each test digit), under the "
            "likelihood that the VAE was trained with. Nearest: by Euclidean distance between "
            "codes, among {known} training digits. A small error does not make it a digit: a code "
            "of many numbers keeps other shapes as well."
        ).format(
            accuracy=percent(_floor(reader.accuracy)),
            test=number(len(data.test), 0),
            sure_accuracy=percent(_floor(reader.sure_accuracy)),
            sure=percent(classifier.SURE),
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


@st.cache_resource(show_spinner=False, max_entries=64)
def _known(key: str, _judge: Judge, _data: Dataset) -> Known:
    return judgements.look_around(_judge, _data.test, neighbourhood(_data.name, _data))


@st.cache_resource(show_spinner=False)
def neighbourhood(name: str, _data: Dataset) -> Split:
    """The training pictures among which neighbours are looked for, drawn with the seed 0."""
    index = torch.from_numpy(subsample(len(_data.train), NEIGHBOURHOOD))
    return Split(_data.train.images[index], _data.train.labels[index])


def classifier_of(data: Dataset) -> Classifier:
    """The classifier of a dataset, trained when it is first asked for."""
    with st.spinner(_("Training a small classifier…")):
        return _trained(data.name, data)


@st.cache_resource(show_spinner=False)
def _trained(name: str, _data: Dataset) -> Classifier:
    return classifier.train(_data.train, _data.test)
