"""Earth mover's distance in a real Chromium: its numbers are those of Python and scipy."""

import csv
import json
import re

import numpy as np
import pytest
from browsing import PATIENCE, fits_a_phone, open_page, run_script
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from aecore.explore import transport
from aecore.explore.transport import MEASURES, drawn, measure, shaped

pytestmark = pytest.mark.browser

LINE = {"reach": transport.REACH, "step": transport.STEP, "slide": transport.SLIDE}
PARTS = ("drawing", "transport")
# Infinite numbers and those that are none have no place in JSON.
SAID = "(v) => (Number.isFinite(v) ? v : String(v))"


def numbers(values):
    return np.array([float(v) if isinstance(v, str) else v for v in values], float)


def cases():
    shapes = list(transport.SHAPES)
    for i, shape in enumerate(shapes):
        for other in shapes:
            yield shape, other, (i - 2) * 1.25, 0.5 + 0.4 * i


def test_javascript_measures_and_carries_as_python_does(browser):
    found = run_script(
        browser,
        PARTS,
        """([line, cases, code]) => cases.map(([a, b, theta, width]) => {
            const p = shaped(line, a, 0, 1), q = shaped(line, b, theta, width);
            const said = eval(code);
            return {
                p: Array.from(p, said), q: Array.from(q, said), plan: planOf(p, q),
                measures: Object.values(measure(p, q, line.step)).map(said),
                names: Object.keys(measure(p, q, line.step)),
                potential: potential(p, q, line.step),
                discriminator: Array.from(discriminator(p, q), said),
            };
        })""",
        [LINE, list(cases()), SAID],
    )
    for (a, b, theta, width), one in zip(cases(), found, strict=True):
        p, q = shaped(a), shaped(b, theta, width)
        assert tuple(one["names"]) == MEASURES
        np.testing.assert_allclose(numbers(one["p"]), p, rtol=1e-12)
        np.testing.assert_allclose(numbers(one["q"]), q, rtol=1e-12)
        expected = [measure(p, q)[name] for name in MEASURES]
        np.testing.assert_allclose(numbers(one["measures"]), expected, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(one["potential"], transport.potential(p, q), atol=1e-12)
        D = transport.discriminator(p, q)
        np.testing.assert_allclose(numbers(one["discriminator"]), D, rtol=1e-9)
        plan = np.zeros((len(p), len(q)))
        for to, source, mass in one["plan"]:
            plan[to, source] += mass
        np.testing.assert_allclose(plan, transport.plan(p, q), atol=1e-14)


def test_javascript_draws_and_differentiates_as_python_does(browser):
    levels = np.random.default_rng(1).integers(0, 36, 33)
    values = [3, 1, 0.5, np.inf, 2, 2, 2]
    mass, empty, slopes = run_script(
        browser,
        PARTS,
        """([line, levels, values, code]) => {
            const said = eval(code);
            return [Array.from(drawnShape(line, levels, -1.5), said),
                drawnShape(line, levels.map(() => 0), 0),
                slopes(values.map(Number), line.step).map(said)];
        }""",
        [LINE, levels.tolist(), [str(v).replace("inf", "Infinity") for v in values], SAID],
    )
    np.testing.assert_allclose(numbers(mass), drawn(levels, -1.5), rtol=1e-12)
    assert empty is None
    expected = transport.slopes(np.array(values))
    np.testing.assert_array_equal(numbers(slopes), expected)
    assert np.isnan(expected).sum() == 2


def test_javascript_pairs_as_scipy_does(browser):
    random = np.random.default_rng(0)
    costs = [random.random((n, n)) for n in (1, 2, 3, 7, 20, 40)]
    costs.append(random.integers(0, 3, (25, 25)))
    costs.append(np.zeros((4, 4)))
    found = run_script(
        browser,
        ("assignment",),
        "(all) => all.map((costs) => Array.from(assign(costs)))",
        [cost.tolist() for cost in costs],
    )
    for cost, columns in zip(costs, found, strict=True):
        assert sorted(columns) == list(range(len(cost)))
        best = cost[linear_sum_assignment(cost)].sum()
        assert cost[np.arange(len(cost)), columns].sum() == pytest.approx(best)


def opened(page, server, query=""):
    open_page(page, server, f"mover?lang=en&{query}")
    page.locator(".mover-host[data-ready]").wait_for()
    return page.locator(".mover-host")


def shown(page, cell=2):
    """The numbers of the table: the values, or with 3 the slopes."""
    cells = [
        page.locator(f".mover-host tr[data-measure={name}] td:nth-child({cell})")
        for name in MEASURES
    ]
    return [float(one.get_attribute("data-value")) for one in cells]


def expected_at(p, make, theta):
    """Values and slopes as Python has them; ``make`` gives q at a place."""
    around = [measure(p, make(theta + k * transport.STEP)) for k in (-1, 0, 1)]
    values = [around[1][name] for name in MEASURES]
    slopes = [transport.slopes(np.array([one[name] for one in around]))[0] for name in MEASURES]
    return values, slopes


def test_dragging_q_measures_it_anew_and_a_link_opens_the_same(page, server):
    host = opened(page, server, "p=bumps&q=gaussian&theta=3&wide=0.8")
    stage = host.locator(".stage")
    box = stage.bounding_box()
    unit = (box["width"] - 60) / 16
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 4.5 * unit, y, steps=5)
    page.locator(".mover-host[data-theta='-1.5']").wait_for()
    p = shaped("bumps")
    values, slopes = expected_at(p, lambda at: shaped("gaussian", at, 0.8), -1.5)
    np.testing.assert_allclose(shown(page), values, rtol=1e-9)
    np.testing.assert_allclose(shown(page, 3), slopes, rtol=1e-6, atol=1e-9)
    assert "theta=3" in page.url
    page.mouse.up()
    page.wait_for_url("**theta=-1.5**")
    # The arrow keys slide and widen.
    stage.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.wait_for_url(re.compile("theta=-1.75.*wide=0.85"))
    values, slopes = expected_at(p, lambda at: shaped("gaussian", at, 0.85), -1.75)
    np.testing.assert_allclose(shown(page), values, rtol=1e-9)
    page.reload()
    page.locator(".mover-host[data-ready]").wait_for()
    np.testing.assert_allclose(shown(page), values, rtol=1e-9)
    np.testing.assert_allclose(shown(page, 3), slopes, rtol=1e-6, atol=1e-9)


