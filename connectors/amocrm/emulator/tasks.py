"""Tasks and notes: written by people and by programs, always on another entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.amocrm.emulator import checks, journal

if TYPE_CHECKING:
    from connectors.amocrm.emulator.journal import Change
    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State

_PLAIN = (
    "text", "complete_till", "entity_id", "entity_type", "responsible_user_id", "task_type_id", "duration",
    "is_completed", "created_by", "created_at",
)  # fmt: skip
_NOTE_TYPES = frozenset({
    "common", "call_in", "call_out", "service_message", "extended_service_message", "message_cashier", "geolocation",
    "sms_in", "sms_out", "attachment",
})  # fmt: skip


def create(state: State, items: list[Row], by: int) -> list[Row]:
    """The new tasks, one for each item, or nothing at all when one is wrong."""
    with state.change(by) as change:
        checks.hold(state, items, checks.TASK, "text", "complete_till")
        _targets_hold(state, items)
        return [_add(change, item) for item in items]


def edit(state: State, items: list[Row], by: int) -> list[Row]:
    """The tasks after the change; completing needs neither the text nor the deadline again."""
    with state.change(by) as change:
        checks.hold(state, items, checks.TASK)
        for number, item in enumerate(items):
            if state.tasks.get(item.get("id")) is None:
                raise checks.refuse(number, item, "id")
        _targets_hold(state, [item for item in items if "entity_id" in item])
        return [_edit(change, item) for item in items]


def _targets_hold(state: State, items: list[Row]) -> None:
    for number, item in enumerate(items):
        entity_id, kind = item.get("entity_id"), item.get("entity_type")
        if entity_id is None:
            continue
        if kind is None:
            checks.hold(state, [item], {}, "entity_type")
        elif kind != "customers" and state.collections[str(kind)].get(entity_id) is None:
            raise checks.refuse(number, item, "entity_id")


def _add(change: Change, item: Row) -> Row:
    state = change.state
    base: Row = {
        "id": state.tasks.next_id(), "created_by": change.by, "updated_by": change.by, "created_at": change.now,
        "responsible_user_id": change.by or state.user, "group_id": 0, "entity_id": None, "entity_type": None,
        "duration": 0, "is_completed": False, "task_type_id": 1, "result": [], "account_id": state.account["id"],
    }  # fmt: skip
    row = state.tasks.put(_changed(change, base, item))
    _nearest(state, row)
    journal.task_added(change, row)
    return row


def _edit(change: Change, item: Row) -> Row:
    state = change.state
    before = state.tasks.rows[item["id"]]
    after = state.tasks.put(_changed(change, before, item))
    for row in (before, after):
        _nearest(state, row)
    given = bool((item.get("result") or {}).get("text"))
    journal.task_updated(change, before, after, state.notes.next_id() if given else None)
    return after


def _changed(change: Change, before: Row, item: Row) -> Row:
    row = {**before, **{key: item[key] for key in _PLAIN if key in item}}
    text = (item.get("result") or {}).get("text")
    if text:
        row["result"] = {"text": text}
    row["updated_at"] = item.get("updated_at", change.now)
    row["updated_by"] = item.get("updated_by", change.by)
    return row


def _nearest(state: State, task: Row) -> None:
    """The entity of the task shows the deadline of its nearest open task; its `updated_at` does not move for that."""
    rows = state.collections.get(str(task.get("entity_type")))
    entity = None if rows is None else rows.get(task.get("entity_id"))
    if rows is None or entity is None:
        return
    ids = state.tasks.group("entity", (str(task["entity_type"]), str(task["entity_id"])))
    due = [row["complete_till"] for row in map(state.tasks.rows.get, ids) if row and not row.get("is_completed")]
    rows.put({**entity, "closest_task_at": min(due, default=None)})


def after_deletion(state: State, task: Row) -> None:
    """The entity no longer counts a deleted task."""
    _nearest(state, task)


def create_notes(state: State, kind: str, items: list[Row], by: int) -> list[Row]:
    """The new notes, or nothing at all when one is wrong."""
    with state.change(by) as change:
        for number, item in enumerate(items):
            if item.get("note_type") not in _NOTE_TYPES:
                raise checks.refuse(number, item, "note_type")
            if state.collections[kind].get(item.get("entity_id")) is None:
                raise checks.refuse(number, item, "entity_id")
        checks.hold(state, items, {"created_by": checks.TASK["created_by"]}, "params")
        return [_add_note(change, kind, item) for item in items]


def edit_notes(state: State, kind: str, items: list[Row], by: int) -> list[Row]:
    """The notes on this kind of entity after the change; letters and what else the CRM writes itself stay as they are.

    Nothing is changed at all when one item is wrong.
    """
    with state.change(by) as change:
        for number, item in enumerate(items):
            row = state.notes.get(item.get("id"))
            if row is None or row.get("entity_type") != kind:
                raise checks.refuse(number, item, "id")
            if not {row.get("note_type"), item.get("note_type", row.get("note_type"))} <= _NOTE_TYPES:
                raise checks.refuse(number, item, "note_type")
        return [_edit_note(change, item) for item in items]


def _edit_note(change: Change, item: Row) -> Row:
    notes = change.state.notes
    given: Row = {key: item[key] for key in ("note_type", "params") if key in item}
    return notes.put({**notes.rows[item["id"]], **given, "updated_at": change.now, "updated_by": change.by})


def _add_note(change: Change, kind: str, item: Row) -> Row:
    state = change.state
    row = state.notes.put({
        "id": state.notes.next_id(), "entity_id": item["entity_id"], "entity_type": kind,
        "created_by": item.get("created_by", change.by), "updated_by": change.by, "created_at": change.now,
        "updated_at": change.now, "responsible_user_id": item.get("responsible_user_id", change.by or state.user),
        "group_id": 0, "note_type": item["note_type"], "params": item["params"], "account_id": state.account["id"],
    })  # fmt: skip
    journal.note_added(change, row)
    return row
