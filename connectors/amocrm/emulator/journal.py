"""What a change leaves behind besides the row itself: event rows and webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.amocrm.emulator import hookbodies
from connectors.amocrm.emulator.rows import CHAT_MESSAGES, SINGULAR, Row, embedded
from connectors.amocrm.emulator.webhooks import Hook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from connectors.amocrm.emulator.state import State

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_ULID_LENGTH = 26
_CLIENTS = frozenset({"contacts", "companies"})


class Change:
    """Holds the lock; when it ends without an error its events are written and its hooks sent."""

    def __init__(self, state: State, by: int) -> None:
        self.state = state
        self.by = by
        self.now = state.clock.timestamp()
        self._hooks: list[Hook] = []
        self._events: list[Row] = []

    def __enter__(self) -> Change:
        self.state.lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for row in self._events:
                    self.state.events.put(row)
                self.state.hooks.publish(self._hooks)
        finally:
            self.state.lock.release()

    def event(
        self,
        name: str,
        entity: str,
        entity_id: int,
        after: Iterable[Row] = (),
        before: Iterable[Row] = (),
        inner: Row | None = None,
    ) -> None:
        """An event row is to be written; `inner` is what its `_embedded` holds."""
        self._events.append({
            "id": _ulid(self.now, self.state.events.next_id()), "type": name, "entity_id": entity_id,
            "entity_type": entity, "created_by": self.by, "created_at": self.now, "value_after": list(after),
            "value_before": list(before), "account_id": self.state.account["id"], "_embedded": inner or {},
        })  # fmt: skip

    def hook(self, setting: str, root: str, action: str, item: Row) -> None:
        """A webhook is to be sent to whoever wants this event."""
        self._hooks.append(Hook(setting, root, action, item))


def _ulid(now: int, number: int) -> str:
    value, letters = (now * 1000 << 80) + number, ""
    for _ in range(_ULID_LENGTH):
        value, rest = divmod(value, len(_CROCKFORD))
        letters = _CROCKFORD[rest] + letters
    return letters


def entity_added(change: Change, kind: str, row: Row) -> None:
    """A lead, contact or company is new."""
    change.event(f"{SINGULAR[kind]}_added", SINGULAR[kind], row["id"], [{"note": {"id": row["id"]}}])
    _hook_entity(change, "add", kind, row)


def entity_updated(change: Change, kind: str, before: Row, after: Row) -> None:
    """A lead, contact or company has changed: one event per fact, one hook per kind of event."""
    for name, new, old in _differences(before, after):
        change.event(name, SINGULAR[kind], after["id"], new, old)
    old_values: dict[str, object] = {}
    if kind == "leads" and _status(before) != _status(after):
        old_values["old_status_id"] = before.get("status_id")
    _hook_entity(change, "update", kind, after, **old_values)
    if old_values:
        _hook_entity(change, "status", kind, after, **old_values)
    if before.get("responsible_user_id") != after.get("responsible_user_id"):
        old_values["old_responsible_user_id"] = before.get("responsible_user_id")
        _hook_entity(change, "responsible", kind, after, **old_values)


def _hook_entity(change: Change, action: str, kind: str, row: Row, **old: object) -> None:
    setting = f"{action}_{SINGULAR[kind]}"
    if kind in _CLIENTS:
        # Contacts and companies share a root, and a new responsible comes as an update.
        item = _client_item(change.state, kind, row, **old)
        change.hook(setting, "contacts", "update" if action == "responsible" else action, item)
    else:
        change.hook(setting, kind, action, hookbodies.lead(row, **old))


def _client_item(state: State, kind: str, row: Row, **old: object) -> Row:
    linked = embedded(row, "companies") if kind == "contacts" else []
    company = state.companies.get(linked[0]["id"]) if linked else None
    return hookbodies.client(row, kind, sorted(state.leads.group(kind, row["id"])), company, **old)


def task_added(change: Change, row: Row) -> None:
    """A task is new."""
    change.event("task_added", "task", row["id"])
    change.hook("add_task", "task", "add", hookbodies.task(row))


def task_updated(change: Change, before: Row, after: Row, result_id: int | None) -> None:
    """A task has changed, or is completed; `result_id` is the id of a result given in this change."""
    for name, new, old in _task_differences(before, after, result_id):
        change.event(name, "task", after["id"], new, old)
    closed = bool(after.get("is_completed")) and not before.get("is_completed")
    more: dict[str, object] = {"action_close": int(closed), "old_text": before.get("text")}
    if result_id is not None:
        more["result"] = {"id": result_id, "text": (after.get("result") or {}).get("text")}
    change.hook("update_task", "task", "update", hookbodies.task(after, **more))
    if before.get("responsible_user_id") != after.get("responsible_user_id"):
        more |= {"main_user": after.get("responsible_user_id"), "modified_by": change.by,
                 "old_responsible_user_id": before.get("responsible_user_id")}  # fmt: skip
        change.hook("responsible_task", "task", "update", hookbodies.task(after, **more))


_NOTE_EVENTS = {
    "call_in": "incoming_call",
    "call_out": "outgoing_call",
    "sms_in": "incoming_sms",
    "sms_out": "outgoing_sms",
    "service_message": "service_note_added",
    "extended_service_message": "service_note_added",
    "geolocation": "geo_note_added",
    "message_cashier": "message_to_cashier_note_added",
}


def note_added(change: Change, row: Row) -> None:
    """A note is new."""
    state, kind = change.state, str(row["entity_type"])
    name = _NOTE_EVENTS.get(row["note_type"], f"{row['note_type']}_note_added")
    change.event(name, SINGULAR[kind], row["entity_id"], [{"note": {"id": row["id"]}}])
    author = str((state.users.get(row.get("created_by")) or {}).get("name") or "")
    inner = (state.account.get("_embedded") or {}).get("datetime_settings") or {}
    item: Row = {"note": hookbodies.note(row, author, ZoneInfo(str(inner.get("timezone") or "Europe/Moscow")))}
    if kind in _CLIENTS:
        item["type"] = hookbodies.TYPES[kind]
    change.hook(f"note_{SINGULAR[kind]}", "contacts" if kind in _CLIENTS else kind, "note", item)


def message_added(change: Change, kind: str, row_id: int, said: Row) -> None:
    """Something was said in a chat: an event without the words, and a hook with them."""
    contact = said["contact_id"]
    linked = {"entity": {"linked_talk_contact_id": contact}} if kind != "contacts" and contact else {}
    incoming = said["type"] == "incoming"
    fact = {"message": {"id": said["id"], "origin": said["origin"], "talk_id": said["talk_id"]}}
    change.event(CHAT_MESSAGES[incoming], SINGULAR[kind], row_id, [fact], inner=linked)
    setting = "add_message" if incoming else "add_outgoing_message"
    change.hook(setting, "message", "add", hookbodies.message(said, kind, row_id, change.now))


def bin_change(change: Change, kind: str, row_id: int) -> Row:
    """The row is in the recycle bin, as it was returned; KeyError when there is none."""
    state = change.state
    row = state.collections[kind].remove(row_id)
    if row is None:
        raise KeyError(f"There is no {row_id} among the {kind}.")
    state.collections[kind].bin[row_id] = {**row, "is_deleted": True, "updated_at": change.now, "updated_by": change.by}
    change.event(f"{SINGULAR[kind]}_deleted", SINGULAR[kind], row_id)
    setting = f"delete_{SINGULAR[kind]}"
    if kind == "leads":
        change.hook(setting, "leads", "delete", hookbodies.deleted_lead(row))
    elif kind in _CLIENTS:
        change.hook(setting, "contacts", "delete", {"id": row_id, "type": hookbodies.TYPES[kind]})
    else:
        change.hook(setting, "task", "delete", {"id": row_id})
    return row


def restore_change(change: Change, kind: str, row_id: int) -> None:
    """The row is back from the recycle bin; KeyError when it is not there."""
    rows = change.state.collections[kind]
    row = rows.restore(row_id)
    if row is None:
        raise KeyError(f"There is no {row_id} in the recycle bin of {kind}.")
    row = rows.put({**row, "is_deleted": False, "updated_at": change.now, "updated_by": change.by})
    change.event(f"{SINGULAR[kind]}_restored", SINGULAR[kind], row_id)
    _hook_entity(change, "restore", kind, row)


Difference = tuple[str, list[Row], list[Row]]
Facts = tuple[tuple[str, Callable[[Row], Row]], ...]


def _differences(before: Row, after: Row) -> Iterable[Difference]:
    for name, shape in _FACTS:
        if shape(before) != shape(after):
            yield name, [shape(after)], [shape(before)]
    old, new = _fields(before), _fields(after)
    for field_id in dict.fromkeys((*old, *new)):
        if old.get(field_id) != new.get(field_id):
            name = f"custom_field_{field_id}_value_changed"
            yield name, _field_values(field_id, new.get(field_id)), _field_values(field_id, old.get(field_id))
    old_tags = {tag.get("name") for tag in embedded(before, "tags")}
    new_tags = {tag.get("name") for tag in embedded(after, "tags")}
    if new_tags - old_tags:
        yield "entity_tag_added", [{"tag": {"name": name}} for name in sorted(new_tags - old_tags, key=str)], []
    if old_tags - new_tags:
        yield "entity_tag_deleted", [], [{"tag": {"name": name}} for name in sorted(old_tags - new_tags, key=str)]


def _fields(row: Row) -> Mapping[Any, Row]:
    return {each["field_id"]: each for each in row.get("custom_fields_values") or ()}


def _field_values(field_id: int, each: Row | None) -> list[Row]:
    return [
        {"custom_field_value": {"field_id": field_id, "field_type": (each or {}).get("field_type"),
                                "enum_id": value.get("enum_id"), "text": value.get("value")}}
        for value in (each or {}).get("values") or ()
    ]  # fmt: skip


def _responsible(row: Row) -> Row:
    return {"responsible_user": {"id": row.get("responsible_user_id")}}


def _status(row: Row) -> Row:
    return {"lead_status": {"id": row.get("status_id"), "pipeline_id": row.get("pipeline_id")}}


_FACTS: Facts = (
    ("lead_status_changed", _status),
    ("entity_responsible_changed", _responsible),
    ("sale_field_changed", lambda row: {"sale_field_value": {"sale": row.get("price")}}),
    ("name_field_changed", lambda row: {"name_field_value": {"name": row.get("name")}}),
)


def _task_differences(before: Row, after: Row, result_id: int | None) -> Iterable[Difference]:
    for name, shape in _TASK_FACTS:
        if shape(before) != shape(after):
            yield name, [shape(after)], [shape(before)]
    if after.get("is_completed") and not before.get("is_completed"):
        yield "task_completed", [], []
    if result_id is not None:
        yield "task_result_added", [{"note": {"id": result_id}}], []


_TASK_FACTS: Facts = (
    ("task_text_changed", lambda row: {"task": {"text": row.get("text")}}),
    ("task_deadline_changed", lambda row: {"task_deadline": {"timestamp": row.get("complete_till")}}),
    ("task_type_changed", lambda row: {"task_type": {"id": row.get("task_type_id"), "text": ""}}),
    ("entity_responsible_changed", _responsible),
)
