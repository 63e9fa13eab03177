"""The digit picker and its drawing canvas in a real Chromium."""

import base64
import io
import json
import re
import urllib.error
import urllib.request

import numpy as np
import pytest
from browsing import (
    PATIENCE,
    ROOT,
    at_rest,
    fits_a_phone,
    open_page,
    pixels_of,
    start_server,
    stop_server,
    until,
)
from PIL import Image, ImageDraw

from aecore.mnist_form import to_mnist_form
from aecore.photo import ink_of_picture
from pages.ui.picker import drawing_token, parse

pytestmark = pytest.mark.browser

ASSETS = ROOT / "pages/ui/assets"


@pytest.fixture(scope="module")
def pickers(tmp_path_factory):
    process, address = start_server(
        tmp_path_factory.mktemp("no-data"), ROOT / "tests/apps/picker_app.py"
    )
    yield address
    stop_server(process)


def host(page, key):
    return page.locator(f".st-key-picker-{key} .picker-host")


def said(page, key, pattern):
    """Wait for what the app says of a picker: its token, class, ink and reruns."""
    text = page.get_by_text(re.compile(rf"^{key} {pattern}"))
    text.wait_for()
    return text.inner_text()


def open_picker(page, key, tab=None):
    host(page, key).locator(".chosen").click()
    if tab:
        host(page, key).get_by_role("tab", name=tab).click()


def draw(page, square, *points):
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    places = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def face(page, key):
    pixels = pixels_of(page, f".st-key-picker-{key} .face")
    return np.array(pixels).reshape(28, 28, 4)[..., 0]


def test_a_digit_is_chosen_by_its_class_and_stands_in_the_link(page, pickers, digits):
    open_page(page, pickers, "")
    open_picker(page, "a")
    host(page, "a").get_by_role("button", name="4", exact=True).click()
    thumb = host(page, "a").locator(".thumb").nth(2)
    index = np.flatnonzero(digits.test.labels.numpy() == 4)[2]
    assert thumb.get_attribute("aria-label") == f"4, No. {index}"
    thumb.click()
    said(page, "a", f"t{index} 4 ")
    page.wait_for_url(re.compile(rf"a=t{index}\b"))
    assert host(page, "a").locator(".thumb").first.is_hidden()
    assert host(page, "a").locator(".name").inner_text() == "4"
    assert (face(page, "a") == digits.test.images[index].numpy()).all()
    page.reload()
    said(page, "a", f"t{index} 4 ")
    said(page, "b", "t0 ")


def test_others_goes_through_all_pictures_of_the_class(page, pickers, digits):
    open_page(page, pickers, "")
    open_picker(page, "a")
    seen = []
    for _ in range(2):
        thumbs = host(page, "a").locator(".thumb")
        thumbs.first.wait_for()
        seen += thumbs.evaluate_all("all => all.map((one) => one.title)")
        host(page, "a").get_by_role("button", name="Others").click()
    labels = digits.test.labels.numpy()
    assert set(seen) == {f"No. {index}" for index in np.flatnonzero(labels == labels[0])}


