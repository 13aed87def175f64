"""Tasks of people, as `tasks.task.*` shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.bitrix24.emulator import tasks
from connectors.bitrix24.emulator.calls import Call, Method, Window, listed, read_filter, read_order
from connectors.bitrix24.emulator.collection import Query
from connectors.bitrix24.emulator.filters import AnyOf, Column, Conditions, Row
from connectors.bitrix24.emulator.replies import Reply, RestError

_DEFAULT_TASK = (
    "id parentId title description mark priority multitask notViewed replicate stageId createdBy "
    "createdDate responsibleId changedBy changedDate statusChangedBy closedBy closedDate activityDate "
    "dateStart deadline startDatePlan endDatePlan guid xmlId commentsCount serviceCommentsCount "
    "allowChangeDeadline allowTimeTracking taskControl addInReport forkedByTemplateId timeEstimate "
    "timeSpentInLogs matchWorkTime forumTopicId forumId siteId subordinate exchangeModified exchangeId "
    "outlookVersion viewedDate sorting durationFact isMuted isPinned isPinnedInGroup flowId "
    "descriptionInBbcode status statusChangedDate durationPlan durationType favorite groupId auditors "
    "accomplices"
)
# The row has `status`; the filter's STATUS is the one with the clock in it, REAL_STATUS the stored one.
_TASK_FIELDS = {"REAL_STATUS": "status", "STATUS": "subStatus", "SUBSTATUS": "subStatus", "AUDITOR": "auditors"}
_TASK_FIELDS |= {"ACCOMPLICE": "accomplices", "TAG": "tags"}
_NO_TASK = "Task not found or access denied"


def methods() -> dict[str, Method]:
    """The methods by name, in lower case."""
    by_status = {"complete": tasks.COMPLETED, "renew": tasks.WAITING, "start": tasks.RUNNING, "defer": tasks.DEFERRED}
    table = {f"tasks.task.{verb}": _status_method(status) for verb, status in by_status.items()}
    return table | {
        "tasks.task.pause": _status_method(tasks.WAITING),
        "tasks.task.list": _tasks,
        "tasks.task.get": _task,
        "tasks.task.add": _add_task,
        "tasks.task.update": _update_task,
        "tasks.task.delete": _delete_task,
        "task.commentitem.add": _add_task_comment,
    }


def _task_column(call: Call, field: str) -> Column | None:
    name = _TASK_FIELDS.get(field.upper(), tasks.field_name(field))
    return call.state.column("tasks.task", name)


def _tasks(call: Call) -> Reply:
    def resolve(field: str) -> Column | None:
        return _task_column(call, field)

    for name in call.mapping("order"):
        if resolve(name) is None:
            raise RestError("0", "Invalid sorting key (internal error)")
    conditions = read_filter(call, "filter", resolve)
    state = call.state
    window = Window.legacy(call)
    query = Query(conditions, read_order(call, resolve))
    if not _by_clock(conditions):
        return listed(call, "tasks.task", query, window, lambda rows: {"tasks": _shown(call, rows)})
    with_clock = _snapshot(call)
    rows, total = with_clock.page(query, window.offset, 50, count=not window.uncounted)
    after = window.offset + len(rows)
    stored = [state["tasks.task"].rows[int(row["id"])] for row in rows]
    return Reply({"tasks": _shown(call, stored)}, total, after if after < total else None)


def _by_clock(conditions: Conditions) -> bool:
    return any(not isinstance(one, AnyOf) and one.column.name == "subStatus" for one in conditions)


def _snapshot(call: Call) -> Any:
    """The tasks with the status that the clock gives them now."""
    source = call.state["tasks.task"]
    now = type(source)(id_field="id", zone=source.zone)
    now.load({**row, "subStatus": tasks.sub_status(call.state, row)} for row in source)
    return now


def _shown(call: Call, rows: list[Row]) -> list[Row]:
    select = [name for name in call.select() if name not in ("*", "UF_*")]
    everything = not call.select() or "*" in call.select()
    names = _DEFAULT_TASK.split() if everything else ["id"]
    names += ["status" if name.upper() == "REAL_STATUS" else tasks.field_name(name) for name in select]
    wanted = dict.fromkeys(names)
    return [_one(call, row, wanted, everything=everything) for row in rows]


def _one(call: Call, row: Row, wanted: Mapping[str, Any], *, everything: bool) -> Row:
    shown = {name: row.get(name) for name in wanted if name != "subStatus"}
    if "status" in wanted or "subStatus" in wanted:
        shown["subStatus"] = tasks.sub_status(call.state, row)
    around = tasks.people(call.state, row)
    if everything:
        return {**shown, **around}
    if "responsibleId" in wanted:
        shown["responsible"] = around["responsible"]
    if "createdBy" in wanted:
        shown["creator"] = around["creator"]
    if "groupId" in wanted:
        shown["group"] = around["group"]
    return shown


def _existing_task(call: Call, *, code: str | int = 0) -> Row:
    row = call.state["tasks.task"].get(call.number("taskId", "id"))
    if row is None:
        raise RestError(code, _NO_TASK)
    return row


def _task(call: Call) -> Reply:
    row = _existing_task(call)
    if not call.select():
        return Reply({"task": tasks.whole(call.state, row)})
    around = {**tasks.people(call.state, row), "action": tasks.whole(call.state, row)["action"]}
    return Reply({"task": {**_shown(call, [row])[0], **around}})


def _task_fields(call: Call) -> Row:
    given = call.get("fields")
    if not isinstance(given, Mapping):
        raise RestError(100, "Could not find value for parameter {fields}")
    return dict(given)


def _add_task(call: Call) -> Reply:
    number = call.state.add("tasks.task", _task_fields(call), user=call.user)
    return Reply({"task": tasks.whole(call.state, call.state["tasks.task"].rows[number])})


def _update_task(call: Call) -> Reply:
    number = int(_existing_task(call)["id"])
    call.state.update("tasks.task", number, _task_fields(call), user=call.user)
    return Reply({"task": tasks.whole(call.state, call.state["tasks.task"].rows[number])})


def _delete_task(call: Call) -> Reply:
    call.state.delete("tasks.task", int(_existing_task(call, code="1048582")["id"]))
    return Reply({"task": True})


def _status_method(status: str) -> Method:
    def method(call: Call) -> Reply:
        row = call.state["tasks.task"].get(call.number("taskId"))
        # A task that is not there, not yours or already there answers the same [documented].
        if row is None or row.get("status") == status:
            raise RestError(0, "Action is not allowed")
        number = int(row["id"])
        call.state.update("tasks.task", number, {"STATUS": status}, user=call.user)
        return Reply({"task": tasks.whole(call.state, call.state["tasks.task"].rows[number])})

    return method


def _add_task_comment(call: Call) -> Reply:
    """The parameters of this old method are positional; by name they are TASKID and FIELDS."""
    positional = list(call.params.values())
    number = call.number("taskid") or int(str(positional[0]) if positional and str(positional[0]).isdigit() else 0)
    fields = call.get("fields", positional[1] if len(positional) > 1 else None)
    row = call.state["tasks.task"].get(number)
    if row is None or not isinstance(fields, Mapping) or not fields.get("POST_MESSAGE"):
        raise RestError("ERROR_CORE", "TASKS_ERROR_EXCEPTION_#8; Action failed; 8/TE/ACTION_FAILED_TO_BE_PROCESSED<br>")
    count = int(row.get("commentsCount") or 0) + 1
    call.state["tasks.task"].put(
        number, {**row, "commentsCount": str(count), "lastComment": str(fields["POST_MESSAGE"])}
    )
    return Reply(next(call.state.multifield_ids))
