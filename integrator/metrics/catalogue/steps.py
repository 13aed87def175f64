"""The next step and the process: metrics of deals and clients."""

from __future__ import annotations

from integrator.domain import Group, Test
from integrator.domain.invariants import Invariant
from integrator.metrics.catalogue.rows import (
    Absence,
    Facts,
    Row,
    Texts,
    always_known,
    at_least,
    known,
    known_only_where,
    known_wherever,
    said,
)

_MEETING = (
    ("meeting_at", "instant", "", "Когда ближайшая встреча.", "When the next meeting is."),
    (
        "days_to_meeting_call",
        "integer",
        "days",
        "Через сколько дней последний рабочий день перед встречей.",
        "Days until the last working day before the meeting.",
    ),
)
DEAL: tuple[Row, ...] = (
    (
        "open_tasks",
        "integer",
        "tasks",
        "Открытые дела самой сделки; поставленные правилами не в счёт.",
        "Open to-dos of the deal itself; those that rules made do not count.",
    ),
    ("tasks_overdue", "integer", "tasks", "Просроченные дела сделки.", "Overdue to-dos of the deal."),
    (
        "next_step_at",
        "instant",
        "",
        "Срок ближайшего дела сделки.",
        "When the earliest to-do of the deal falls due.",
    ),
    (
        "next_step_after_days",
        "integer",
        "days",
        "Дней от создания сделки до следующего шага.",
        "Days from the deal's creation to its next step.",
    ),
    (
        "last_step_at",
        "instant",
        "",
        "Когда закончился последний шаг: выполнен или просрочен, а без шагов — когда создана сделка.",
        "When the last step ended, done or overdue; without any, when the deal was created.",
    ),
    ("days_since_step", "integer", "days", "Дней с последнего шага.", "Days since the last step."),
    ("age_days", "integer", "days", "Дней со дня создания сделки.", "Days since the deal was created."),
    (
        "cycle_days",
        "number",
        "days",
        "Обычная длина выигранной сделки в этой воронке.",
        "The usual length of a deal won in this pipeline.",
    ),
    (
        "engaged",
        "boolean",
        "",
        "Следующий шаг назначен и укладывается в обычную длину сделки.",
        "A next step is agreed, within the usual length of a deal.",
    ),
    (
        "stage_name",
        "string",
        "",
        "Стадия, на которой стоит открытая сделка.",
        "The stage at which an open deal stands.",
    ),
    (
        "stage_since",
        "instant",
        "",
        "Когда открытая сделка пришла на нынешнюю стадию.",
        "When the open deal came to its present stage.",
    ),
    ("stage_days", "integer", "days", "Дней на нынешней стадии.", "Days at the present stage."),
    (
        "stage_days_usual",
        "integer",
        "days",
        "Дольше стольких дней на этой стадии стоит лишь каждая пятая сделка.",
        "Only one deal in five stays at this stage for longer.",
    ),
    (
        "last_word_at",
        "instant",
        "",
        "Когда в открытой сделке была последняя запись: примечание или результат дела.",
        "When something was last written on an open deal: a note or the result of a to-do.",
    ),
    (
        "soft_no_phrase",
        "string",
        "",
        "Слова мягкого отказа в последней записи.",
        "The words of a soft no in what was written last.",
    ),
    ("soft_no_at", "instant", "", "Когда записан мягкий отказ.", "When the soft no was written down."),
    *_MEETING,
)
CLIENT: tuple[Row, ...] = (
    (
        "engaged_deals",
        "integer",
        "deals",
        "Открытые сделки со следующим шагом в пределах обычной длины.",
        "Open deals whose next step is within the usual length of a deal.",
    ),
    (
        "presented_deals",
        "integer",
        "deals",
        "Открытые сделки на стадии презентации или дальше.",
        "Open deals at the presentation stage or past it.",
    ),
    (
        "next_contact_on",
        "date",
        "",
        "День ближайшего дела с клиентом, его людьми или по его сделкам.",
        "The day of the next to-do with the client, his people or his deals.",
    ),
    *_MEETING,
)
MANAGER: tuple[Row, ...] = ()

