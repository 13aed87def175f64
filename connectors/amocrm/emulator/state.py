"""Everything the emulated account holds, and the one lock under which it changes."""

from __future__ import annotations

import gc
import threading
import uuid
from typing import TYPE_CHECKING, Any

import orjson

from connectors.amocrm.emulator import journal
from connectors.amocrm.emulator.collection import Collection, Key
from connectors.amocrm.emulator.journal import Change, bin_change, restore_change
from connectors.amocrm.emulator.rows import Row, embedded
from connectors.amocrm.emulator.tasks import after_deletion
from connectors.amocrm.emulator.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from pathlib import Path

    from connectors.emulation.clock import EmulatorClock

FILES = (
    "users", "pipelines", "loss_reasons", "companies", "contacts", "leads", "tasks", "notes", "events",
    "catalogs", "catalog_elements", "custom_fields",
)  # fmt: skip
MANY_ROWS = 50_000


class State:
    """The account in memory. Rows are replaced as a whole, so a reader never sees half a change."""

    users: Collection
    pipelines: Collection
    loss_reasons: Collection
    companies: Collection
    contacts: Collection
    leads: Collection
    tasks: Collection
    notes: Collection
    events: Collection
    catalogs: Collection
    catalog_elements: Collection
    custom_fields: Collection

    def __init__(self, data: Path, user: int, clock: EmulatorClock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.account = _account(data, user)
        self.collections = _collections(data)
        for name, collection in self.collections.items():
            setattr(self, name, collection)
        self.user = _current(self.account, user, self.users)
        self.hooks = Webhooks(clock, self.account)
        self.plain_429 = False
        """Answer 429 without JSON, as was seen on amocrm.ru."""

    def change(self, by: int | None = None) -> Change:
        """A context in which rows change together; its end writes the events and sends the hooks."""
        return Change(self, self.user if by is None else by)

    def delete(self, kind: str, row_id: int, by: int | None = None) -> None:
        """The row is in the recycle bin, its event written and its hook sent; there is no public DELETE for this."""
        with self.change(by) as change:
            row = bin_change(change, kind, row_id)
            if kind == "tasks":
                after_deletion(self, row)

    def restore(self, kind: str, row_id: int, by: int | None = None) -> None:
        """The row is back from the recycle bin, its event written and its hook sent."""
        with self.change(by) as change:
            restore_change(change, kind, row_id)

    def say(self, kind: str, row_id: int, text: str, *, contact: int | None = None, by: int | None = None) -> None:
        """Something is said in the chat of an entity: by a user, or by the client where `by` is None."""
        with self.change(by or 0) as change:
            journal.message_added(change, kind, row_id, {
                "id": str(uuid.uuid4()), "chat_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {row_id}")),
                "talk_id": row_id, "contact_id": contact, "text": text, "origin": "telegram",
                "type": "outgoing" if by else "incoming",
                "author": {"id": str(by or contact or 0), "type": "internal" if by else "external", "name": ""},
            })  # fmt: skip

    def filters_enabled(self) -> bool:
        """Whether the account has the option without which leads, contacts and companies ignore filters."""
        return bool(self.account.get("is_api_filter_enabled"))

    def fields(self, kind: str) -> dict[Any, Row]:
        """The custom fields of a kind of entity by id and by code."""
        return self._fields("entity_type", kind)

    def _fields(self, group: str, key: object) -> dict[Any, Row]:
        found: dict[Any, Row] = {}
        for field_id in self.custom_fields.group(group, key):
            row = self.custom_fields.rows[field_id]
            found[field_id] = row
            if row.get("code"):
                found[row["code"]] = row
        return found

    def catalog_fields(self, catalog_id: int) -> dict[Any, Row]:
        """The custom fields of a list's elements by id and by code."""
        return self._fields("catalog_id", catalog_id)

    def status(self, pipeline_id: object, status_id: object) -> Row | None:
        """The status in that pipeline."""
        pipeline = self.pipelines.get(pipeline_id) or {}
        return next((row for row in embedded(pipeline, "statuses") if row.get("id") == status_id), None)


def _collections(data: Path) -> dict[str, Collection]:
    """The files in memory; a million rows are built without the garbage collector looking through them again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        found = {name: Collection(_with_ids(name, _rows(data, name)), _GROUPS.get(name)) for name in FILES}
        if sum(len(each.rows) for each in found.values()) > MANY_ROWS:
            # Nor later: such an account stays for as long as the program runs.
            gc.freeze()
    finally:
        if was_on:
            gc.enable()
    return found


def _current(account: Row, user: int, users: Collection) -> int:
    current = account.get("current_user_id")
    return user if user in users.rows or not isinstance(current, int) else current


def _account(data: Path, user: int) -> Row:
    path = data / "account.json"
    found = _load(path) if path.exists() else {}
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} must hold one object.")  # noqa: TRY004 - wrong content, not a wrong type
    types = [
        {"id": 1, "name": "Связаться", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
        {"id": 2, "name": "Встреча", "color": None, "icon_id": None, "code": "MEETING"},
    ]
    inner = {
        "users_groups": [{"id": 0, "name": "Отдел продаж", "uuid": None}],
        "task_types": types,
        "datetime_settings": {"timezone": "Europe/Moscow", "timezone_offset": "+03:00"},
    }
    base = {
        "id": 1, "name": "Эмулятор", "subdomain": "emulator", "current_user_id": user, "country": "RU",
        "customers_mode": "unavailable", "is_unsorted_on": True, "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False, "is_technical_account": False, "contact_name_display_order": 1,
        "is_api_filter_enabled": False,
    }  # fmt: skip
    return {**base, **found, "_embedded": {**inner, **(found.get("_embedded") or {})}}


def _rows(data: Path, name: str) -> list[Row]:
    path = data / f"{name}.json"
    rows = _load(path) if path.exists() else []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path.name} must hold an array of objects.")
    return rows


def _load(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from error


def _with_ids(name: str, rows: list[Row]) -> Iterable[Row]:
    for number, row in enumerate(rows):
        if "id" not in row:
            raise ValueError(f"Object {number} of {name}.json has no id.")
        # Links are made anew for whatever host is asked.
        row.pop("_links", None)
        yield row


def _linked(kind: str) -> Key:
    return lambda row: [item["id"] for item in embedded(row, kind)]


def _of(field: str) -> Key:
    return lambda row: [row.get(field)]


def _entity(row: Row) -> list[Hashable]:
    return [(str(row.get("entity_type")), str(row.get("entity_id")))]


_GROUPS: dict[str, dict[str, Key]] = {
    "leads": {"contacts": _linked("contacts"), "companies": _linked("companies")},
    "contacts": {"companies": _linked("companies")},
    "tasks": {"entity": _entity, "open": lambda row: [not row.get("is_completed")]},
    "notes": {"entity": _entity, "entity_type": _of("entity_type")},
    "custom_fields": {"entity_type": _of("entity_type"), "catalog_id": _of("catalog_id")},
    "catalog_elements": {"catalog_id": _of("catalog_id")},
}
