"""What managers do: metrics of managers, clients and deals."""

from __future__ import annotations

from integrator.domain import Test
from integrator.domain.invariants import Invariant
from integrator.metrics.catalogue.rows import Absence, Row, always_known, at_least, known, known_only_where, said

DEAL: tuple[Row, ...] = ()
CLIENT: tuple[Row, ...] = (
    (
        "last_contact_at",
        "instant",
        "",
        "Последний контакт: выполненное дело, звонок, встреча или сообщение от клиента.",
        "The last contact: a to-do done, a call, a meeting or a message from the client.",
    ),
    ("days_since_contact", "integer", "days", "Дней с последнего контакта.", "Days since the last contact."),
    (
        "touches_unanswered",
        "integer",
        "",
        "Звонки и сообщения клиенту после его последнего шага.",
        "Calls and messages to the client since his last step.",
    ),
    ("contacts_90", "integer", "", "Контакты за последние 90 дней.", "Contacts of the last 90 days."),
)
MANAGER: tuple[Row, ...] = (
    ("works_today", "boolean", "", "Сегодня рабочий день.", "Today is a working day."),
    ("today", "date", "", "Сегодня.", "Today."),
    ("review_day", "date", "", "Последний рабочий день перед сегодняшним.", "The last working day before today."),
    ("call_quota", "integer", "", "Сколько звонков в день по плану.", "Calls a day by the plan."),
    (
        "planned_today",
        "integer",
        "",
        "Звонки и встречи, которые на сегодня ещё впереди.",
        "Calls and meetings of today that are still to come.",
    ),
    (
        "call_quota_left",
        "integer",
        "",
        "Сколько звонков до плана ещё не запланировано и не сделано.",
        "Calls of the quota that are neither planned nor made yet.",
    ),
    (
        "call_list",
        "string",
        "",
        "Кому позвонить сегодня: лучшие из тех, с кем ничего не назначено.",
        "Whom to call today: the best of those with whom nothing is agreed.",
    ),
    ("call_list_count", "integer", "clients", "Клиенты в списке на звонок.", "Clients on the list to call."),
    (
        "calls_yesterday",
        "integer",
        "",
        "Звонки с последнего рабочего дня до вчера.",
        "Calls made from the last working day to yesterday.",
    ),
    ("calls_7", "integer", "", "Звонки за семь дней.", "Calls made in seven days."),
    ("meetings_7", "integer", "", "Встречи за семь дней.", "Meetings held in seven days."),
    ("activities_7", "integer", "", "Действия за семь дней.", "Activities of seven days."),
    (
        "new_contacts_7",
        "integer",
        "clients",
        "Клиенты, с которыми за семь дней связались впервые.",
        "Clients who were in contact for the first time in seven days.",
    ),
    (
        "fixation_7",
        "number",
        "share",
        "Доля действий за семь дней на тех, кто ни разу не ответил.",
        "The share of seven days' activities that went to those who never answered.",
    ),
    (
        "contacts_yesterday",
        "integer",
        "",
        "Контакты с последнего рабочего дня до вчера.",
        "Contacts from the last working day to yesterday.",
    ),
    (
        "contacts_planned_yesterday",
        "integer",
        "",
        "Сколько контактов в день требует список при плановой воронке.",
        "Contacts a day that the list asks for at the plan of the funnel.",
    ),
    (
        "contact_gap_yesterday",
        "integer",
        "",
        "Сколько контактов не хватило до плана.",
        "Contacts that were missing to the plan.",
    ),
    (
        "lost_yesterday",
        "integer",
        "deals",
        "Сделки, проигранные с последнего рабочего дня до вчера.",
        "Deals lost from the last working day to yesterday.",
    ),
    (
        "lost_yesterday_list",
        "string",
        "",
        "Проигранные сделки с причинами, по одной в строке.",
        "The lost deals with their reasons, one a line.",
    ),
)

_COUNTS = (
    *("call_quota", "planned_today", "call_quota_left", "call_list_count", "calls_yesterday", "calls_7", "meetings_7"),
    *("activities_7", "new_contacts_7", "contacts_yesterday", "contacts_planned_yesterday", "contact_gap_yesterday"),
    "lost_yesterday",
)
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", "touches_unanswered", "contacts_90"),
    *at_least("client", {"touches_unanswered": 0, "contacts_90": 0, "days_since_contact": 0}),
    *at_least("manager", {**dict.fromkeys(_COUNTS, 0), "fixation_7": 0}),
    *known_only_where("client", {"days_since_contact": known("last_contact_at")}),
    *known_only_where(
        "manager",
        {
            **dict.fromkeys(("today", "review_day", *_COUNTS), known("works_today")),
            "call_list": Test("call_list_count", "gte", 1),
            "lost_yesterday_list": Test("lost_yesterday", "gte", 1),
            "fixation_7": Test("activities_7", "gte", 1),
        },
    ),
    Invariant("manager", Test("call_quota_left", "gte", None, "call_list_count")),
)

_NO_CONTACT = said("контактов с клиентом не записано", "no contact with the client is recorded")
_NO_SELLER = said(
    "менеджер не активен, у него нет ни клиентов, ни сделок, или просмотрена не вся база",
    "the manager is not active, has neither clients nor deals, or only a part of the base was looked at",
)
ABSENT: dict[tuple[str, str], Absence] = {
    ("client", "last_contact_at"): _NO_CONTACT,
    ("client", "days_since_contact"): _NO_CONTACT,
    **dict.fromkeys((("manager", row[0]) for row in MANAGER), _NO_SELLER),
    ("manager", "call_list"): said(
        "звонить сегодня некому или план уже набран", "nobody to call, or the quota is full"
    ),
    ("manager", "lost_yesterday_list"): said("проигранных сделок не было", "no deal was lost"),
    ("manager", "fixation_7"): said("за семь дней ничего не сделано", "nothing was done in seven days"),
}
FIELDS: dict[str, str] = {}
PARAMS: dict[str, object] = {
    "prospecting.quota": 20,
    "prospecting.list_days": 20,
    "prospecting.rest_days": 7,
    "prospecting.rest_after_refusal_days": 30,
    "prospecting.plan_acquaintance": 1,
    "prospecting.plan_presentation": 0.8,
    "prospecting.plan_contract": 0.8,
    "prospecting.plan_payment": 0.95,
}
