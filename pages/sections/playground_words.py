"""The words of the 2D playground, and what each model shows in it."""

from __future__ import annotations

from typing import Any

from aecore.points.config import AUTOENCODERS
from pages.ui.i18n import _

# What colours mean: the value in the middle of the scale, and whether low values are data.
CLASSIFIERS = ("minimax", "non-saturating")


def surfaces(model: str) -> list[dict[str, Any]]:
    """What can stand behind the points. middle: the value without colour; flip: low is blue."""
    if model == "none":
        return [{"key": "none", "label": "", "middle": 0, "flip": False}]
    if model in AUTOENCODERS:
        code = {"key": "code", "label": _("f(x)₁, the first value of the code"), "middle": "median"}
        error = {"key": "error", "label": _("‖x − g(f(x))‖, the error"), "middle": "low"}
        return [
            {**error, "flip": True, "choice": _("the error")},
            {**code, "flip": False, "choice": _("the code")},
        ]
    critic = {"key": "critic", "flip": False}
    if model in CLASSIFIERS:
        label = _("D(x): orange is taken for a sample, blue for a datum")
        return [{**critic, "label": label, "middle": 0.5}]
    if model == "boundary-equilibrium":
        label = _("‖x − D(x)‖₁, the critic's error: blue is taken for data")
        return [{**critic, "label": label, "middle": "median", "flip": True}]
    label = _("D(x), the critic's score: low in orange, high in blue")
    middle = {"least-squares": 0.5, "spectral": 0}.get(model, "median")
    return [{**critic, "label": label, "middle": middle}]


def arrows(model: str) -> str:
    """What an arrow means; {length}: of a usual one."""
    if model in AUTOENCODERS:
        return _("from a datum to its reconstruction, usually within {length}")
    return _("where G is pulled, −∂L_G/∂x; usual length {length}")


def samples(model: str) -> str:
    """What the coloured points are."""
    return _("reconstructions") if model == "ae" else _("samples")


def curves(model: str) -> dict[str, Any]:
    """critic: whether there is one; distance: what its loss estimates, "" for nothing."""
    if model in AUTOENCODERS or model == "none":
        return {"critic": False, "distance": ""}
    names = {
        "minimax": _("Estimate of JS(data ‖ samples), nats"),
        "non-saturating": _("Estimate of JS(data ‖ samples), nats"),
        "least-squares": _("Estimate of the triangular discrimination"),
        "wasserstein": _("Estimate of K · W₁"),
        "gradient-penalty": _("Estimate of W₁"),
        "spectral": _("Estimate of the total variation"),
        "boundary-equilibrium": _("Convergence M of BEGAN"),
    }
    return {"critic": True, "distance": names[model]}


def words() -> dict[str, Any]:
    """What the component says."""
    return {
        "start": _("Start"),
        "pause": _("Pause"),
        "step": _("Step"),
        "reset": _("Reset"),
        "clear": _("Clear the drawing"),
        "speed": _("Speed"),
        "speeds": [
            _("1 update a second"),
            _("10 updates a second"),
            _("100 updates a second"),
            _("as fast as it goes"),
        ],
        "preparing": _("Preparing…"),
        "running": _("Training"),
        "paused": _("Paused"),
        "ended": _("Ended"),
        "arrows": _("Arrows"),
        "net": _("Net of the noise or the code"),
        "behind": _("Behind an autoencoder"),
        "csv": _("Curves as CSV"),
        "save": _("Save this picture"),
        "plane": _("Data, samples and the critic in the plane."),
        "updates": _("updates"),
        "seconds": _("seconds"),
        "modes": _("modes covered"),
        "quality": _("good samples"),
        "energy": _("energy distance"),
        "data": _("data"),
        "losses": _("Losses"),
        "critic": _("critic"),
        "generator": _("generator"),
        "covered": _("Modes covered"),
        "energyCurve": _("Energy distance to the data"),
        "play": _("Replay the training"),
        "time": _("Moment of the training"),
        "now": _("now"),
        "when": _("after {step} updates"),
        "draw": _(
            "Paint on the square with the mouse, a finger, or the arrow keys and the space bar; "
            "the models start anew after each stroke, and the link keeps the drawing."
        ),
        "full": _("The drawing is full: its link could not hold more. Clear it to begin again."),
    }
