"""The columns of a snapshot of the mirror: what the store gives and the metrics take.

Types: `i` 64-bit integer, `s` text, `b` boolean, `t` instant (microseconds, UTC). Amounts are integers of minor units
(hundredths) in the row's own currency. Every column but the ids may be null.
"""

from __future__ import annotations

SNAPSHOT: dict[str, dict[str, str]] = {
    "deals": {
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
    },
    "companies": {
        "id": "i",
        "name": "s",
        "responsible_id": "i",
        "created_at": "t",
        "blacklisted": "s",  # client.blacklisted, as the CRM writes it
    },
    "contacts": {
        "id": "i",
        "name": "s",
        "company_id": "i",
        "responsible_id": "i",
        "created_at": "t",
        "blacklisted": "s",
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
    "users": {"id": "i", "name": "s", "active": "b"},
}
