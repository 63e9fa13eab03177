"""Sentences for the person at the screen, which the app can say in another language."""

from __future__ import annotations


class Sentence(str):
    """An English sentence that remembers how it was made.

    ``str(Sentence("Epoch {n} is over.", n=3))`` is the English text; ``template`` and
    ``values`` let a catalogue translate the template and fill the same values in.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Sentence:
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template, self.values = template, values
        return self


class LabError(ValueError):
    """An error that is told to the person: what is wrong, and what to do about it."""

    def __init__(self, template: str, **values: object) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(self.sentence)


class ConfigError(LabError):
    """A setting is missing, out of its range, or does not go with another one."""


class DataError(LabError):
    """A dataset is missing, truncated or not what it says."""


class CheckpointError(LabError):
    """A file is not a model of this laboratory, or is damaged."""
