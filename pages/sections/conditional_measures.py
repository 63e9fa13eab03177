"""Two numbers of a conditional VAE: whether it draws what it is asked, and what its code still
knows of the class."""

from __future__ import annotations

from functools import partial

import streamlit as st

from aecore.config import TrainConfig
from aecore.explore import styles
from aecore.explore.codes import encode
from pages.sections.conditional import Conditional
from pages.ui import obedience
from pages.ui.i18n import _, percent
from pages.ui.measured import state_name
from pages.ui.models import entries
from pages.ui.probing import Contestant, contest

# Plain VAEs beside the conditional one.
RIVALS = 2


def obeying(of: Conditional) -> None:
    """What a classifier reads in the samples of each class."""
    obedience.obeying(of.key, of.model, of.data, of.classes)


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
