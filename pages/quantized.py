"""VQ-VAE: a digit as 49 numbers of a codebook, the codebook itself, and new digits from codes."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("VQ-VAE: a code of 49 numbers"))

from pages.sections.quantized import code_map, explained, pick_coded  # noqa: E402
from pages.sections.quantized_codebook import bits, codebook  # noqa: E402
from pages.sections.quantized_sampling import sampling  # noqa: E402

coded = pick_coded()
if coded:
    code_map(coded)
    codebook(coded)
    bits(coded)
    # What may take a while fills its place beside what is explained below.
    below = st.container()
    explained(coded)
    with below:
        sampling(coded)
