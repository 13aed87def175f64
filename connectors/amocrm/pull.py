"""What changed, page by page: which kind of row is walked by whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from connectors.amocrm import events, lists, selling, touches
from connectors.amocrm.cursor import Cursor
from integrator.domain import EntityKind

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from connectors.amocrm.source import Source
    from integrator.ports import Page

    Walk = Callable[[Source, str | None], Generator[Page, None, None]]


def pull(source: Source, kind: EntityKind, cursor: str | None) -> Generator[Page, None, None]:
    """Yield what changed since the cursor; everything, and then what changed meanwhile, without one."""
    if kind in WALKS:
        yield from WALKS[kind](source, cursor)


def _listed(kind: EntityKind, source: Source, cursor: str | None) -> Generator[Page, None, None]:
    yield from lists.pull(source, kind, Cursor.load(cursor) if cursor else None)


def _stage_changes(source: Source, cursor: str | None) -> Generator[Page, None, None]:
    yield from events.pull(source, events.STAGE_CHANGES, Cursor.load(cursor) if cursor else None)


# What amoCRM does not have (leads that are no deals) is in no row.
WALKS: Mapping[EntityKind, Walk] = {
    **{kind: partial(_listed, kind) for kind in (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL)},
    EntityKind.TASK: touches.pull,
    EntityKind.STAGE_CHANGE: _stage_changes,
    EntityKind.PRODUCT: selling.products,
    EntityKind.BASKET: selling.baskets,
}
