"""The left side of the GAN page: which game, which players, and the buttons that start."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.config import DATASETS
from aecore.data import is_on_disk, load_or_embedded, may_download
from aecore.gan.config import CONDITIONS, GAMES, NETWORKS, GanConfig, GanTrainConfig
from aecore.messages import ConfigError, LabError
from aecore.runs import registry
from pages.ui import link, server
from pages.ui.choose import one_of
from pages.ui.i18n import _, number, say
from pages.ui.names import condition_names, dataset_names, game_names

RATES = (1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)
SIZES = (2, 8, 16, 32, 64, 100, 128)
MAPS = (8, 16, 24, 32, 48, 64)
UNITS = (64, 128, 256, 512)
HIDDEN = (0, 32, 64, 128, 256)
BATCHES = (32, 64, 128, 256)
PENALTIES = (0.0, 0.1, 1.0, 10.0, 100.0)
CLIPS = (0.001, 0.01, 0.03, 0.1, 0.3)
# What each game is usually played with: rates of the generator and of the critic, and steps of the
# critic for one of the generator.
USUAL = {
    "minimax": (1e-3, 3e-4, 1),
    "non-saturating": (1e-3, 3e-4, 1),
    "least-squares": (1e-3, 3e-4, 1),
    "wasserstein": (5e-4, 5e-4, 5),
    "gradient-penalty": (1e-3, 5e-4, 5),
    "spectral": (1e-3, 5e-4, 1),
    "boundary-equilibrium": (5e-4, 5e-4, 1),
}


def usual(game: str) -> dict[str, float]:
    """Rates and steps that a game is usually played with."""
    names = "generator_rate", "critic_rate", "critic_steps"
    return dict(zip(names, USUAL[game], strict=True))


@link.fragment
def launch() -> None:
    """A fragment: moving a slider redraws the settings and not the live monitor beside them."""
    buttons = st.container()
    config = _config()
    with buttons:
        if st.button(
            _("Train"),
            icon=":material/play_arrow:",
            type="primary",
            width="stretch",
            disabled=config is None,
        ):
            _submit(config)
        if st.button(
            _("Prepare, without training yet"),
            icon=":material/slow_motion_video:",
            width="stretch",
            disabled=config is None,
            help=_("Then move the players one at a time, or stage by stage in slow motion."),
        ):
            _submit(config, paused=True)


def _submit(config: GanTrainConfig, *, paused: bool = False) -> None:
    try:
        run = registry().submit(server.owner(), config, paused=paused)
        st.session_state["shown_gan"] = run.id
        if paused:
            with registry().by_hand(run) as trainer:
                registry().record(run, trainer.play_many((), 0))
    except LabError as error:
        st.session_state["run_error"] = say(error.sentence)
    st.rerun()


def _config() -> GanTrainConfig | None:
    try:
        game = _pick_game()
        model = GanConfig(**_players(game))
        return GanTrainConfig(model, **_training(game))
    except ConfigError as error:
        st.error(say(error.sentence))
        return None


def _pick_game() -> str:
    key, names = "game", game_names()
    link.choice(key, list(GAMES), "non-saturating")
    game = st.selectbox(
        _("Game"),
        GAMES,
        format_func=names.get,
        key=key,
        persist_state="session",
        help=_(
            "What both players minimise. Minimax: the original; non-saturating: its remedy against "
            "vanishing gradients; Wasserstein: the critic measures the earth mover's distance."
        ),
    )
    link.put(key, game)
    # Another game begins with what it is usually played with.
    if st.session_state.get("gan_usual") != game or "gan_critic_steps" not in st.session_state:
        st.session_state["gan_usual"] = game
        for name, value in usual(game).items():
            st.session_state[f"gan_{name}"] = value
    return game


def _players(game: str) -> dict[str, Any]:
    networks = {"mlp": _("MLP"), "conv": _("Convolutional (DCGAN)")}
    network = one_of(_("Players"), {n: networks[n] for n in NETWORKS}, "players", "conv")
    settings = {"game": game, "network": network}
    if game != "boundary-equilibrium":
        names = {c: condition_names()[c] for c in CONDITIONS}
        settings["condition"] = one_of(
            _("The class"),
            names,
            "told",
            "none",
            help_=_(
                "Told to both: class-conditional (Mirza and Osindero). Told to the generator and "
                "named by the critic: auxiliary classifier, ACGAN (Odena)."
            ),
        )
    settings["latent_dim"] = _steps(
        _("Noise numbers d"),
        "latent_dim",
        SIZES,
        64,
        _("The generator makes a digit of d draws of N(0, 1). With 2 you can hover over them all."),
    )
    conv = network == "conv"
    settings["width"] = _steps(
        _("Feature maps") if conv else _("Hidden units"),
        "maps" if conv else "units",
        MAPS if conv else UNITS,
        16 if conv else 256,
        _("The more, the better the digits and the slower each update."),
    )
    if conv:
        settings["hidden"] = _steps(
            _("Units between noise and maps"),
            "hidden",
            HIDDEN,
            128,
            _(
                "A layer more on both sides, as in InfoGAN: it costs little and digits come much "
                "sooner. 0: none, as in the DCGAN."
            ),
        )
    if game == "gradient-penalty":
        settings["penalty"] = _steps(
            _("Penalty λ"),
            "penalty",
            PENALTIES,
            10.0,
            _("How strongly the critic is asked to have slope 1 between data and samples."),
        )
    if game == "wasserstein":
        settings["clip"] = _steps(
            _("Clipping c"), "clip", CLIPS, 0.03, _("The critic's weights stay in [−c, c].")
        )
    if game == "boundary-equilibrium":
        settings["gamma"] = st.slider(
            _("Diversity γ"),
            0.1,
            1.0,
            0.5,
            0.1,
            key="gan_gamma",
            persist_state="session",
            help=_("The lower, the sharper and the more alike the samples."),
        )
    return settings


def _training(game: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "epochs": st.slider(
            _("Epochs"),
            1,
            60,
            6,
            key="gan_epochs",
            persist_state="session",
            help=_("As many real digits as so many training splits are shown to the critic."),
        ),
        "critic_steps": st.slider(
            _("Steps of the critic for one of the generator"),
            1,
            10,
            key="gan_critic_steps",
            persist_state="session",
        ),
        "generator_rate": _steps(
            _("Generator's learning rate"), "generator_rate", RATES, usual(game)["generator_rate"]
        ),
        "critic_rate": _steps(
            _("Critic's learning rate"), "critic_rate", RATES, usual(game)["critic_rate"]
        ),
    }
    with st.expander(_("More settings")):
        dataset = st.selectbox(
            _("Dataset"),
            DATASETS,
            format_func=dataset_names().get,
            key="gan_dataset",
            persist_state="session",
        )
        if not (is_on_disk(dataset) or may_download()):
            st.warning(say(load_or_embedded(dataset).notice))
        settings["dataset"] = dataset
        settings["batch_size"] = _steps(_("Batch size"), "batch_size", BATCHES, 64)
        averaged = st.toggle(
            _("Draw samples with averaged weights"),
            value=True,
            key="gan_averaged",
            persist_state="session",
            help=_(
                "The generator's weights go round in circles; their moving average (99.9 %) draws "
                "steadier digits."
            ),
        )
        settings["averaging"] = 0.999 if averaged else 0.0
        settings["seed"] = st.number_input(
            _("Seed"), 0, 2**31 - 1, key="gan_seed", persist_state="session"
        )
    return settings


def _steps(label: str, name: str, options: tuple, usual_: float, help_: str | None = None) -> Any:
    """One of rising numbers."""
    key = f"gan_{name}"
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual_
    return st.select_slider(
        label,
        options,
        format_func=lambda value: number(value, 5),
        key=key,
        persist_state="session",
        help=help_,
    )
