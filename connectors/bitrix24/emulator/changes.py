"""What the portal does by itself when a row of the CRM is written: stages, times, history, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator import tasks
from connectors.bitrix24.emulator.dates import instant, written_day, written_seconds
from connectors.bitrix24.emulator.replies import RestError
from connectors.bitrix24.emulator.schema import MULTIFIELDS, NEVER_RETURNED, Field, fields
from connectors.bitrix24.emulator.values import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.bitrix24.emulator.state import Stage, State

Row = dict[str, Any]

CREATED, MOVED, CLOSED, FUNNEL_CHANGED = 1, 2, 3, 5

ENTITIES = {"crm.deal": "deal", "crm.lead": "lead", "crm.contact": "contact", "crm.company": "company"}
OWNERS = {1: "crm.lead", 2: "crm.deal", 3: "crm.contact", 4: "crm.company"}
_FLAGS = {
    "crm.deal": "CLOSED IS_NEW IS_RECURRING IS_RETURN_CUSTOMER IS_REPEATED_APPROACH IS_MANUAL_OPPORTUNITY",
    "crm.lead": "IS_RETURN_CUSTOMER IS_MANUAL_OPPORTUNITY HAS_PHONE HAS_EMAIL HAS_IMOL",
    "crm.contact": "HAS_PHONE HAS_EMAIL HAS_IMOL",
    "crm.company": "IS_MY_COMPANY HAS_PHONE HAS_EMAIL HAS_IMOL",
}


def add(state: State, name: str, given: Mapping[str, Any], user: int) -> int:
    """The id of the new row; what the portal fills in is filled in, the event is out."""
    if name == "tasks.task":
        return tasks.add(state, given, user)
    if name in ENTITIES:
        return _add_entity(state, name, given, user)
    number = state[name].next_id()
    identity = number if name == "crm.category" else str(number)
    state[name].put(number, {state[name].id_field: identity, **_plain(state, name, given)})
    _announce(state, name, "ADD", number)
    return number


def update(state: State, name: str, number: int, given: Mapping[str, Any], user: int) -> None:
    """The row carries the changes and what follows from them, the event is out."""
    if name == "tasks.task":
        tasks.update(state, number, given, user)
        return
    row = state[name].rows[number]
    if name in ENTITIES:
        _update_entity(state, name, row, _legal(state, name, given, row), user)
    else:
        state[name].put(number, {**row, **_plain(state, name, given)})
        _announce(state, name, "UPDATE", number)


def delete(state: State, name: str, number: int) -> None:
    """The row is gone, the event is out."""
    if name == "tasks.task":
        tasks.delete(state, number)
    elif state[name].remove(number) is None:
        raise KeyError(number)
    else:
        _announce(state, name, "DELETE", number)


def move_to_funnel(state: State, number: int, funnel: int, given: Mapping[str, Any], user: int) -> None:
    """The deal stands in the other funnel, at the stage named or at its first one."""
    row = state["crm.deal"].rows[number]
    stage = state.stage(str(given.get("STAGE_ID") or "")) or state.first_stage(funnel)
    if stage is None or stage.funnel != funnel:
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value of field 'categoryId'")
    changed = {**_legal(state, "crm.deal", given, row), "CATEGORY_ID": str(funnel), "STAGE_ID": stage.code}
    _update_entity(state, "crm.deal", row, changed, user, kind=FUNNEL_CHANGED)
    moved = {"ID": str(number), "CATEGORY_ID": str(funnel), "STAGE_ID": stage.code}
    state.emit("ONCRMDEALMOVETOCATEGORY", {"FIELDS": moved})


def _add_entity(state: State, name: str, given: Mapping[str, Any], user: int) -> int:
    number, now = state[name].next_id(), state.now()
    row: Row = {
        field.name: None
        for field in fields(ENTITIES[name]).values()
        if field.name not in NEVER_RETURNED and field.kind != "crm_multifield"
    }
    row.update(dict.fromkeys(_FLAGS[name].split(), "N"))
    row.update(ID=str(number), OPENED="Y", DATE_CREATE=now, DATE_MODIFY=now, LAST_ACTIVITY_TIME=now)
    people = "ASSIGNED_BY_ID CREATED_BY_ID MODIFY_BY_ID LAST_ACTIVITY_BY"
    row.update(dict.fromkeys(people.split(), str(user)))
    if "OPPORTUNITY" in row:
        row.update(OPPORTUNITY="0.00", CURRENCY_ID=base_currency(state))
    row = _with_multifields(state, row, _legal(state, name, given, row, new=True))
    row = _placed(state, name, row, given)
    _check_stage(state, name, row)
    state[name].put(number, row)
    _follow_stage(state, name, row, user, kind=CREATED)
    _announce(state, name, "ADD", number)
    return number


def _placed(state: State, name: str, row: Row, given: Mapping[str, Any]) -> Row:
    """A new deal stands in its funnel, a new lead at its first stage."""
    if name == "crm.deal":
        funnel = int(given.get("CATEGORY_ID") or 0)
        first = state.first_stage(funnel)
        return {**row, "CATEGORY_ID": str(funnel), "STAGE_ID": row["STAGE_ID"] or (first.code if first else None)}
    if name == "crm.lead":
        first = state.first_stage(None)
        return {**row, "STATUS_ID": row["STATUS_ID"] or (first.code if first else None)}
    return row


def _update_entity(state: State, name: str, row: Row, changed: Row, user: int, *, kind: int | None = None) -> None:
    number = int(row["ID"])
    after = _with_multifields(state, row, changed)
    after.update(DATE_MODIFY=state.now(), MODIFY_BY_ID=str(user))
    _check_stage(state, name, after)
    state[name].put(number, after)
    field = _stage_field(name)
    if field is not None and (row.get(field) != after.get(field) or kind is not None):
        _follow_stage(state, name, after, user, kind=kind)
    _announce(state, name, "UPDATE", number)


def _check_stage(state: State, name: str, row: Row) -> None:
    field = _stage_field(name)
    if field is None or row.get(field) is None:
        return
    stage = state.stage(str(row[field]), lead=name == "crm.lead")
    if stage is None or (name == "crm.deal" and stage.funnel != int(row.get("CATEGORY_ID") or 0)):
        raise RestError("", f"Invalid value of field '{field}'")


def _follow_stage(state: State, name: str, row: Row, user: int, *, kind: int | None) -> None:
    """The row shows where its stage stands, and the history has one more record."""
    field = _stage_field(name)
    stage = state.stage(str(row[field]), lead=name == "crm.lead") if field else None
    if stage is None:
        return
    number, now, lead = int(row["ID"]), state.now(), name == "crm.lead"
    final = stage.semantic in ("S", "F")
    moved = {**row, "MOVED_TIME": now, "MOVED_BY_ID": str(user)}
    if lead:
        moved.update(STATUS_SEMANTIC_ID=stage.semantic, DATE_CLOSED=now if final else "")
    else:
        first = state.first_stage(stage.funnel)
        closing = {"CLOSEDATE": row.get("CLOSEDATE") or written_day(now, state.zone)} if final else {}
        moved.update(STAGE_SEMANTIC_ID=stage.semantic, CLOSED="Y" if final else "N", **closing)
        moved["IS_NEW"] = "Y" if stage == first else "N"
    state[name].put(number, moved)
    _record(state, stage, number, kind or (CLOSED if final else MOVED), lead=lead)


def _record(state: State, stage: Stage, owner: int, kind: int, *, lead: bool) -> None:
    history = state["crm.stagehistory.lead" if lead else "crm.stagehistory"]
    number = max(state["crm.stagehistory"].next_id(), state["crm.stagehistory.lead"].next_id())
    word = "STATUS" if lead else "STAGE"
    record: Row = {"ID": number, "TYPE_ID": kind, "OWNER_ID": owner, "CREATED_TIME": state.now()}
    if not lead:
        record["CATEGORY_ID"] = stage.funnel
    history.put(number, {**record, f"{word}_SEMANTIC_ID": stage.semantic, f"{word}_ID": stage.code})


def _stage_field(name: str) -> str | None:
    return {"crm.deal": "STAGE_ID", "crm.lead": "STATUS_ID"}.get(name)


def _legal(state: State, name: str, given: Mapping[str, Any], row: Row, *, new: bool = False) -> Row:
    """The given fields that may be written, as the portal stores them; it silently ignores the others."""
    known = state.fields(name)
    found: Row = {}
    for key, value in given.items():
        field = known.get(key)
        if field is None or field.read_only or (field.immutable and not new) or field.name in NEVER_RETURNED:
            continue
        found[key] = value if field.name in MULTIFIELDS else stored(state, field, value)
    contacts = given.get("CONTACT_IDS")
    if isinstance(contacts, list) and "CONTACT_ID" in row:
        found["CONTACT_ID"] = str(contacts[0]) if contacts else None
    return found


def stored(state: State, field: Field, value: Any) -> Any:
    """A written value as the legacy methods give it back: text, in the portal's zone."""
    if isinstance(value, list) and field.multiple:
        single = Field(field.name, field.kind)
        return [stored(state, single, item) for item in value]
    if value is None or value == "":
        return None if field.kind in NUMBERS or field.kind == "datetime" else value
    if isinstance(value, list | dict) or field.kind == "object":
        return value
    if isinstance(value, bool):
        return ("1" if value else "0") if field.kind == "boolean" else ("Y" if value else "N")
    write = _WRITERS.get(field.kind)
    return str(value) if write is None else write(state, value)