def test_a_drawing_arrives_in_the_form_of_mnist_after_each_stroke(page, pickers):
    open_page(page, pickers, "")
    open_picker(page, "a", "Draw")
    square = host(page, "a").locator(".square")
    assert host(page, "a").locator(".use").is_disabled()
    draw(page, square, (0.2, 0.1), (0.6, 0.1))
    one = said(page, "a", "d.* None ")
    draw(page, square, (0.6, 0.1), (0.4, 0.5))
    page.wait_for_function("(old) => !document.body.innerText.includes(old)", arg=one)
    assert host(page, "a").locator(".name").inner_text() == "Your drawing"
    seven = face(page, "a")
    rows, columns = np.flatnonzero(seven.any(1)), np.flatnonzero(seven.any(0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    # The centre of mass is in the middle, and the top bar is there.
    assert abs((seven.sum(1) @ np.arange(28)) / seven.sum() - 13.5) < 1
    assert (seven[rows[0] + 1] > 100).sum() > 8
    host(page, "a").get_by_role("button", name="Take this drawing").click()
    assert square.is_hidden()
    page.reload()
    said(page, "a", "d.* None ")
    assert (face(page, "a") == seven).all()


def test_the_same_picture_and_the_same_drawing_can_be_chosen_again(page, pickers, digits):
    zero = np.flatnonzero(digits.test.labels.numpy() == 0)[0]
    open_page(page, pickers, "")
    open_picker(page, "a", "Draw")
    draw(page, host(page, "a").locator(".square"), (0.5, 0.2), (0.5, 0.8))
    host(page, "a").locator(".use").click()
    first = said(page, "a", "d.* None ").split(" runs ")[0]
    for _ in range(2):
        open_picker(page, "a", "Test set")
        host(page, "a").locator(".thumb").first.click()
        said(page, "a", f"t{zero} 0 ")
        open_picker(page, "a", "Draw")
        host(page, "a").locator(".use").click()
        assert said(page, "a", "d.* None ").split(" runs ")[0] == first


def test_in_a_fragment_nothing_else_reruns(page, pickers):
    open_page(page, pickers, "")
    open_picker(page, "c")
    host(page, "c").locator(".thumb").nth(1).click()
    said(page, "c", r"t\d+ .* runs 2$")
    open_picker(page, "c", "Draw")
    draw(page, host(page, "c").locator(".square"), (0.5, 0.2), (0.5, 0.8))
    said(page, "c", "d.* None .* runs 3$")
    page.wait_for_url(re.compile(r"c=d"))
    said(page, "a", "t0 .* runs 1$")


def seven(kind="PNG", **options):
    """The file of a picture: a dark 7 on light paper, 300x400."""
    sheet = Image.new("L", (300, 400), 225)
    pen = ImageDraw.Draw(sheet)
    pen.line([(80, 100), (220, 100), (130, 320)], fill=30, width=28, joint="curve")
    file = io.BytesIO()
    sheet.save(file, kind, **options)
    return file.getvalue()


def upload(page, key, content, name="seven.png"):
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    host(page, key).locator("input[type=file]").set_input_files(file)


def drop(page, key, event, content):
    """Drops or pastes a file, which only a page itself can put into such an event."""
    host(page, key).locator(".place").evaluate(
        """(place, [event, content]) => {
            const files = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            files.items.add(new File([bytes], "seven.png", { type: "image/png" }));
            const options = { bubbles: true, composed: true, cancelable: true };
            place.dispatchEvent(event === "drop"
                ? new DragEvent("drop", { ...options, dataTransfer: files })
                : new ClipboardEvent("paste", { ...options, clipboardData: files }));
        }""",
        [event, base64.b64encode(content).decode()],
    )


def form_shown(page, key):
    pixels = pixels_of(page, f".st-key-picker-{key} .found canvas")
    return np.array(pixels).reshape(28, 28, 4)[..., 0]


def test_a_picture_is_brought_to_the_form_of_mnist_and_stands_in_the_link(page, pickers):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda f: sent.append(len(f))))
    open_page(page, pickers, "")
    open_picker(page, "a", "Upload")
    a = host(page, "a")
    assert a.locator(".keep").is_hidden()
    # Large, as a photo is.
    content = seven("BMP") + bytes(2_000_000)
    upload(page, "a", content)
    said(page, "a", "p.* None ")
    assert a.locator(".name").inner_text() == "Your picture"
    assert np.abs(face(page, "a") - to_mnist_form(ink_of_picture(content)).astype(int)).max() <= 8
    assert a.locator(".found img").evaluate("img => img.decode().then(() => img.naturalHeight)")
    assert (face(page, "a") == form_shown(page, "a")).all()
    assert a.locator(".problem").is_hidden()
    found = face(page, "a")
    # The bytes of the picture are no part of what Streamlit is sent with every rerun.
    assert sent
    assert max(sent) < 20_000
    a.get_by_role("button", name="Take this picture").click()
    assert a.locator(".place").is_hidden()
    page.reload()
    said(page, "a", "p.* None ")
    assert (face(page, "a") == found).all()
    a.locator(".chosen").click()
    assert a.get_by_role("tab", name="Upload").get_attribute("aria-selected") == "true"
    assert a.locator(".found img").is_hidden()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(page, pickers, event):
    open_page(page, pickers, "")
    open_picker(page, "b", "Upload")
    drop(page, "b", event, seven())
    said(page, "b", "p.* None ")
    said(page, "a", "t0 ")


def test_what_is_no_picture_is_said_and_the_digit_stays(page, pickers):
    open_page(page, pickers, "")
    open_picker(page, "a", "Upload")
    a = host(page, "a")
    problem = a.locator(".problem")
    upload(page, "a", b"a digit")
    a.get_by_text("This is no picture that can be read.").wait_for()
    upload(page, "a", seven()[:200])
    a.get_by_text("The picture is damaged or cut short.").wait_for()
    upload(page, "a", bytes(8 * 2**20 + 1))
    a.get_by_text("The file has more than 8 MiB.").wait_for()
    page.route("**/lab/photo?*", lambda route: route.abort())
    upload(page, "a", seven())
    a.get_by_text("The picture could not be sent.").wait_for()
    assert a.locator(".found").is_hidden()
    said(page, "a", "t0 .* runs 1$")
    page.unroute("**/lab/photo?*")
    upload(page, "a", seven())
    said(page, "a", "p.* None ")
    assert problem.is_hidden()


