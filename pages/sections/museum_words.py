"""The labels beside the exhibits of the failure museum."""

from __future__ import annotations

from dataclasses import dataclass

from pages.ui.i18n import _


@dataclass(frozen=True)
class Words:
    """title: its name; seen: the symptom; why; told: the diagnosis; repair; ill, well: the
    verdicts of a run."""

    title: str
    seen: str
    why: str
    told: str
    repair: str
    ill: str
    well: str


def words(key: str) -> Words:
    """What is said of an exhibit of ``aecore.explore.failures``."""
    return {
        "collapse": _collapse,
        "holes": _holes,
        "codes": _codes,
        "units": _units,
        "identity": _identity,
        "rate": _rate,
        "scale": _scale,
    }[key]()


def _collapse() -> Words:
    return Words(
        title=_("Posterior collapse"),
        seen=_(
            "The sliders of most latents move nothing: a VAE with d = 20 draws as if it had two or "
            "three, and its reconstructions look alike."
        ),
        why=_(
            "At first the decoder can't read the code, so the cheapest code says nothing: "
            "$q(z_j|x) = p(z_j)$ costs no KL. A deep decoder then learns to do without it, and "
            "the latent never comes back."
        ),
        told=_(
            "Measure the KL of each latent over the test digits. One below 0.01 nat is inactive. "
            "**Collapsed: less than {limit} of the latents are active.**"
        ),
        repair=_(
            "Let β rise from 0 during the training (KL warm-up), so that the decoder learns to use "
            "the code before the KL presses on it, and leave each latent a quarter of a nat free "
            "of charge (free bits), so that silence pays nothing. Free bits alone already make "
            "latents count as active: look at the total KL and at the variety too."
        ),
        ill=_("Collapsed"),
        well=_("Not collapsed"),
    )


def _holes() -> Words:
    return Words(
        title=_("Holes of a plain AE"),
        seen=_("The reconstructions are good, but a code chosen at random decodes to a scribble."),
        why=_(
            "Nothing in the loss of a plain AE says where codes lie, nor what lies between them: "
            "only the points $f(x)$ are ever decoded in training. The rest of the space is holes."
        ),
        told=_(
            "Draw codes uniformly in the box of the test codes, decode them, and look for the "
            "nearest real digit: far is what is farther than 95 % of the test digits are. **Full "
            "of holes: more than {limit} of the draws are far.**"
        ),
        repair=_(
            "Make it a VAE: the decoder gets a whole cloud $q(z|x)$ around each code, and the KL "
            "pulls all clouds together, until they leave few gaps. Drawing from a Gaussian that is "
            "fitted to the codes helps a plain AE as well."
        ),
        ill=_("Full of holes"),
        well=_("Few holes"),
    )


def _codes() -> Words:
    return Words(
        title=_("Dead codes"),
        seen=_(
            "The reconstructions of a VQ-VAE stay coarse however large its codebook: many "
            "vectors are never chosen."
        ),
        why=_(
            "Only the vector that is nearest learns. One that starts far from every output of the "
            "encoder is never nearest, gets no gradient, and stays where it is."
        ),
        told=_(
            "Count which vectors the test digits choose, and take the perplexity, the number in "
            "use. **Dead codes: more than {limit} of the codebook is never chosen.**"
        ),
        repair=_(
            "Let the codebook follow the encoder's outputs by moving averages (EMA), and put dead "
            "vectors where some output is (revival)."
        ),
        ill=_("Dead codes"),
        well=_("Most codes live"),
    )


def _units() -> Words:
    return Words(
        title=_("Dead k-sparse units"),
        seen=_("A k-sparse code has many units that are 0 for every picture."),
        why=_(
            "Only the k largest units learn. With a small k from the start the same few win every "
            "time and grow; the others get no gradient and never win."
        ),
        told=_(
            "Count the units that are among the k largest for no test digit. **Dead units: more "
            "than {limit} of them never speak.**"
        ),
        repair=_(
            "Let k fall from d to its value during the training (annealing): first all units "
            "learn, then they compete."
        ),
        ill=_("Dead units"),
        well=_("Most units live"),
    )


def _identity() -> Words:
    return Words(
        title=_("Identity"),
        seen=_(
            "The reconstructions are perfect, and so are those of pictures that are no digits at "
            "all: an autoencoder with more values than pixels has learned to copy."
        ),
        why=_(
            "With $d \\ge 784$ nothing forces it to compress: $g(f(x)) = x$ has no error and "
            "takes no knowledge of digits."
        ),
        told=_(
            "Shuffle each pixel among the test digits, so that only their company is lost, and "
            "see how much comes back. **Identity: more than {limit} of the noise is copied.**"
        ),
        repair=_(
            "Ask for something that copying can't do: corrupt the input and compare with the "
            "clean picture (denoising). L1 on the code and k-sparse codes do it too."
        ),
        ill=_("It copies"),
        well=_("It does not copy"),
    )


def _rate() -> Words:
    return Words(
        title=_("Exploding learning rate"),
        seen=_(
            "Within a few steps the loss shoots up by orders of magnitude, and the run breaks off; "
            "what it reconstructs is no picture of anything."
        ),
        why=_(
            "A step goes down the slope only as long as it is short beside the curvature: beyond "
            "$\\eta > 2 / \\lambda_{\\max}$ it lands higher than it started. The "
            "$\\exp(\\log \\sigma^2)$ of a VAE makes infinity of it."
        ),
        told=_(
            "Look at the curve of the loss. **Exploded: the last loss is above that of the "
            "untrained model, or was no finite number.**"
        ),
        repair=_(
            "Lower the learning rate: by a factor of 10 until the loss falls, then by 3. Here the "
            "last good weights are kept, so that the run can go on with a lower rate."
        ),
        ill=_("Exploded"),
        well=_("It learns"),
    )


def _scale() -> Words:
    return Words(
        title=_("Wrong loss scaling"),
        seen=_(
            "Every reconstruction and every draw is the same grey blur, the mean of all digits, "
            "and the KL falls to 0 at once."
        ),
        why=_(
            "The reconstruction was averaged over the 784 pixels (the default of most libraries), "
            "the KL was summed over the latents. That is β multiplied by 784: the field's "
            "commonest bug."
        ),
        told=_(
            "Read the KL of all latents together. **Wrong scaling: less than {limit} nat,** where "
            "a VAE of digits has some 20."
        ),
        repair=_(
            "Sum both, over the pixels and over the latents, and average over the batch only. "
            "The switch is a setting of the Train page."
        ),
        ill=_("The KL is crushed"),
        well=_("The code speaks"),
    )
