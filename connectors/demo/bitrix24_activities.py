"""Calls, meetings, letters and messages as Bitrix24's activities: those to be made, and those that were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.demo.model import Kind, Means, Owner

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.demo.files import Row
    from connectors.demo.model import Todo, Touch

_IN, _OUT, _NEITHER = "1", "2", "0"
_OWNER_TYPES = {Owner.DEAL: "2", Owner.CONTACT: "3", Owner.COMPANY: "4"}
_CALL: Row = {"TYPE_ID": "2", "PROVIDER_ID": "VOXIMPLANT_CALL", "PROVIDER_TYPE_ID": "CALL"}
# The to-dos that are activities; the others are tasks.
TODOS: dict[Kind, Row] = {
    Kind.CALL: {**_CALL, "DIRECTION": _OUT},
    Kind.MEETING: {
        "TYPE_ID": "1",
        "PROVIDER_ID": "CRM_MEETING",
        "PROVIDER_TYPE_ID": "MEETING",
        "DIRECTION": _NEITHER,
    },
}
_TOUCHES: dict[Means, Row] = {
    Means.CALL: _CALL,
    Means.EMAIL: {"TYPE_ID": "4", "PROVIDER_ID": "CRM_EMAIL", "PROVIDER_TYPE_ID": "EMAIL"},
    Means.MESSAGE: {"TYPE_ID": "6", "PROVIDER_ID": "IMOPENLINES_SESSION", "PROVIDER_TYPE_ID": "1"},
}


def of_todo(todo: Todo) -> Row:
    """A call or a meeting, planned or held."""
    row = _activity(todo, todo.text, todo.created_at, todo.due_at, done=todo.done_at is not None)
    return {**row, **TODOS[todo.kind], "LAST_UPDATED": written(todo.done_at or todo.created_at)}


def of_touch(touch: Touch) -> Row:
    """A contact that was made."""
    row = _activity(touch, touch.text, touch.at, touch.at, done=True)
    return {**row, **_TOUCHES[touch.means], "DIRECTION": _IN if touch.incoming else _OUT}


def written(at: datetime) -> str:
    """An instant as the portal writes it."""
    return at.isoformat(timespec="seconds")


def _activity(of: Todo | Touch, text: str, created: datetime, due: datetime, *, done: bool) -> Row:
    responsible = str(of.responsible_id)
    return {
        "ID": str(of.id),
        "OWNER_ID": str(of.owner_id),
        "OWNER_TYPE_ID": _OWNER_TYPES[of.owner],
        "PROVIDER_GROUP_ID": None,
        "ASSOCIATED_ENTITY_ID": "0",
        "SUBJECT": text,
        "CREATED": written(created),
        "LAST_UPDATED": written(created),
        **dict.fromkeys(("START_TIME", "END_TIME", "DEADLINE"), written(due)),
        "COMPLETED": "Y" if done else "N",
        "STATUS": "2" if done else "1",
        "RESPONSIBLE_ID": responsible,
        "PRIORITY": "2",
        "NOTIFY_TYPE": "0",
        "NOTIFY_VALUE": "0",
        "DESCRIPTION": "",
        "DESCRIPTION_TYPE": "1",
        "LOCATION": "",
        "SETTINGS": [],
        "ORIGINATOR_ID": None,
        "ORIGIN_ID": None,
        "AUTHOR_ID": responsible,
        "EDITOR_ID": responsible,
        "PROVIDER_PARAMS": [],
        "PROVIDER_DATA": None,
        "RESULT_MARK": "0",
        "RESULT_VALUE": None,
        "RESULT_SUM": None,
        "RESULT_CURRENCY_ID": None,
        "RESULT_STATUS": "0",
        "RESULT_STREAM": "0",
        "RESULT_SOURCE_ID": None,
        "AUTOCOMPLETE_RULE": "0",
    }
