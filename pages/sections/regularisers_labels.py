"""What a code tells of the class: by the model's own head, and by two probes on every code."""

from __future__ import annotations

import streamlit as st

from aecore import metrics
from aecore.explore import probes
from aecore.explore.codes import encode
from pages.ui.i18n import _, number, percent, significant
from pages.ui.measured import Measured
from pages.ui.probing import TRAINED_ON, K, probe
from pages.ui.tables import table


def labels(chosen: dict[str, Measured]) -> None:
    """Reconstruction and classification of each model side by side."""
    st.markdown(
        _(
            "A **supervised** autoencoder has a linear head that names the class from the code: "
            "the larger the weight of its loss, the better the code tells the classes apart, and "
            "the less is left for the rest of the picture."
        )
    )
    shown = st.container()
    measured = _probes_wanted()
    header = [_("Model"), "d", _("Weight λ"), _("Test MSE per pixel"), _("Its own head")]
    rows = []
    for name, of in chosen.items():
        model = of.card.config.model
        penalty, head = model.penalty("labels"), _head(of)
        rows.append(
            [
                name,
                str(model.latent_dim),
                number(penalty.weight, 2) if penalty else "–",
                significant(of.card.metrics["test_mse"]),
                "–" if head is None else f"**{percent(head)}**",
            ]
        )
        if measured:
            with st.spinner(_("Measuring: {name}…").format(name=name)):
                _size, (knn, _standardised, logistic) = probe(
                    of.key, lambda split, of=of: encode(of.model, split), of.data
                )
            rows[-1] += [percent(knn), percent(logistic)]
    with shown:
        table(header + [_("k-NN"), _("Logistic")] * measured, rows)
        st.caption(
            _(
                "Shares of the test digits that are named right. The head was trained with the "
                "code; k-NN (k = {k}) and the logistic regression learn afterwards from the codes "
                "of {count} training digits and are the same question to every model."
            ).format(k=K, count=number(TRAINED_ON, 0))
        )
        _verdict(chosen)


def _probes_wanted() -> bool:
    """Whether somebody has asked for the probes, which take some seconds a model."""
    if st.session_state.get("probed_regularised"):
        return True
    if st.button(_("Measure k-NN and logistic regression on every code"), icon=":material/speed:"):
        st.session_state["probed_regularised"] = True
        st.rerun()
    return False


def _head(of: Measured) -> float | None:
    """The accuracy of the head on the test split; cards made before it was one tell nothing."""
    logits = of.model.class_logits(of.codes.to(of.model.device))
    return None if logits is None else metrics.accuracy(logits.cpu(), of.labels)


def _verdict(chosen: dict[str, Measured]) -> None:
    heads = {name: _head(of) for name, of in chosen.items()}
    best = max(
        (name for name, head in heads.items() if head is not None), key=heads.get, default=None
    )
    if best is None:
        st.info(_("None of these was trained with labels: choose “supervised-d16” above."))
        return
    of = chosen[best]
    half = 2 * probes.standard_error(heads[best], len(of.labels))
    st.markdown(
        _(
            "**{name}** names {share} of {count} test digits (± {half}) from {d} numbers, and "
            "still draws them with an error of {mse} a pixel."
        ).format(
            name=best,
            share=percent(heads[best]),
            count=number(len(of.labels), 0),
            half=percent(half),
            d=of.codes.shape[1],
            mse=significant(of.card.metrics["test_mse"]),
        )
    )
