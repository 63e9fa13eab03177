"""Three networks of one architecture race on few labels: frozen, fine-tuned, and from scratch."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import figures
from aecore.data import Dataset, load_or_embedded
from aecore.explore import fewlabels, finetuning
from aecore.explore.finetuning import LEARNERS, Moment
from aecore.models import Autoencoder
from pages.ui import link
from pages.ui.choose import one_of, step_of
from pages.ui.i18n import _, fixed, number, say, separators
from pages.ui.measured import state_name
from pages.ui.models import entries
from pages.ui.tables import save_table, table
from pages.ui.turns import turn

SIZES = fewlabels.SIZES[:3]
RATES = (1e-4, 3e-4, 1e-3, 3e-3)
STEPS = (100, 300, 1000)
USUAL_MODEL = "mlp-d32"
MOST_SEED = 99
# Races that are kept for everybody.
KEPT = 500


@dataclass(frozen=True)
class Settings:
    """Tells a race, but for its number of labels, from every other."""

    state: str
    learning_rate: float
    steps: int
    seed: int


@dataclass(eq=False)
class Race:
    """A race that was begun: it goes on where it is asked for its next moment."""

    events: Iterator[Moment]
    moments: list[Moment] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return bool(self.moments) and self.moments[-1].final is not None


@dataclass(frozen=True, eq=False)
class Field:
    """Where races are run: a pre-trained model, its data, and the settings."""

    model: Autoencoder
    data: Dataset
    settings: Settings
    sizes: list[int]

    def begin(self, labels: int) -> Race:
        return Race(
            finetuning.race(
                self.model,
                self.data.train,
                self.data.test,
                labels,
                steps=self.settings.steps,
                learning_rate=self.settings.learning_rate,
                seed=self.settings.seed,
            )
        )


def under_way() -> bool:
    """Whether this session waits for a race."""
    return bool(st.session_state.get("races"))


def pre_training() -> None:
    """The settings, three charts that grow while the networks learn, and the results.

    No fragment: what is pressed in one does not interrupt a run of the page, it waits for its end.
    """
    st.subheader(_("Pre-training and fine-tuning"))
    st.markdown(
        _(
            "An encoder that learned without labels is given a linear layer for the ten classes. "
            "Does it help to start from it, against the same network from fresh weights?"
        )
    )
    ground = _settle()
    if ground is None:
        return
    found = {size: _race(ground, size) for size in ground.sizes}
    _buttons(found)
    curve = _pick_curve()
    words = st.empty()
    words.caption(_("Three networks learn at once, some seconds for each number of labels."))
    charts = {}
    for column, size in zip(st.columns(len(ground.sizes), gap="medium"), found, strict=True):
        with column:
            title = _("{count} labels").format(count=number(size, 0))
            st.markdown(f"**{title}**")
            charts[size] = st.empty()
            _draw(charts[size], ground, size, found[size], curve)
    results = st.empty()
    _results(results, ground, found)
    _conditions(ground)
    while under_way():
        size = st.session_state["races"][0]
        if found[size] is None:
            found[size] = _begun()[ground.settings, size] = ground.begin(size)
        draw = functools.partial(_draw, charts[size], ground, size, found[size], curve)
        _learn(found[size], size, words, draw)
        _keep(ground, size, found[size])
        _results(results, ground, found)
        st.session_state["races"].pop(0)
        if not under_way():
            st.rerun()


def _settle() -> Field | None:
    """The model and the settings; they rest while networks learn."""
    options = entries()
    if not options:
        st.info(_("There is no model yet. Train one on the Train page, or upload a file."))
        return None
    busy = under_way()
    columns = st.columns([3, 2, 2, 2], gap="medium")
    with columns[0]:
        usual = USUAL_MODEL if USUAL_MODEL in options else next(iter(options))
        link.choice("tuned", list(options), usual)
        key = st.selectbox(
            _("Pre-trained model"),
            list(options),
            format_func=lambda k: options[k].label if k in options else k,
            key="tuned",
            persist_state="session",
            disabled=busy,
        )
        link.put("tuned", key)
    with columns[1]:
        rate = step_of(
            _("Learning rate of the encoders"),
            RATES,
            "rate",
            finetuning.LEARNING_RATE,
            help_=_("Of Adam, for the pre-trained and the fresh encoder alike."),
            disabled=busy,
        )
    with columns[2]:
        steps = step_of(_("Updates"), STEPS, "steps", finetuning.STEPS, disabled=busy)
    with columns[3]:
        link.value("seed", 0, MOST_SEED, 0)
        seed = st.number_input(
            _("Seed"),
            0,
            MOST_SEED,
            key="seed",
            persist_state="session",
            disabled=busy,
            help=_("Draws the labelled digits, the fresh weights and the batches."),
        )
        link.put("seed", seed)
    model, card = options[key].read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    settings = Settings(state_name(options[key], card, data.name), rate, steps, seed)
    there = fewlabels.sizes(data.train.labels.numpy())
    return Field(model, data, settings, [size for size in SIZES if size in there])


def _buttons(found: dict[int, Race | None]) -> None:
    left = [size for size, race in found.items() if race is None or not race.over]
    with st.container(horizontal=True):
        label = _("Train the others") if 0 < len(left) < len(found) else _("Train all")
        _button(label, "play_arrow", left, disabled=under_way() or not left, primary=True)
        for size in found:
            label = _("{count} labels").format(count=number(size, 0))
            _button(label, "play_arrow", [size], disabled=under_way() or size not in left)
        st.button(
            _("Stop"),
            icon=":material/stop:",
            key="stop-races",
            disabled=not under_way(),
            on_click=lambda: st.session_state.update(races=[]),
        )


def _button(
    label: str, icon: str, sizes: list[int], *, disabled: bool, primary: bool = False
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key="race-all" if primary else f"race-{sizes[0]}",
        type="primary" if primary else "secondary",
        disabled=disabled,
        on_click=lambda: st.session_state.update(races=list(sizes)),
    )


def _pick_curve() -> str:
    names = {"accuracy": _("Test accuracy"), "loss": _("Training loss")}
    curve = one_of(_("Shown"), names, "curve", "accuracy", hidden=True)
    return curve


def _learn(race: Race, size: int, words: DeltaGenerator, draw: Callable[[], None]) -> None:
    """Ask a race for its moments until it is over. Whatever is pressed meanwhile interrupts it
    between two of them, and the next run of the page goes on from there."""
    with turn(words):
        text = _("Three networks are learning from {count} labels…").format(count=number(size, 0))
        words.caption(f":material/model_training: {text}")
        for moment in race.events:
            race.moments.append(moment)
            draw()


def _begun() -> dict[tuple[Settings, int], Race]:
    """The races of this session that are not over."""
    return st.session_state.setdefault("begun_races", {})


@st.cache_resource(show_spinner=False)
def _kept() -> dict[tuple[Settings, int], Race]:
    """The races that are over, of all sessions: the same settings give the same race."""
    return {}


def _keep(ground: Field, size: int, race: Race) -> None:
    _begun().pop((ground.settings, size), None)
    kept = _kept()
    kept[ground.settings, size] = race
    while len(kept) > KEPT:
        kept.pop(next(iter(kept)), None)


def _race(ground: Field, size: int) -> Race | None:
    return _kept().get((ground.settings, size)) or _begun().get((ground.settings, size))


def _learner_names() -> dict[str, str]:
    return {"frozen": _("Frozen"), "tuned": _("Fine-tuned"), "scratch": _("From scratch")}


def _draw(place: DeltaGenerator, ground: Field, size: int, race: Race | None, curve: str) -> None:
    """The curves of one number of labels, as far as they are known."""
    moments = race.moments if race else []
    values = {
        name: [(m.accuracies if curve == "accuracy" else m.losses)[name] for m in moments]
        for name in LEARNERS
    }
    steps = [moment.step for moment in moments]
    lines = [(label, steps, values[name]) for name, label in _learner_names().items()]
    known = {
        "steps": ground.settings.steps,
        "log": curve == "loss",
        "labels": {
            "x": _("Updates"),
            "y": _("Test accuracy") if curve == "accuracy" else _("Training loss (nats)"),
            "separators": separators(),
        },
    }
    # A chart of Plotly is made anew each time, and the page would flicker while it grows.
    if under_way():
        source = base64.b64encode(figures.race_svg(lines, **known).encode()).decode()
        style = f"width:100%;height:{figures.RACE_HEIGHT}px;display:block"
        place.html(f'<img alt="" style="{style}" src="data:image/svg+xml;base64,{source}">')
    else:
        place.plotly_chart(figures.race_curves(lines, **known), key=f"race-chart-{size}")


def _results(place: DeltaGenerator, ground: Field, found: dict[int, Race | None]) -> None:
    """The accuracies at the end, on the whole test split, and what pre-training is worth."""
    over = {size: race.moments[-1].final for size, race in found.items() if race and race.over}
    header = [_("Network"), *(_("{count} labels").format(count=number(n, 0)) for n in found)]
    rows = [
        [label, *(_final(over.get(size), name) for size in found)]
        for name, label in _learner_names().items()
    ]
    with place.container():
        table(header, rows)
        if over:
            st.markdown(" ".join(_worth(size, final) for size, final in over.items()))
        if over and not under_way():
            _save(ground.settings, over)


def _save(settings: Settings, over: dict[int, dict[str, float]]) -> None:
    save_table(
        ["network", "labels", "learning_rate", "updates", "seed", "test_accuracy"],
        [
            [name, size, settings.learning_rate, settings.steps, settings.seed, round(accuracy, 6)]
            for size, final in over.items()
            for name, accuracy in final.items()
        ],
        "fine-tuning",
    )


def _final(final: dict[str, float] | None, name: str) -> str:
    if final is None:
        return "…"
    text = fixed(100 * final[name])
    return f"**{text}**" if final[name] == max(final.values()) else text


def _worth(size: int, final: dict[str, float]) -> str:
    ahead = 100 * (final["tuned"] - final["scratch"])
    words = (
        _("With {count} labels the fine-tuned one is {points} points ahead of the fresh one.")
        if ahead >= 0
        else _("With {count} labels the fine-tuned one is {points} points behind the fresh one.")
    )
    return words.format(count=number(size, 0), points=fixed(abs(ahead)))


def _conditions(ground: Field) -> None:
    st.caption(
        _(
            "The three learn from the same labelled digits in the same batches of at most {batch}, "
            "with Adam; the linear layer starts at zero and learns at the rate {head}. Frozen: "
            "the pre-trained encoder stays as it is. Curves: on {watched} test digits; table: "
            "in %, on all {test}. It is one draw of labelled digits: another seed tells how "
            "much of a difference is chance."
        ).format(
            batch=finetuning.BATCH,
            head=number(finetuning.HEAD_RATE, 4),
            watched=number(min(finetuning.WATCHED, len(ground.data.test)), 0),
            test=number(len(ground.data.test), 0),
        )
    )
