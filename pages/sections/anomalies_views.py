"""Strangeness shown: histogram and threshold, ROC, which pictures, and the area class by class."""

from __future__ import annotations

import csv
import io

import numpy as np
import streamlit as st
import torch

from aecore import figures
from aecore.data import Split
from aecore.explore import anomalies
from pages.sections.anomalies import (
    Detector,
    Group,
    data_of,
    detectors,
    normal_group,
    pick_foreign,
)
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.component import register
from pages.ui.decoding import packed
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, language, number, separators
from pages.ui.models import Entry
from pages.ui.picker import Digit, pick_digit
from pages.ui.tables import table

# The share of the normal pictures that the threshold lets raise the alarm at first.
FALSE_ALARMS = 0.05
SHOWN = 8

Scores = dict[str, np.ndarray]


def score_names() -> dict[str, str]:
    """The measures of strangeness."""
    return {
        "mse": _("Reconstruction error (MSE)"),
        "relative": _("Error relative to the ink"),
        "elbo": _("−ELBO (nats)"),
        "distance": _("Distance of the code"),
    }


@link.fragment
def detecting(entry: Entry) -> None:
    """All that the page shows of one model."""
    card = entry.read()[1]
    data = data_of(card)
    normal = normal_group(entry, card, data)
    left, middle, right = st.columns([3, 3, 4], gap="large")
    with left:
        foreign = pick_foreign(entry, data, normal)
    model, reference = detectors(entry, data)
    own, pca = ([by.scores(group) for group in (normal, foreign)] for by in (model, reference))
    with middle:
        score = pick_score(own[0])
    with right:
        digit = pick_digit("x", data, label=_("A digit of your own in the histogram"), default=8)
    beside = score if score in pca[0] else "mse"
    threshold = alarm(
        f"{model.key}-{foreign.name}-{score}",
        (normal, foreign),
        [scores[score] for scores in own],
        [scores[beside] for scores in pca],
        mark=float(anomalies.scores(model.judge, model.known, _single(digit))[score][0]),
        words=_words(score, beside, own, pca, reference.label, (normal, foreign)),
    )
    at_threshold(model, (normal, foreign), [scores[score] for scores in own], threshold)
    extremes(model, (normal, foreign), [scores[score] for scores in own])
    left, right = st.columns(2, gap="large")
    with left:
        areas(model, reference, own, pca)
        save_scores((normal, foreign), own, pca, score, threshold)
    with right:
        areas_by_class(
            (normal, foreign), own, pca, (score, beside), (_("this model"), reference.label)
        )


def pick_score(scores: Scores) -> str:
    """How strangeness is measured."""
    names = {
        "mse": "MSE",
        "relative": _("relative"),
        "elbo": "−ELBO",
        "distance": _("distance"),
    }
    return one_of(
        _("Score"),
        {name: label for name, label in names.items() if name in scores},
        "score",
        "mse",
        help_=_(
            "MSE: what is lost of the picture. Relative: the same as a share of its ink, because a "
            "1 has little to lose. −ELBO: how unlikely a VAE holds it (MSE and KL "
            "together, under its own likelihood). Distance: of the code from those of the "
            "training pictures, in standard deviations (Mahalanobis)."
        ),
    )


def _single(digit: Digit) -> Split:
    return Split(torch.from_numpy(digit.pixels.copy())[None], torch.zeros(1, dtype=torch.int64))


def alarm(
    view: str,
    groups: tuple[Group, Group],
    own: list[np.ndarray],
    pca: list[np.ndarray],
    *,
    mark: float,
    words: dict[str, str],
) -> float:
    """Histogram, confusion and ROC of the scores (normal, foreign), live in the browser; the
    threshold at which it rests."""
    threshold = _settle(view, own)
    arrays = dict(zip(("normal", "foreign", "pcaNormal", "pcaForeign"), [*own, *pca], strict=True))
    blob = packed(arrays, name=view, told={"threshold": threshold, "mark": mark}, words=words)
    register("alarm")(key="alarm", data=blob, on_threshold_change=lambda: _take(view))
    return threshold


def _settle(view: str, own: list[np.ndarray]) -> float:
    """The threshold as it stands; another view begins with the usual one."""
    usual = anomalies.threshold_for(own[0], FALSE_ALARMS)
    if st.session_state.setdefault("threshold_of", view) != view:
        st.session_state["threshold"] = usual
        st.session_state["threshold_of"] = view
    every = np.concatenate(own)
    link.value("threshold", float(every.min()) / 2, float(every.max()) * 2, usual)
    link.put("threshold", st.session_state["threshold"])
    return st.session_state["threshold"]


def _take(view: str) -> None:
    match st.session_state["alarm"].get("threshold"):
        case {"view": str(of), "value": int(value) | float(value)} if of == view:
            st.session_state["threshold"] = float(value)


def at_threshold(
    model: Detector, groups: tuple[Group, Group], own: list[np.ndarray], threshold: float
) -> None:
    """The pictures that are on the wrong side, nearest to the threshold first."""
    st.subheader(_("Wrong at this threshold"))
    missed = np.argsort(-own[1], kind="stable")
    missed = missed[own[1][missed] <= threshold]
    false = np.argsort(own[0], kind="stable")
    false = false[own[0][false] > threshold]
    left, right = st.columns(2, gap="large")
    with left:
        text = _("**Missed**: {count} foreign pictures that raise no alarm")
        st.markdown(text.format(count=number(len(missed), 0)))
        _rows(model, groups[1], missed, "missed")
    with right:
        text = _("**False alarms**: {count} normal pictures that raise one")
        st.markdown(text.format(count=number(len(false), 0)))
        _rows(model, groups[0], false, "false-alarms")


