"""Which fields of a row an answer shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from connectors.bitrix24.emulator.filters import Row
from connectors.bitrix24.emulator.schema import MULTIFIELDS

Rows = list[Row]
Shape = Callable[[Rows], Rows]


def legacy(select: Sequence[str], known: Collection[str]) -> Shape:
    """How the legacy lists show their rows.

    `*` is all but the user fields and the multi-fields, `UF_*` all user fields; nothing selected is both.
    """
    names = set(select)
    star, users = not names or "*" in names, not names or "UF_*" in names
    named = tuple(name for name in dict.fromkeys((*select, "ID")) if name in known)
    if not star and not users:
        return _named(named)
    explicit = frozenset(named)

    def shown(name: str) -> bool:
        if name in explicit:
            return True
        return users if name.startswith("UF_") else star and name not in MULTIFIELDS

    return lambda rows: [{name: value for name, value in row.items() if shown(name)} for row in rows]


def _named(names: tuple[str, ...]) -> Shape:
    """The fields asked for; a multi-field that a row does not have is absent, another one is null."""
    plain = tuple(name for name in names if name not in MULTIFIELDS)
    multi = tuple(name for name in names if name in MULTIFIELDS)

    def shape(rows: Rows) -> Rows:
        shown = [{name: row.get(name) for name in plain} for row in rows]
        for name in multi:
            for row, short in zip(rows, shown, strict=True):
                if row.get(name):
                    short[name] = row[name]
        return shown

    return shape
