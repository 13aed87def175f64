"""Tables for people, and who tells them: one language, one portal's managers and money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integrator.planning.words import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

DASH = "\N{EM DASH}"
MINOR_UNITS = 100
NOBODY = ("без ответственного", "nobody")


@dataclass(frozen=True, slots=True)
class Table:
    """One table with the sentences under it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    sentences: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Teller:
    """Speaks one language about one portal's managers and money."""

    russian: bool
    managers: Mapping[str, str]
    currency: str

    def __call__(self, pair: tuple[str, str]) -> str:
        """Return the words of the pair that are in the language."""
        return pair[0] if self.russian else pair[1]

    def who(self, number: str | None) -> str:
        """Return the manager's name with his number."""
        return self(NOBODY) if number is None else f"{self.managers.get(number, '')} ({number})".strip()

    def percent(self, value: float | None) -> str:
        """Return a share to one place; a dash where there is none."""
        return DASH if value is None else self._comma(f"{value:.1f} %")

    def money(self, value: float) -> str:
        """Return an amount in whole units with its currency."""
        return money(round(value) * MINOR_UNITS, self.currency, "ru" if self.russian else "en")

    def number(self, value: float | None) -> str:
        """Return a number to one place at most; a dash where there is none."""
        return DASH if value is None else self._comma(f"{value:.1f}".removesuffix(".0"))

    def _comma(self, text: str) -> str:
        return text.replace(".", ",") if self.russian else text


def shown(title: str, rows: Iterable[Row], empty: str, sentences: Sequence[str] = ()) -> Table:
    """Return the rows as a table with its sentences, the last of them `empty` where there are no rows."""
    found = list(rows)
    return Table(title, tuple(found[0]) if found else (), found, (*sentences, *(() if found else (empty,))))