def test_the_route_of_pictures_says_why_in_the_language_asked_and_reads_no_more(pickers):
    def post(content, language):
        request = urllib.request.Request(f"{pickers}/lab/photo?lang={language}", content)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        with refused.value as answer:
            return answer.status, json.load(answer)["problem"]

    status, sentence = post(b"a digit", "fr")
    assert status == 422
    assert sentence.startswith("Ce n’est pas une image")
    assert post(bytes(8 * 2**20 + 1), "en")[0] == 413


def test_undo_eraser_and_clear(page, pickers):
    open_page(page, pickers, "")
    open_picker(page, "a", "Draw")
    a = host(page, "a")
    square, undo, clear = a.locator(".square"), a.locator(".undo"), a.locator(".clear")

    def ink():
        return a.locator(".sheet").evaluate(
            "c => c.getContext('2d').getImageData(0, 0, 560, 560).data.reduce((a, b) => a + b)"
        )

    nothing = ink()
    draw(page, square, (0.5, 0.2), (0.5, 0.8))
    one = ink()
    draw(page, square, (0.2, 0.5), (0.8, 0.5))
    two = ink()
    assert nothing < one < two
    undo.click()
    assert ink() == one
    a.get_by_role("button", name="Eraser").click()
    draw(page, square, (0.5, 0.5), (0.5, 0.8))
    assert nothing < ink() < one
    clear.click()
    assert ink() == nothing
    assert clear.is_disabled()
    assert a.locator(".use").is_disabled()
    undo.click()
    assert nothing < ink() < one
    undo.click()
    assert ink() == one
    said(page, "a", "d.* None ")


def test_a_drawing_is_made_with_the_keys_alone(page, pickers):
    open_page(page, pickers, "")
    host(page, "a").locator(".chosen").focus()
    for key in ("Enter", "Tab", "ArrowRight", "Tab", "Space", *["ArrowDown"] * 8, "Space"):
        page.keyboard.press(key)
    assert host(page, "a").locator(".said").inner_text() == "Pen up"
    said(page, "a", "d.* None ")
    picture = face(page, "a")
    assert np.ptp(np.flatnonzero(picture.any(1))) > 2 * np.ptp(np.flatnonzero(picture.any(0)))
    page.keyboard.press("Escape")
    assert host(page, "a").locator(".square").is_hidden()
    focused = "document.activeElement.shadowRoot.activeElement.className"
    assert page.evaluate(focused) == "chosen"