_OPEN = Test("outcome", "eq", "open")
_OF_DEAL = Test("entity", "eq", "deal")
_COUNTS = ("engaged_deals", "presented_deals")
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", "engaged_deals"),
    *at_least("client", dict.fromkeys(_COUNTS, 0)),
    *at_least(
        "deal",
        {"open_tasks": 0, "tasks_overdue": 0, "stage_days": 0, "stage_days_usual": 0},
    ),
    *known_wherever(
        "deal",
        {
            **dict.fromkeys(("open_tasks", "tasks_overdue", "cycle_days"), _OF_DEAL),
            "engaged": Group("all", (_OPEN, _OF_DEAL)),
            "soft_no_at": known("soft_no_phrase"),
            "stage_days": known("stage_since"),
            "days_to_meeting_call": known("meeting_at"),
        },
    ),
    *known_only_where(
        "deal",
        {
            **dict.fromkeys(("engaged", "stage_name", "stage_days", "stage_days_usual", "last_word_at"), _OPEN),
            "stage_since": known("stage_days"),
            "soft_no_phrase": known("soft_no_at"),
            "soft_no_at": known("last_word_at"),
            "days_since_step": known("last_step_at"),
            "age_days": known("created_at"),
            "next_step_after_days": known("next_step_at"),
            "meeting_at": known("next_step_at"),
            "days_to_meeting_call": known("meeting_at"),
        },
    ),
    *known_only_where("client", {"days_to_meeting_call": known("meeting_at"), "meeting_at": known("next_contact_on")}),
    # Who has a next step has an open to-do that is not overdue.
    Invariant("deal", Test("open_tasks", "gt", None, "tasks_overdue"), known("next_step_at")),
    Invariant("deal", Test("open_tasks", "gte", None, "tasks_overdue")),
    Invariant("deal", known("next_step_at"), Test("engaged", "eq", value=True)),
    Invariant("client", Test("open_deals", "gte", None, "engaged_deals")),
    Invariant("client", Test("open_deals", "gte", None, "presented_deals")),
)

NO_STEP = said("дел с датой впереди в сделке нет", "the deal has no to-do with a date ahead")
NO_MEETING = said("встречи не назначены", "no meeting is agreed")
_NO_NAMED_STAGE = said(
    "стадия презентации не указана в настройках портала (stages)",
    "the presentation is not named in the portal's stages",
)
_NOT_RECORDED = said("когда сделка пришла на эту стадию, не записано", "when it came to this stage is not recorded")
_FEW_STAYS = said(
    "за год на этой стадии побывало слишком мало сделок", "too few deals passed through this stage in the last year"
)
_NO_WORDS = said("в сделке ничего не записано", "nothing is written on the deal")
_NO_SOFT_NO = said("в последней записи мягкого отказа нет", "what was written last is no soft no")
_CLOSED = said("сделка уже закрыта", "the deal is closed already")


def _while_open(reason: Texts) -> Absence:
    def why(facts: Facts) -> Texts:
        return reason if facts.get("outcome") == "open" else _CLOSED

    return why


ABSENT: dict[tuple[str, str], Absence] = {
    ("deal", "next_step_at"): NO_STEP,
    ("deal", "next_step_after_days"): NO_STEP,
    ("deal", "engaged"): _CLOSED,
    ("deal", "stage_name"): _while_open(said("такой стадии в воронке нет", "the pipeline has no such stage")),
    ("deal", "stage_since"): _while_open(_NOT_RECORDED),
    ("deal", "stage_days"): _while_open(_NOT_RECORDED),
    ("deal", "stage_days_usual"): _while_open(_FEW_STAYS),
    ("deal", "last_word_at"): _while_open(_NO_WORDS),
    ("deal", "soft_no_phrase"): _while_open(_NO_SOFT_NO),
    ("deal", "soft_no_at"): _while_open(_NO_SOFT_NO),
    ("deal", "meeting_at"): NO_MEETING,
    ("deal", "days_to_meeting_call"): NO_MEETING,
    ("client", "meeting_at"): NO_MEETING,
    ("client", "days_to_meeting_call"): NO_MEETING,
    ("client", "presented_deals"): _NO_NAMED_STAGE,
    ("client", "next_contact_on"): said("с клиентом ничего не назначено", "nothing is agreed with the client"),
}
FIELDS: dict[str, str] = {}
PARAMS: dict[str, object] = {
    "next_step.default_cycle_days": 30,
    "next_step.cycle_minimum": 5,
    "next_step.usual_stay_percentile": 80,
    "next_step.usual_stay_minimum": 20,
}
