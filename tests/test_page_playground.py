"""The page “2D playground”: what its controls set up, without a browser."""

import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore.points import playground as module
from aecore.points.config import MODELS, USUAL_RATES, Rates
from aecore.points.playground import Playgrounds
from pages.sections.playground import FORMULAS
from pages.sections.playground_settings import dots_of


@pytest.fixture(autouse=True)
def playgrounds(monkeypatch):
    made = Playgrounds(slots=1)
    monkeypatch.setattr(module, "_playgrounds", made)
    yield made
    made.close()


def visit(**asked):
    app = AppTest.from_file("../app.py", default_timeout=120)
    for key, value in {"lang": "en", **asked}.items():
        app.query_params[key] = str(value)
    app.run()
    app.switch_page("pages/playground.py").run()
    assert not app.exception
    return app


def shown(app, playgrounds):
    return playgrounds.get(app.session_state["playground_id"])


def told(app):
    sent = [json.loads(node.proto.json) for node in app.get("bidi_component") if node.proto.json]
    return next(data for data in sent if "modes" in data)


def written(*places):
    steps = np.round((np.array(places) / 2 + 1) / 2 * 255).astype(np.uint8)
    return base64.urlsafe_b64encode(steps.tobytes()).decode()


def test_it_opens_with_the_collapse_beside_its_cure(playgrounds):
    app = visit()
    one = shown(app, playgrounds)
    models = {letter: player.config.model for letter, player in one.players.items()}
    assert models == {"a": "minimax", "b": "gradient-penalty"}
    assert not one.running
    labels = [expander.label for expander in app.expander]
    assert "The formulas" in labels
    for name in ("minimax", "gradient_penalty"):
        assert f"Source: aecore/gan/games/{name}.py" in labels
    assert set(FORMULAS) == set(MODELS)


def test_a_link_opens_the_same_settings(playgrounds):
    app = visit(cloud="grid", d=1, seed=3, units=32, a_model="vae", b_model="least-squares",
                b_rate=0.002, b_steps=4)  # fmt: skip
    a, b = shown(app, playgrounds).players.values()
    assert (a.config.cloud, a.config.latent_dim, a.config.seed, a.config.width) == (
        "grid",
        1,
        3,
        32,
    )
    assert (a.config.model, a.rates) == ("vae", USUAL_RATES["vae"])
    assert b.config.model == "least-squares"
    assert b.rates == Rates(2e-3, USUAL_RATES["least-squares"].critic, 4)
    assert told(app)["modes"] == 25


def test_nonsense_in_a_link_is_said(playgrounds):
    app = visit(cloud="cube", drawn="***")
    assert len(app.warning) >= 1
    assert shown(app, playgrounds).players["a"].config.cloud == "ring"


def test_rates_move_while_it_trains_and_another_model_takes_its_usual_ones(playgrounds):
    app = visit()
    one = shown(app, playgrounds)
    player = one.players["a"]
    app.select_slider(key="a_critic").set_value(3e-3).run()
    assert one.players["a"] is player
    assert player.rates.critic == 3e-3
    app.selectbox(key="a_model").select("wasserstein").run()
    assert one.players["a"].config.model == "wasserstein"
    assert one.players["a"].rates == USUAL_RATES["wasserstein"]


def test_the_preset_starts_both_anew(playgrounds):
    app = visit(cloud="moons", a_model="vae", b_model="none")
    assert list(shown(app, playgrounds).players) == ["a"]
    app.button(key="preset_cure").click().run()
    one = shown(app, playgrounds)
    assert one.running
    assert [p.config.model for p in one.players.values()] == ["minimax", "gradient-penalty"]
    assert one.players["a"].config.cloud == "ring"
    assert one.players["b"].rates == USUAL_RATES["gradient-penalty"]


def test_a_drawing_comes_by_link_and_is_where_it_was_painted(playgrounds):
    text = written((-1.0, 0.5), (1.5, -1.5))
    app = visit(cloud="drawn", drawn=text)
    config = shown(app, playgrounds).players["b"].config
    np.testing.assert_allclose(config.dots, [(-1, 0.5), (1.5, -1.5)], atol=2 / 255)
    assert told(app)["drawn"] == text
    assert dots_of(text) == config.dots


def test_an_empty_drawing_says_what_to_do(playgrounds):
    app = visit(cloud="drawn")
    assert any("Nothing is drawn yet" in info.value for info in app.info)
    assert not shown(app, playgrounds).players
    assert told(app)["drawing"]


@pytest.mark.parametrize("text", ["abc", "%%", "a" * 2000, written((0, 0))[:-3]])
def test_a_drawing_that_cannot_be_read_is_none(text):
    assert dots_of(text) == ()