def test_a_finger_draws_on_a_phone_and_the_page_stays(browser, pickers):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, pickers, "")
        assert host(page, "a").locator(".chosen").bounding_box()["height"] >= 44
        host(page, "a").locator(".chosen").tap()
        host(page, "a").get_by_role("tab", name="Draw").tap()
        square = host(page, "a").locator(".square")
        square.scroll_into_view_if_needed()
        box, main = square.bounding_box(), "document.querySelector('[data-testid=stMain]')"
        scrolled = page.evaluate(f"{main}.scrollTop")
        touch = context.new_cdp_session(page).send
        for k in range(8):
            place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + (0.2 + 0.08 * k) * 300}
            kind = "touchMove" if k else "touchStart"
            touch("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        said(page, "a", "d.* None ")
        picture = face(page, "a")
        assert np.ptp(np.flatnonzero(picture.any(1))) > 2 * np.ptp(np.flatnonzero(picture.any(0)))
        assert page.evaluate(f"{main}.scrollTop") == scrolled
        fits_a_phone(page)
    finally:
        context.close()


def test_the_pictures_are_fetched_when_a_panel_first_opens_and_once_for_all(page, pickers):
    asked = []
    page.on("request", lambda request: "/lab/pictures/" in request.url and asked.append(1))
    open_page(page, pickers, "")
    at_rest(page)
    page.wait_for_timeout(500)  # nothing is fetched
    assert asked == []
    for key in "ab":
        open_picker(page, key)
        host(page, key).locator(".thumb").first.wait_for()
    assert asked == [1]


def test_without_the_pictures_one_can_still_draw(page, pickers):
    page.route("**/lab/pictures/*", lambda route: route.fulfill(status=404))
    open_page(page, pickers, "")
    open_picker(page, "a")
    square = host(page, "a").locator(".square")
    square.wait_for()
    assert host(page, "a").get_by_role("tab").all_inner_texts() == ["Draw", "Upload"]
    draw(page, square, (0.5, 0.2), (0.5, 0.8))
    said(page, "a", "d.* None ")


def test_a_link_is_clamped_and_an_unknown_one_is_said(page, pickers, digits):
    open_page(page, pickers, "?a=t99999&b=zzz")
    said(page, "a", f"t{len(digits.test) - 1} ")
    said(page, "b", "t0 ")
    page.get_by_text("The link asks for b = “zzz”").wait_for()
    page.wait_for_url(re.compile(rf"a=t{len(digits.test) - 1}\b.*b=t0|b=t0.*a=t359"))


@pytest.fixture
def canvas(page):
    """A page with a canvas alone, as another component would use it."""
    page.set_content("<div id=here style='width: 300px'></div>")
    for name in ("drawing", "canvas"):
        page.add_script_tag(content=(ASSETS / f"{name}.js").read_text("utf-8"))
    page.add_style_tag(content=(ASSETS / "canvas.css").read_text("utf-8"))
    page.evaluate(
        """() => {
            window.grown = 0;
            window.ink = buildCanvas({
                size: 140,
                onStroke: (greys) => { grown += greys.length === 19600; },
                onEnd: (greys, empty) => { window.last = Array.from(greys); window.none = empty; },
            });
            here.append(ink.node);
        }"""
    )
    return page


def test_a_fast_stroke_has_no_gaps_and_grows_while_it_is_drawn(canvas):
    square = canvas.locator(".square")
    draw(canvas, square, (0.2, 0.3), (0.8, 0.3))
    assert canvas.evaluate("grown") >= 1
    assert canvas.evaluate("none") is False
    greys = np.array(canvas.evaluate("last")).reshape(140, 140)
    assert (greys[42, 30:110] == 255).all()
    # As wide as the pen is set to, with round ends and soft rims.
    assert np.ptp(np.flatnonzero(greys[:, 70])) + 1 == pytest.approx(0.09 * 140, abs=2)
    assert greys[42, :20].max() == 0
    assert greys[36:38, 21:23].max() == 0
    assert ((greys > 0) & (greys < 255)).any()


def test_a_press_alone_leaves_a_dot_and_an_erased_drawing_is_empty(canvas):
    square = canvas.locator(".square")
    draw(canvas, square, (0.5, 0.5))
    greys = np.array(canvas.evaluate("last")).reshape(140, 140)
    assert greys[70, 70] == 255
    assert np.ptp(np.flatnonzero(greys.any(0))) == np.ptp(np.flatnonzero(greys.any(1)))
    canvas.locator(".eraser").click()
    canvas.locator(".width input").fill("0.2")
    draw(canvas, square, (0.4, 0.5), (0.6, 0.5))
    assert canvas.evaluate("none") is True


def blots(rng):
    """Drawings of many shapes and sizes: dots, bars, tall and wide scribbles, faint ones."""
    for height, width in ((1, 1), (3, 90), (120, 4), (140, 140), (37, 61), (61, 37), (20, 20)):
        for strongest in (255, 40):
            ink = np.zeros((140, 140), np.uint8)
            top, left = rng.integers(0, 141 - height), rng.integers(0, 141 - width)
            values = rng.integers(0, strongest + 1, (height, width))
            ink[top : top + height, left : left + width] = values * (rng.random(values.shape) < 0.6)
            ink[top, left] = ink[top + height - 1, left + width - 1] = strongest
            yield ink


def test_the_browser_brings_a_drawing_to_the_form_that_the_server_does(page):
    for name in ("drawing", "mnistform"):
        page.add_script_tag(content=(ASSETS / f"{name}.js").read_text("utf-8"))
    for ink in blots(np.random.default_rng(0)):
        found = page.evaluate(
            "(ink) => Array.from(mnistForm(Uint8Array.from(ink), 140))", ink.ravel().tolist()
        )
        expected = parse(drawing_token(to_mnist_form(ink)), None).pixels.ravel().astype(int)
        # What lies between two greys may be rounded to either.
        off = np.abs(np.array(found) - expected)
        assert set(off.tolist()) <= {0, 17}
        assert (off > 0).sum() <= 2
    assert not any(page.evaluate("Array.from(mnistForm(new Uint8Array(19600), 140))"))


def test_what_follows_the_digit_follows_the_pen(page, pickers):
    open_page(page, pickers, "")
    open_picker(page, "a", "Draw")
    page.evaluate(
        """() => {
            window.heard = [];
            window.addEventListener("labdigit", (event) => {
                if (event.detail === "a") heard.push(Array.from(labDigits.a));
            });
        }"""
    )
    square = host(page, "a").locator(".square")
    box = square.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 20, steps=5)
    # The pen is still down, and the server has not heard of it.
    page.wait_for_function("heard.length > 0")
    assert any(page.evaluate("heard.at(-1)"))
    page.mouse.move(box["x"] + 80, box["y"] + 90, steps=5)
    page.mouse.up()
    followed = page.evaluate("heard.at(-1)")
    said(page, "a", "d.* None ")
    until(page, lambda: (face(page, "a").ravel() == page.evaluate("heard.at(-1)")).all())
    assert np.abs(np.array(page.evaluate("heard.at(-1)")) - followed).max() <= 17
