"""What a finished model comes to: size, compression, test metrics beside PCA, time, file."""

from __future__ import annotations

import streamlit as st

from aecore.config import PIXELS
from aecore.runs import Run
from pages.ui.i18n import _, duration, number, percent, significant
from pages.ui.names import family_name, run_name
from pages.ui.tables import table


def summary(run: Run) -> None:
    """The result of a run that has ended, and its file to download."""
    if run.is_live or run.trainer is None or run.metrics is None:
        return
    card = run.trainer.card(run.metrics, run_name(run))
    st.subheader(_("Result"))
    metrics_beside_pca(card, run.trainer.data)
    download(run.trainer.model, card, f"{run_name(run)}.safetensors")


def metrics_beside_pca(card, data) -> None:
    """A card's numbers, with the PCA of the same d where it can be compared."""
    from aecore import pca
    from aecore.models import parameter_formula

    model, metrics = card.config.model, card.metrics
    d = model.latent_dim
    formula = parameter_formula(model)
    with st.spinner(_("PCA of the same dataset…")):
        reference = pca.fit(data.train)
        pca_mse = reference.test_mse(data.test, d)
    pca_name = _("PCA, d = {d}").format(d=min(d, PIXELS))
    rows = [
        (_("Test MSE per pixel"), significant(metrics["test_mse"]), significant(pca_mse)),
        (_("PSNR"), _("{value} dB").format(value=number(metrics["psnr"], 1)), ""),
        (
            _("Reconstruction (nats)"),
            number(metrics["recon_nats"], 1),
            number(reference.recon_nats(data.test, d), 1) if model.likelihood == "gaussian" else "",
        ),
    ]
    if metrics["kl_nats"] is not None:
        rows += [
            (_("KL (nats)"), number(metrics["kl_nats"], 1), ""),
            (_("ELBO (nats)"), number(metrics["elbo_nats"], 1), ""),
        ]
    if metrics["noisy_mse"] is not None:
        rows += [
            (_("MSE after denoising"), significant(metrics["noisy_mse"]), ""),
            (
                _("PSNR after denoising"),
                _("{value} dB").format(value=number(metrics["noisy_psnr"], 1)),
                "",
            ),
        ]
    rows += [
        (_("Active units"), f"{metrics['active_units']} / {d}", str(min(d, PIXELS))),
        (
            _("Parameters"),
            number(card.parameters, 0),
            number(reference.parameter_count(d), 0),
        ),
        (
            _("Formula in d"),
            f"{number(formula.slope, 0)} · d + {number(formula.constant, 0)}",
            f"{PIXELS} · d + {PIXELS}",
        ),
        (_("Size of the code, d / 784"), percent(d / PIXELS), percent(min(d, PIXELS) / PIXELS)),
        (_("Training time"), f"{duration(card.seconds)} ({card.config.precision})", ""),
    ]
    table(
        ["", f"{family_name(model)}, d = {d}", pca_name],
        [[name, f"**{ours}**", theirs] for name, ours, theirs in rows],
    )


def download(model, card, name: str) -> None:
    """A button that saves the model as a safetensors file with its card."""
    from aecore import checkpoint

    st.download_button(
        _("Download the model"),
        data=lambda: checkpoint.to_bytes(model, card),
        file_name=name.replace("/", "-"),
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        help=_("A safetensors file: weights and a JSON card. The Models page opens it again."),
    )
