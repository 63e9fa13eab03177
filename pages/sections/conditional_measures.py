"""Two numbers of a conditional VAE: whether it draws what it is asked, and what its code still
knows of the class."""

from __future__ import annotations

from concurrent.futures import wait
from functools import partial

import streamlit as st
from torch import Tensor

from aecore import figures
from aecore.config import TrainConfig
from aecore.explore import classifier, probes, styles
from aecore.explore.classifier import Classifier
from aecore.explore.codes import encode
from pages.sections.conditional import Conditional
from pages.ui.i18n import _, number, percent, separators
from pages.ui.later import later
from pages.ui.measured import state_name
from pages.ui.models import entries
from pages.ui.probing import Contestant, contest

# Seconds between two looks at what is still measured.
PATIENCE = 0.3
# Plain VAEs beside the conditional one.
RIVALS = 2


def obeying(of: Conditional) -> None:
    """What a classifier reads in the samples of each class."""
    st.subheader(_("Does it draw what it is asked?"))
    words, chart = st.columns([2, 3], gap="large")
    reader = later(f"classifier-{of.data.name}", partial(classifier.of, of.data))
    reading = later(f"obedience-{of.key}", lambda: styles.obedience(of.model, reader.result()))
    with words:
        place = st.empty()
        while not reading.done():
            # Here the page is interrupted if something else was chosen meanwhile.
            place.info(_("The classifier is reading…"), icon=":material/hourglass_top:")
            wait([reading], PATIENCE)
        with place.container():
            _verdict(reading.result(), reader.result(), of)
    with chart:
        counts = reading.result()
        figure = figures.confusion_map(
            (counts / counts.sum(1, keepdim=True)).numpy(),
            of.classes,
            labels={"x": _("Read as"), "y": _("Asked for"), "separators": separators()},
        )
        st.plotly_chart(figure, key="obedience")


def _verdict(counts: Tensor, reader: Classifier, of: Conditional) -> None:
    asked = int(counts.sum())
    share = counts.trace().item() / asked
    worst = int(counts.diagonal().argmin())
    st.metric(
        _("Read as the class asked for"),
        percent(share),
        help=_("± {error}, its standard error").format(
            error=percent(probes.standard_error(share, asked), 2)
        ),
    )
    st.markdown(
        _(
            "{count} styles drawn from N(0, I), each decoded as every class, {asked} pictures in "
            "all (seed 0), are read by a classifier that was trained on real digits only. Least "
            "obeyed: **{worst}** ({share})."
        ).format(
            count=number(asked // len(counts), 0),
            asked=number(asked, 0),
            worst=of.classes[worst],
            share=percent(counts[worst, worst].item() / int(counts[worst].sum())),
        )
    )
    st.caption(
        _(
            "The classifier itself names {accuracy} of the {test} real test digits rightly: some "
            "of what it reads wrongly is its own mistake."
        ).format(accuracy=percent(reader.accuracy), test=number(len(of.data.test), 0))
    )


@st.fragment
def what_z_knows(of: Conditional) -> None:
    """Two classifiers on the codes, beside those of plain VAEs."""
    st.subheader(_("Does the code still know the class?"))
    st.markdown(
        _(
            "A plain VAE must say in its code which digit it is. The conditional one is told, and "
            "every value that said it again would cost KL: what is left of the class in z is what "
            "a classifier can still read from it. Chance is {chance}."
        ).format(chance=percent(1 / len(of.classes)))
    )
    contest(_contestants(of), of.data)


def _contestants(of: Conditional) -> list[Contestant]:
    """This model, and the plain VAEs of the same network whose codes are about as long."""
    own = (of.key, of.label, lambda split: styles.codes(of.model, split).numpy())
    plain: dict[int, Contestant] = {}
    for entry in entries().values():
        if _is_plain_vae(entry.config, of.card.config):
            model, card = entry.read()
            key = state_name(entry, card, of.data.name)
            plain.setdefault(
                entry.config.model.latent_dim, (key, entry.label, partial(encode, model))
            )
    near = sorted(plain, key=lambda size: abs(size - of.model.config.latent_dim))[:RIVALS]
    return [own, *(plain[size] for size in near)]


def _is_plain_vae(config: TrainConfig, like: TrainConfig) -> bool:
    model = config.model
    plain = model.variational and model.beta == 1 and model.importance_samples == 1
    alike = model.network == like.model.network and config.dataset == like.dataset
    return plain and alike and not config.classes
