"""What is written to the portal: tasks (or to-dos) and comments.

The older methods know no idempotency (reference, 4): each call here is sent once, and looks first where it can.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from connectors.bitrix24.activities import BINDING_PREFIXES, COMPLETED_STATUS, OWNER_TYPES, bindings
from connectors.bitrix24.batch import Listing
from connectors.bitrix24.mapping import link
from connectors.bitrix24.sources import TASKS
from connectors.bitrix24.walk import walk
from integrator.domain import EntityKind
from integrator.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.bitrix24.portal import Portal
    from integrator.domain import TaskDraft

_OWN_TODO = "CRM_TODO"
_FOUND = replace(TASKS, select=("ID", "TITLE", "DESCRIPTION", "UF_CRM_TASK", "RESPONSIBLE_ID"))
_STATE = ("ID", "STATUS", "CLOSED_BY", "DESCRIPTION")
_TODOS = Listing(
    "crm.activity.list",
    ("ID", "OWNER_ID", "OWNER_TYPE_ID", "PROVIDER_ID", "SUBJECT", "DESCRIPTION"),
    filter={"PROVIDER_ID": _OWN_TODO},
)
COMMENT_FIELDS = ("ID", "ENTITY_ID", "COMMENT", "CREATED", "AUTHOR_ID")


class Writer(Protocol):
    """One of the two forms in which a task stands in Bitrix24."""

    def create(self, draft: TaskDraft) -> int:
        """Return the new task's id."""

    def update(self, task_id: int, draft: TaskDraft) -> None:
        """The task says what the draft says."""

    def complete(self, task_id: int) -> bool:
        """The task is completed; tell whether we did it, now or before."""

    def find(self, kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's tasks whose text holds the marker."""


class Tasks:
    """Tasks of the tasks section, bound to the entity by UF_CRM_TASK; `user` is whose webhook it is.

    A task about a manager is bound to nothing: it is one of those he is responsible for.
    """

    def __init__(self, portal: Portal, user: int | None) -> None:
        self._portal = portal
        self._user = user

    def create(self, draft: TaskDraft) -> int:
        """Return the new task's id."""
        fields = _task_fields(draft)
        if draft.entity_kind is not EntityKind.MANAGER:
            fields["UF_CRM_TASK"] = [f"{BINDING_PREFIXES[draft.entity_kind]}_{draft.entity_id}"]
        return _new_id(self._portal.write("tasks.task.add", {"fields": fields}), "task")

    def update(self, task_id: int, draft: TaskDraft) -> None:
        """The task says what the draft says."""
        self._portal.write("tasks.task.update", {"taskId": task_id, "fields": _task_fields(draft)})

    def complete(self, task_id: int) -> bool:
        """The task is completed; tell whether we did it, now or before."""
        row = self._row(task_id)
        if row is None:
            return False
        if str(row.get("status")) == COMPLETED_STATUS:
            return self._user is not None and link(row.get("closedBy")) == self._user
        self._portal.write("tasks.task.complete", {"taskId": task_id})
        return True

    def bear(self, task_id: int, note: str) -> None:
        """The task's own text ends with the note, once; for a task that has no timeline to bear it."""
        row = self._row(task_id)
        if row is None:
            return
        text = str(row.get("description") or "")
        if note not in text:
            fields = {"DESCRIPTION": f"{text}\n\n{note}" if text else note}
            self._portal.write("tasks.task.update", {"taskId": task_id, "fields": fields})

    def find(self, kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's tasks whose text holds the marker."""
        rows = _all(self._portal, _FOUND, self._filter(kind, entity_id))
        # The filter may have been dropped silently: what it asked for is looked at again.
        return [
            int(row["id"])
            for row in rows
            if _is_of(row, kind, entity_id) and _holds(row, ("description", "title"), marker)
        ]

    def _filter(self, kind: EntityKind, entity_id: int) -> dict[str, Any]:
        if kind is not EntityKind.MANAGER:
            return {"UF_CRM_TASK": f"{BINDING_PREFIXES[kind]}_{entity_id}"}
        # Of all that he has to do, what the webhook's user gave him: a task's creator is who made it.
        made = {} if self._user is None else {"CREATED_BY": self._user}
        return {"RESPONSIBLE_ID": entity_id, **made}

    def _row(self, task_id: int) -> dict[str, Any] | None:
        params = {"filter": {"ID": task_id}, "select": _STATE}
        rows = TASKS.rows(self._portal.read(TASKS.method, params).get("result"))
        return next((row for row in rows if link(row.get("id")) == task_id), None)


def _is_of(row: Mapping[str, Any], kind: EntityKind, entity_id: int) -> bool:
    if kind is EntityKind.MANAGER:
        return link(row.get("responsibleId")) == entity_id
    return (kind, entity_id) in bindings(row.get("ufCrmTask"))


class Todos:
    """To-dos in the entity's own timeline."""

    def __init__(self, portal: Portal, user: int | None) -> None:
        self._portal = portal
        self._user = user

    def create(self, draft: TaskDraft) -> int:
        """Return the new to-do's id."""
        return _new_id(self._portal.write("crm.activity.todo.add", _todo_fields(draft)), None)

    def update(self, task_id: int, draft: TaskDraft) -> None:
        """The to-do says what the draft says."""
        self._portal.write("crm.activity.todo.update", {"id": task_id, **_todo_fields(draft)})

    def complete(self, task_id: int) -> bool:
        """The to-do is completed; tell whether we did it, now or before."""
        params = {"filter": {"ID": task_id}, "select": ("ID", "COMPLETED", "EDITOR_ID"), "start": -1}
        rows = _TODOS.rows(self._portal.read("crm.activity.list", params).get("result"))
        row = next((row for row in rows if link(row.get("ID")) == task_id), None)
        if row is None:
            return False
        if row.get("COMPLETED") == "Y":
            return self._user is not None and link(row.get("EDITOR_ID")) == self._user
        self._portal.write("crm.activity.update", {"id": task_id, "fields": {"COMPLETED": "Y"}})
        return True

    def find(self, kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
        """Return the ids of the entity's to-dos whose text holds the marker."""
        owner = OWNER_TYPES[kind]
        rows = _all(self._portal, _TODOS, {"OWNER_TYPE_ID": owner, "OWNER_ID": entity_id})
        return [
            int(row["ID"])
            for row in rows
            if (link(row.get("OWNER_TYPE_ID")), link(row.get("OWNER_ID"))) == (owner, entity_id)
            and _holds(row, ("DESCRIPTION", "SUBJECT"), marker)
        ]


class Comments:
    """Comments on an entity's timeline."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def add(self, kind: EntityKind, entity_id: int, text: str) -> int:
        """Return the id of the comment just written."""
        fields = {"ENTITY_ID": entity_id, "ENTITY_TYPE": str(kind), "COMMENT": text}
        # Lower-case `fields` only (reference, 1.1).
        return _new_id(self._portal.write("crm.timeline.comment.add", {"fields": fields}), None)

    def ensure(self, kind: EntityKind, entity_id: int, text: str) -> None:
        """The entity bears the comment, once."""
        wanted = listing_of_comments(kind, entity_id)
        newest_first = {**wanted, "order": {"ID": "DESC"}}
        rows = self._portal.read("crm.timeline.comment.list", newest_first).get("result")
        if not any(isinstance(row, dict) and row.get("COMMENT") == text for row in rows or ()):
            self.add(kind, entity_id, text)


def listing_of_comments(kind: EntityKind, entity_id: int) -> dict[str, Any]:
    """Return the parameters that ask for an entity's comments; the method wants both fields in the filter."""
    return {
        "filter": {"ENTITY_ID": entity_id, "ENTITY_TYPE": str(kind)},
        "order": {"ID": "ASC"},
        "select": COMMENT_FIELDS,
    }


def _task_fields(draft: TaskDraft) -> dict[str, Any]:
    return {
        "TITLE": draft.title,
        "DESCRIPTION": draft.text,
        "RESPONSIBLE_ID": draft.responsible_id,
        "DEADLINE": draft.due_at.isoformat(timespec="seconds"),
    }


def _todo_fields(draft: TaskDraft) -> dict[str, Any]:
    return {
        "ownerTypeId": OWNER_TYPES[draft.entity_kind],
        "ownerId": draft.entity_id,
        "deadline": draft.due_at.isoformat(timespec="seconds"),
        "title": draft.title,
        "description": draft.text,
        "responsibleId": draft.responsible_id,
    }


def _new_id(result: Any, key: str | None) -> int:
    """Return the id in the result; OutcomeUnknown where there is none, since something may have been made."""
    told = result.get(key) if key and isinstance(result, dict) else result
    number = told.get("id") if isinstance(told, dict) else told
    if not isinstance(number, int | str) or not str(number).isdigit():
        raise OutcomeUnknown("Bitrix24 did not tell the id of what it made.")
    return int(number)


def _all(portal: Portal, listing: Listing, filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for stretch in walk(portal, listing, filters, many=False):
        yield from stretch.rows


def _holds(row: Mapping[str, Any], keys: tuple[str, ...], marker: str) -> bool:
    return any(marker in (row.get(key) or "") for key in keys)
