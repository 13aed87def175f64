"""Requests as Bitrix24's leads, with the statuses in which they stand; amoCRM keeps nothing of the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.demo import vocabulary as words
from connectors.demo.bitrix24_activities import written
from connectors.demo.model import Request

if TYPE_CHECKING:
    from connectors.demo.files import Row
    from connectors.demo.model import Lead

# The code and the name of each: failed ones say why, as portals have it.
STATUSES: dict[Request, tuple[str, str]] = {
    Request.NEW: ("NEW", "Не обработан"),
    Request.IN_WORK: ("IN_PROCESS", "В работе"),
    Request.CONVERTED: ("CONVERTED", "Качественный лид"),
    Request.POOR: ("JUNK", "Некачественный лид"),
    Request.OFF_TARGET: ("OFF_TARGET", "Нецелевой"),
    Request.NO_BUDGET: ("NO_BUDGET", "Нет бюджета"),
}
SEMANTICS = {
    Request.CONVERTED: "S",
    Request.POOR: "F",
    Request.OFF_TARGET: "F",
    Request.NO_BUDGET: "F",
}


def row(lead: Lead) -> Row:
    """The request as the portal has it."""
    semantics, responsible = SEMANTICS.get(lead.status, "P"), str(lead.responsible_id)
    moved = written(lead.moved_at)
    return {
        "ID": str(lead.id),
        "TITLE": lead.title,
        "STATUS_ID": STATUSES[lead.status][0],
        "STATUS_SEMANTIC_ID": semantics,
        "OPPORTUNITY": f"{lead.amount}.00",
        "CURRENCY_ID": "RUB",
        "IS_MANUAL_OPPORTUNITY": "Y",
        "IS_RETURN_CUSTOMER": "N",
        "COMPANY_ID": None,
        "CONTACT_ID": None,
        "HAS_PHONE": "N",
        "HAS_EMAIL": "N",
        "HAS_IMOL": "N",
        "OPENED": "Y",
        "SOURCE_ID": words.SOURCE_CODES.get(lead.source),
        **dict.fromkeys(("ASSIGNED_BY_ID", "CREATED_BY_ID", "MODIFY_BY_ID", "MOVED_BY_ID"), responsible),
        "DATE_CREATE": written(lead.created_at),
        "DATE_MODIFY": moved,
        "MOVED_TIME": moved,
        "DATE_CLOSED": "" if semantics == "P" else moved,
    }
