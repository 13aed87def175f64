"""Signals before a loss, and what follows when a manager leaves; metrics of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE
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

if TYPE_CHECKING:
    from integrator.domain.invariants import Invariant

CLIENT: tuple[Row, ...] = (
    (
        "responsible_changed",
        "boolean",
        "",
        "Ответственный сменился за последние дни.",
        "The responsible manager changed within the last days.",
    ),
    (
        "responsible_since",
        "instant",
        "",
        "Когда сменился ответственный; пусто, если при нас он не менялся.",
        "When the responsible manager changed; missing where no change was seen.",
    ),
    (
        "responsible_before",
        "string",
        "",
        "Кто отвечал за клиента до этого.",
        "Who was responsible for the client before.",
    ),
    (
        "responsible_inactive",
        "boolean",
        "",
        "Ответственный больше не работает.",
        "The responsible manager no longer works here.",
    ),
    (
        "complaint_open",
        "boolean",
        "",
        "У клиента открыта жалоба: сделка в воронке жалоб или отметка в карточке.",
        "The client has a complaint open: a deal in a pipeline of complaints, or a mark in the card.",
    ),
    (
        "complaint_since",
        "date",
        "",
        "С какого дня открыта жалоба; отметку в карточке датирует последняя покупка.",
        "The day since which a complaint is open; a mark in the card is dated by the last purchase.",
    ),
    (
        "contact_awaited_since",
        "instant",
        "",
        "Последний контакт с клиентом, а если его не было, создание карточки.",
        "The last contact with the client, or the creation of his card where there was none.",
    ),
    (
        "days_without_contact",
        "integer",
        "days",
        "Дней без контакта с клиентом.",
        "Days without a contact with the client.",
    ),
    (
        "refused_since_lost",
        "boolean",
        "",
        "Последний отказ пришёл, когда клиент уже был потерян.",
        "The latest refusal came when the client was lost already.",
    ),
    (
        "handed_over_at",
        "instant",
        "",
        "Когда ушёл менеджер, у которого был клиент.",
        "When the manager who had the client left.",
    ),
    ("handed_over_from", "string", "", "Менеджер, у которого был клиент.", "The manager who had the client."),
    ("successor_id", "integer", "", "Номер того, кто принимает клиента.", "The id of who takes the client over."),
    ("successor", "string", "", "Кто принимает клиента.", "Who takes the client over."),
    (
        "revenue_since_handover",
        "money",
        "money",
        "Выручка клиента после ухода его менеджера.",
        "The client's revenue since his manager left.",
    ),
    (
        "survey_quarter_on",
        "date",
        "",
        "Первый день квартала, если в нём черёд спросить клиента, что его держит.",
        "The first day of the quarter where it is the client's turn to be asked what keeps him.",
    ),
    (
        "leaving_answer",
        "string",
        "",
        "Что клиент ответил, когда его спросили, почему он ушёл или мог бы уйти.",
        "What the client answered when asked why he left or might leave.",
    ),
    ("leaving_answered_at", "instant", "", "Когда он ответил.", "When he answered."),
    (
        "leaving_reason",
        "string",
        "",
        "Причина из его ответа по единому списку.",
        "The canonical reason in his answer.",
        tuple(BY_CODE),
    ),
)

_LEFT = known("handed_over_at")

DEAL: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = (
    *always_known("client", "responsible_changed", "refused_since_lost"),
    *at_least("client", {"days_without_contact": 0}),
    *known_only_where(
        "client",
        {
            "complaint_since": known("complaint_open"),
            "days_without_contact": known("contact_awaited_since"),
            "successor_id": _LEFT,
            "revenue_since_handover": _LEFT,
            "handed_over_from": _LEFT,
            "successor": known("successor_id"),
            "leaving_reason": known("leaving_answer"),
            "leaving_answer": known("leaving_answered_at"),
        },
    ),
    *known_wherever(
        "client",
        {
            "days_without_contact": known("contact_awaited_since"),
            "revenue_since_handover": _LEFT,
            "leaving_answer": known("leaving_answered_at"),
        },
    ),
)

UNCHANGED = said("смены ответственного при нас не было", "no change of the responsible manager was seen")
STAYED = said("его менеджер не уходил", "his manager has not left")
NOT_ASKED = said("он ещё не отвечал, что его держит", "he has not answered yet what keeps him")


def _complaint(facts: Facts) -> Texts:
    if facts.get("complaint_open") is False:
        return said("открытых жалоб нет", "no complaint is open")
    return said(
        "не сказано, где искать жалобы: pipelines.complaints или поле client.complaint",
        "it is not said where complaints stand: pipelines.complaints or the field client.complaint",
    )


def _successor(facts: Facts) -> Texts:
    if facts.get("handed_over_at") is None:
        return STAYED
    return said("преемник не назван: people.deputies или people.pool", "no successor is named: people.deputies or pool")


def _reason(facts: Facts) -> Texts:
    if facts.get("leaving_answer") is None:
        return NOT_ASKED
    return said("слова ответа не сопоставлены (loss_reasons.map)", "his words are not mapped (loss_reasons.map)")


ABSENT: dict[tuple[str, str], Absence] = {
    ("client", "responsible_since"): UNCHANGED,
    ("client", "responsible_before"): UNCHANGED,
    ("client", "responsible_inactive"): said("ответственного нет", "nobody is responsible"),
    ("client", "complaint_open"): _complaint,
    ("client", "complaint_since"): _complaint,
    ("client", "contact_awaited_since"): said(
        "контактов с ним не было, дня создания карточки нет", "there was no contact, and no day of the card's creation"
    ),
    ("client", "days_without_contact"): said(
        "контактов с ним не было, дня создания карточки нет", "there was no contact, and no day of the card's creation"
    ),
    **dict.fromkeys(
        (("client", name) for name in ("handed_over_at", "handed_over_from", "revenue_since_handover")), STAYED
    ),
    ("client", "successor_id"): _successor,
    ("client", "successor"): _successor,
    ("client", "survey_quarter_on"): said("в этом квартале его черёд не пришёл", "it is not his turn this quarter"),
    ("client", "leaving_answer"): NOT_ASKED,
    ("client", "leaving_answered_at"): NOT_ASKED,
    ("client", "leaving_reason"): _reason,
}
FIELDS: dict[str, str] = {}
PARAMS: dict[str, object] = {
    "prevention.changed_days": 30,
    "prevention.handover_days": 90,
    "prevention.successor": "round_robin",
    "prevention.survey_one_in": 20,
}
