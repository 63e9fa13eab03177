"""The page “Regularisers”: every part of it, without MNIST, and what its numbers say."""

import pytest
from streamlit.testing.v1 import AppTest

from aecore import library
from aecore.config import MAX_LATENT_DIM, PIXELS
from aecore.explore.copying import overcomplete
from aecore.models import build
from pages.sections.regularisers import PARTS, SHOWN_AT_FIRST, SOURCES


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def visit(part="activity", models=None, **asked):
    app = AppTest.from_file("../app.py", default_timeout=120)
    asked = {"lang": "en", "view": part, **asked}
    if models is not None:
        asked["regularised"] = ",".join(models)
    for key, value in asked.items():
        app.query_params[key] = str(value)
    app.run()
    return app.switch_page("pages/regularisers.py").run()


def cells(app, name):
    """The numbers that the first table with a row of this name tells of it."""
    for markdown in app.markdown:
        for line in markdown.value.splitlines():
            first, *others = [cell.strip(" *") for cell in line.strip("| ").split(" | ")]
            if first == name:
                return others
    raise AssertionError(f"no row {name}")


def share(text):
    return float(text.replace("\N{NO-BREAK SPACE}", "").rstrip("%")) / 100


def test_the_models_of_the_page_come_with_the_project():
    assert set(SHOWN_AT_FIRST) <= set(library.available())


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_shown_with_formulas_and_sources(part):
    app = visit(part)
    assert not app.exception
    assert app.multiselect(key="regularised").value == list(SHOWN_AT_FIRST)
    labels = [expander.label for expander in app.expander]
    assert "The formulas" in labels
    assert any("aecore/explore/" in label for label in labels)
    for kind in SOURCES[part][1:]:
        assert any(kind.__name__.replace(".", "/") in label for label in labels)


@pytest.mark.parametrize("part", PARTS)
def test_a_link_without_models_says_what_to_do(part):
    app = visit(part, models=[])
    assert not app.exception
    assert any("Choose models above" in info.value for info in app.info)


@pytest.mark.parametrize("part", PARTS)
def test_a_single_model_of_another_family_is_shown(part):
    app = visit(part, models=["vae-mlp-d2"])
    assert not app.exception
    assert not app.error


def test_a_k_sparse_code_has_its_zeros():
    app = visit("activity", models=["k-sparse-d256-k25"])
    d, zero, *_others = cells(app, "k-sparse-d256-k25")
    assert d == "256"
    assert share(zero) >= 1 - 25 / 256 - 1e-3


def test_noise_is_lost_where_the_code_is_short():
    app = visit("noise", models=["mlp-d2", "mlp-d64"], kind="uniform")
    for name in ("mlp-d2", "mlp-d64"):
        _d, digits, noise, copied = cells(app, name)
        assert share(digits) < share(noise)
        assert share(copied) <= 64 / PIXELS


def test_the_head_is_measured_on_the_digits_at_hand():
    app = visit("labels", models=["supervised-d16", "mlp-d16"])
    assert not app.exception
    *_others, head = cells(app, "supervised-d16")
    assert 0.3 < share(head) <= 1
    assert cells(app, "mlp-d16")[-1] == "–"
    plain = visit("labels", models=["mlp-d16"])
    assert any("trained with labels" in info.value for info in plain.info)


def test_the_runs_of_the_demonstration_are_overcomplete_and_can_be_built():
    configs = overcomplete()
    kinds = [frozenset(p.kind for p in config.model.penalties) for config in configs]
    codes = [(config.model.network, config.model.code_activation) for config in configs]
    assert len(set(zip(kinds, codes, strict=True))) == len(configs) == 6
    for config in configs:
        assert PIXELS < config.model.latent_dim <= MAX_LATENT_DIM
        assert build(config.model).config == config.model


def test_the_button_queues_the_demonstration(monkeypatch):
    from aecore.runs import registry

    asked = []
    monkeypatch.setattr(registry(), "submit", lambda owner, config: asked.append(config))
    app = visit("noise", models=["mlp-d2"])
    next(b for b in app.button if b.label.startswith("Train all six")).click().run()
    assert asked == overcomplete()
    assert app.success
