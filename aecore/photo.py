"""Find the ink of one digit in a photo or picture that somebody uploads.

The light on the paper is estimated by a polynomial, then by a grey closing, and divided away. The
threshold between paper and ink is Otsu's (1979, A threshold selection method from gray-level
histograms), on ruled paper a second one between lines and ink.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageOps

from aecore.messages import DataError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MIME_TYPES = tuple(f"image/{name.lower()}" for name in FORMATS)
MEBIBYTES = 8
MEGAPIXELS = 40
# The longer side at which the ink is looked for.
SIDE = 640
# Wider than any stroke and narrower than most shadows, in shares of the longer side.
LIGHT = 0.3
# The least that ink differs from paper, in shares of the paper's light.
CONTRAST = 0.1
# MNIST's thin strokes, in shares of the digit's longer side: a ballpoint's are thinner.
STROKE = 0.08
SMALLEST = 0.02
# Half the width of a line that was printed on the paper, at most, in shares of the longer side.
THIN = 0.006
# How many times as dark as such a line ink is, at least.
DARKER = 1.8


def ink_of_picture(content: bytes) -> np.ndarray:
    """The ink of the digit in a picture, dark on light or light on dark.

    content: a file of one of FORMATS, of which an animation gives its first frame; turned as
    its EXIF says, on white where it is transparent.
    Returns (H, W) float32 in [0, 1], at most SIDE a side, 0 where there is no ink, as
    ``aecore.mnist_form.to_mnist_form`` takes it.
    Raises DataError for more than MEBIBYTES, for more than MEGAPIXELS (which are never
    decoded), for what is no such picture or damaged, and where no ink is found.
    """
    grey = _grey(content)
    light = _light(grey)
    if _is_light_on_dark(grey - light):
        grey, light = 255 - grey, 255 - light
    dark = _darkness(grey / np.maximum(light, 8))
    return _thickened(_digit(dark, *_thresholded(dark)))


def too_large() -> DataError:
    """The error of a file of more than MEBIBYTES."""
    return DataError("The file has more than {limit} MiB. Choose a smaller one.", limit=MEBIBYTES)


def _grey(content: bytes) -> np.ndarray:
    """(H, W) float32, 0 to 255, of the decoded picture, upright."""
    if len(content) > MEBIBYTES * 2**20:
        raise too_large()
    too_many = DataError(
        "The picture has more than {limit} megapixels. Choose a smaller one.", limit=MEGAPIXELS
    )
    # Pillow's readers raise whatever the bytes drive them to.
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise too_many from None
    except Exception:
        raise DataError(
            "This is no picture that can be read. PNG, JPEG, WebP, GIF and BMP can."
        ) from None
    if math.prod(image.size) > MEGAPIXELS * 1e6:
        raise too_many
    try:
        return _decoded(image)
    except Exception:
        raise DataError("The picture is damaged or cut short. Choose another one.") from None


def _decoded(image: Image.Image) -> np.ndarray:
    # A JPEG can be decoded at a half, a quarter or an eighth of its size.
    image.draft("L", (2 * SIDE, 2 * SIDE))
    image.load()
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    else:
        image = image.convert("L")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("L")
    return np.asarray(image, np.float32)


def _small(values: np.ndarray) -> np.ndarray:
    small = Image.fromarray(values)
    small.thumbnail((48, 48), Image.Resampling.BOX)
    return np.asarray(small)


def _light(grey: np.ndarray) -> np.ndarray:
    """The light on the majority of the picture (H, W): a polynomial of degree 5 in the coordinates,
    fitted robustly, so that ink hardly bends it."""
    small = _small(grey)
    terms = _terms(small.shape)
    fitted = np.full(small.size, np.median(small))
    # Least squares, again and again, in which greys that were far off count little.
    for _step in range(12):
        weights = 1 / (np.abs(small.ravel() - fitted) + 1)
        found, *_rest = np.linalg.lstsq(terms * weights[:, None], small.ravel() * weights)
        fitted = terms @ found
    whole = Image.fromarray(fitted.reshape(small.shape).astype(np.float32))
    return np.asarray(whole.resize(grey.shape[::-1], Image.Resampling.BICUBIC))


def _terms(shape: tuple[int, int]) -> np.ndarray:
    """The products of powers of both coordinates up to degree 5: (pixels, 21)."""
    y, x = (np.linspace(-1, 1, side) for side in shape)
    return np.stack([np.outer(y**i, x**j).ravel() for i in range(6) for j in range(6 - i)], 1)


def _is_light_on_dark(apart: np.ndarray) -> bool:
    """Whether what differs from the majority around it is lighter."""
    from scipy.ndimage import median_filter

    small = _small(apart)
    return float(((small - median_filter(small, size=25)) ** 3).sum()) > 0


def _darkness(even: np.ndarray) -> np.ndarray:
    """How much darker than the paper around it each pixel is, in [0, 1].

    even: the greys, divided by the light.
    """
    from scipy.ndimage import gaussian_filter, grey_closing

    side = max(even.shape)
    window = max(3, round(LIGHT * side))
    paper = grey_closing(gaussian_filter(even, side / 200), size=window)
    return (1 - even / np.maximum(paper, 0.05)).clip(0, 1)


def _thresholded(dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ink with soft edges (H, W), and where it is more than half."""
    # Both hold where ink covers half of the picture: the noise is that between neighbours.
    paper = np.quantile(dark, 0.25)
    noise = 1.4826 / math.sqrt(2) * np.median(np.abs(dark - np.roll(dark, 1)))
    least = paper + max(6 * noise, CONTRAST)
    level = max(_otsu(dark), least)
    above = dark > level
    if _is_ruled(above):
        level = _otsu(dark[above])
        lines, above = above & (dark <= level), dark > level
        if not lines.any() or np.median(dark[above]) < DARKER * np.median(dark[lines]):
            raise _blank()
    if not above.any():
        raise _blank()
    half = max(np.median(dark[above]) - level, 0.02)
    low = max(level - half, (paper + least) / 2)
    return ((dark - low) / (level + half - low)).clip(0, 1), above


