"""Writing tasks and notes, and finding again what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.amocrm.api import PLURAL, reader
from connectors.amocrm.source import between
from connectors.amocrm.walk import every_row
from integrator.domain import EntityKind
from integrator.errors import NotFoundError, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.amocrm.api import Filter
    from connectors.http import Session
    from integrator.domain import TaskDraft

# "Get in touch", which every account has (reference, 3.8).
TASK_TYPE = 1
# How long a write may wait to be looked up: a CRM is hardly away for longer.
LOOK_BACK = 30 * 24 * 3600


def create(session: Session, draft: TaskDraft) -> int:
    """Return the id of the task just made."""
    item: dict[str, Any] = {"task_type_id": TASK_TYPE, **_content(draft)}
    if draft.entity_kind is not EntityKind.MANAGER:
        # Without the type the id is refused (reference, 4.1).
        item |= {"entity_id": draft.entity_id, "entity_type": PLURAL[draft.entity_kind]}
    return _made(session, session.post("api/v4/tasks", [item]), "tasks")


def update(session: Session, task_id: int, draft: TaskDraft) -> None:
    """The task says what the draft says."""
    session.patch(f"api/v4/tasks/{task_id}", _content(draft))


def complete(session: Session, task_id: int, note: str) -> None:
    """The task is completed with the note as its result, unless it is completed or gone already.

    It is read first: a PATCH would replace the result that a person has written.
    """
    try:
        task = session.get(f"api/v4/tasks/{task_id}")
        if task is None or task.get("is_completed"):
            return
        change: dict[str, Any] = {"is_completed": True}
        if note:
            change["result"] = {"text": note}
        session.patch(f"api/v4/tasks/{task_id}", change)
    except NotFoundError:
        return


def add_note(session: Session, kind: EntityKind, entity_id: int, text: str) -> int:
    """Return the id of the note just made."""
    item = {"note_type": "common", "params": {"text": text}}
    return _made(session, session.post(f"api/v4/{PLURAL[kind]}/{entity_id}/notes", [item]), "notes")


def find(session: Session, kind: EntityKind, entity_id: int, marker: str) -> Sequence[int]:
    """Return the ids of the entity's tasks, open or completed, whose text holds the marker."""
    query, owner = _of_manager(session, entity_id) if kind is EntityKind.MANAGER else _of_entity(kind, entity_id)
    rows = every_row(reader(session, "tasks", "tasks", {**query, "order[id]": "asc"}), "tasks")
    found = {
        row["id"]: None
        for row in rows
        # Asked once more of the row itself: an account that ignores a filter must not give us another's task.
        if marker in (row.get("text") or "") and row.get(owner) == entity_id
    }
    return list(found)


def _of_entity(kind: EntityKind, entity_id: int) -> tuple[Filter, str]:
    return {"filter[entity_type]": PLURAL[kind], "filter[entity_id][]": [entity_id]}, "entity_id"


def _of_manager(session: Session, user_id: int) -> tuple[Filter, str]:
    """Return what leaves a user's tasks that changed lately: in years he has had thousands of them."""
    query: Filter = {"filter[responsible_user_id]": user_id}
    if session.told_at is None:
        session.get("api/v4/account")  # The CRM's own clock counts, and its answers show it.
    if session.told_at is not None:
        query = {**query, **between("updated_at", session.told_at - LOOK_BACK, None)}
    return query, "responsible_user_id"


def _content(draft: TaskDraft) -> dict[str, Any]:
    return {
        # A task of amoCRM has no title: its first line is what the list shows.
        "text": f"{draft.title}\n{draft.text}",
        "complete_till": int(draft.due_at.timestamp()),
        "responsible_user_id": draft.responsible_id,
    }


def _made(session: Session, answer: Any, plural: str) -> int:
    try:
        return int(answer["_embedded"][plural][0]["id"])
    except (KeyError, IndexError, TypeError, ValueError):
        raise OutcomeUnknown(f"{session.host} took the {plural} but did not say which it made.") from None
