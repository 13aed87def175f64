"""The filter grammar of each list (developers: filters-api, tasks-api, events-and-notes); others are ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.query import INFINITY, Selection
from connectors.amocrm.emulator.rows import talks_with

if TYPE_CHECKING:
    from connectors.amocrm.emulator.rows import Row

Apply = Callable[[Selection, str, Any], None]


def narrow(selection: Selection, kind: str, filters: Any) -> None:
    """The selection keeps what the filters of this kind of entity keep."""
    if not isinstance(filters, Mapping):
        return
    table = FILTERS.get(kind, {})
    for name, value in filters.items():
        apply = table.get(name)
        if apply is not None:
            apply(selection, name, value)


def search(selection: Selection, text: str) -> None:
    """The selection keeps rows that have the text in their name or in a field of theirs."""
    wanted = text.casefold()

    def found(row: Row) -> bool:
        if wanted in str(row.get("name") or "").casefold():
            return True
        values = (value for field in row.get("custom_fields_values") or () for value in field.get("values") or ())
        return any(wanted in str(value.get("value", "")).casefold() for value in values)

    selection.tests.append(found)


def values_of(value: Any, *, commas: bool = False) -> list[str]:
    """The values of `filter[x]=1`, `filter[x][]=1`, `filter[x][0]=1` and, where allowed, `filter[x]=1,2`."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [str(item) for item in value if isinstance(item, str)]
    return [part.strip() for part in str(value).split(",")] if commas else [str(value)]


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _nothing(selection: Selection) -> None:
    selection.ids = []


def _any_of(selection: Selection, name: str, value: Any) -> None:
    wanted = frozenset(values_of(value))
    selection.tests.append(lambda row: _text(row.get(name)) in wanted)


def _any_of_commas(selection: Selection, name: str, value: Any) -> None:
    wanted = frozenset(values_of(value, commas=True))
    selection.tests.append(lambda row: _text(row.get(name)) in wanted)


def _ids(selection: Selection, _name: str, value: Any) -> None:
    selection.ids = [int(item) for item in values_of(value, commas=True) if item.isdigit()]


def _number(value: object, default: float) -> float:
    try:
        return float(str(value))
    except ValueError:
        return default


def _range(selection: Selection, name: str, value: Any) -> None:
    """Only from/to count; a bare number finds nothing (as users of the official client found)."""
    if not isinstance(value, Mapping):
        _nothing(selection)
        return
    low, high = _number(value.get("from"), -INFINITY), _number(value.get("to"), INFINITY)
    selection.ranges[name] = (low, high)


def _since(selection: Selection, name: str, value: Any) -> None:
    if isinstance(value, str):
        value = {"from": value}
    _range(selection, name, value)


def _statuses(selection: Selection, _name: str, value: Any) -> None:
    pairs = frozenset(
        (str(item.get("pipeline_id")), str(item.get("status_id")))
        for item in (value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [])
        if isinstance(item, Mapping)
    )
    selection.tests.append(lambda row: (str(row.get("pipeline_id")), str(row.get("status_id"))) in pairs)


