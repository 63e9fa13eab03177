"""How good samples are: measures beside those of other models, and the nearest real digits."""

from __future__ import annotations

from concurrent.futures import Future, wait
from functools import partial

import streamlit as st
import torch

from aecore import checkpoint, figures, library
from aecore.explore import noise
from aecore.explore.fidelity import Fidelity, judge_of
from pages.ui.digits import digit_rows
from pages.ui.gans import GANS, Chosen
from pages.ui.i18n import _, fixed, number, percent, significant
from pages.ui.later import later
from pages.ui.tables import table

SHOWN = 10
SAMPLES = 10_000
# The VAEs whose samples stand beside those of the GANs.
VAES = ("vae-mlp-d20", "vae-mlp-d50")
PATIENCE = 0.3


@st.fragment
def memory(found: Chosen) -> None:
    """Samples beside the nearest training digits: is anything learned by heart?"""
    st.subheader(_("Learned by heart?"))
    z = noise.draw(found.gan.config.latent_dim, SHOWN, st.session_state.get("seed", 0))
    made = torch.cat(
        [
            noise.pictures(found.gan, one[None], i if found.gan.conditional else None)
            for i, one in enumerate(z)
        ]
    )
    index, errors = noise.nearest(made, found.data.train.images)
    digit_rows(
        [
            (_("Samples"), figures.grey(made.numpy())),
            (_("Nearest training digits"), found.data.train.images[index].numpy()),
        ],
        name="gan-nearest",
    )
    st.caption(
        _(
            "Nearest by the mean squared error a pixel, {error} on average: near 0 would be copies."
        ).format(error=significant(errors.mean().item(), 2))
    )


def measures(found: Chosen) -> None:
    """Fréchet distance, precision and recall of GANs, of VAEs and of real digits."""
    st.subheader(_("How near to real digits?"))
    place = st.empty()
    jobs: dict[str, Future[Fidelity]] = {_("real training digits"): _job("real", found, _real)}
    for name in VAES:
        if name in library.available():
            jobs[name] = _job(name, found, partial(_vae, name))
    cards = {entry.label: entry.read()[1] for entry in GANS.choices().values()}
    while not all(job.done() for job in jobs.values()):
        # Here the page is interrupted if something else was chosen meanwhile.
        place.info(_("Samples are being measured…"), icon=":material/hourglass_top:")
        wait(jobs.values(), PATIENCE)
    rows = [(name, job.result()) for name, job in jobs.items()]
    rows += [
        (name, card.fidelity) for name, card in cards.items() if card.dataset == found.data.name
    ]
    with place.container():
        table(
            [
                "",
                _("Fréchet distance"),
                _("Precision"),
                _("Recall"),
                _("More than 80 % certain"),
                _("Largest class"),
            ],
            [
                [
                    name,
                    fixed(one.frechet, 1),
                    percent(one.precision),
                    percent(one.recall),
                    percent(one.confident),
                    percent(one.largest_share),
                ]
                for name, one in sorted(rows, key=lambda row: row[1].frechet)
            ],
        )
        st.caption(
            _(
                "{count} samples each, against the test digits, in the 256 hidden units of this "
                "lab's own classifier: the numbers rank models here, and are no FID. Precision: "
                "samples where real digits lie; recall: real digits where samples lie."
            ).format(count=number(SAMPLES, 0))
        )


def _job(name: str, found: Chosen, draw) -> Future[Fidelity]:
    data = found.data
    return later(f"fidelity-{name}-{data.name}", lambda: judge_of(data).measure(draw(data)))


def _real(data) -> torch.Tensor:
    index = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(0))[:SAMPLES]
    return data.train.pictures(index)


@torch.inference_mode()
def _vae(name: str, _data) -> torch.Tensor:
    model = checkpoint.load(library.path(name))[0]
    z = noise.draw(model.config.latent_dim, SAMPLES, 0)
    return torch.cat([model.decode(part) for part in z.split(1000)])
