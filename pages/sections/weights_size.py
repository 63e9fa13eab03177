"""How large a model is, as a function of d, and how small its codes are, in bytes."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from aecore import figures
from aecore.config import PIXELS
from aecore.explore import codes, compression, layers
from aecore.explore.compression import Compression, Rate
from aecore.models import parameter_formula
from pages.ui import link
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, counted, number, percent, separators, significant
from pages.ui.measured import Measured
from pages.ui.tables import table

EXERCISE = (16, 32, 64)
# So many test digits are measured, and so many training digits give the ranges.
COUNT, RANGE_COUNT = 2000, 5000


def model_size(of: Measured) -> None:
    """Every tensor with its shape, the total, and the total as a function of d."""
    found, model = layers.parameters(of.model), of.card.config.model
    formula, total = parameter_formula(model), sum(p.count for p in found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader(_("Layer by layer"))
        rows = [
            [
                f"`{p.name}`",
                _shape(p.symbols),
                _shape(p.shape),
                number(p.count, 0),
                _share(p, total),
            ]
            for p in found
        ]
        word = _("Total")
        rows.append([f"**{word}**", "", "", f"**{number(total, 0)}**", percent(1)])
        table([_("Tensor"), _("Shape in d"), _("Shape"), _("Numbers"), _("Share")], rows)
    with right:
        st.subheader(_("As a function of d"))
        st.latex(rf"P(d) = {formula.slope}\, d + {formula.constant}")
        sizes = sorted({*EXERCISE, model.latent_dim})
        table(
            ["d", _("Parameters"), _("Code, d / 784")],
            [
                [_strong(d, model.latent_dim), number(formula(d), 0), percent(d / PIXELS)]
                for d in sizes
            ],
        )
        most = max(2 * model.latent_dim, 128)
        line = np.unique(np.linspace(1, most, 9).round().astype(int)).tolist()
        figure = figures.parameters_by_size(
            line,
            [formula(d) for d in line],
            (model.latent_dim, total),
            labels={
                "x": _("Size of the code d"),
                "y": _("Parameters"),
                "line": _("formula"),
                "model": _("this model"),
                "separators": separators(),
            },
        )
        st.plotly_chart(figure, key="parameters_by_size")
    st.caption(
        _(
            "The size of the code enters only through the layers beside it, so the number of "
            "parameters is a straight line in d."
        )
    )


def _shape(sizes: tuple) -> str:
    return " × ".join(map(str, sizes))


def _share(parameter: layers.Parameter, total: int) -> str:
    return percent(parameter.count / total)


def _strong(d: int, own: int) -> str:
    return f"**{d}**" if d == own else str(d)


def code_bytes(of: Measured) -> None:
    """Codes rounded to a few bits a value: bytes against error, and PNG beside them."""
    with st.spinner(_("Packing codes, and pictures as PNG…")):
        found = _compression(of.key, of)
    link.value("bits", 1, 8, 4)
    bits = st.slider(
        _("Bits a value"),
        1,
        8,
        key="bits",
        persist_state="session",
        width=420,
        help=_("Each value of a code is rounded to one of so many levels: 2 to this power."),
    )
    link.put("bits", bits)
    rate = found.rates[bits - 1]
    st.markdown(_sentence(of, found, rate))
    _pictures(of, found, rate)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _chart(found)
    with right:
        _table(of, found, bits)
    st.caption(
        _(
            "Measured on the first {count} test digits; the ranges are those of {train} training "
            "digits, without the outermost thousandth at each end. Deflated: all codes together "
            "through zlib. Entropy: what no code for single values can go below. PNG: the mean of "
            "optimised files of one picture each; it loses nothing."
        ).format(count=number(found.count, 0), train=number(_range_count(of), 0))
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _compression(key: str, _of: Measured) -> Compression:
    train = _of.data.train
    some = train.take(slice(RANGE_COUNT))
    return compression.compress(
        _of.model, codes.encode(_of.model, some), _of.codes[:COUNT].numpy(), _of.data.test
    )


def _range_count(of: Measured) -> int:
    return min(RANGE_COUNT, len(of.data.train))


def _sentence(of: Measured, found: Compression, rate: Rate) -> str:
    values = {
        "values": _values(rate.bits),
        "size": counted(rate.packed, _("1 byte"), _("{count} bytes")),
        "png": number(found.png, 0),
        "ratio": significant(found.png / rate.packed, 2),
        "raw": significant(PIXELS / rate.packed, 2),
        "mse": significant(rate.mse),
        "exact": significant(found.exact_mse),
        "decoder": number(found.decoder, 0),
    }
    if rate.packed < found.png:
        text = _(
            "With {values} a code takes **{size}**: **{ratio}** times fewer than "
            "its picture as PNG ({png} bytes on average), {raw} times fewer than the 784 raw "
            "pixels. The price: an MSE of {mse} a pixel; the code itself has {exact}, and PNG 0."
        )
    else:
        text = _(
            "With {values} a code takes **{size}**, no fewer than its picture as "
            "PNG ({png} bytes on average), and has an MSE of {mse} a pixel, where PNG has 0."
        )
    shared = compression.break_even(found.decoder, rate.packed, found.png)
    if shared is None:
        more = _("The decoder, which the receiver needs too, adds {decoder} bytes: nothing is won.")
    else:
        more = _(
            "But the receiver needs the **decoder**, {decoder} bytes in half precision: sending "
            "codes pays from **{shared} pictures** on."
        )
        values["shared"] = number(shared, 0)
    return (text + "\n\n" + more).format(**values)


def _values(bits: int) -> str:
    return counted(bits, _("1-bit values"), _("{count}-bit values"))


def _pictures(of: Measured, found: Compression, rate: Rate) -> None:
    index = codes.first_of_each_class(of.data.test)
    z = of.codes[index]
    levels = compression.quantise(z.numpy(), rate.bits, found.low, found.high)
    received = compression.dequantise(levels, rate.bits, found.low, found.high)
    digit_rows(
        [
            (_("Original"), codes.to_uint8(of.data.test.pictures(index))),
            (_("From the code itself"), of.pictures(z)),
            (
                _("From {values}").format(values=_values(rate.bits)),
                of.pictures(torch.from_numpy(received)),
            ),
        ],
        name=f"bits-{rate.bits}",
    )


def _chart(found: Compression) -> None:
    errors = [rate.mse for rate in found.rates]
    figure = figures.rate_distortion(
        [
            (_("packed"), [rate.packed for rate in found.rates], errors),
            (_("deflated"), [rate.deflated for rate in found.rates], errors),
            (_("entropy"), [rate.entropy for rate in found.rates], errors),
        ],
        [
            (_("PNG"), found.png),
            (_("pixels deflated together"), found.pixels_deflated),
            (_("raw pixels"), float(PIXELS)),
        ],
        found.exact_mse,
        labels={
            "x": _("Bytes a picture"),
            "y": _("MSE per pixel"),
            "floor": _("code not rounded"),
            "bits": _("{bits}-bit values"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="rate_distortion")


def _table(of: Measured, found: Compression, bits: int) -> None:
    d = of.card.config.model.latent_dim
    rows = [
        [
            _strong(rate.bits, bits),
            number(rate.packed, 0),
            significant(rate.deflated, 3 if rate.deflated >= 10 else 2),
            significant(rate.entropy, 3 if rate.entropy >= 10 else 2),
            significant(rate.mse),
            _("{ratio} ×").format(ratio=significant(found.png / rate.packed, 2)),
        ]
        for rate in found.rates
    ]
    rows.append(
        [
            _("32, not rounded"),
            number(4 * d, 0),
            "–",
            "–",
            significant(found.exact_mse),
            _("{ratio} ×").format(ratio=significant(found.png / (4 * d), 2)),
        ]
    )
    rows.append([_("PNG"), number(found.png, 0), number(found.pixels_deflated, 0), "–", "0", "1 ×"])
    rows.append([_("raw pixels"), number(PIXELS, 0), "–", "–", "0", ""])
    table(
        [
            _("Bits a value"),
            _("Packed"),
            _("Deflated"),
            _("Entropy"),
            _("MSE"),
            _("To PNG"),
        ],
        rows,
    )
