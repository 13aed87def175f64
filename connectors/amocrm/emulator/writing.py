"""Leads, contacts and companies: what is set by the caller, and what the CRM sets itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator import checks, journal, values
from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.rows import CLOSING, LOST, SINGULAR, Row, embedded, with_embedded

if TYPE_CHECKING:
    from connectors.amocrm.emulator.journal import Change
    from connectors.amocrm.emulator.state import State

_PLAIN = {
    "leads": ("name", "price", "responsible_user_id", "created_by", "created_at", "loss_reason_id"),
    "contacts": ("name", "first_name", "last_name", "responsible_user_id", "created_by", "created_at"),
    "companies": ("name", "responsible_user_id", "created_by", "created_at"),
}
COMPLEX_LIMIT = 50


def create(state: State, kind: str, items: list[Row], by: int) -> list[Row]:
    """The new rows, one for each item, or nothing at all when one is wrong."""
    with state.change(by) as change:
        _hold(state, kind, items)
        return [_add(change, kind, item) for item in items]


def edit(state: State, kind: str, items: list[Row], by: int) -> list[Row]:
    """The rows after the change, or nothing changed at all when one item is wrong."""
    with state.change(by) as change:
        _hold(state, kind, items)
        for number, item in enumerate(items):
            if state.collections[kind].get(item.get("id")) is None:
                raise checks.refuse(number, item, "id")
        return [_edit(change, kind, item) for item in items]


def create_complex(state: State, items: list[Row], by: int) -> list[Row]:
    """Leads together with their new contacts and companies; the answer is a plain array."""
    with state.change(by) as change:
        for kind in ("contacts", "companies"):
            checks.hold(
                state, [one for item in items for one in embedded(item, kind) if "id" not in one], checks.ENTITIES[kind]
            )
        checks.hold(state, items, checks.LEAD)
        answers = []
        for number, item in enumerate(items):
            made = {kind: _found_or_added(change, kind, item) for kind in ("companies", "contacts")}
            row = _add(change, "leads", with_embedded(item, **made))
            ids = {kind: rows[0]["id"] if rows else None for kind, rows in made.items()}
            answers.append({
                "id": row["id"], "contact_id": ids["contacts"], "company_id": ids["companies"],
                "request_id": [checks.request_id(number, item)], "merged": False,
            })  # fmt: skip
        return answers


def _found_or_added(change: Change, kind: str, item: Row) -> list[Row]:
    return [
        one if "id" in one else {"id": _add(change, kind, one)["id"], "is_main": True} for one in embedded(item, kind)
    ]


def _hold(state: State, kind: str, items: list[Row]) -> None:
    checks.hold(state, items, checks.ENTITIES[kind])
    for number, item in enumerate(items):
        for linked in ("contacts", "companies"):
            for place, one in enumerate(embedded(item, linked)):
                if state.collections[linked].get(one.get("id")) is None:
                    raise checks.refuse(number, item, f"_embedded.{linked}.{place}.id")
        if kind == "leads":
            _status_holds(state, number, item)


def _status_holds(state: State, number: int, item: Row) -> None:
    if not state.pipelines.rows or item.get("status_id") is None:
        return
    current = state.leads.get(item.get("id")) or {}
    pipeline = item.get("pipeline_id") or current.get("pipeline_id")
    if item.get("pipeline_id") is None and _home(state, item["status_id"]) is not None:
        return
    if pipeline is not None and state.status(pipeline, item["status_id"]) is None:
        raise checks.refuse(number, item, "status_id")


def _home(state: State, status_id: object) -> int | None:
    """The only pipeline with this status; the closing ones are in all of them."""
    homes = [row["id"] for row in state.pipelines.rows.values() if state.status(row["id"], status_id) is not None]
    return homes[0] if len(homes) == 1 else None


def _first_status(state: State, pipeline_id: object) -> int:
    rows = sorted(embedded(state.pipelines.get(pipeline_id) or {}, "statuses"), key=lambda row: row.get("sort") or 0)
    return next((int(row["id"]) for row in rows if row.get("type") != 1), 0)


def _main_pipeline(state: State) -> int:
    rows = sorted(state.pipelines.rows.values(), key=lambda row: (not row.get("is_main"), row.get("sort") or 0))
    return int(rows[0]["id"]) if rows else 0


def _add(change: Change, kind: str, item: Row) -> Row:
    state = change.state
    rows = state.collections[kind]
    base: Row = {
        "id": rows.next_id(), "name": "", "responsible_user_id": change.by or state.user, "group_id": 0,
        "created_by": change.by, "updated_by": change.by, "created_at": change.now, "closest_task_at": None,
        "is_deleted": False, "custom_fields_values": None, "account_id": state.account["id"],
        "_embedded": {key: embedded(item, key) for key in ("contacts", "companies") if kind != key},
    }  # fmt: skip
    if kind == "leads":
        base |= {
            "price": 0,
            "status_id": None,
            "pipeline_id": None,
            "closed_at": None,
            "loss_reason_id": None,
            "score": None,
        }
    row = rows.put(_changed(change, kind, base, item))
    journal.entity_added(change, kind, row)
    return row


def _edit(change: Change, kind: str, item: Row) -> Row:
    rows = change.state.collections[kind]
    before = rows.rows[item["id"]]
    after = rows.put(_changed(change, kind, before, item))
    journal.entity_updated(change, kind, before, after)
    return after


def _changed(change: Change, kind: str, before: Row, item: Row) -> Row:
    state = change.state
    row: Row = {**before, **{key: item[key] for key in _PLAIN[kind] if key in item}}
    if kind == "contacts" and "name" not in item and ("first_name" in item or "last_name" in item):
        row["name"] = " ".join(filter(None, (row.get("first_name"), row.get("last_name"))))
    if "custom_fields_values" in item:
        given = item["custom_fields_values"]
        row["custom_fields_values"] = values.merged(before, given, state.fields(kind)) if given else None
    tags = values.tagged(before, item, 100_000 + len(state.events.rows) * 10)
    row = with_embedded(row, tags=tags)
    row["updated_at"] = item.get("updated_at", change.now)
    row["updated_by"] = item.get("updated_by", change.by)
    if kind == "leads":
        _staged(change, before, item, row)
    return row


def _staged(change: Change, before: Row, item: Row, row: Row) -> None:
    """The stage is where the caller wants it; the moment of closing and the reason follow from it."""
    place = _place(change.state, before, item)
    row["pipeline_id"], row["status_id"] = place
    moved = place != (before.get("pipeline_id"), before.get("status_id"))
    if moved:
        row["closed_at"] = change.now if place[1] in CLOSING else None
    if "closed_at" in item and place[1] in CLOSING:
        row["closed_at"] = item["closed_at"]
    if moved and place[1] != LOST and "loss_reason_id" not in item:
        row["loss_reason_id"] = None


def _place(state: State, before: Row, item: Row) -> tuple[Any, Any]:
    pipeline, status = item.get("pipeline_id"), item.get("status_id")
    current = before.get("pipeline_id")
    if pipeline is None:
        home = None if status is None else _home(state, status)
        pipeline = home or current or _main_pipeline(state)
    if status is None:
        status = (
            before.get("status_id") if pipeline == current and current is not None else _first_status(state, pipeline)
        )
    return pipeline, status


def link(state: State, kind: str, row_id: int, items: list[Row], by: int, *, remove: bool) -> list[Row]:
    """The entity is linked to those named, or no longer; the link is kept at the lead, else at the contact."""
    with state.change(by) as change:
        if state.collections[kind].get(row_id) is None:
            raise Problem(404, "Not found")
        for number, item in enumerate(items):
            to = str(item.get("to_entity_type"))
            if to not in (*_KEEPERS, _ELEMENTS):
                raise checks.refuse(number, item, "to_entity_type")
            if state.collections[to].get(item.get("to_entity_id")) is None:
                raise checks.refuse(number, item, "to_entity_id")
        for item in items:
            _link_one(change, (kind, row_id), item, remove=remove)
    return items


_KEEPERS, _ELEMENTS = ("leads", "contacts", "companies"), "catalog_elements"


def _link_one(change: Change, one: tuple[str, int], item: Row, *, remove: bool) -> None:
    other = (str(item["to_entity_type"]), int(item["to_entity_id"]))
    (kind, row_id), (to, to_id) = sorted((one, other), key=lambda pair: (*_KEEPERS, _ELEMENTS).index(pair[0]))
    rows = change.state.collections[kind]
    before = rows.rows[row_id]
    kept = [each for each in embedded(before, to) if each.get("id") != to_id]
    if not remove:
        new: Row = {"id": to_id}
        given = item.get("metadata") or {}
        if to == "contacts":
            new["is_main"] = bool(given.get("is_main", not kept))
        if to == _ELEMENTS:
            catalog = change.state.catalog_elements.rows[to_id].get("catalog_id")
            new["metadata"] = {"quantity": given.get("quantity", 1), "catalog_id": catalog}
            new["metadata"] |= {"price_id": given["price_id"]} if "price_id" in given else {}
        # A company is the only one of its kind on a lead or a contact.
        kept = [new] if to == "companies" else [*kept, new]
    after = rows.put({**with_embedded(before, **{to: kept}), "updated_at": change.now, "updated_by": change.by})
    name = "entity_unlinked" if remove else "entity_linked"
    fact = {"link": {"entity": {"type": SINGULAR.get(to, to), "id": to_id}}}
    change.event(name, SINGULAR[kind], row_id, [] if remove else [fact], [fact] if remove else [])
    journal.entity_updated(change, kind, before, after)
