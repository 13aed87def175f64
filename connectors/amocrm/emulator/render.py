"""A stored row as the API shows it: every documented key, links on the host that was asked, what `with` names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.rows import CLOSING, SINGULAR, Row, embedded, talks_with
from connectors.amocrm.emulator.state import State

With = frozenset[str]

_PLURAL = {singular: plural for plural, singular in SINGULAR.items()}

_LEAD: Row = {
    "id": 0, "name": "", "price": 0, "responsible_user_id": 0, "group_id": 0, "status_id": 0, "pipeline_id": 0,
    "loss_reason_id": None, "source_id": None, "created_by": 0, "updated_by": 0, "created_at": 0, "updated_at": 0,
    "closed_at": None, "closest_task_at": None, "is_deleted": False, "custom_fields_values": None, "score": None,
    "account_id": 0, "labor_cost": None,
}  # fmt: skip
_COMPANY: Row = {
    "id": 0, "name": "", "responsible_user_id": 0, "group_id": 0, "created_by": 0, "updated_by": 0, "created_at": 0,
    "updated_at": 0, "closest_task_at": None, "is_deleted": False, "custom_fields_values": None, "account_id": 0,
}  # fmt: skip
_CONTACT: Row = {
    "id": 0, "name": "", "first_name": "", "last_name": "", **_COMPANY, "is_unsorted": False,
}  # fmt: skip
_TASK: Row = {
    "id": 0, "created_by": 0, "updated_by": 0, "created_at": 0, "updated_at": 0, "responsible_user_id": 0,
    "group_id": 0, "entity_id": None, "entity_type": None, "duration": 0, "is_completed": False, "task_type_id": 1,
    "text": "", "result": [], "complete_till": 0, "account_id": 0,
}  # fmt: skip
_NOTE: Row = {
    "id": 0, "entity_id": 0, "created_by": 0, "updated_by": 0, "created_at": 0, "updated_at": 0,
    "responsible_user_id": 0, "group_id": 0, "note_type": "common", "params": {}, "account_id": 0,
}  # fmt: skip
_EVENT: Row = {
    "id": "", "type": "", "entity_id": 0, "entity_type": "", "created_by": 0, "created_at": 0, "value_after": [],
    "value_before": [], "account_id": 0,
}  # fmt: skip


def link(address: str) -> Row:
    """The `_links` of an entity."""
    return {"self": {"href": address}}


def _refs(items: Iterable[Row], kind: str, base: str, *extra: str) -> list[Row]:
    """Links to other entities carry ids only, never names."""
    return [
        {"id": item["id"], **{key: item.get(key, False) for key in extra},
         "_links": link(f"{base}/api/v4/{kind}/{item['id']}")}
        for item in items
    ]  # fmt: skip


def _head(row: Row, template: Row, state: State) -> Row:
    out = {**template, **row}
    out.pop("_embedded", None)
    out.pop("_links", None)
    out["account_id"] = row.get("account_id") or state.account["id"]
    if "custom_fields_values" in template:
        # null, not [], when nothing is filled in.
        out["custom_fields_values"] = out["custom_fields_values"] or None
    return out


def lead(state: State, row: Row, base: str, with_: With) -> Row:
    """A lead; contacts, the loss reason and catalog elements only when asked for."""
    out = _head(row, _LEAD, state)
    if "source_id" not in with_:
        out["source_id"] = None
    modified = out.pop("is_price_modified_by_robot", False)
    if "is_price_modified_by_robot" in with_:
        out["is_price_modified_by_robot"] = bool(modified)
    out["_links"] = link(f"{base}/api/v4/leads/{row['id']}")
    inner: Row = {"tags": embedded(row, "tags")}
    if "catalog_elements" in with_:
        inner["catalog_elements"] = embedded(row, "catalog_elements")
    if "loss_reason" in with_:
        inner["loss_reason"] = _reasons(state, row, base)
    inner["companies"] = _refs(embedded(row, "companies")[:1], "companies", base)
    if "contacts" in with_:
        inner["contacts"] = _refs(embedded(row, "contacts"), "contacts", base, "is_main")
    out["_embedded"] = inner
    return out


def _reasons(state: State, row: Row, base: str) -> list[Row]:
    reason_id = row.get("loss_reason_id")
    if reason_id is None:
        return []
    known = state.loss_reasons.get(reason_id)
    found = known or next((item for item in embedded(row, "loss_reason") if item.get("id") == reason_id), None)
    return [] if found is None else [loss_reason(state, found, base, frozenset())]


def contact(state: State, row: Row, base: str, with_: With) -> Row:
    """A contact; its leads only when asked for."""
    out = _head(row, _CONTACT, state)
    out["_links"] = link(f"{base}/api/v4/contacts/{row['id']}")
    inner: Row = {"tags": embedded(row, "tags")}
    if "leads" in with_:
        inner["leads"] = _linked(state, "leads", "contacts", row, base)
    if "customers" in with_:
        inner["customers"] = _refs(embedded(row, "customers"), "customers", base)
    if "catalog_elements" in with_:
        inner["catalog_elements"] = embedded(row, "catalog_elements")
    inner["companies"] = _refs(embedded(row, "companies")[:1], "companies", base)
    out["_embedded"] = inner
    return out


def company(state: State, row: Row, base: str, with_: With) -> Row:
    """A company; its contacts and leads only when asked for."""
    out = _head(row, _COMPANY, state)
    out["_links"] = link(f"{base}/api/v4/companies/{row['id']}")
    inner: Row = {"tags": embedded(row, "tags")}
    for kind in ("contacts", "leads"):
        if kind in with_:
            inner[kind] = _linked(state, kind, "companies", row, base)
    if "customers" in with_:
        inner["customers"] = _refs(embedded(row, "customers"), "customers", base)
    if "catalog_elements" in with_:
        inner["catalog_elements"] = embedded(row, "catalog_elements")
    out["_embedded"] = inner
    return out


def _linked(state: State, kind: str, to: str, row: Row, base: str) -> list[Row]:
    """The link is kept on one side (a lead knows its contacts); the other side is looked up."""
    with state.lock:
        ids = sorted(state.collections[kind].group(to, row["id"]))
    return _refs(({"id": one} for one in ids), kind, base)


def binned(_state: State, row: Row, base: str, _with: With) -> Row:
    """What is left to see of a lead in the recycle bin."""
    return {
        "id": row["id"],
        "updated_at": row.get("updated_at", 0),
        "updated_by": row.get("updated_by", 0),
        "is_deleted": True,
        "_links": link(f"{base}/api/v4/leads/{row['id']}"),
    }


def task(state: State, row: Row, base: str, _with: With) -> Row:
    """A task; `result` is [] until there is one."""
    out = _head(row, _TASK, state)
    out["result"] = out["result"] or []
    out["_links"] = link(f"{base}/api/v4/tasks/{row['id']}")
    return out


def note(state: State, row: Row, base: str, _with: With) -> Row:
    """A note; which kind of entity it is on is told by its link alone."""
    out = _head(row, _NOTE, state)
    kind = out.pop("entity_type", "leads")
    out["_links"] = link(f"{base}/api/v4/{kind}/{out['entity_id']}/notes/{row['id']}")
    return out


def event(state: State, row: Row, base: str, _with: With) -> Row:
    """An event; its entity is named in the singular but linked in the plural."""
    out = _head(row, _EVENT, state)
    kind = _PLURAL.get(out["entity_type"], "leads")
    out["_links"] = link(f"{base}/api/v4/events/{row['id']}")
    entity = {"id": out["entity_id"], "_links": link(f"{base}/api/v4/{kind}/{out['entity_id']}")}
    if talker := talks_with(row):
        entity["linked_talk_contact_id"] = talker
    out["_embedded"] = {"entity": entity}
    return out


def pipeline(state: State, row: Row, base: str, _with: With) -> Row:
    """A pipeline with its statuses."""
    out = _head(row, {"id": 0, "name": "", "sort": 1, "is_main": False, "is_unsorted_on": True, "is_archive": False,
                      "account_id": 0}, state)  # fmt: skip
    address = f"{base}/api/v4/leads/pipelines/{row['id']}"
    out["_links"] = link(address)
    out["_embedded"] = {"statuses": [status(state, each, base, frozenset(), row["id"]) for each in statuses(row)]}
    return out


def statuses(row: Row) -> list[Row]:
    """The statuses of a pipeline in their order."""
    return sorted(embedded(row, "statuses"), key=lambda each: each.get("sort") or 0)


def status(state: State, row: Row, base: str, with_: With, pipeline_id: int) -> Row:
    """A status of a pipeline."""
    out = _head(row, {"id": 0, "name": "", "sort": 10, "is_editable": True, "pipeline_id": pipeline_id,
                      "color": "#99ccff", "type": 0, "account_id": 0}, state)  # fmt: skip
    out["is_editable"] = bool(row.get("is_editable", row["id"] not in CLOSING and out["type"] != 1))
    out["_links"] = link(f"{base}/api/v4/leads/pipelines/{pipeline_id}/statuses/{row['id']}")
    descriptions = out.pop("descriptions", [])
    if "descriptions" in with_:
        out["descriptions"] = descriptions or []
    return out


def loss_reason(_state: State, row: Row, base: str, _with: With) -> Row:
    """A reason of loss."""
    out = {"id": 0, "name": "", "sort": 0, "created_at": 0, "updated_at": 0, **row}
    out["_links"] = link(f"{base}/api/v4/leads/loss_reasons/{row['id']}")
    return out


def user(_state: State, row: Row, base: str, with_: With) -> Row:
    """A user; roles and groups only when asked for."""
    out = {key: value for key, value in row.items() if key not in ("_links", "_embedded", *_USER_WITH)}
    out |= {key: row.get(key) for key in _USER_WITH if key in with_}
    out["_links"] = link(f"{base}/api/v4/users/{row['id']}")
    inner = {
        plural: embedded(row, plural) for name, plural in (("role", "roles"), ("group", "groups")) if name in with_
    }
    if "roles" in inner:
        inner["roles"] = [{**role, "_links": link(f"{base}/api/v4/roles/{role['id']}")} for role in inner["roles"]]
    if inner:
        out["_embedded"] = inner
    return out


_USER_WITH = ("uuid", "amojo_id", "user_rank", "phone_number")


def custom_field(state: State, row: Row, base: str, _with: With) -> Row:
    """A custom field of a kind of entity."""
    out = _head(row, {"id": 0, "name": "", "code": None, "sort": 500, "type": "text", "entity_type": "leads",
                      "is_computed": False, "is_predefined": False, "is_deletable": True, "remind": None,
                      "settings": None, "is_api_only": False, "group_id": None, "enums": None,
                      "required_statuses": None, "account_id": 0}, state)  # fmt: skip
    of = out["entity_type"] if row.get("catalog_id") is None else f"catalogs/{row['catalog_id']}"
    out["_links"] = link(f"{base}/api/v4/{of}/custom_fields/{row['id']}")
    return out


_CATALOG: Row = {
    "id": 0, "name": "", "created_by": 0, "updated_by": 0, "created_at": 0, "updated_at": 0, "sort": 10,
    "type": "regular", "can_add_elements": True, "can_show_in_cards": False, "can_link_multiple": True,
    "can_be_deleted": True, "sdk_widget_code": None, "account_id": 0,
}  # fmt: skip
_ELEMENT: Row = {
    "id": 0, "name": "", "created_by": 0, "updated_by": 0, "created_at": 0, "updated_at": 0, "is_deleted": None,
    "custom_fields_values": None, "catalog_id": 0, "account_id": 0,
}  # fmt: skip


def catalog(state: State, row: Row, base: str, _with: With) -> Row:
    """A catalog."""
    out = _head(row, _CATALOG, state)
    out["_links"] = link(f"{base}/api/v4/catalogs/{row['id']}")
    return out


def element(state: State, row: Row, base: str, _with: With) -> Row:
    """An element of a catalog."""
    out = _head(row, _ELEMENT, state)
    out["_links"] = link(f"{base}/api/v4/catalogs/{out['catalog_id']}/elements/{row['id']}")
    return out


_ACCOUNT_TOP = ("amojo_id", "uuid", "version", "drive_url", "is_api_filter_enabled", "entity_names")


def account(state: State, base: str, with_: With) -> Row:
    """The account; what `with` can name is left out unless it does."""
    inner = state.account.get("_embedded") or {}
    out = {key: value for key, value in state.account.items() if key not in ("_links", "_embedded", *_ACCOUNT_TOP)}
    out["current_user_id"] = state.user
    out |= {key: state.account.get(key) for key in _ACCOUNT_TOP if key in with_}
    out["_links"] = link(f"{base}/api/v4/account")
    asked = {key: value for key, value in inner.items() if key in with_}
    if asked:
        out["_embedded"] = asked
    return out


Renderer = Callable[[State, Row, str, With], Row]
RENDERERS: Mapping[str, Renderer] = {
    "leads": lead, "contacts": contact, "companies": company, "tasks": task, "notes": note, "events": event,
    "pipelines": pipeline, "loss_reasons": loss_reason, "users": user, "custom_fields": custom_field,
    "catalogs": catalog, "elements": element,
}  # fmt: skip


def one(kind: str, state: State, row: Row | None, base: str, with_: With) -> Row:
    """The row as shown; a missing one is the 204 of the real service."""
    if row is None:
        raise Problem(204, "")
    return RENDERERS[kind](state, row, base, with_)
