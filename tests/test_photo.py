"""The ink of a digit in a photo or picture, held to the MNIST form of the clean original."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from aecore import photo
from aecore.messages import DataError
from aecore.mnist_form import to_mnist_form
from aecore.photo import MEBIBYTES, SIDE, ink_of_picture

ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def clean():
    """A drawn 5 of two strokes, which no turn or mirror leaves alone: (420, 420), ink 1."""
    sheet = Image.new("L", (1680, 1680))
    pen = ImageDraw.Draw(sheet)
    pen.line([(560, 480), (1160, 440)], fill=255, width=130)
    pen.line([(580, 640), (560, 840), (860, 800), (1080, 960)], fill=255, width=130, joint="curve")
    pen.line([(1080, 960), (1020, 1200), (760, 1280), (520, 1200)], fill=255, width=130)
    return np.asarray(sheet.resize((420, 420), Image.Resampling.BOX)) / 255


def paper(clean, ink=0.25, shadow=0.0, noise=4.0, table=0):
    """A photo of it, 700x900: light that falls off, a shadow at the right, a table at the left."""
    y, x = np.mgrid[:700, :900] / 900
    light = (130 + 100 * y) * (1 - 0.3 * x)
    light *= 1 - shadow / (1 + np.exp((0.75 - x + 0.2 * y) * 80))
    reflected = np.ones((700, 900))
    reflected[140:560, 240:660] -= (1 - ink) * clean
    seen = light * reflected + np.random.default_rng(0).normal(0, noise, light.shape)
    seen[:, :table] = 30
    return seen.clip(0, 255).astype(np.uint8)


def stored(picture, kind="PNG", **options):
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def likeness(content, original):
    """The correlation of the two MNIST forms, at the best of nine places, one pixel apart."""
    found, wanted = (
        to_mnist_form(ink).astype(float) for ink in (ink_of_picture(content), original)
    )
    places = [(u, v) for u in (-1, 0, 1) for v in (-1, 0, 1)]
    return max(
        np.corrcoef(np.roll(found, place, (0, 1)).ravel(), wanted.ravel())[0, 1] for place in places
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_each_format_in_either_polarity(clean, kind, light_on_dark):
    drawn = (clean * 255).astype(np.uint8)
    content = stored(drawn if light_on_dark else 255 - drawn, kind)
    assert likeness(content, clean) > 0.97


@pytest.mark.parametrize(
    "taken",
    [
        *({}, {"ink": 0.7}, {"shadow": 0.5}, {"noise": 12}, {"table": 60}, {"table": 200}),
        {"ink": 0.5, "shadow": 0.4, "noise": 8, "table": 100},
    ],
    ids=str,
)
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_photo_of_paper_or_of_a_blackboard(clean, taken, light_on_dark):
    seen = paper(clean, **taken)
    content = stored(255 - seen if light_on_dark else seen, "JPEG", quality=75)
    assert likeness(content, clean) > 0.93


def school_paper(clean, *, lines=0, grid=False, light="side", ink=0.2, line=0.75, turned=0):
    """A photo of it, 900x700, small on paper with lines, in the light of a window or a lamp."""
    y, x = np.mgrid[:700, :900] / 900
    sheet = np.ones((700, 900))
    if lines:
        sheet[lines // 2 :: lines] = sheet[lines // 2 + 1 :: lines] = line
        if grid:
            sheet[:, ::lines] = line
    small = np.asarray(Image.fromarray((clean * 255).astype(np.uint8)).resize((240, 240))) / 255
    place = sheet[260:500, 500:740]
    place[:] = place * (1 - small) + ink * small
    falling = {
        "side": 0.55 + 0.45 * x,
        "corner": 1.1 - 0.7 * np.hypot(x, y),
        "lamp": 0.4 + 0.7 * np.exp(-((x - 0.3) ** 2 + (y - 0.3) ** 2) * 4),
    }
    grain = np.random.default_rng(1).normal(0, 5, sheet.shape)
    seen = (235 * sheet * falling[light] + grain).clip(0, 255).astype(np.uint8)
    return Image.fromarray(seen).rotate(turned, fillcolor=70)


@pytest.mark.parametrize(
    "taken",
    [
        *({"light": "corner"}, {"light": "lamp"}, {"light": "lamp", "ink": 0.6}),
        *({"lines": 50}, {"lines": 50, "light": "lamp", "line": 0.6}, {"lines": 50, "ink": 0.45}),
        *({"lines": 35, "grid": True, "light": light} for light in ("side", "corner", "lamp")),
        {"lines": 50, "turned": 6},
    ],
    ids=str,
)
def test_a_photo_of_school_paper_in_uneven_light(clean, taken):
    content = stored(school_paper(clean, **taken), "JPEG", quality=85)
    wanted = Image.fromarray((clean * 255).astype(np.uint8)).rotate(taken.get("turned", 0))
    assert likeness(content, np.asarray(wanted) / 255) > 0.9


def test_the_ink_is_soft_edged_and_in_its_range(clean):
    ink = ink_of_picture(stored(paper(clean)))
    assert (ink.dtype, ink.ndim) == (np.float32, 2)
    assert (ink.min(), ink.max()) == (0, 1)
    assert max(ink.shape) <= SIDE
    assert ((ink > 0.1) & (ink < 0.9)).sum() > 100
    # The paper has none at all.
    assert (ink == 0).mean() > 0.8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(clean, orientation):
    upright = Image.fromarray(paper(clean))
    # What a camera held so has stored: the inverse of what is to be done.
    kept = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    if orientation in kept:
        upright = upright.transpose(kept[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert likeness(stored(upright, "JPEG", exif=exif), clean) > 0.93


def test_what_is_transparent_is_white(clean):
    black = np.zeros((*clean.shape, 4), np.uint8)
    black[..., 3] = clean * 255
    assert likeness(stored(black), clean) > 0.97


def test_colours_palettes_and_sixteen_bits(clean):
    blue = np.full((*clean.shape, 3), 255, np.uint8)
    blue[..., :2] = (255 - 200 * clean[..., None]).astype(np.uint8)
    assert likeness(stored(blue), clean) > 0.97
    assert likeness(stored(Image.fromarray(blue).quantize(8)), clean) > 0.95
    assert likeness(stored((65535 - 65535 * clean).astype(np.uint16)), clean) > 0.97
    assert likeness(stored(Image.fromarray(blue).convert("CMYK"), "JPEG"), clean) > 0.97


def test_the_first_picture_of_an_animation_is_taken(clean):
    frames = [
        Image.fromarray((255 * (1 - turned)).astype(np.uint8))
        for turned in (clean, np.rot90(clean), clean.T)
    ]
    content = stored(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert likeness(content, clean) > 0.97


def test_a_large_photo_is_brought_down(clean):
    large = Image.fromarray(paper(clean)).resize((4500, 3500))
    assert likeness(stored(large, "JPEG"), clean) > 0.93


def test_the_pictures_of_mnist_themselves_hardly_change(digits):
    for picture in digits.test.images[:20].numpy():
        assert likeness(stored(picture), picture) > 0.97


def test_specks_and_a_far_mark_are_left_out_and_a_second_stroke_is_kept(clean):
    seen = np.full((900, 900), 240, np.uint8)
    seen[100:520, 100:520] -= (clean * 200).astype(np.uint8)
    seen[300:303, 150:153] = seen[200:204, 420:424] = 20
    seen[800:830, 780:800] = 20
    assert likeness(stored(seen), clean) > 0.97
    assert likeness(stored(seen), np.where(np.arange(420)[:, None] < 135, 0, clean)) < 0.9


def test_the_thin_strokes_of_a_ballpoint_become_those_of_mnist():
    sheet = Image.new("L", (600, 600), 235)
    ImageDraw.Draw(sheet).line([(200, 150), (400, 150), (280, 450)], fill=40, width=4)
    form = to_mnist_form(ink_of_picture(stored(sheet)))
    across = (form[12:16] / 255).sum(1)
    assert across.min() > 1.2
    assert across.max() < 2.5
    assert form[12:16].max(1).min() > 200


def noise():
    grain = np.random.default_rng(0).normal(200, 5, (300, 400))
    return stored((grain - np.linspace(0, 60, 400)).astype(np.uint8))


def ruled():
    """Ruled paper on which nobody has written, in the light of a lamp."""
    return stored(school_paper(np.zeros((420, 420)), lines=50, light="lamp"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ruled(), id="ruled paper alone"),
        pytest.param(stored(Image.new("L", (200, 200), 255)), id="white"),
        pytest.param(stored(Image.new("L", (200, 200), 0)), id="black"),
        pytest.param(stored(Image.new("RGBA", (200, 200))), id="transparent"),
        pytest.param(stored(Image.new("L", (1, 1), 90)), id="one pixel"),
        pytest.param(stored(Image.new("L", (3000, 1), 90)), id="a line"),
        pytest.param(noise(), id="paper alone"),
    ],
)
def test_a_picture_without_ink_is_refused(content):
    with pytest.raises(DataError, match="No digit stands out"):
        ink_of_picture(content)


def svg():
    return b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>'


@pytest.mark.parametrize(
    "content",
    [b"", b"a digit", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", bytes(5000), svg()],
    ids=["nothing", "text", "a PNG's first bytes", "a JPEG's", "zeros", "SVG"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(DataError, match="This is no picture that can be read"):
        ink_of_picture(content)


def test_a_format_that_is_not_named_is_refused(clean):
    for kind in ("TIFF", "PPM", "ICO", "EPS"):
        picture = Image.fromarray((255 * clean).astype(np.uint8))
        with pytest.raises(DataError, match="This is no picture that can be read"):
            ink_of_picture(stored(picture, kind))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_short_is_refused(clean, kind, share):
    content = stored(paper(clean), kind)
    with pytest.raises(DataError, match=r"damaged|no picture"):
        ink_of_picture(content[: int(len(content) * share)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
# A damaged header may claim many pixels, of which Pillow warns.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_damaged_file_is_read_or_refused_with_a_sentence(clean, kind):
    content = stored(paper(clean)[::4, ::4], kind)
    random = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(content)
        for at in random.integers(0, min(len(damaged), 400), 3):
            damaged[at] = random.integers(256)
        with contextlib.suppress(DataError):
            ink_of_picture(bytes(damaged))


def claiming(width, height):
    """A PNG of a few bytes whose header claims so many pixels."""

    def chunk(name, content):
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [60_000, 12_000, 6_400])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels_are_refused_before_they_are_decoded(side, monkeypatch):
    monkeypatch.setattr(photo, "_decoded", lambda _: pytest.fail("decoded"))
    with pytest.raises(DataError, match="more than 40 megapixels"):
        ink_of_picture(claiming(side, side))


def test_too_many_bytes_are_refused_unread(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(DataError, match="more than 8 MiB"):
        ink_of_picture(bytes(MEBIBYTES * 2**20 + 1))
