"""What the codes are worth: two classifiers on those of PCA and of each model, and on pixels."""

from __future__ import annotations

import streamlit as st

from aecore.config import PIXELS
from aecore.explore.codes import encode
from aecore.pca import flat
from pages.sections.pca_rivals import Rivals
from pages.ui.i18n import _
from pages.ui.measured import state_name
from pages.ui.probing import Contestant, contest


@st.fragment
def worth(rivals: Rivals) -> None:
    """The accuracies, measured when somebody asks and from then on for every d."""
    contest(_contestants(rivals), rivals.data)


def _contestants(rivals: Rivals) -> list[Contestant]:
    """PCA, the models and the pixels."""
    d, name, reference = rivals.d, rivals.data.name, rivals.reference
    rows = [(f"pca-{d}-{name}", _("PCA"), lambda split: reference.transform(flat(split), d))]
    for network, (entry, model, card) in rivals.models.items():
        rows.append(
            (
                state_name(entry, card, name),
                rivals.names[network],
                lambda split, model=model: encode(model, split),
            )
        )
    rows.append((f"pixels-{name}", _("All {count} pixels").format(count=PIXELS), flat))
    return rows
