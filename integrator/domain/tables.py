"""The columns of a snapshot of the mirror: what the store gives and the metrics take.

Types: `i` 64-bit integer, `s` text, `b` boolean, `t` instant (microseconds, UTC). Amounts are integers of minor units
(hundredths) in the row's own currency. Every column but the ids may be null.
"""

from __future__ import annotations

# Of a company and a contact alike; `s` are fields that the configuration names, as the CRM writes them.
_CLIENT: dict[str, str] = {
    "responsible_since": "t",  # when the mirror saw the responsible manager change; null: not since it exists
    "responsible_before": "i",  # who it was until then
    "keys": "s",  # digests by which duplicates are found, parted by blanks
    "blacklisted": "s",
    "quarter_volume": "s",
    "need_date": "s",
    "industry": "s",
    "region": "s",
    "partner": "s",
    "verified_at": "s",
    "complaint": "s",
    "tax_number": "s",
}
_DEAL: dict[str, str] = {
    "id": "i",
    "title": "s",
    "pipeline_id": "i",
    "stage_id": "s",
    "outcome": "s",  # open, won, lost: as the row stands at the last sync
    "amount": "i",
    "currency": "s",
    "company_id": "i",
    "contact_id": "i",
    "responsible_id": "i",
    "created_at": "t",
    "closed_at": "t",
    "first_closed_seen_at": "t",  # when the mirror first saw it closed with this outcome
    "loss_reason_id": "s",
    "source": "s",
    "reason_text": "s",  # deal.reason_text
    "sub_reason": "s",  # deal.sub_reason
    "margin": "s",  # deal.margin, as the CRM writes it
    "referrer": "s",  # deal.referrer
    "planned_at": "s",  # deal.planned_at
}

SNAPSHOT: dict[str, dict[str, str]] = {
    "deals": _DEAL,
    "leads": _DEAL,  # Bitrix24's own; pipeline_id is 0
    "companies": {
        "id": "i",
        "name": "s",
        "responsible_id": "i",
        "created_at": "t",
        **_CLIENT,
    },
    "contacts": {
        "id": "i",
        "name": "s",
        "company_id": "i",
        "responsible_id": "i",
        "created_at": "t",
        **_CLIENT,
    },
    "stage_changes": {
        "id": "s",
        "deal_id": "i",
        "pipeline_id": "i",
        "stage_id": "s",
        "at": "t",
    },
    "stages": {
        "pipeline_id": "i",
        "id": "s",
        "name": "s",
        "sort": "i",
        "outcome": "s",
    },
    "loss_reasons": {"id": "s", "name": "s"},
    "currencies": {"code": "s", "rate": "s", "is_base": "b"},
    "users": {
        "id": "i",
        "name": "s",
        "active": "b",
        "inactive_since": "t",  # when the mirror saw the user deactivated; null: active, or not since it exists
    },
    "pipelines": {"id": "i", "name": "s"},
    "tasks": {  # to-dos and contacts made, those of our own making too; one bound to several entities is several rows
        "origin": "s",
        "id": "i",
        "entity_kind": "s",  # company, contact, lead, deal
        "entity_id": "i",
        "responsible_id": "i",
        "kind": "s",  # task, call, meeting, email, message
        "incoming": "b",
        "due_at": "t",
        "completed": "b",
        "completed_at": "t",
        "created_at": "t",
        "result": "s",
    },
    "notes": {"id": "i", "deal_id": "i", "text": "s", "created_at": "t", "created_by": "i"},
    "products": {"id": "i", "name": "s", "group_id": "s", "group": "s"},
    "basket_lines": {"deal_id": "i", "product_id": "i", "name": "s", "quantity": "s", "amount": "i"},
    "own_tasks": {  # the tasks that rules made, by the id under which the CRM knows them (`tasks.id`, origin `task`)
        "rule": "s",
        "template": "s",
        "subject": "s",  # as `client:company:12`
        "remote_id": "i",
        "state": "s",
        "created_at": "t",
        "responsible_id": "i",
        "cleared": "b",  # the product itself completed the task: its cause was gone, or a person took its rule back
    },
}