def extremes(model: Detector, groups: tuple[Group, Group], own: list[np.ndarray]) -> None:
    """The strangest and the least strange of either group."""
    st.subheader(_("Most and least strange"))
    titles = (
        (_("Normal, strangest first"), _("Normal, least strange first")),
        (_("Foreign, strangest first"), _("Foreign, least strange first")),
    )
    for g, name in enumerate(("normal", "foreign")):
        order = np.argsort(own[g], kind="stable")
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(f"**{titles[g][0]}**")
            _rows(model, groups[g], order[::-1], f"{name}-strangest")
        with right:
            st.markdown(f"**{titles[g][1]}**")
            _rows(model, groups[g], order, f"{name}-usual")


def _rows(model: Detector, group: Group, chosen: np.ndarray, name: str) -> None:
    """The first pictures of a group in an order, and what the model makes of them."""
    if not len(chosen):
        st.caption(_("None."))
        return
    index = chosen[:SHOWN].copy()
    x = group.split.pictures(index)
    restored = model.judge.restore(x).pictures
    # Fewer than usual are not drawn larger.
    rows = [group.split.images[index].numpy(), figures.grey(restored)]
    rows = [np.pad(row, ((0, SHOWN - len(row)), (0, 0), (0, 0))) for row in rows]
    digit_rows(list(zip((_("Picture"), _("Reconstruction")), rows, strict=True)), name=name)


def areas(model: Detector, reference: Detector, own: list[Scores], pca: list[Scores]) -> None:
    """The area under the ROC curve by each measure, of the model and of PCA."""
    st.subheader(_("Area under the ROC curve"))
    names = score_names()
    rows = []
    for score in (name for name in names if name in own[0]):
        cells = [f"**{_area(own, score)}**", _area(pca, score) if score in pca[0] else ""]
        rows.append([names[score], *cells])
    table([_("AUROC"), _("this model"), reference.label], rows)
    st.caption(
        _(
            "{normal} normal and {foreign} foreign test pictures. 1: every foreign picture is "
            "stranger than every normal one; 0.5: chance. PCA was fitted to the same classes."
        ).format(normal=number(len(own[0]["mse"]), 0), foreign=number(len(own[1]["mse"]), 0))
    )


def _area(scores: list[Scores], score: str) -> str:
    return number(anomalies.auroc(scores[0][score], scores[1][score]), 4)


def areas_by_class(
    groups: tuple[Group, Group],
    own: list[Scores],
    pca: list[Scores],
    measures: tuple[str, str],
    names: tuple[str, str],
) -> None:
    """The same area, each foreign class against all that is normal."""
    labels = groups[1].split.labels.numpy()
    classes = np.unique(labels)
    if len(classes) < 2:
        return
    st.subheader(_("Which class is foreign to it?"))
    lines = [
        (name, [anomalies.auroc(by[0][m], by[1][m][labels == c]) for c in classes])
        for name, by, m in zip(names, (own, pca), measures, strict=True)
    ]
    figure = figures.areas(
        [groups[1].classes[c] for c in classes],
        lines,
        labels={"x": _("foreign class"), "y": _("AUROC"), "separators": separators()},
    )
    st.plotly_chart(figure, key="areas")


def save_scores(
    groups: tuple[Group, Group],
    own: list[Scores],
    pca: list[Scores],
    score: str,
    threshold: float,
) -> None:
    """A button that saves the scores of all pictures as CSV."""

    def make() -> str:
        text = io.StringIO()
        lines = csv.writer(text)
        names = [*own[0], *(f"pca_{name}" for name in pca[0])]
        lines.writerow(["group", "index", "class", *names, "alarm"])
        for g, kind in enumerate(("normal", "foreign")):
            columns = [*own[g].values(), *pca[g].values(), (own[g][score] > threshold).astype(int)]
            labels = groups[g].split.labels.tolist()
            known = groups[g].classes or [""]
            for i, row in enumerate(zip(*columns, strict=True)):
                at = int(groups[g].index[i])
                lines.writerow([kind, at, known[labels[i]], *(f"{v:.6g}" for v in row)])
        return text.getvalue()

    st.download_button(
        _("Scores (CSV)"),
        data=make,
        file_name="anomalies.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help=_("Every picture: its place in its test set, its class, each score, and the alarm."),
    )


def _words(
    score: str,
    beside: str,
    own: list[Scores],
    pca: list[Scores],
    reference: str,
    groups: tuple[Group, Group],
) -> dict[str, str]:
    area = _("{name}: AUROC {value}")
    names = score_names()
    other = reference if beside == score else f"{reference}, MSE"
    return {
        "lang": language(),
        "normal": groups[0].label,
        "foreign": groups[1].label,
        "mark": _("your digit"),
        "score": names[score],
        "threshold": _("Threshold"),
        "alarm": _("alarm"),
        "quiet": _("no alarm"),
        "caught": _("caught"),
        "missed": _("missed"),
        "falseAlarms": _("false alarms"),
        "passed": _("passed"),
        "precision": _("Precision"),
        "recall": _("Recall"),
        "falseRate": _("False alarms"),
        "markAlarm": _("Your digit has {score}: alarm."),
        "markQuiet": _("Your digit has {score}: no alarm."),
        "histogram": _("Histogram of the scores; the threshold can be drawn"),
        "roc": _("ROC: recall against false alarms; the point is the threshold"),
        "model": area.format(name=_("this model"), value=_area(own, score)),
        "pca": area.format(name=other, value=_area(pca, beside)),
        "save": _("Save this picture"),
    }
