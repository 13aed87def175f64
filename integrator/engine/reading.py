"""Walking through a pack's YAML: each step notes what is wrong at its place and goes on with what is right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integrator.engine.ruleset import LANGUAGES, Source, Texts
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from integrator.errors import Problem
    from integrator.positions import Document, Location

NAME = re.compile(r"[a-z][a-z0-9_]*")
NAME_HINT = "small Latin letters, digits and _, a letter first"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document; mistakes below it gather in `problems`."""

    document: Document
    path: Location
    value: Any
    problems: list[Problem] = field(repr=False)

    @property
    def source(self) -> Source:
        """The place of the value."""
        return Source(self.document.file, *self.document.place(self.path))

    @property
    def key_source(self) -> Source:
        """The place of the key under which the value stands."""
        return Source(self.document.file, *self.document.place(self.path, key=True))

    def blame(self, message: str, *, key: bool = False) -> None:
        """The message is noted at the place of the value (of its key where `key` says so)."""
        self.problems.append(self.document.problem(self.path, message, key=key))

    def child(self, part: str | int, value: Any) -> Node:
        """Return the value that stands below as a node."""
        return Node(self.document, (*self.path, part), value, self.problems)

    def children(self) -> dict[str, Node]:
        """Return the mapping's values by key; a value that is no mapping is a mistake and gives none."""
        if not isinstance(self.value, dict):
            self.blame(f"{self._called()} must be a mapping (key: value), not {said(self.value)}")
            return {}
        return {str(key): self.child(key, value) for key, value in self.value.items()}

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Node]:
        """Return the known keys' values; unknown and missing keys are mistakes."""
        allowed = (*required, *optional)
        found = {}
        for key, node in self.children().items():
            if key in allowed:
                found[key] = node
            else:
                known = ", ".join(allowed)
                node.blame(f'unknown key "{key}"{suggest(key, allowed)} (keys here: {known})', key=True)
        if isinstance(self.value, dict):
            for key in required:
                if key not in found:
                    self.blame(f'key "{key}" is missing', key=True)
        return found

    def items(self) -> list[Node]:
        """Return the list's values; a value that is no list, or an empty one, is a mistake and gives none."""
        if not isinstance(self.value, list):
            self.blame(f"{self._called()} must be a list, not {said(self.value)}")
            return []
        if not self.value:
            self.blame(f"{self._called()} is empty; write at least one entry or remove the key")
        return [self.child(index, value) for index, value in enumerate(self.value)]

    def name(self, pattern: re.Pattern[str] = NAME, hint: str = NAME_HINT) -> str:
        """Return a word that may stand as a name, or an empty text with the mistake noted."""
        if isinstance(self.value, str) and pattern.fullmatch(self.value):
            return self.value
        self.blame(f"{self._called()} must be a name ({hint}), not {said(self.value)}")
        return ""

    def choice(self, options: Iterable[str], what: str) -> str:
        """Return the value when it is one of the options, else an empty text with the mistake noted."""
        known = list(options)
        if isinstance(self.value, str) and self.value in known:
            return self.value
        listed = ", ".join(known) or "none"
        self.blame(f"there is no {what} {said(self.value)}{suggest(self.value, known)} (known: {listed})")
        return ""

    def texts(self) -> Texts:
        """Return the text in every language; a language without one is a mistake."""
        result = dict.fromkeys(LANGUAGES, "")
        for language, node in self.fields(LANGUAGES).items():
            if isinstance(node.value, str) and node.value.strip():
                result[language] = node.value.strip()
            else:
                node.blame(f'the text in "{language}" must be words, not {said(node.value)}')
        return result

    def whole(self, low: int, high: int) -> int:
        """Return a whole number between the bounds, or the lower bound with the mistake noted."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and low <= self.value <= high:
            return self.value
        self.blame(f"{self._called()} must be a whole number from {low} to {high}, not {said(self.value)}")
        return low

    def _called(self) -> str:
        words = [str(part) for part in self.path if isinstance(part, str)]
        return f'"{words[-1]}"' if words else "the file"


def said(value: Any) -> str:
    """Return the value as a person would find it in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f'"{value}"'
