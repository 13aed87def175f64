"""Lists of phrases that a pack names once and asks for in several rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.engine.reading import NAME, NAME_HINT
from integrator.engine.ruleset import LANGUAGES
from integrator.text import wrong_phrase

if TYPE_CHECKING:
    from integrator.engine.reading import Node


def read(node: Node) -> dict[str, tuple[str, ...]]:
    """Return the phrases of each list, those of every language one after the other."""
    return {name: _listed(name, child) for name, child in node.children().items()}


def _listed(name: str, node: Node) -> tuple[str, ...]:
    if not NAME.fullmatch(name):
        node.blame(f'"{name}" must be a name ({NAME_HINT})', key=True)
    languages = node.fields((), LANGUAGES)
    if isinstance(node.value, dict) and not languages:
        node.blame(f"a list of phrases stands under its language: {', '.join(LANGUAGES)}", key=True)
    return tuple(phrase for child in languages.values() for item in child.items() if (phrase := _phrase(item)))


def _phrase(node: Node) -> str:
    if not isinstance(node.value, str):
        node.blame("a phrase is words in quotes")
        return ""
    wrong = wrong_phrase(node.value)
    if wrong:
        node.blame(wrong)
    return "" if wrong else node.value
