"""The pages “GAN” and “Noise and samples”, without MNIST: what they send to train, the players
moved by hand, and what is shown of a trained generator."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import library
from aecore.explore import noise
from aecore.figures import grey
from aecore.gan import file
from aecore.gan.config import GanConfig, GanTrainConfig
from aecore.gan.training import GanTrainer
from aecore.runs import Status, registry
from pages.sections.gan_settings import USUAL
from pages.ui import server

CONDITIONAL = "conditional-wgan-gp-d32"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def opened(page, language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=120)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def button(app, label):
    return next(one for one in app.button if one.label == label)


def slider(app, label):
    return next(one for one in [*app.select_slider, *app.slider] if one.label == label)


@pytest.fixture
def prepared(monkeypatch):
    """The GAN page with a small run that has not begun, and that run."""
    monkeypatch.setattr(server, "owner", lambda: "page-test-gan")
    app = opened("gan", players="mlp")
    slider(app, "Hidden units").set_value(64).run()
    button(app, "Prepare, without training yet").click().run()
    (run,) = registry().of("page-test-gan", GanTrainConfig)
    yield app, run
    registry().remove(run)


def test_a_game_begins_with_what_it_is_usually_played_with():
    app = opened("gan")
    for game, (generator, critic, steps) in USUAL.items():
        next(box for box in app.selectbox if box.label == "Game").set_value(game).run()
        assert slider(app, "Generator's learning rate").value == generator
        assert slider(app, "Critic's learning rate").value == critic
        assert slider(app, "Steps of the critic for one of the generator").value == steps
    assert not app.exception
    assert "Told to both" not in str(app)  # BEGAN is told no class


def test_a_link_opens_the_game_and_says_what_is_unknown():
    app = opened("gan", game="wasserstein", told="auxiliary")
    assert next(box for box in app.selectbox if box.label == "Game").value == "wasserstein"
    assert [w.value for w in app.warning] == ["embedded"] or not app.exception
    app = opened("gan", game="chess")
    assert any("chess" in warning.value for warning in app.warning)


def test_players_move_by_hand_and_the_other_waits(prepared):
    app, run = prepared
    assert run.status is Status.PAUSED
    assert len(run.snapshots) == 1  # what noise gives before anything is learned
    button(app, "Critic only").click().run()
    assert run.trainer.turns == {"critic": 1, "generator": 0}
    app.segmented_control(key="gan_count").set_value(10).run()
    button(app, "Both players").click().run()
    assert run.trainer.turns == {"critic": 11, "generator": 10}
    assert any("critic 11, generator 10" in caption.value for caption in app.caption)
    assert len(run.snapshots) == 3
    assert len(run.train_curve) == 3
    assert not app.exception


def test_slow_motion_goes_through_the_stages_and_marks_the_lines(prepared):
    app, run = prepared
    marked = []
    for _ in range(5):
        button(app, "Next stage").click().run()
        source = next(h.body for h in app.get("html") if "lab-source" in h.body)
        marked.append(re.findall(r'<div class="now">(.*?)</div>', source))
    assert any("gan.generate(z, labels)" in line for line in marked[1])
    assert any("loss.backward()" in line for line in marked[3])
    assert any("optimizer.step()" in line for line in marked[4])
    text = " ".join(m.value for m in app.markdown)
    assert "**Critic, 5.** The critic's weights move" in text
    assert run.trainer.turns == {"critic": 0, "generator": 0}
    button(app, "Next stage").click().run()
    assert run.trainer.turns == {"critic": 1, "generator": 0}
    # A turn that was begun is void once the players are moved otherwise.
    button(app, "Both players").click().run()
    assert not any("lab-source" in h.body for h in app.get("html"))
    assert not app.exception


def test_a_run_that_trains_can_not_be_moved_by_hand(prepared):
    app, run = prepared
    run.status = Status.RUNNING
    button(app, "Both players").click().run()
    run.status = Status.PAUSED
    assert any("Pause the run first" in error.value for error in app.error)


def test_rates_changed_while_paused_reach_the_trainer(prepared):
    app, run = prepared
    slider(app, "Critic's rate now").set_value(0.005).run()
    slider(app, "Critic's steps now").set_value(4).run()
    assert run.trainer.rates["critic"] == 0.005
    assert run.trainer.critic_steps == 4


def pixels(app, caption):
    """The picture whose alternative text begins so, as grey pixels."""
    body = next(h.body for h in app.get("html") if f'<img alt="{caption}' in h.body)
    data = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', body)[1])
    return np.array(Image.open(io.BytesIO(data)).convert("L"))


def test_samples_are_what_the_generator_draws():
    name = library.available(GanTrainConfig)[0]
    app = opened("ganspace", gan=name, seed=3, spread=0.5)
    gan, _card = file.load(library.path(name))
    z = 0.5 * noise.draw(gan.config.latent_dim, 100, 3)
    expected = grey(noise.pictures(gan, z).numpy())
    sheet = pixels(app, "A hundred draws of z")
    assert np.array_equal(sheet[:28, :28], expected[0])
    assert np.array_equal(sheet[-28:, -28:], expected[-1])


def test_a_conditional_gan_shows_its_classes_and_whether_it_obeys():
    app = opened("ganspace", gan=CONDITIONAL)
    headings = [h.value for h in app.subheader]
    assert "The same noise as every class" in headings
    assert "Does it draw what it is asked?" in headings
    gan, _card = file.load(library.path(CONDITIONAL))
    z = noise.draw(gan.config.latent_dim, 100, 0)
    rows = pixels(app, "Ten draws of z for each class")
    assert np.array_equal(rows[:28, :28], grey(noise.pictures(gan, z[:1], 0).numpy())[0])
    assert np.array_equal(rows[-28:, :28], grey(noise.pictures(gan, z[90:91], 9).numpy())[0])
    assert app.metric[0].label == "Read as the class asked for"


def test_the_measures_stand_beside_real_digits_and_vaes():
    app = opened("ganspace")
    table = next(m.value for m in app.markdown if "Fréchet distance" in m.value and "|" in m.value)
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    # They are sorted, and nothing is nearer to real digits than real digits.
    assert rows[0] == "real training digits"
    assert any("vae-mlp-d20" in row for row in rows)


def test_without_any_gan_the_page_says_what_to_do(monkeypatch):
    monkeypatch.setattr(library, "available", lambda kind: [])
    app = opened("ganspace")
    assert any("There is no GAN yet" in info.value for info in app.info)


def test_a_damaged_file_is_refused_and_a_good_one_can_be_chosen(digits):
    config = GanTrainConfig(GanConfig(network="mlp", latent_dim=2, width=8), dataset="digits")
    trainer = GanTrainer(replace(config, epochs=1), digits, watch=False)
    content = file.to_bytes(trainer.shown, trainer.card(trainer.metrics(), "mine"))
    app = opened("ganspace")
    upload = app.get("file_uploader")[0]
    upload.upload("bad.safetensors", content[:-50], "application/octet-stream").run()
    assert app.error
    upload = app.get("file_uploader")[0]
    upload.upload("good.safetensors", content, "application/octet-stream").run()
    assert any("good.safetensors" in s.value for s in app.success)
    options = next(box for box in app.selectbox if box.key == "gan").options
    assert any("good.safetensors" in option for option in options)