def test_parallel_lines_have_an_infinite_kl_and_only_w1_a_slope(page, server):
    host = opened(page, server, "theta=2.5")
    host.get_by_role("button", name="Example 1").click()
    assert shown(page) == [2.5, np.log(2), 1, np.inf, np.inf]
    np.testing.assert_array_equal(shown(page, 3), [1, 0, 0, np.nan, np.nan])
    assert host.locator("tr[data-measure=kl]").inner_text().split("\t")[1:3] == ["∞", "no slope"]
    # Down the slope of Jensen–Shannon nothing moves; down that of W₁ the lines meet.
    host.locator("tr[data-measure=js] .go").click()
    host.get_by_text("q stops at θ = 2.50, with 0.693").wait_for()
    host.locator("tr[data-measure=kl] .go").click()
    host.get_by_text("no slope to follow at θ = 2.50, where it is ∞").wait_for()
    host.locator("tr[data-measure=w1] .go").click()
    host.get_by_text("q stops at θ = 0.00, with 0.000").wait_for()
    assert shown(page) == [0, 0, 0, 0, 0]
    page.wait_for_url("**theta=0**")


def test_bars_are_drawn_by_hand_and_stand_in_the_link(page, server):
    host = opened(page, server, "p=gaussian&q=point&theta=1")
    host.get_by_role("button", name="Draw q").click()
    stage = host.locator(".stage")
    box = stage.bounding_box()
    unit = (box["width"] - 60) / 16
    depth = (box["height"] - 60) * 0.32
    top, zero = box["y"] + box["height"] - 56 - depth, box["x"] + 48 + 8 * unit
    page.mouse.move(zero + 2 * unit, top + 0.8 * depth)
    page.mouse.down()
    page.mouse.move(zero + 3 * unit, top + 0.2 * depth, steps=3)
    page.mouse.up()
    stage.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("location.search.includes('q_bars')")
    text = re.search("q_bars=([0-9a-z]{33})", page.url)[1]
    levels = np.array([int(letter, 36) for letter in text])
    # The point that was there, bars falling from 1 to 2 beside it, and one made by the keys.
    assert levels[16] == 35
    assert (np.diff(levels[20:25]) < 0).all()
    assert levels[25] == 2
    assert np.count_nonzero(levels) == 7
    values, slopes = expected_at(shaped("gaussian"), lambda at: drawn(levels, at), 1)
    np.testing.assert_allclose(shown(page), values, rtol=1e-9)
    np.testing.assert_allclose(shown(page, 3), slopes, rtol=1e-6, atol=1e-9)
    assert host.locator("input.wide").is_disabled()
    opened(page, server, page.url.split("lang=en&")[1])
    np.testing.assert_allclose(shown(page), values, rtol=1e-9)


