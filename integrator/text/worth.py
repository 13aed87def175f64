"""What a text is worth as the reason of a refusal."""

from __future__ import annotations

from enum import StrEnum

from integrator.text.goods import items
from integrator.text.labels import Kind, classify
from integrator.text.vagueness import vague


class Worth(StrEnum):
    """What a text given as a reason is."""

    NOTHING = "nothing"  # no word in it that says anything
    OK = "ok"  # an obstacle, or an error of the seller's
    VAGUE = "vague"  # nothing came of it, and not why
    SUBJECTIVE = "subjective"  # an opinion of the client
    CONTRADICTED = "contradicted"  # a thing that we are said not to have: to be looked up in the catalogue


def worth(text: str, language: str = "ru") -> Worth:
    """Return what the text is worth as a reason."""
    kind = classify(text, language)
    if kind is not Kind.SUBSTANCE:
        return Worth.SUBJECTIVE if kind is Kind.LABEL else Worth.NOTHING
    if items(text):
        return Worth.CONTRADICTED
    return Worth.VAGUE if vague(text, language) else Worth.OK
