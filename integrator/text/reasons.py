"""The portal's own words for a reason, and the canonical reason they mean."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE, REASONS
from integrator.text.hints import HINTS
from integrator.text.lemmas import BREAK, fold, lemmas, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def normal(name: str) -> str:
    """Return the name as it is compared: trimmed, in lower case, ё as е, every white space one blank."""
    return " ".join(fold(name).split())


def canonical(name: str, mapping: Mapping[str, str]) -> str | None:
    """Return the canonical code of a reason's name: by the portal's mapping, else as a code or a name of our table."""
    return canonical_all((name,), mapping)[name]


def canonical_all(names: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str | None]:
    """Return the canonical code of each name; None where neither the mapping nor the table knows it."""
    own = {normal(key): code for key, code in mapping.items()}
    table = _table()
    return {name: own.get(normal(name)) or table.get(normal(name)) for name in names}


def propose(name: str) -> str | None:
    """Return the code that the words of the name hint at, for a person to confirm; None where none does."""
    words = frozenset[str]().union(*(lemmas(token) for token in tokens(name) if token != BREAK))
    fitting = [(len(hint), -order, code) for order, (code, hint) in enumerate(_hints()) if hint <= words]
    return max(fitting)[2] if fitting else None


@cache
def _table() -> dict[str, str]:
    """Return our own codes and names, as they are compared, with the code of each."""
    names = {normal(name): reason.code for reason in REASONS for name in (reason.ru, reason.en)}
    return names | {code: code for code in BY_CODE}


@cache
def _hints() -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the hints as sets of lemmas, in order."""
    return tuple((code, frozenset(phrase.replace("ё", "е").split())) for code, phrases in HINTS for phrase in phrases)
