"""What the account's events tell: stages that deals came to, messages, deletions. Events are never taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.amocrm import contacts_made, mapping
from connectors.amocrm.cursor import Cursor, Phase
from connectors.amocrm.source import between, newest_event
from connectors.amocrm.walk import forwards
from integrator.domain import EntityKind
from integrator.ports import Sweep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from connectors.amocrm.api import Filter, Json
    from connectors.amocrm.mapping import Mapper
    from connectors.amocrm.source import Source
    from integrator.ports import Page

# How far back deletions are looked for at first: whatever went away while the first full pull was running.
FIRST_SWEEP = 2 * 24 * 3600
IDS_AT_ONCE = 10  # the CRM takes no more (reference, 3.9)
SINGULAR = {
    EntityKind.COMPANY: "company",
    EntityKind.CONTACT: "contact",
    EntityKind.DEAL: "lead",
    EntityKind.TASK: "task",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """The events of some types, and what one of them is for us."""

    name: str
    types: tuple[str, ...]
    mapper: Mapper

    @property
    def wanted(self) -> Filter:
        """The filter that leaves these types."""
        return {"filter[type][]": self.types}


STAGE_CHANGES = Stream("stage changes", ("lead_status_changed",), mapping.stage_change)
MESSAGES = Stream("messages", ("incoming_chat_message", "outgoing_chat_message"), contacts_made.message)


def pull(source: Source, stream: Stream, state: Cursor | None) -> Generator[Page, None, None]:
    """Yield what happened since the cursor, or ever without one; read forwards, the newest first."""
    if state is None:
        first = source.events(stream.wanted)(1)
        newest = max((int(row["created_at"]) for row in first.rows), default=0)
        after = Cursor(Phase.CHANGES, since=source.come(newest), at=source.now())
        if not first.more:
            yield source.fresh(stream.mapper, first.rows, after)
            return
        state = replace(after, phase=Phase.FULL, page=1)
    if state.phase is Phase.FULL:
        # Up to an instant that is past the list does not grow, so a page keeps its number over a crash.
        read = source.events({**stream.wanted, **between("created_at", 0, state.since)})
        for number, sheet in forwards(read, stream.name, state.page):
            state = replace(state, page=number)
            yield source.fresh(stream.mapper, sheet.rows, state)
        state = Cursor(Phase.CHANGES, since=state.since, at=state.at)
    newest = state.since
    read = source.events({**stream.wanted, **between("created_at", state.floor(source.overlap), None)})
    for _number, sheet in forwards(read, stream.name):
        newest = max([newest, *(int(row["created_at"]) for row in sheet.rows)])
        # The rows come newest first: before the last page is stored the cursor must not move.
        after = state if sheet.more else source.after(state, newest)
        yield source.fresh(stream.mapper, sheet.rows, after)


def sweeps(source: Source, kind: EntityKind, cursor: str | None) -> Generator[Sweep, None, None]:
    """Yield the ids deleted since the cursor; nothing for a kind of whose end no event tells."""
    if kind not in SINGULAR:
        return
    deleted, restored = f"{SINGULAR[kind]}_deleted", f"{SINGULAR[kind]}_restored"
    types = [deleted] if kind is EntityKind.TASK else [deleted, restored]
    if cursor:
        state = Cursor.load(cursor)
    else:
        # Two days back from the CRM's now; where its answers do not tell that, from the newest event.
        now_there = source.session.told_at or newest_event(source)
        state = Cursor(Phase.CHANGES, since=now_there - FIRST_SWEEP, at=source.now())
    read = source.events({"filter[type][]": types, **between("created_at", state.floor(source.overlap), None)})
    # Oldest first, so that of one that was deleted and restored the last word counts.
    events = [row for _number, sheet in forwards(read, kind) for row in sheet.rows][::-1]
    events.sort(key=lambda row: int(row["created_at"]))
    last_word = {row["entity_id"]: row["type"] for row in events}
    newest = int(events[-1]["created_at"]) if events else state.since
    gone = [entity for entity, word in last_word.items() if word == deleted]
    origin = mapping.TASK_ORIGIN if kind is EntityKind.TASK else None
    yield Sweep(source.after(state, newest).dump(), gone, origin=origin)


def deal_stages(source: Source, deal_ids: Sequence[int]) -> Iterator[Json]:
    """Yield the events that tell these deals' stages."""
    for at in range(0, len(deal_ids), IDS_AT_ONCE):
        query: Filter = {
            **STAGE_CHANGES.wanted,
            "filter[entity][]": "lead",
            "filter[entity_id][]": [*deal_ids[at : at + IDS_AT_ONCE]],
        }
        for _number, sheet in forwards(source.events(query), STAGE_CHANGES.name):
            yield from sheet.rows
