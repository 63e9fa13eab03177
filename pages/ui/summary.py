"""What a finished model comes to: size, compression, test metrics beside PCA, time, file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from aecore.checkpoint import Card
from aecore.config import PIXELS, ModelConfig
from aecore.runs import Run
from pages.ui.i18n import _, duration, number, percent, significant
from pages.ui.names import classes_name, family_name, run_name
from pages.ui.tables import table

if TYPE_CHECKING:
    from aecore.data import Dataset
    from aecore.models import Autoencoder


def summary(run: Run) -> None:
    """The result of a run that has ended, and its file to download."""
    if run.is_live or run.trainer is None or run.metrics is None:
        return
    card = run.trainer.card(run.metrics, run_name(run))
    st.subheader(_("Result"))
    metrics_beside_pca(card, run.trainer.data)
    download(run.trainer.model, card, f"{run_name(run)}.safetensors")


def metrics_beside_pca(card: Card, data: Dataset) -> None:
    """A card's numbers, beside the PCA of the same d where ``data`` is what it was measured on."""
    from aecore.models import parameter_formula

    model, metrics = card.config.model, card.metrics
    d, largest = model.latent_dim, min(model.latent_dim, PIXELS)
    formula = parameter_formula(model)
    size = percent(d / PIXELS)
    if model.quantizer:
        size = _("{bits} bits").format(bits=number(model.quantizer.bits, 0))
    pca = {}
    if data.name == card.dataset and not model.quantizer:
        pca = _pca_column(model, data.only(card.config.classes))
    rows = {
        "test_mse": (_("Test MSE per pixel"), significant(metrics["test_mse"])),
        "psnr": (_("PSNR"), _decibels(metrics["psnr"])),
        "recon_nats": (_("Reconstruction (nats)"), number(metrics["recon_nats"], 1)),
    }
    if metrics["kl_nats"] is not None:
        rows["kl"] = (_("KL (nats)"), number(metrics["kl_nats"], 1))
        rows["elbo"] = (_("ELBO (nats)"), number(metrics["elbo_nats"], 1))
    if metrics["noisy_mse"] is not None:
        rows["noisy_mse"] = (_("MSE after denoising"), significant(metrics["noisy_mse"]))
        rows["noisy_psnr"] = (_("PSNR after denoising"), _decibels(metrics["noisy_psnr"]))
    if metrics["label_accuracy"] is not None:
        rows["label_accuracy"] = (
            _("Classes named by its head"),
            percent(metrics["label_accuracy"]),
        )
    rows |= {
        "active": (_("Active units"), f"{metrics['active_units']} / {d}"),
        "parameters": (_("Parameters"), number(card.parameters, 0)),
        "formula": (
            _("Formula in d"),
            f"{number(formula.slope, 0)} · {formula.letter} + {number(formula.constant, 0)}",
        ),
        "size": (_("Size of the code, d / 784"), size),
        "time": (_("Training time"), f"{duration(card.seconds)} ({card.config.precision})"),
    }
    classes = classes_name(card.config)
    header = ["", ", ".join(filter(None, (f"{family_name(model)}, d = {d}", classes)))]
    if pca:
        header.append(_("PCA, d = {d}").format(d=largest))
    table(
        header,
        [
            [name, f"**{value}**", *([pca.get(key, "")] if pca else [])]
            for key, (name, value) in rows.items()
        ],
    )


def _pca_column(model: ModelConfig, data: Dataset) -> dict[str, str]:
    from aecore import pca

    d = min(model.latent_dim, PIXELS)
    with st.spinner(_("PCA of the same dataset…")):
        reference = pca.fit(data.train)
        column = {
            "test_mse": significant(reference.test_mse(data.test, d)),
            "active": str(d),
            "parameters": number(reference.parameter_count(d), 0),
            "formula": f"{PIXELS} · d + {PIXELS}",
            "size": percent(d / PIXELS),
        }
    if model.likelihood == "gaussian":
        column["recon_nats"] = number(reference.recon_nats(data.test, d), 1)
    return column


def _decibels(value: float) -> str:
    return _("{value} dB").format(value=number(value, 1))


def download(model: Autoencoder, card: Card, name: str) -> None:
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
