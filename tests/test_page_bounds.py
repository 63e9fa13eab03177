"""The page of bounds and collapse, run without a browser."""

import pytest
from streamlit.testing.v1 import AppTest


def visit(**query):
    app = AppTest.from_file("../app.py", default_timeout=180)
    app.query_params.update({"lang": "en", **query})
    app.run()
    app.switch_page("pages/bounds.py").run()
    assert not app.exception
    return app


def rows(app, first):
    """The rows of the table whose header begins with a word, split into cells."""
    table = next(m.value for m in app.markdown if m.value.startswith(f"| {first} "))
    return [
        [cell.strip(" *") for cell in line.strip("| ").split(" | ")] for line in table.split("\n")
    ]


def test_more_draws_raise_the_bound_of_each_model():
    app = visit(bounded="vae-mlp-d20", k="1")
    _header, _line, one = rows(app, "Model")
    assert one[0] == "vae-mlp-d20"
    app.select_slider(key="k").set_value(1000).run()
    _header, _line, many = rows(app, "Model")
    assert not app.exception
    assert float(one[2]) < float(many[2]) <= float(many[3]) + 0.2
    assert one[5] == "1 / 1"


def test_only_vaes_of_one_likelihood_are_offered():
    app = visit()
    options = app.multiselect(key="bounded").options
    assert "vae-mlp-d20" in options
    assert "mlp-d32" not in options


def test_without_a_model_the_page_says_what_to_do():
    app = visit(bounded="vae-mlp-d20")
    app.multiselect(key="bounded").set_value([]).run()
    assert not app.exception
    assert any("Choose VAEs" in info.value for info in app.info)


def test_the_latents_of_a_large_code_are_counted():
    app = visit(bounded="vae-mlp-d20,vae-mlp-d2", view="collapse")
    found = rows(app, "Model")[2:]
    assert [row[0] for row in found] == ["vae-mlp-d20", "vae-mlp-d2"]
    latents, collapsed = int(found[0][1]), int(found[0][2])
    assert latents == 20
    assert 0 <= collapsed < 20
    assert found[1][1:3] == ["2", "0"]


@pytest.mark.parametrize("query", [{"k": "7"}, {"view": "sideways"}, {"binary": "maybe"}])
def test_what_a_link_asks_for_in_vain_is_said(query):
    app = visit(bounded="vae-mlp-d20", **query)
    assert any(next(iter(query.values())) in warning.value for warning in app.warning)
