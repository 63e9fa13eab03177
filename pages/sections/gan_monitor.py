"""The live monitor of a GAN, what steers it, and what it comes to."""

from __future__ import annotations

import streamlit as st

from aecore.figures import CLASS_COLOURS
from aecore.runs import Run
from pages.sections.gan_settings import RATES
from pages.sections.monitor import Live, labels_of_runs
from pages.ui.component import base_path, register
from pages.ui.i18n import _, duration, fixed, language, number, percent
from pages.ui.names import distance_names, run_name
from pages.ui.sources import show_formulas, show_sources
from pages.ui.tables import table

# What an expected slope is: that of a critic under a gradient penalty.
SLOPE = 1


def duel(run: Run) -> None:
    """Samples of fixed noise, classes, scores and curves of a run, live and replayed."""
    model = run.config.model
    classes = list("0123456789")
    if run.trainer is not None:
        classes = [_(name) for name in run.trainer.data.class_names]
    register("duel", "progress", "linechart", "follower")(
        key="duel",
        on_status_change=lambda: None,
        data={
            "run": run.id,
            "status": run.status,
            "moved": run.trainer.turns["critic"] if run.trainer else 0,
            "base": base_path(),
            "lang": language(),
            "palette": CLASS_COLOURS,
            "classes": classes,
            "classCount": len(run.config.classes) or len(classes),
            "slope": SLOPE if model.game == "gradient-penalty" else None,
            "headlineDigits": 1,
            "labels": _labels(run),
        },
    )


def steered() -> tuple[Live, ...]:
    """What can be changed of a GAN while it trains."""
    return (
        Live("generator_rate", _("Generator's rate now"), RATES),
        Live("critic_rate", _("Critic's rate now"), RATES),
        Live("critic_steps", _("Critic's steps now"), tuple(range(1, 11))),
    )


def result(run: Run) -> None:
    """The measures of 10,000 samples, and the file to download."""
    if run.is_live or run.trainer is None or run.metrics is None:
        return
    st.subheader(_("Result"))
    fidelity = run.metrics
    table(
        ["", run_name(run)],
        [
            [_("Fréchet distance, on our classifier's features"), fixed(fidelity.frechet, 1)],
            [_("Precision"), percent(fidelity.precision)],
            [_("Recall"), percent(fidelity.recall)],
            [_("Samples read with more than 80 % certainty"), percent(fidelity.confident)],
            [_("Largest share of a class"), percent(fidelity.largest_share)],
            [_("Parameters of both players"), number(run.trainer.model.parameter_count(), 0)],
            [_("Updates of the generator"), number(run.trainer.step, 0)],
            [_("Training time"), duration(run.seconds)],
        ],
    )
    st.caption(
        _(
            "Of {count} samples. The Fréchet distance compares them with the test digits in the "
            "256 hidden units of this lab's own classifier: it ranks models here, and is no FID."
        ).format(count=number(fidelity.samples, 0))
    )
    download(run)


def download(run: Run) -> None:
    """A button that saves the GAN as a safetensors file with its card."""
    from aecore.gan import file

    st.download_button(
        _("Download the GAN"),
        data=lambda: file.to_bytes(run.trainer.shown, run.trainer.card(run.metrics, run_name(run))),
        file_name=f"{run_name(run)}.safetensors".replace("/", "-"),
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        help=_("A safetensors file: the weights of both players and a JSON card."),
    )


def explained(run: Run | None) -> None:
    """The formulas of the game that is shown, and its very source."""
    from aecore.explore import fidelity
    from aecore.gan import algorithm, model, networks
    from aecore.gan.games import FAMILIES, module_of

    game = run.config.model.game if run else st.session_state.get("game", "non-saturating")
    show_formulas(*FORMULAS[game])
    show_sources([module_of(FAMILIES[game]), algorithm, model, networks, fidelity])


FORMULAS = {
    "minimax": (
        r"\min_G \max_D\; \mathbb{E}_x \log D(x) + \mathbb{E}_z \log\big(1 - D(G(z))\big)",
        r"\text{at the best } D:\quad 2\,\mathrm{JS}(p \,\|\, q) - 2 \log 2",
    ),
    "non-saturating": (
        r"D:\ \max\; \mathbb{E}_x \log D(x) + \mathbb{E}_z \log\big(1 - D(G(z))\big)",
        r"G:\ \max\; \mathbb{E}_z \log D(G(z))",
    ),
    "least-squares": (
        r"D:\ \min\; \tfrac12 \mathbb{E}_x (D(x) - 1)^2 + \tfrac12 \mathbb{E}_z D(G(z))^2",
        r"G:\ \min\; \tfrac12 \mathbb{E}_z (D(G(z)) - 1)^2",
    ),
    "wasserstein": (
        r"W_1(p, q) = \max_{\|D\|_L \le 1} \mathbb{E}_x D(x) - \mathbb{E}_z D(G(z))",
        r"w \leftarrow \mathrm{clip}(w, -c, c)",
    ),
    "gradient-penalty": (
        r"D:\ \min\; \mathbb{E}_z D(G(z)) - \mathbb{E}_x D(x) + "
        r"\lambda\, \mathbb{E}_{\hat x} \big(\|\nabla D(\hat x)\| - 1\big)^2",
        r"\hat x = \varepsilon x + (1 - \varepsilon)\, G(z), \quad \varepsilon \sim U[0, 1]",
    ),
    "spectral": (
        r"\bar W = W / \sigma(W)",
        r"D:\ \min\; \mathbb{E}_x \max(0, 1 - D(x)) + \mathbb{E}_z \max(0, 1 + D(G(z)))",
        r"G:\ \min\; -\mathbb{E}_z D(G(z))",
    ),
    "boundary-equilibrium": (
        r"\mathcal L(v) = \sum |v - D(v)|",
        r"D:\ \min\; \mathcal L(x) - k\, \mathcal L(G(z)), \qquad G:\ \min\; \mathcal L(G(z))",
        r"k \leftarrow k + \lambda\, (\gamma \mathcal L(x) - \mathcal L(G(z)))",
    ),
}


def _labels(run: Run) -> dict:
    return {
        **labels_of_runs(),
        "headline": _("Fréchet distance"),
        "samples": _("Samples: the same noise at each moment"),
        "classes": _("What the samples read as, in %"),
        "histogram": _("How the critic scores them"),
        "real": _("data"),
        "fake": _("samples"),
        "critic": _("critic"),
        "generator": _("generator"),
        "losses": _("Losses"),
        "distance": distance_names()[run.config.model.game],
        "scores": _("Mean scores"),
        "slope": _("Slope of the critic ‖∇D‖"),
        "gradients": _("Gradients of the weights"),
        "frechet": _("Fréchet distance (1,000 samples)"),
        "coverage": _("Precision and recall"),
        "precision": _("precision"),
        "recall": _("recall"),
    }
