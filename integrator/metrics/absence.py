"""Why a fact is missing, in words: what the base would need for it to be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.metrics.catalogue import ABSENT, FIELDS
from integrator.metrics.catalogue.rows import said

if TYPE_CHECKING:
    from collections.abc import Collection

    from integrator.metrics.catalogue.rows import Facts, Texts

ELSE = said("в базе этого нет", "the base does not hold it")
EMPTY = said("в карточке пусто", "it is empty in the card")


def why(subject: str, name: str, facts: Facts, fields_named: Collection[str]) -> Texts:
    """Return why the metric has no value for this subject, by language."""
    field = FIELDS.get(name)
    if field is not None and field not in fields_named:
        return unnamed(field)
    absent = ABSENT.get((subject, name))
    return (absent(facts) if callable(absent) else absent) or (EMPTY if field else ELSE)


def unnamed(field: str) -> Texts:
    """Return the sentence about a field that the configuration does not name."""
    return said(
        f"поле {field} не указано в настройках портала (fields)",
        f"the field {field} is not named in the portal's fields",
    )
