"""A rule pack as it was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PackText:
    """A pack's YAML, letter for letter; its mistakes are told under the name of the file it was written in."""

    name: str
    file: str
    text: str