def _as_money(_state: State, value: Any) -> str:
    try:
        return f"{float(value):.2f}"
    except ValueError:
        return "0.00"


def _as_datetime(state: State, value: Any) -> str | None:
    seconds = instant(str(value), state.zone)
    return None if seconds is None else written_seconds(seconds, state.zone)


def _as_day(state: State, value: Any) -> str | None:
    return written_day(str(value), state.zone)


_WRITERS: dict[str, Callable[[Any, Any], str | None]] = {
    "double": _as_money,
    "datetime": _as_datetime,
    "date": _as_day,
}


def _plain(state: State, name: str, given: Mapping[str, Any]) -> Row:
    known = state.fields(name) if name in ("crm.activity", "crm.timeline.comment") else {}
    return {key: stored(state, known[key], value) if key in known else value for key, value in given.items()}


def _with_multifields(state: State, row: Row, changed: Row) -> Row:
    """The row with the changes; phones and addresses are joined to those it has, by their ids."""
    after = {**row, **{key: value for key, value in changed.items() if key not in MULTIFIELDS}}
    for kind in MULTIFIELDS & changed.keys():
        entries = {str(item["ID"]): item for item in row.get(kind) or ()}
        items = changed[kind].values() if isinstance(changed[kind], dict) else changed[kind] or ()
        for item in items:
            number = str(item.get("ID") or next(state.multifield_ids))
            merged = {"ID": number, "VALUE_TYPE": "WORK", **entries.get(number, {}), **item, "TYPE_ID": kind}
            entries[number] = {key: merged[key] for key in ("ID", "VALUE_TYPE", "VALUE", "TYPE_ID") if key in merged}
        left = [item for item in entries.values() if item.get("VALUE")]
        after.pop(kind, None)
        if left:
            after[kind] = left
        if f"HAS_{kind}" in after:
            after[f"HAS_{kind}"] = "Y" if left else "N"
    return after


def base_currency(state: State) -> str:
    """The portal's base currency."""
    return next((str(row["CURRENCY"]) for row in state.currencies if row.get("BASE") == "Y"), "RUB")


def touch(state: State, owner_type: int, owner: int, user: int) -> None:
    """The owner shows that something happened to it; no event, and DATE_MODIFY stays."""
    name = OWNERS.get(owner_type)
    row = state[name].get(owner) if name else None
    if name is not None and row is not None:
        state[name].put(owner, {**row, "LAST_ACTIVITY_TIME": state.now(), "LAST_ACTIVITY_BY": str(user)})


_EVENTS = {
    **{name: f"ONCRM{kind.upper()}" for name, kind in ENTITIES.items()},
    "crm.activity": "ONCRMACTIVITY",
    "crm.timeline.comment": "ONCRMTIMELINECOMMENT",
    "crm.product": "ONCRMPRODUCT",
}


def _announce(state: State, name: str, what: str, number: int) -> None:
    event = _EVENTS.get(name)
    if event is None:
        return
    # A comment's event carries the id without FIELDS [documented].
    identity = {"ID": str(number)}
    state.emit(event + what, identity if name == "crm.timeline.comment" else {"FIELDS": identity})
