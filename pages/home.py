"""Home: what an autoencoder is, in one screen, with a picture that moves under the hand."""

import streamlit as st

from aecore import library
from pages.ui.decoding import latent_pad
from pages.ui.i18n import _

LIVE_MODEL = "vae-mlp-d2"

st.title(_("What is an autoencoder?"))
words, picture = st.columns([5, 8], gap="large")

with words:
    st.markdown(
        _(
            "An **encoder** turns a picture $x$ of 28×28 pixels into a short **code** "
            "$z = f(x)$; a **decoder** draws it again, $\\hat{x} = g(z)$. Nobody says what the "
            "code should mean: the network is only asked to lose as little as possible."
        )
    )
    st.latex(r"x \;\xrightarrow{\;f\;}\; z \in \mathbb{R}^d \;\xrightarrow{\;g\;}\; \hat{x}")
    st.latex(r"\min_{f,\,g}\; \ell\big(x, g(f(x))\big)")
    st.markdown(
        _(
            "Here $d = 2$: every point of the plane is a code, and what you see there is what "
            "a **variational autoencoder** trained on 60,000 handwritten digits draws for it. "
            "Move over the plane: neighbouring codes give neighbouring digits."
        )
    )
    st.page_link(
        "pages/train.py",
        label=_("Train one yourself, and watch its latent space form"),
        icon=":material/model_training:",
    )
    st.page_link(
        "pages/compare.py",
        label=_("Set several side by side, and beside PCA"),
        icon=":material/compare:",
    )
    st.page_link(
        "pages/models.py",
        label=_("Take a trained model apart, code by code"),
        icon=":material/inventory_2:",
    )

with picture:
    if LIVE_MODEL in library.available():
        latent_pad(LIVE_MODEL)
    else:
        st.info(_("The pretrained model is missing: run “aecore pretrain” to make it."))
