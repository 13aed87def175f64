"""Tasks of people: what is stored of them, what the portal adds, how they look in an answer."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.dates import instant, written_seconds
from connectors.bitrix24.emulator.replies import RestError
from connectors.bitrix24.emulator.schema import camel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.bitrix24.emulator.state import State

Row = dict[str, Any]

WAITING, RUNNING, CONTROLLED, COMPLETED, DEFERRED = "2", "3", "4", "5", "6"
OVERDUE, ALMOST_OVERDUE = "-1", "-3"

_EMPTY = (
    "parentId mark statusChangedBy closedBy closedDate dateStart deadline startDatePlan endDatePlan xmlId "
    "commentsCount serviceCommentsCount forkedByTemplateId timeSpentInLogs forumTopicId forumId "
    "exchangeModified exchangeId viewedDate sorting durationFact flowId durationPlan"
)
_NO = (
    "multitask notViewed replicate allowChangeDeadline allowTimeTracking taskControl addInReport "
    "matchWorkTime isMuted isPinned isPinnedInGroup favorite"
)
_FIXED: Row = {
    "description": "", "priority": "1", "stageId": "0", "timeEstimate": "0", "siteId": "s1", "subordinate": "Y",
    "outlookVersion": "1", "descriptionInBbcode": "Y", "durationType": "days", "groupId": "0",
}  # fmt: skip
_DATES = frozenset({"deadline", "startDatePlan", "endDatePlan", "dateStart", "closedDate", "createdDate"})
_READ_ONLY = frozenset({"id", "createdDate", "changedDate", "closedDate", "closedBy", "guid", "statusChangedDate"})
_LISTS = frozenset({"auditors", "accomplices", "ufCrmTask", "tags", "ufTaskWebdavFiles"})
_ACTIONS = {
    "accept": False, "decline": False, "complete": True, "approve": False, "disapprove": False, "start": True,
    "pause": False, "delegate": True, "remove": True, "edit": True, "defer": True, "renew": False, "create": True,
    "changeDeadline": True, "checklistAddItems": True, "addFavorite": True, "deleteFavorite": False, "rate": True,
    "edit.originator": False, "checklist.reorder": True, "elapsedtime.add": True, "dayplan.timer.toggle": False,
    "edit.plan": True, "checklist.add": True, "favorite.add": True, "favorite.delete": False,
}  # fmt: skip
_CHECKLIST_FIELDS: Row = {
    "id": None, "copiedId": None, "entityId": None, "userId": 1, "createdBy": None, "parentId": None, "title": "",
    "sortIndex": None, "displaySortIndex": "", "isComplete": False, "isImportant": False, "completedCount": 0,
    "members": [], "attachments": [],
}  # fmt: skip


def field_name(name: str) -> str:
    """A field of a request (`RESPONSIBLE_ID`, `UF_CRM_TASK`) as the stored row calls it."""
    return camel(name) if name.upper() == name else name


def add(state: State, given: Mapping[str, Any], user: int) -> int:
    """The id of the new task; the event is out."""
    fields = _read(state, given)
    _check(state, fields, new=True)
    number, now = state["tasks.task"].next_id(), state.now()
    row: Row = {"id": str(number), **dict.fromkeys(_EMPTY.split()), **dict.fromkeys(_NO.split(), "N"), **_FIXED}
    row.update(createdBy=str(user), createdDate=now, changedBy=str(user), changedDate=now)
    row.update(status=WAITING, statusChangedDate=now, activityDate=now, guid=_guid(number))
    row.update(auditors=[], accomplices=[], ufCrmTask=[], tags=[])
    row.update(fields)
    state["tasks.task"].put(number, row)
    _announce(state, "ONTASKADD", None, number)
    return number


def update(state: State, number: int, given: Mapping[str, Any], user: int) -> None:
    """The task carries the changes; the event is out."""
    row = state["tasks.task"].rows[number]
    fields = _read(state, given)
    _check(state, fields, new=False)
    status = fields.pop("status", row.get("status"))
    after = {**row, **fields, "changedBy": str(user), "changedDate": state.now(), "activityDate": state.now()}
    if status != row.get("status"):
        after = _with_status(state, after, status, user)
    state["tasks.task"].put(number, after)
    _announce(state, "ONTASKUPDATE", number, number)


def delete(state: State, number: int) -> None:
    """The task is gone; the event is out."""
    if state["tasks.task"].remove(number) is None:
        raise KeyError(number)
    _announce(state, "ONTASKDELETE", number, None)


def sub_status(state: State, row: Row) -> str:
    """The status with what the clock adds to it: overdue, almost overdue."""
    status = str(row.get("status") or WAITING)
    due = instant(row["deadline"], state.zone) if row.get("deadline") else None
    if due is None or status in (CONTROLLED, COMPLETED, DEFERRED):
        return status
    now = state.clock.now().timestamp()
    if due < now:
        return OVERDUE
    return ALMOST_OVERDUE if due < now + timedelta(days=1).total_seconds() else status


def whole(state: State, row: Row) -> Row:
    """The task as add, update, complete and get without a select answer it; user fields are left out there."""
    shown = {name: value for name, value in row.items() if not name.startswith("uf") and name != "tags"}
    checklist = {"nodeId": 0, "fields": dict(_CHECKLIST_FIELDS), "action": [], "descendants": []}
    shown.update(checklist=[], **people(state, row), newCommentsCount=0, action=_actions(row))
    return {**shown, "checkListTree": checklist, "checkListCanAdd": True}


def people(state: State, row: Row) -> Row:
    """The persons of a task beside their ids, and its group: an empty map is `[]`, as PHP writes it."""
    shown: Row = {"group": []}
    for name, field in (("creator", "createdBy"), ("responsible", "responsibleId")):
        shown[name] = _person(state, row.get(field))
    for name in ("accomplices", "auditors"):
        shown[f"{name}Data"] = {str(item): _person(state, item) for item in row.get(name) or ()} or []
    return shown


def _person(state: State, number: Any) -> Row:
    user = state["user"].get(int(number or 0)) or {}
    return {
        "id": str(number),
        "name": " ".join(filter(None, (user.get("NAME"), user.get("LAST_NAME")))),
        "link": f"/company/personal/user/{number}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": user.get("WORK_POSITION") or "",
    }


def _actions(row: Row) -> Row:
    done = row.get("status") == COMPLETED
    return {**_ACTIONS, "complete": not done, "start": not done, "defer": not done, "renew": done}


def _read(state: State, given: Mapping[str, Any]) -> Row:
    found: Row = {}
    for key, value in given.items():
        name = field_name(key)
        if name in _READ_ONLY:
            continue
        if name in _LISTS:
            items = list(value.values()) if isinstance(value, dict) else value
            found[name] = [str(item) for item in items] if isinstance(items, list) else [str(items)] if items else []
        elif name in _DATES:
            seconds = instant(str(value), state.zone) if value else None
            found[name] = None if seconds is None else written_seconds(seconds, state.zone)
        else:
            found[name] = value if value is None else ("Y" if value else "N") if isinstance(value, bool) else str(value)
    return found


def _check(state: State, fields: Row, *, new: bool) -> None:
    if ("title" in fields or new) and not (fields.get("title") or "").strip():
        raise RestError("ERROR_CORE", "Task title is not specified<br>")
    if "responsibleId" not in fields and not new:
        return
    responsible = fields.get("responsibleId")
    if not responsible:
        raise RestError("ERROR_CORE", "Assignee is not specified<br>")
    users = state["user"]
    if len(users) and not (responsible.isdigit() and int(responsible) in users.rows):
        raise RestError("ERROR_CORE", "The user specified in the Assignee field was not found<br>")


def _with_status(state: State, row: Row, status: str, user: int) -> Row:
    now, done = state.now(), status in (CONTROLLED, COMPLETED)
    closed = {"closedBy": str(user) if done else "0", "closedDate": now if done else None}
    return {**row, "status": status, "statusChangedBy": str(user), "statusChangedDate": now, **closed}


def _guid(number: int) -> str:
    return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'task {number}')}}}"


def _announce(state: State, event: str, before: int | None, after: int | None) -> None:
    # Parts that do not exist are the literal text `undefined` [documented].
    told: Row = {
        "FIELDS_BEFORE": "undefined" if before is None else {"ID": str(before)},
        "FIELDS_AFTER": "undefined" if after is None else {"ID": str(after)},
        "IS_ACCESSIBLE_BEFORE": "N" if before is None else "undefined",
        "IS_ACCESSIBLE_AFTER": "N" if after is None else "undefined",
    }
    state.emit(event, told)
