"""What β does: VAEs that differ in nothing else, under one slider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
import torch

from aecore import library
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes
from aecore.explore.subspace import turn_onto
from aecore.figures import CLASS_COLOURS
from pages.ui.component import register
from pages.ui.decoding import decoder_blob
from pages.ui.i18n import _, language
from pages.ui.models import entries

BASE = "vae-mlp-d2"
POINTS = 4000


def betas() -> None:
    """The slider of β over the pretrained VAEs, with their plane, samples, rate and distortion."""
    members = _members()
    st.subheader(_("What β changes"))
    if len(members) < 2:
        st.info(_("These pretrained models are missing: run “aecore pretrain --missing”."))
        return
    st.markdown(
        _(
            "The same VAE trained with six weights β of the KL term. A small β lets the codes "
            "spread and leaves holes where the prior falls; a large one packs them together, until "
            "different digits share their codes and blur. The **rate** is the KL term, the "
            "**distortion** the reconstruction; on the dashed line their sum, the bound on "
            "$-\\log p(x)$, is that of the best."
        )
    )
    with st.spinner(_("Encoding the test digits…")):
        data = load_or_embedded(library.manifest()[BASE].dataset)
        blob = _blob(tuple(members), language(), data.name, data)
    register("betas", "tiles", "plane", "random")(key="betas", data=blob)


def _members() -> list[str]:
    """The pretrained models that are ``BASE`` but for β, by rising β."""
    manifest = library.manifest()
    base = manifest[BASE]
    alike = {
        config.model.beta: name
        for name, config in manifest.items()
        if replace(config, model=replace(config.model, beta=base.model.beta)) == base
    }
    available = library.available()
    return [alike[beta] for beta in sorted(alike) if alike[beta] in available]


@st.cache_resource(max_entries=4, show_spinner=False)
def _blob(names: tuple[str, ...], language_: str, dataset: str, _data: Dataset) -> bytes:
    """All decoders, the codes of the test digits under each, and how to turn their planes so
    that the digits lie as they do for β = 1."""
    found = entries()
    models = [found[name].read() for name in names]
    clouds = [codes.cloud(model, _data.test, POINTS) for model, _card in models]
    middle = torch.from_numpy(clouds[names.index(BASE)].codes if BASE in names else clouds[0].codes)
    arrays: dict[str, np.ndarray] = {"labels": clouds[0].labels}
    members = []
    for i, ((model, card), cloud) in enumerate(zip(models, clouds, strict=True)):
        for key, value in model.decoder.state_dict().items():
            arrays[f"b{i}.decoder.{key}"] = value.numpy()
        arrays[f"codes{i}"] = cloud.codes.astype(np.float16)
        members.append(
            {
                "beta": card.config.model.beta,
                "rate": card.metrics["kl_nats"],
                "distortion": card.metrics["recon_nats"],
                "turn": turn_onto(torch.from_numpy(cloud.codes), middle).flatten().tolist(),
            }
        )
    return decoder_blob(
        arrays,
        models[0][1].config.model,
        name="-".join((*names, dataset)),
        told={"members": members, "palette": CLASS_COLOURS},
        words={
            "lang": language(),
            "cloud": _("Codes of the test digits"),
            "manifold": _("The plane decoded, at the quantiles of the prior"),
            "samples": _("Drawn from the prior"),
            "chart": _("Rate and distortion on the test set"),
            "rate": _("rate: KL (nats)"),
            "distortion": _("distortion (nats)"),
            "facts": _(
                "Rate {rate} nats, distortion {distortion} nats, together {bound} nats (−ELBO)."
            ),
            "save": _("Save this picture"),
        },
    )