def _is_ruled(above: np.ndarray) -> bool:
    """Whether thin lines run far into the picture from its edges."""
    from scipy.ndimage import distance_transform_edt, find_objects, label, mean

    labels, _ = label(above, np.ones((3, 3)))
    boxes, side = find_objects(labels), max(above.shape)
    far = [i for i in _at_the_edge(labels) if _span(boxes[i - 1]) > side / 2]
    depths = mean(distance_transform_edt(above), labels, far) if far else []
    return any(depth < THIN * side for depth in depths)


def _span(box: tuple[slice, ...]) -> int:
    """The longer side of a box."""
    return max(part.stop - part.start for part in box)


def _at_the_edge(labels: np.ndarray) -> np.ndarray:
    """The labels of the parts that touch the edge of the picture."""
    found = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return found[found > 0]


def _otsu(values: np.ndarray) -> float:
    """Otsu's threshold of numbers in [0, 1]: the one with the most variance between the classes."""
    counts, edges = np.histogram(values, 256, (0, 1))
    centres = (edges[1:] + edges[:-1]) / 2
    below = counts.cumsum()[:-1] / counts.sum()
    sums = (counts * centres).cumsum() / counts.sum()
    between = (sums[-1] * below - sums[:-1]) ** 2 / np.maximum(below * (1 - below), 1e-12)
    # Midway where all thresholds of a gap are equally good.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1 + best].mean())


def _digit(dark: np.ndarray, ink: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The ink of the largest connected part and of those beside it: no specks, no shadows.

    Parts that touch the edge of the picture are where the light falls off, if they are faint, or
    else a shadow or the table, if there are others.
    """
    from scipy.ndimage import binary_dilation, find_objects, label

    labels, count = label(above, np.ones((3, 3)))
    boxes = find_objects(labels)
    areas = np.bincount(labels.ravel())[1:]
    spans = np.array([_span(box) for box in boxes])
    edge = _at_the_edge(labels) - 1
    inner = np.setdiff1d(np.arange(count), edge)
    strong = [i for i in edge if np.median(dark[labels == i + 1]) >= 3 * CONTRAST]
    side = max(ink.shape)
    is_large = len(inner) and spans[inner].max() >= side / 12
    parts = inner if is_large or not strong else np.concatenate([inner, strong]).astype(int)
    if not len(parts):
        raise _blank()
    main = parts[areas[parts].argmax()]
    if spans[main] < max(3, SMALLEST * side):
        raise _blank()

    def gap(box: tuple[slice, ...]) -> int:
        both = zip(box, boxes[main], strict=True)
        return max(max(a.start - b.stop, b.start - a.stop) for a, b in both)

    kept = [i for i in parts if areas[i] >= areas[main] / 30 and gap(boxes[i]) <= spans[main] / 3]
    near = binary_dilation(np.isin(labels, np.array(kept) + 1), iterations=2)
    return (ink * near).astype(np.float32)


def _thickened(ink: np.ndarray) -> np.ndarray:
    """The ink with strokes of at least STROKE."""
    from scipy.ndimage import distance_transform_edt, grey_dilation

    strong = ink > ink.max() / 2
    rows, columns = np.flatnonzero(strong.any(1)), np.flatnonzero(strong.any(0))
    least = STROKE * max(np.ptp(rows), np.ptp(columns))
    depth = distance_transform_edt(np.pad(strong, 1))
    # Over a stroke, the distance to its rim is a quarter of its width in the mean.
    missing = (least - 4 * depth[depth > 0].mean()) / 2
    if missing < 0.5:
        return ink
    reach = math.ceil(missing)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return grey_dilation(np.pad(ink, reach), footprint=x**2 + y**2 <= missing**2 + 0.5)


def _blank() -> DataError:
    return DataError("No digit stands out in the picture. Choose one with more contrast.")
