"""Several models side by side: reconstructions, numbers, error against d, test curves."""

from __future__ import annotations

import streamlit as st

from aecore import figures, pca
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, duration, number, say, separators, significant
from pages.ui.models import TRAINED, Entry, all_entries
from pages.ui.names import family_name
from pages.ui.tables import table

SHOWN_AT_FIRST = ("mlp-d16", "mlp-d32", "mlp-d64")
PCA_SIZES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def pick_models() -> list[Entry]:
    """Two or more models: this session's runs if it has any, else three pretrained ones."""
    options = all_entries()
    own = [key for key, entry in options.items() if entry.origin == TRAINED]
    first = own if len(own) > 1 else [key for key in SHOWN_AT_FIRST if key in options]
    if "compared" in st.session_state:
        st.session_state["compared"] = [k for k in st.session_state["compared"] if k in options]
    keys = st.multiselect(
        _("Models"),
        list(options),
        default=None if "compared" in st.session_state else first,
        format_func=lambda key: options[key].label,
        placeholder=_("Choose models"),
        key="compared",
        persist_state="session",
        help=_("Finished runs of yours, uploads and the models that come with the app."),
    )
    if not keys:
        st.info(_("Choose models above, or train the three of the exercise on the Train page."))
    return [options[key] for key in keys]


def comparison(chosen: list[Entry]) -> None:
    """All views of the chosen models, on the dataset that the first was trained on."""
    with st.spinner(_("Reading models and data…")):
        models = [(entry, *entry.read()) for entry in chosen]
        data = load_or_embedded(models[0][2].dataset)
        reference = pca.fit(data.train)
    if data.notice:
        st.warning(say(data.notice))
    if len({card.dataset for _entry, _model, card in models}) > 1:
        st.warning(
            _("These models were trained on different datasets: their errors don't compare.")
        )
    _reconstructions(models, data, reference)
    # PCA was not asked the same question where another dataset stands in.
    same_data = all(card.dataset == data.name for _entry, _model, card in models)
    _table(models, data, reference if same_data else None)
    own = [(entry.label, entry.run.test_curve) for entry in chosen if entry.run]
    places = st.columns(2, gap="large") if own else [st.container()]
    with places[0]:
        _errors(models, data, reference if same_data else None)
    if own:
        with places[1]:
            _curves(own)


def _reconstructions(models: list, data: Dataset, reference: pca.PCAReference) -> None:
    chosen = codes.first_of_each_class(data.test)
    x, labels = data.test.pictures(chosen), data.test.labels[chosen]
    rows = [(_("Original"), codes.to_uint8(x))]
    for entry, model, _card in models:
        rows.append((entry.label, codes.reconstruct(model.given(labels), x)[1]))
    largest = min(784, max(card.config.model.latent_dim for _e, _m, card in models))
    flat = x.flatten(1).numpy()
    restored = reference.inverse_transform(reference.transform(flat, largest))
    pictures = figures.grey(restored).reshape(-1, 28, 28)
    rows.append((_("PCA, d = {d}").format(d=largest), pictures))
    digit_rows(rows)


def _table(models: list, data: Dataset, reference: pca.PCAReference | None) -> None:
    columns = {
        _("Family"): lambda card, d: family_name(card.config.model),
        "d": lambda card, d: str(d),
        _("Test MSE per pixel"): lambda card, d: f"**{significant(card.metrics['test_mse'])}**",
        _("PSNR (dB)"): lambda card, d: number(card.metrics["psnr"], 1),
        _("Active units"): lambda card, d: str(card.metrics["active_units"]),
        _("Parameters"): lambda card, d: number(card.parameters, 0),
        _("Training time"): lambda card, d: duration(card.seconds),
    }
    if reference:
        columns[_("MSE of PCA, same d")] = lambda card, d: significant(
            reference.test_mse(data.test, d)
        )
    if any(card.metrics["elbo_nats"] is not None for _entry, _model, card in models):
        columns[_("ELBO (nats)")] = lambda card, d: (
            "–" if card.metrics["elbo_nats"] is None else number(card.metrics["elbo_nats"], 1)
        )
    rows = [
        [entry.label, *(cell(card, card.config.model.latent_dim) for cell in columns.values())]
        for entry, _model, card in models
    ]
    table([_("Model"), *columns], rows)


def _errors(models: list, data: Dataset, reference: pca.PCAReference | None) -> None:
    points = [
        (entry.label, card.config.model.latent_dim, card.metrics["test_mse"])
        for entry, _model, card in models
    ]
    st.subheader(_("Error against the size of the code"))
    figure = figures.error_by_size(
        points,
        [(d, reference.test_mse(data.test, d)) for d in PCA_SIZES] if reference else [],
        labels={
            "x": _("Size of the code d"),
            "y": _("Test MSE per pixel"),
            "pca": _("PCA"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="error_by_size")


def _curves(runs: list[tuple[str, list[tuple[float, ...]]]]) -> None:
    st.subheader(_("Test loss while training"))
    labels = {"x": _("Epochs"), "y": _("Total loss (nats)"), "separators": separators()}
    st.plotly_chart(figures.curves(runs, labels=labels), key="curves")
