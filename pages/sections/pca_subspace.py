"""The linear autoencoder finds PCA's subspace: its decoder beside the components, its angles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from aecore import figures, pca
from aecore.data import Dataset, load_or_embedded
from aecore.explore.subspace import angles_to, best_mix, principal_angles
from aecore.runs import registry
from pages.sections.pca_rivals import Rivals, family_members
from pages.sections.settings_presets import start_from
from pages.ui import link, server
from pages.ui.choose import one_of
from pages.ui.digits import save_button, stacked
from pages.ui.i18n import _, percent, separators, significant
from pages.ui.models import entries
from pages.ui.names import dataset_names, run_name
from pages.ui.tables import table
from pages.ui.tiles import Row, tile_rows

COUNTS = (4, 8, 16)
FOLLOW = "follow"


@dataclass(frozen=True)
class Subject:
    """A linear autoencoder to look at. decoder: (784, d), its weights; dataset: what it learned;
    history: as in a card; live: whether it is still being trained."""

    label: str
    decoder: Tensor
    dataset: str
    history: dict[str, list]
    live: bool = False

    @property
    def d(self) -> int:
        return self.decoder.shape[1]


def pick_linear(rivals: Rivals) -> Subject | None:
    """A linear autoencoder: the pretrained one of the chosen d, or a run, live or finished."""
    makers, names = _subjects(rivals.d)
    if not makers:
        st.info(
            _(
                "There is no linear autoencoder yet: train one below, or make the pretrained ones "
                "with “aecore pretrain --missing”."
            )
        )
        return None
    link.choice("linear", list(makers), next(iter(makers)))
    key = st.selectbox(
        _("Linear autoencoder"),
        list(makers),
        format_func=lambda k: names.get(k, k),
        key="linear",
        persist_state="session",
        help=_("The pretrained one follows the d above; your own linear runs follow it here."),
    )
    link.put("linear", key)
    return makers[key]()


def _subjects(d: int) -> tuple[dict[str, Callable[[], Subject]], dict[str, str]]:
    """What makes each linear autoencoder that can be chosen, and its label."""
    makers, names = {}, {}
    entry = entries().get(family_members()["linear"].get(d, ""))
    if entry:
        names[FOLLOW] = entry.label

        def pretrained() -> Subject:
            model, card = entry.read()
            weight = model.decoder[0].weight.detach().cpu()
            return Subject(entry.label, weight, card.dataset, card.history)

        makers[FOLLOW] = pretrained
    for run in reversed(registry().of(server.owner())):
        if run.trainer is not None and run.trainer.model.linear:
            key = f"run-{run.number}"
            names[key] = run_name(run)

            def own(run=run) -> Subject:
                weight = run.trainer.model.decoder[0].weight.detach().cpu().clone()
                trainer = run.trainer
                return Subject(
                    run_name(run), weight, trainer.data.name, trainer.history, run.is_live
                )

            makers[key] = own
    return makers, names


@link.fragment
def components(rivals: Rivals) -> None:
    """PCA's components, the decoder's weights, and those weights mixed to match."""
    st.markdown(
        _(
            "The squared loss does not care which basis the code uses: the decoder's columns $W$ "
            "are an invertible mix $U Q$ of the components $U$. Mixed back by least squares they "
            "look like the components: **the same subspace, another basis**."
        )
    )
    left, right = st.columns([2, 1], vertical_alignment="bottom", gap="large")
    with left:
        subject = pick_linear(rivals)
    with right:
        count = _pick_count()
    if subject is None:
        return
    reference = _own_pca(subject)[1]
    shown = min(count, subject.d)
    directions = torch.from_numpy(reference.components[: subject.d].T.copy())
    mixed = best_mix(subject.decoder, directions)
    away = angles_to(subject.decoder, directions)
    rows = [
        Row(
            _("PCA's components"),
            _("and their share of the variance"),
            (_pictures(directions, shown),),
            (tuple(percent(share) for share in reference.shares[:shown]),),
        ),
        Row(
            _("Decoder weights"),
            _("the columns of W, in any order"),
            (_pictures(subject.decoder, shown),),
        ),
        Row(
            _("Decoder weights, mixed"),
            _("to match, and the angle that is left"),
            (_pictures(mixed, shown),),
            (tuple(_degrees(angle) for angle in away[:shown]),),
        ),
    ]
    tile_rows(rows, chunk=min(8, shown), least=270)
    st.caption(
        _(
            "Blue is negative, red positive; each picture has its own scale, and a component and "
            "its opposite are the same."
        )
    )
    save_button(lambda: stacked([row.strips[0] for row in rows]), f"pca-components-{subject.label}")
    _angle_table(principal_angles(subject.decoder, directions))


def _angle_table(angles: Tensor) -> None:
    """The principal angles between the two subspaces: all where they are few, else a summary."""
    d = len(angles)
    st.markdown(_("**Principal angles** between the two subspaces, now:"))
    if d <= 16:
        header = [f"θ{_subscript(i + 1)}" for i in range(d)]
        table([_("Angle"), *header], [[_("degrees"), *(_degrees(angle) for angle in angles)]])
        return
    far = int((angles > 1).sum())
    table(
        [_("Angles"), _("smallest"), _("median"), _("largest"), _("above 1°")],
        [
            [
                str(d),
                *(_degrees(a) for a in (angles[0], angles.median(), angles[-1])),
                str(far),
            ]
        ],
    )


@link.fragment
def angles(rivals: Rivals) -> None:
    """How the principal angles to PCA shrink while a linear autoencoder is trained."""
    st.markdown(
        _(
            "Each line is one of the $d$ principal angles between what the decoder spans and what "
            "PCA spans: 90° is perpendicular, **0° is the same subspace**."
        )
    )
    left, right = st.columns([2, 1], vertical_alignment="bottom", gap="large")
    with left:
        subject = pick_linear(rivals)
    with right:
        scale = _pick_scale()
    if subject is not None:
        _angle_curves(subject, scale)
    _train_it(rivals.d)


def _angle_curves(subject: Subject, scale: str) -> None:
    # A run that is still trained may have noted an epoch and not yet its angles.
    moments = list(
        zip(subject.history.get("epoch", []), subject.history.get("angles", []), strict=False)
    )
    if subject.live:
        st.button(
            _("Look again"),
            icon=":material/refresh:",
            help=_("This run is still being trained: shows what it has learned since."),
        )
    if not moments:
        st.info(
            _(
                "No angles were noted while “{name}” was trained. Choose another model, or train "
                "one here."
            ).format(name=subject.label)
        )
        return
    epochs, rows = zip(*moments, strict=True)
    figure = figures.angle_curves(
        epochs,
        rows,
        log=scale == "log",
        labels={
            "x": _("Epochs (square-root scale)"),
            "y": _("Principal angle to PCA (degrees)"),
            "smallest": _("smallest"),
            "median": _("median"),
            "largest": _("largest"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="angle_curves")
    st.markdown(_reading(subject, rows))


def _reading(subject: Subject, rows: tuple[list[float], ...]) -> str:
    """What the curves say, and why the largest angle is last."""
    first, last = rows[0], rows[-1]
    sentences = [
        _("From {start} on average the angles fell to {end}, the largest to {largest}.").format(
            start=_degrees(np.mean(first)),
            end=_degrees(np.mean(last)),
            largest=_degrees(last[-1]),
        )
    ]
    data, reference = _own_pca(subject, quiet=True)
    d = subject.d
    if data.name == subject.dataset and d < len(reference.variance):
        ratio = reference.variance[d] / reference.variance[d - 1]
        sentences.append(
            _(
                "Component {next} carries {share} of the variance of component {d}: the nearer "
                "the two, the less the loss tells them apart, and the longer that takes."
            ).format(next=d + 1, d=d, share=percent(ratio, 0))
        )
    return " ".join(sentences)


def _train_it(d: int) -> None:
    """To the Train page, its settings those of a linear autoencoder of this d."""
    if st.button(
        _("Train a linear autoencoder with d = {d}").format(d=d),
        icon=":material/play_arrow:",
        help=_("Opens the Train page with its settings. Come back here: the run is in the list."),
    ):
        start_from("linear", latent_dim=d)
        st.switch_page("pages/train.py")


def _own_pca(subject: Subject, *, quiet: bool = False) -> tuple[Dataset, pca.PCAReference]:
    """PCA of what the model learned, or of what serves in its place, which is said."""
    data = load_or_embedded(subject.dataset)
    if data.name != subject.dataset and not quiet:
        names = dataset_names()
        st.warning(
            _(
                "The components are those of “{data}”, the model learned “{dataset}”: the two "
                "subspaces differ for that reason alone."
            ).format(data=names[data.name], dataset=names[subject.dataset])
        )
    with st.spinner(_("PCA of the same dataset…")):
        return data, pca.fit(data.train)


def _pictures(columns: Tensor, count: int) -> np.ndarray:
    """The first columns of (784, d) as signed pictures, each on its own scale."""
    values = columns[:, :count].T.reshape(-1, 28, 28).float().numpy()
    return figures.signed(values)


def _pick_count() -> int:
    return one_of(_("Pictures shown"), {n: str(n) for n in COUNTS}, "shown", 8)


def _pick_scale() -> str:
    names = {"linear": _("linear"), "log": _("logarithmic")}
    return one_of(_("Scale of the angles"), names, "angle_scale", "linear")


def _degrees(angle: float) -> str:
    return f"{significant(float(angle), 2 if angle < 10 else 3)}°"


def _subscript(value: int) -> str:
    return str(value).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
