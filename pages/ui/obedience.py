"""Whether a model that is told the class draws it, read by a classifier of real digits."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import wait
from functools import partial

import streamlit as st
from torch import Tensor

from aecore import figures
from aecore.data import Dataset
from aecore.explore import classifier, probes, styles
from aecore.explore.classifier import Classifier
from pages.ui.i18n import _, number, percent, separators
from pages.ui.later import later

# Seconds between two looks at what is still measured.
PATIENCE = 0.3


def obeying(key: str, model: styles.Obedient, data: Dataset, classes: Sequence[str]) -> None:
    """What a classifier reads in the samples of each class. key: tells this state of the model."""
    st.subheader(_("Does it draw what it is asked?"))
    words, chart = st.columns([2, 3], gap="large")
    reader = later(f"classifier-{data.name}", partial(classifier.of, data))
    reading = later(f"obedience-{key}", lambda: styles.obedience(model, reader.result()))
    with words:
        place = st.empty()
        while not reading.done():
            # Here the page is interrupted if something else was chosen meanwhile.
            place.info(_("The classifier is reading…"), icon=":material/hourglass_top:")
            wait([reading], PATIENCE)
        with place.container():
            _verdict(reading.result(), reader.result(), data, classes)
    with chart:
        counts = reading.result()
        figure = figures.confusion_map(
            (counts / counts.sum(1, keepdim=True)).numpy(),
            classes,
            labels={"x": _("Read as"), "y": _("Asked for"), "separators": separators()},
        )
        st.plotly_chart(figure, key="obedience")


def _verdict(counts: Tensor, reader: Classifier, data: Dataset, classes: Sequence[str]) -> None:
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
            worst=classes[worst],
            share=percent(counts[worst, worst].item() / int(counts[worst].sum())),
        )
    )
    st.caption(
        _(
            "The classifier itself names {accuracy} of the {test} real test digits rightly: some "
            "of what it reads wrongly is its own mistake."
        ).format(accuracy=percent(reader.accuracy), test=number(len(data.test), 0))
    )
