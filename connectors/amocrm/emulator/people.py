"""What the page for people shows of the account: entities with tasks first, then the latest."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from connectors.amocrm.emulator.rows import Row, embedded
from connectors.emulation.page import CAP, ClientRow, DealRow, Sheet, TaskRow, amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.amocrm.emulator.state import State

_KINDS = {"companies": "Компания", "contacts": "Контакт"}


def sheet(state: State) -> Sheet:
    """The account as the page shows it, no more than a few hundred rows of a kind."""
    with state.lock:
        opened = state.tasks.group("open", True)  # noqa: FBT003 - the key of the group
        open_first = [*reversed(opened), *reversed(state.tasks.group("open", False))]  # noqa: FBT003
        rows = [row for row in map(state.tasks.rows.get, islice(open_first, 4 * CAP)) if row is not None]
        clients: list[ClientRow] = []
        for kind in _KINDS:
            clients.extend(_client(state, kind, row) for row in _chosen(state, kind, rows))
        return Sheet(
            crm="amoCRM",
            account=str(state.account["name"]),
            now=state.clock.now(),
            deals=[_deal(state, row) for row in _chosen(state, "leads", rows)],
            clients=clients,
            deals_total=len(state.leads.rows),
            clients_total=len(state.companies.rows) + len(state.contacts.rows),
            tasks_open=len(opened),
            tasks_done=len(state.tasks.rows) - len(opened),
        )


def _chosen(state: State, kind: str, tasks: Iterable[Row]) -> list[Row]:
    ids = dict.fromkeys(task["entity_id"] for task in tasks if task.get("entity_type") == kind)
    latest = [row_id for _, row_id in state.collections[kind].ordered("updated_at")[-CAP:]]
    ids |= dict.fromkeys(reversed(latest))
    found = (state.collections[kind].get(row_id) for row_id in ids)
    return [row for row in islice(found, CAP) if row is not None]


def _name(state: State, user_id: object) -> str:
    return str((state.users.get(user_id) or {}).get("name") or user_id or "")


def _tasks(state: State, kind: str, row: Row) -> list[TaskRow]:
    ids = state.tasks.group("entity", (kind, str(row["id"])))
    return [_task(state, task) for task in map(state.tasks.rows.get, ids) if task is not None]


def _task(state: State, row: Row) -> TaskRow:
    due = row.get("complete_till")
    result = row.get("result") or {}
    return TaskRow(
        id=str(row["id"]),
        text=str(row.get("text") or ""),
        due=datetime.fromtimestamp(due, UTC) if due else None,
        responsible=_name(state, row.get("responsible_user_id")),
        done=bool(row.get("is_completed")),
        result=str(result.get("text") or ""),
    )


def _deal(state: State, row: Row) -> DealRow:
    status = state.status(row.get("pipeline_id"), row.get("status_id"))
    reason = state.loss_reasons.get(row.get("loss_reason_id"))
    return DealRow(
        id=str(row["id"]),
        title=str(row.get("name") or ""),
        client=_client_name(state, row),
        stage=str((status or {}).get("name") or row.get("status_id") or ""),
        amount=amount(row.get("price")),
        responsible=_name(state, row.get("responsible_user_id")),
        loss_reason=str((reason or {}).get("name") or ""),
        tasks=_tasks(state, "leads", row),
    )


def _client_name(state: State, row: Row) -> str:
    for kind in _KINDS:
        for each in embedded(row, kind)[:1]:
            return str((state.collections[kind].get(each["id"]) or {}).get("name") or each["id"])
    return ""


def _client(state: State, kind: str, row: Row) -> ClientRow:
    return ClientRow(
        id=str(row["id"]),
        kind=_KINDS[kind],
        name=str(row.get("name") or ""),
        responsible=_name(state, row.get("responsible_user_id")),
        tasks=_tasks(state, kind, row),
    )