def _custom_fields(selection: Selection, _name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        return
    for field_id, wanted in value.items():
        selection.tests.append(_field_test(str(field_id), wanted))


def _field_test(field_id: str, wanted: Any) -> Callable[[Row], bool]:
    bounds = None
    if isinstance(wanted, Mapping) and wanted.keys() & {"from", "to"}:
        bounds = _number(wanted.get("from"), -INFINITY), _number(wanted.get("to"), INFINITY)
    texts = frozenset(values_of(wanted))

    def passes(value: Row) -> bool:
        if bounds is not None:
            number = _number(value.get("value"), float("nan"))
            return bounds[0] <= number <= bounds[1]
        return _text(value.get("value")) in texts or _text(value.get("enum_id")) in texts

    def test(row: Row) -> bool:
        fields = (field for field in row.get("custom_fields_values") or () if str(field.get("field_id")) == field_id)
        return any(passes(value) for field in fields for value in field.get("values") or ())

    return test


def _states(side: str) -> Apply:
    def apply(selection: Selection, _name: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            return
        if "leads_statuses" in value:
            inner = Selection()
            _statuses(inner, "", value["leads_statuses"])
            pair = inner.tests[0]
            selection.tests.append(lambda row: any(pair(_status_of(each)) for each in row.get(side) or ()))
        if "responsible_user_id" in value:
            users = frozenset(values_of(value["responsible_user_id"], commas=True))
            selection.tests.append(
                lambda row: any(
                    str((each.get("responsible_user") or {}).get("id")) in users for each in row.get(side) or ()
                )
            )

    return apply


def _status_of(value: Row) -> Row:
    status = value.get("lead_status") or {}
    return {"pipeline_id": status.get("pipeline_id"), "status_id": status.get("id")}


def event_filters_hold(filters: Any) -> None:
    """Raises the 400 of an event filter that breaks the documented bounds."""
    if not isinstance(filters, Mapping):
        return
    for name in ("created_by", "entity_id"):
        if len(values_of(filters.get(name, []), commas=True)) > 10:  # noqa: PLR2004 - documented
            raise Problem(400, f"Filter {name} takes no more than 10 values")
    if "entity_id" in filters and len(values_of(filters.get("entity", []), commas=True)) != 1:
        raise Problem(400, "Filter entity_id requires exactly one entity")


_COMMON: dict[str, Apply] = {
    "id": _ids,
    "name": _any_of,
    "created_by": _any_of,
    "updated_by": _any_of,
    "responsible_user_id": _any_of,
    "created_at": _range,
    "updated_at": _range,
    "closest_task_at": _range,
    "custom_fields_values": _custom_fields,
}

FILTERS: dict[str, dict[str, Apply]] = {
    "leads": {**_COMMON, "pipeline_id": _any_of, "price": _range, "closed_at": _range, "statuses": _statuses},
    "contacts": _COMMON,
    "companies": _COMMON,
    "tasks": {
        "id": _ids,
        "responsible_user_id": _any_of,
        "created_by": _any_of,
        "is_completed": _any_of,
        "entity_type": _any_of,
        "updated_at": _since,
    },
    "notes": {"id": _ids, "entity_id": _any_of, "note_type": _any_of, "updated_at": _since},
    "events": {
        "created_at": _since,
        "created_by": _any_of_commas,
        "type": _any_of_commas,
        "id": _any_of_commas,
        "value_after": _states("value_after"),
        "value_before": _states("value_before"),
    },
    "elements": {"id": _ids},
}


def tasks_of(selection: Selection, filters: Any, group: Callable[[tuple[str, str]], list[Any]]) -> None:
    """The task filters that need more than one key: the type, and the entity together with its type."""
    if not isinstance(filters, Mapping):
        return
    for name in ("task_type", "task_type_id"):
        if name in filters:
            _any_of(selection, "task_type_id", filters[name])
    if "entity_id" in filters and "entity_type" in filters:
        kinds = values_of(filters["entity_type"])
        found = [task for kind in kinds for one in values_of(filters["entity_id"]) for task in group((kind, one))]
        selection.ids = found if selection.ids is None else [one for one in selection.ids if one in set(found)]


def events_of(selection: Selection, filters: Any) -> None:
    """The event filters of the entity: its kind and its ids go together."""
    if not isinstance(filters, Mapping) or "entity" not in filters:
        return
    kinds = frozenset(values_of(filters["entity"], commas=True))
    ids = frozenset(values_of(filters["entity_id"], commas=True)) if "entity_id" in filters else None

    def fits(kind: object, row_id: object) -> bool:
        return kind in kinds and row_id is not None and (ids is None or _text(row_id) in ids)

    # Messages are found by the contact who talks, though they come as the lead's (developers: events-and-notes).
    selection.tests.append(
        lambda row: fits(row.get("entity_type"), row.get("entity_id")) or fits("contact", talks_with(row))
    )
