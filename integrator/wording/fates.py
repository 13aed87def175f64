"""What became of the tasks of a rule: planned, on their way, in the CRM, closed, or not made and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.domain import Truth
from integrator.wording import traces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrator.domain import PlannedTask
    from integrator.engine.explain import RuleVerdict
    from integrator.engine.ruleset import Rule
    from integrator.store.standing import Write
    from integrator.wording.explanation import Explanation
    from integrator.wording.speech import Speech

# The state of the write that makes a task; {id} is the CRM's own number of it, {error} what it answered.
CREATE = {
    "waiting": ("ждёт отправки в CRM", "waits to be sent to the CRM"),
    "sending": ("отправляется в CRM", "is being sent to the CRM"),
    "unknown": ("могла дойти до CRM: сначала её там поищут", "may have reached the CRM: it is looked up there first"),
    "done": ("стоит в CRM, номер {id}", "is in the CRM as number {id}"),
    "dead": ("не принята CRM: {error}", "was refused by the CRM: {error}"),
}
COMPLETE = {
    "waiting": ("ждёт закрытия", "waits to be closed"),
    "sending": ("закрывается", "is being closed"),
    "unknown": ("закрывается, исход проверяется", "is being closed, the outcome is looked up"),
    "done": ("закрыта в CRM, номер {id}", "is closed in the CRM, number {id}"),
    "dead": ("закрыть не вышло: {error}", "could not be closed: {error}"),
}
# Why a write is done or closed, where its state alone does not say.
REASONS = {
    "CLEARED_BEFORE_SENT": ("не отправлена: причина исчезла раньше", "was not sent: its cause was gone before"),
    "CLEARED": ("причина исчезла", "its cause is gone"),
    "UNDONE": ("отменена человеком", "taken back by a person"),
    "DISCARDED": ("отброшена человеком", "discarded by a person"),
}
NOT_WRITTEN = {
    "observe": (
        "не отправляется: tasks.mode — observe, задачи только показываются",
        "is not sent: tasks.mode is observe, tasks are only shown",
    ),
    "pilot": (
        "не отправляется: её исполнителя нет среди tasks.managers пилота",
        "is not sent: its manager is not among the pilot's tasks.managers",
    ),
}


def lines(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    """Yield what became of the tasks of a rule that fired."""
    speech, rule = told.speech, verdict.rule
    own = [task for task in told.tasks if task.rule == rule.full]
    for task in own:
        fate = _fate(told, task)
        yield speech.either(f"Задача {fate}.", f"The task {fate}.")
        yield f"  {task.title}"
    if rule.task is None:
        return
    if verdict.stop is not None and verdict.stop.truth is Truth.TRUE:
        reason = traces.because(verdict.stop, speech, told.why)
        yield speech.either(f"Цепочка дел окончена: {reason}.", f"The chain of tasks has ended: {reason}.")
    elif verdict.only is not None and not verdict.due:
        reason = traces.because(verdict.only, speech, told.why)
        yield speech.either(f"Задача не ставится: {reason}.", f"No task is made: {reason}.")
    elif not own and (told.facts.get("blacklisted") or told.facts.get("client.blacklisted")):
        yield speech.either(
            "Задача не ставится: клиент в чёрном списке.", "No task is made: the client is blacklisted."
        )
    elif not own:
        yield speech.either(
            "Задачу некому поставить: укажите people.head в настройках портала.",
            "Nobody could be given the task: name people.head in the portal's settings.",
        )
    yield from past(told, rule, {task.key for task in own})


def _fate(told: Explanation, task: PlannedTask) -> str:
    writes = [write for write in told.writes if write.key == task.key]
    if writes:
        return _written(writes, told.speech)
    if told.mode == "observe" or (told.mode == "pilot" and task.responsible_id not in told.pilots):
        return told.speech.either(*NOT_WRITTEN[told.mode])
    if told.past:
        return told.speech.either("на тот момент полагалась бы", "would have been due at that time")
    return told.speech.either("появится при следующем integrator evaluate", "comes with the next integrator evaluate")


def past(told: Explanation, rule: Rule, current: set[str]) -> Iterator[str]:
    """Yield what became of the rule's tasks of other episodes."""
    keys = dict.fromkeys(write.key for write in told.writes if write.rule == rule.full and write.key not in current)
    for key in keys:
        writes = [write for write in told.writes if write.key == key]
        planned = told.speech.clock(writes[0].created_at)
        fate = _written(writes, told.speech)
        yield told.speech.either(f"Прежняя задача, от {planned}: {fate}.", f"An earlier task, of {planned}: {fate}.")


def _written(writes: list[Write], speech: Speech) -> str:
    by_action = {write.action: write for write in writes}
    created, completed = by_action.get("create"), by_action.get("complete")
    last = completed or created or writes[-1]
    if last.reason in REASONS and last is created:
        return speech.either(*REASONS[last.reason])
    words = (COMPLETE if last is completed else CREATE).get(last.state, (last.state, last.state))
    number = last.remote_id or (created.remote_id if created else None)
    text = speech.either(*words).format(id=number or "?", error=last.error or "")
    return f"{text} ({speech.either(*REASONS[last.reason])})" if last.reason in REASONS else text