def test_the_curves_are_saved_and_a_link_is_clamped_or_said(page, server):
    empty = "0" * 33
    host = opened(page, server, f"p=drawn&p_bars={empty}&theta=1&wide=abc&q=cube&at=here")
    problem = host.locator(".problem").inner_text()
    assert "q = “cube”" in problem
    assert "wide = “abc”" in problem
    assert "draw at least one" in problem
    assert "at = “here”" in page.locator(".matching-host .problem").inner_text()
    host = opened(page, server, "p=segment&q=segment&theta=99&wide=0.5")
    assert shown(page)[0] == pytest.approx(4)
    with page.expect_download() as waiting:
        host.get_by_role("button", name="(CSV)").click()
    rows = list(csv.DictReader(waiting.value.path().read_text("utf-8").splitlines()))
    assert [float(row["theta"]) for row in rows] == (np.arange(-16, 17) / 4).tolist()
    for row in (rows[0], rows[14], rows[16]):
        expected = measure(shaped("segment"), shaped("segment", float(row["theta"]), 0.5))
        assert {name: float(row[name]) for name in MEASURES} == pytest.approx(expected)
    assert rows[0]["d_kl"] == ""
    with page.expect_download() as waiting:
        host.locator(".stagePanel .save").click()
    assert waiting.value.suggested_filename == "transport-stage.png"


def test_dragging_a_cloud_pairs_its_points_as_scipy_does(page, server):
    opened(page, server, "points=25&seed=3&at=2,-1")
    host = page.locator(".matching-host[data-ready]")
    p, q = transport.two_clouds(25, 3)

    def paired(at):
        cost = cdist(q + at, p)
        rows, columns = linear_sum_assignment(cost)
        assert json.loads(f"[{host.get_attribute('data-partner')}]") == columns.tolist()
        w1 = float(host.locator("tr[data-name=w1] td").get_attribute("data-value"))
        assert w1 == pytest.approx(cost[rows, columns].mean())
        assert w1 >= float(host.locator("tr[data-name=means] td").get_attribute("data-value"))
        return columns.tolist()

    before = paired([2, -1])
    plane = host.locator(".plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    unit = min(box["width"], box["height"]) / 9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 3 * unit, y - 2 * unit, steps=4)
    page.mouse.up()
    page.wait_for_function("new URLSearchParams(location.search).get('at') !== '2,-1'")
    at = json.loads(f"[{host.get_attribute('data-at')}]")
    assert at == pytest.approx([-1, 1], abs=0.05)
    assert paired(at) != before
    plane.focus()
    page.keyboard.press("ArrowUp")
    moved = json.loads(f"[{host.get_attribute('data-at')}]")
    assert moved == pytest.approx([at[0], at[1] + 0.1])
    paired(moved)


def test_a_phone_holds_the_page_and_slides_by_touch(browser, server):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="fr-FR", has_touch=True
    )
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        opened(page, server, "theta=1&lang=fr")
        fits_a_phone(page)
        page.locator(".mover-host .curves").scroll_into_view_if_needed()
        box = page.locator(".mover-host .curves").bounding_box()
        page.touchscreen.tap(box["x"] + 48 + (box["width"] - 60) / 4, box["y"] + 60)
        page.locator(".mover-host[data-theta='-2']").wait_for()
        assert shown(page)[0] == pytest.approx(2)
    finally:
        context.close()
