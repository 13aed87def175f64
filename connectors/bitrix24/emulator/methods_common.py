"""The portal itself: people, departments, funnels, stages, currencies, working hours."""

from __future__ import annotations

from typing import Any

from connectors.bitrix24.emulator.calls import Call, Method, Window, listed, read_filter
from connectors.bitrix24.emulator.changes import base_currency
from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.filters import Column, Condition, Row
from connectors.bitrix24.emulator.methods_crm import simple_list
from connectors.bitrix24.emulator.replies import Reply, RestError

SCOPES = ("crm", "user", "task", "tasks_extended", "department", "calendar", "catalog")


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    return {
        "profile": _profile,
        "scope": lambda _call: Reply(list(SCOPES)),
        "feature.get": _feature,
        "server.time": lambda call: Reply(call.state.now()),
        "user.current": lambda call: Reply(_own_user(call)),
        "user.get": _users,
        "department.get": _departments,
        "crm.category.list": _categories,
        "crm.status.list": simple_list("crm.status", pages=False),
        "crm.currency.list": lambda call: Reply(call.state.currencies, len(call.state.currencies)),
        "crm.currency.base.get": lambda call: Reply(base_currency(call.state)),
        "calendar.settings.get": lambda call: Reply(call.state.calendar),
    }


def _own_user(call: Call) -> Row:
    known = call.state["user"].get(call.user)
    return known or {
        "ID": str(call.user),
        "ACTIVE": True,
        "NAME": "Администратор",
        "LAST_NAME": "",
        "USER_TYPE": "employee",
    }


def _profile(call: Call) -> Reply:
    own = _own_user(call)
    names = {name: own.get(name) or "" for name in ("NAME", "LAST_NAME", "PERSONAL_GENDER", "TIME_ZONE")}
    return Reply({"ID": str(own["ID"]), "ADMIN": True, **names})


def _feature(call: Call) -> Reply:
    code = call.get("code")
    if not code:
        raise RestError("CODE_EMPTY", "CODE can't be empty")
    return Reply({"value": "Y" if code == "rest_offline_extended" else "N"})


def _users(call: Call) -> Reply:
    """Fired people too, unless the filter says otherwise; `FILTER` may be left out and the fields given at once."""

    def resolve(field: str) -> Column | None:
        return call.state.column("user", field)

    given = call.get("filter")
    source = call if given is not None else Call(call.state, call.events, {"filter": _bare(call)})
    conditions = read_filter(source, "filter", resolve)
    sort = resolve(str(call.get("sort") or "ID").upper())
    order = ((sort, str(call.get("order") or "").lower().startswith("desc")),) if sort else ()
    return listed(call, "user", Query(conditions, order), Window.legacy(call), list)


def _bare(call: Call) -> dict[str, Any]:
    taken = {"sort", "order", "start", "auth", "admin_mode", "select", "filter"}
    return {name: value for name, value in call.params.items() if name.lower() not in taken}


def _departments(call: Call) -> Reply:
    def resolve(field: str) -> Column | None:
        return call.state.column("department", field)

    source = Call(call.state, call.events, {"filter": _bare(call)})
    query = Query(read_filter(source, "filter", resolve))
    return listed(call, "department", query, Window.legacy(call), list)


def _categories(call: Call) -> Reply:
    kind = call.number("entityTypeId")
    if not kind:
        raise RestError(100, "Could not find value for parameter {entityTypeId}")
    column = Column("entityTypeId", "integer")
    rows, total = call.state["crm.category"].page(Query((Condition(column, "eq", kind),)), 0, 10**6, count=True)
    return Reply({"categories": sorted(rows, key=lambda row: (row.get("sort") or 0, row["id"]))}, total)
