"""Activities in the timeline of the CRM, the to-dos among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator import selecting
from connectors.bitrix24.emulator.calls import Call, Method, Window, listed, read_filter, read_order
from connectors.bitrix24.emulator.changes import OWNERS, touch
from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.dates import instant, written_seconds
from connectors.bitrix24.emulator.filters import Column, Row
from connectors.bitrix24.emulator.replies import Reply, RestError

if TYPE_CHECKING:
    from collections.abc import Mapping


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    return {
        "crm.activity.list": _activities,
        "crm.activity.get": lambda call: Reply(_activity(call)),
        "crm.activity.add": _add_activity,
        "crm.activity.update": _update_activity,
        "crm.activity.todo.add": _add_todo,
        "crm.activity.todo.update": _update_todo,
    }


def _activities(call: Call) -> Reply:
    def resolve(field: str) -> Column | None:
        return call.state.column("crm.activity", field)

    order = read_order(call, resolve) or ((Column("START_TIME", "datetime"), False),)
    query = Query(read_filter(call, "filter", resolve), order)
    hidden = {"COMMUNICATIONS", "FILES", "BINDINGS"} - set(call.select())
    known = call.state.fields("crm.activity").keys() | call.state["crm.activity"].names
    shape = selecting.legacy(call.select(), known)

    def shown(rows: list[Row]) -> list[Row]:
        return [{name: value for name, value in row.items() if name not in hidden} for row in shape(rows)]

    return listed(call, "crm.activity", query, Window.legacy(call), shown)


def _activity(call: Call) -> Row:
    row = call.state["crm.activity"].get(call.number("id"))
    if row is None:
        raise RestError("", "Activity is not found.")
    return row


def _blank_activity(call: Call) -> Row:
    now, user = call.state.now(), str(call.user)
    names = call.state.fields("crm.activity").keys() - {"ID", "BINDINGS"}
    zero = "ASSOCIATED_ENTITY_ID RESULT_MARK RESULT_STATUS RESULT_STREAM AUTOCOMPLETE_RULE DIRECTION"
    row: Row = {name: None for name in call.state.fields("crm.activity") if name in names}
    row.update(dict.fromkeys(zero.split(), "0"), CREATED=now, LAST_UPDATED=now, START_TIME=now, END_TIME=now)
    row.update(COMPLETED="N", STATUS="1", PRIORITY="2", NOTIFY_TYPE="0", NOTIFY_VALUE="0", DESCRIPTION="")
    row.update(DESCRIPTION_TYPE="1", LOCATION="", SETTINGS=[], PROVIDER_PARAMS=[], AUTHOR_ID=user, EDITOR_ID=user)
    return {**row, "RESPONSIBLE_ID": user}


def _put_activity(call: Call, given: Row) -> int:
    number = call.state.add("crm.activity", {**_blank_activity(call), **given}, user=call.user)
    touch(call.state, int(given["OWNER_TYPE_ID"]), int(given["OWNER_ID"]), call.user)
    return number


def _owner(call: Call, given: Mapping[str, Any], kind: str, number: str) -> Row | None:
    name = OWNERS.get(int(str(given.get(kind) or 0)))
    return call.state[name].get(int(str(given.get(number) or 0))) if name else None


def _add_activity(call: Call) -> Reply:
    given = call.fields()
    if _owner(call, given, "OWNER_TYPE_ID", "OWNER_ID") is None:
        raise RestError("", "The owner is not found.")
    return Reply(_put_activity(call, _completed(given)))


def _update_activity(call: Call) -> Reply:
    row = _activity(call)
    changed = {**_completed(call.fields()), "LAST_UPDATED": call.state.now(), "EDITOR_ID": str(call.user)}
    call.state.update("crm.activity", int(row["ID"]), changed, user=call.user)
    return Reply(result=True)


def _completed(given: Mapping[str, Any]) -> Row:
    if "COMPLETED" not in given:
        return dict(given)
    done = str(given["COMPLETED"]).upper() in ("Y", "TRUE", "1")
    return {**given, "COMPLETED": "Y" if done else "N", "STATUS": "2" if done else "1"}


def _todo_deadline(call: Call) -> str | None:
    given = call.get("deadline")
    if given is None:
        return None
    seconds = instant(str(given), call.state.zone)
    if seconds is None:
        raise RestError("WRONG_DATETIME_FORMAT", "Wrong datetime format")
    return written_seconds(seconds, call.state.zone)


def _todo_owner(call: Call) -> tuple[int, int]:
    for name in ("ownerTypeId", "ownerId"):
        if call.get(name) is None:
            raise RestError(100, f"Could not find value for parameter {{{name}}}")
    kind, number = call.number("ownerTypeId"), call.number("ownerId")
    collection = OWNERS.get(kind)
    if collection is None:
        raise RestError("NOT_FOUND", "Not found.")
    if call.state[collection].get(number) is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found.")
    return kind, number


def _add_todo(call: Call) -> Reply:
    if call.get("deadline") is None:
        raise RestError(100, "Could not find value for parameter {deadline}")
    kind, number = _todo_owner(call)
    deadline = _todo_deadline(call)
    row: Row = {"OWNER_TYPE_ID": str(kind), "OWNER_ID": str(number), "TYPE_ID": "6", "PROVIDER_ID": "CRM_TODO"}
    row |= {"PROVIDER_TYPE_ID": "TODO", "SUBJECT": str(call.get("title") or ""), "DEADLINE": deadline}
    row |= {"START_TIME": deadline, "END_TIME": deadline, "DESCRIPTION": str(call.get("description") or "")}
    row |= {"RESPONSIBLE_ID": str(call.get("responsibleId") or call.user)}
    return Reply({"id": _put_activity(call, row)})


def _update_todo(call: Call) -> Reply:
    _todo_owner(call)
    row = call.state["crm.activity"].get(call.number("id"))
    if row is None:
        raise RestError("NOT_FOUND", "Not found.")
    if row.get("COMPLETED") == "Y":
        raise RestError("CAN_NOT_UPDATE_COMPLETED_TODO", "Can not update completed todo")
    changed: Row = {"LAST_UPDATED": call.state.now(), "EDITOR_ID": str(call.user)}
    for name, field in (("title", "SUBJECT"), ("description", "DESCRIPTION"), ("responsibleId", "RESPONSIBLE_ID")):
        if call.get(name) is not None:
            changed[field] = str(call.get(name))
    deadline = _todo_deadline(call)
    if deadline is not None:
        changed |= {"DEADLINE": deadline, "START_TIME": deadline, "END_TIME": deadline}
    call.state.update("crm.activity", int(row["ID"]), changed, user=call.user)
    return Reply({"id": int(row["ID"])})
