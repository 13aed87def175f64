"""What people have to do and what they did: tasks, notes of contacts made, messages; one cursor for all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import orjson

from connectors.amocrm import contacts_made, events, filtered, lists
from connectors.amocrm.api import PLURAL, reader
from connectors.amocrm.cursor import CHANGED_FORMAT, Cursor, Phase
from connectors.amocrm.filtered import Listing
from connectors.amocrm.mapping import TASK_ORIGIN
from integrator.domain import EntityKind
from integrator.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from connectors.amocrm.source import Source
    from integrator.ports import Page

    Part = Callable[[Source, Cursor | None], Generator[Page, None, None]]

TASKS = "tasks"


def pull(source: Source, cursor: str | None) -> Generator[Page, None, None]:
    """Yield what changed in each of the sources, one after another; where nothing did, a request for each."""
    saved = _load(cursor)
    for name, (origin, part) in PARTS.items():
        began = saved.get(name)
        for page in part(source, Cursor.load(began) if began else None):
            saved = {**saved, name: page.cursor}
            yield replace(page, cursor=orjson.dumps(saved).decode(), origin=origin)


def _tasks(source: Source, state: Cursor | None) -> Generator[Page, None, None]:
    kind = EntityKind.TASK
    if state is None or state.phase is Phase.FULL:
        state = yield from lists.everything(source, kind, state)
    listing = Listing(kind, partial(source.list, kind), partial(source.page, kind))
    yield from filtered.unordered(source, listing, state)


def _noted(kind: EntityKind, source: Source, state: Cursor | None) -> Generator[Page, None, None]:
    path, mapper = f"{PLURAL[kind]}/notes", contacts_made.noted(kind)
    listing = Listing(
        path,
        lambda query: reader(source.session, path, "notes", {"filter[note_type][]": [*contacts_made.NOTES], **query}),
        partial(source.fresh, mapper),
    )
    yield from filtered.ordered(source, listing, state or Cursor(Phase.CHANGES, at=source.now()))


def _messages(source: Source, state: Cursor | None) -> Generator[Page, None, None]:
    yield from events.pull(source, events.MESSAGES, state)


# Each has ids of its own, so what a page tells of ids is told with their origin.
PARTS: Mapping[str, tuple[str, Part]] = {
    TASKS: (TASK_ORIGIN, _tasks),
    **{
        f"{kind}_notes": (contacts_made.NOTE_ORIGIN, partial(_noted, kind))
        for kind in (EntityKind.DEAL, EntityKind.CONTACT, EntityKind.COMPANY)
    },
    "messages": (contacts_made.EVENT_ORIGIN, _messages),
}


def _load(cursor: str | None) -> dict[str, str]:
    """Return the cursor of each source; one saved before there were several is that of the tasks."""
    if cursor is None:
        return {}
    try:
        saved = orjson.loads(cursor)
    except orjson.JSONDecodeError:
        raise PermanentError(CHANGED_FORMAT) from None
    if isinstance(saved, dict) and "phase" in saved:
        return {TASKS: cursor}
    if not isinstance(saved, dict) or not saved.keys() <= PARTS.keys():
        raise PermanentError(CHANGED_FORMAT)
    return saved
