"""The lists of amoCRM's API: how they are asked for, and what a page of one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from integrator.domain import EntityKind
from integrator.errors import AuthError, RetryableError

if TYPE_CHECKING:
    from connectors.http import Answer, Session
    from integrator.errors import ConnectorError

Json = Mapping[str, Any]
Filter = Mapping[str, str | int | Sequence[str | int]]

PAGE_SIZE = 250
# Asking for more than 100 events gives 50 of them (reference, 6).
EVENTS_PAGE_SIZE = 100
PLURAL = {
    EntityKind.COMPANY: "companies",
    EntityKind.CONTACT: "contacts",
    EntityKind.DEAL: "leads",
    EntityKind.TASK: "tasks",
    EntityKind.BASKET: "leads",
}
# Names what would otherwise be left out of a lead (reference, 3.3).
WITH: Mapping[EntityKind, Filter] = {
    EntityKind.DEAL: {"with": "contacts,loss_reason,source_id"},
    EntityKind.BASKET: {"with": "catalog_elements"},
}
IP_NOT_ALLOWED = 113


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a list as the CRM sends it; `more` when it says that another follows."""

    rows: Sequence[Json]
    more: bool


Read = Callable[[int], Sheet]


def classify(answer: Answer) -> ConnectorError | None:
    """Return what a refused token, and a 403 of the account's list of allowed addresses, mean (reference, 1.5)."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return AuthError(
            "The CRM does not accept the token (401): make a long-lived token in the integration's keys and "
            "put it in auth.long_lived_token."
        )
    if answer.status != HTTPStatus.FORBIDDEN or not isinstance(answer.body, dict):
        return None
    codes = {str(answer.body.get(key)) for key in ("code", "error_code")}
    if str(IP_NOT_ALLOWED) in codes:
        return AuthError("The account's list of allowed IP addresses lacks ours (code 113).")
    return None


def sheet(session: Session, path: str, plural: str, query: Filter) -> Sheet:
    """Return one page; an empty list comes as 204 without a body (reference, 3.1)."""
    body = session.get(f"api/v4/{path}", query)
    if body is None:
        return Sheet((), more=False)
    try:
        return Sheet(body["_embedded"][plural], more="next" in body.get("_links", {}))
    except (KeyError, TypeError, AttributeError):
        raise RetryableError(
            f"{session.host} answered GET {path} with something that is no list of {plural}."
        ) from None


def reader(session: Session, path: str, plural: str, query: Filter, size: int = PAGE_SIZE) -> Read:
    """Return what reads the pages of one list by number.

    The CRM's own `next` is not followed: it is an address, and our token goes to no address but the configured one.
    """
    return lambda page: sheet(session, path, plural, {**query, "limit": size, "page": page})
