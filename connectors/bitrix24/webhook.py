"""What Bitrix24's events tell us: whose they are, and which entity has to be read again.

An event is a hint. It carries an id and nothing else (reference, 5.3), is never repeated and comes in any order (5.5).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrator.domain import EntityKind

# The decoded body: its pairs as they came, or a mapping, flat (`data[FIELDS][ID]`) or nested.
Form = Mapping[str, Any] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hint:
    """An entity to be read again, and why; `origin` tells tasks from activities, whose ids overlap."""

    kind: EntityKind
    id: int
    event: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class _Handled:
    """Where an event of this kind carries the id; the first place that holds a number counts."""

    kind: EntityKind
    places: tuple[tuple[str, ...], ...] = (("data", "FIELDS", "ID"),)
    origin: str | None = None


# A task's event names it before and after the change; the part that does not exist is the word `undefined` (5.3).
_TASK_PLACES = (("data", "FIELDS_AFTER", "ID"), ("data", "FIELDS_BEFORE", "ID"))
_DEAL = _Handled(EntityKind.DEAL)
_CONTACT = _Handled(EntityKind.CONTACT)
_COMPANY = _Handled(EntityKind.COMPANY)
_LEAD = _Handled(EntityKind.LEAD)
_PRODUCT = _Handled(EntityKind.PRODUCT)
_ACTIVITY = _Handled(EntityKind.TASK, origin="activity")
_TASK = _Handled(EntityKind.TASK, _TASK_PLACES, origin="task")

# Names are compared in upper case: most come so, those of activities and comments also as `onCrmActivityAdd` (5.2).
HANDLED: Mapping[str, _Handled] = {
    "ONCRMDEALADD": _DEAL,
    "ONCRMDEALUPDATE": _DEAL,
    "ONCRMDEALDELETE": _DEAL,
    "ONCRMDEALMOVETOCATEGORY": _DEAL,
    "ONCRMLEADADD": _LEAD,
    "ONCRMLEADUPDATE": _LEAD,
    "ONCRMLEADDELETE": _LEAD,
    "ONCRMCONTACTADD": _CONTACT,
    "ONCRMCONTACTUPDATE": _CONTACT,
    "ONCRMCONTACTDELETE": _CONTACT,
    "ONCRMCOMPANYADD": _COMPANY,
    "ONCRMCOMPANYUPDATE": _COMPANY,
    "ONCRMCOMPANYDELETE": _COMPANY,
    "ONCRMACTIVITYADD": _ACTIVITY,
    "ONCRMACTIVITYUPDATE": _ACTIVITY,
    "ONCRMACTIVITYDELETE": _ACTIVITY,
    "ONCRMPRODUCTADD": _PRODUCT,
    "ONCRMPRODUCTUPDATE": _PRODUCT,
    "ONCRMPRODUCTDELETE": _PRODUCT,
    "ONTASKADD": _TASK,
    "ONTASKUPDATE": _TASK,
    "ONTASKDELETE": _TASK,
}

# Known events that change nothing we mirror, by how their names begin, each with the reason.
IGNORED: Mapping[str, str] = {
    "ONCRMQUOTE": "quotes are not mirrored",
    "ONCRMINVOICE": "invoices are not mirrored",
    "ONCRMDYNAMICITEM": "items of smart processes are not mirrored",
    "ONCRMTYPE": "smart processes are not mirrored",
    "ONCRMDEALUSERFIELD": "dictionaries are read at every sync",
    "ONCRMLEADUSERFIELD": "dictionaries are read at every sync",
    "ONCRMCONTACTUSERFIELD": "dictionaries are read at every sync",
    "ONCRMCOMPANYUSERFIELD": "dictionaries are read at every sync",
    "ONCRMDEALRECURRING": "templates are not deals",
    "ONCRMTIMELINECOMMENT": "it names the comment and not the deal; notes are read with the deal",
    "ONCRMCURRENCY": "dictionaries are read at every sync",
    "ONCRMPRODUCTSECTION": "dictionaries are read at every sync",
    "ONCRMPRODUCTPROPERTY": "properties of products are not mirrored",
    "ONTASKCOMMENT": "comments on tasks are not mirrored",
    "ONUSERADD": "dictionaries are read at every sync",
    "ONAPP": "the application's own life",
    "ONOFFLINEEVENT": "offline events are not subscribed to",
}


@dataclass(frozen=True, slots=True)
class Hook:
    """What an event says; `account_id` is the portal's lasting id, "" where untold, `unknown` an event in no table."""

    account_id: str
    subdomain: str
    events: tuple[str, ...]
    unknown: tuple[str, ...]
    hints: tuple[Hint, ...]


def parse(form: Form) -> Hook:
    """Return what the event says, however odd it is; no hint where it is ignored, unknown or names no id."""
    told = _mapping(form)
    event = told.get("event")
    name = event.strip().upper() if isinstance(event, str) else ""
    return Hook(
        account_id=_text(told, ("auth", "member_id")),
        subdomain=_text(told, ("auth", "domain")),
        events=(name,) if name else (),
        unknown=(name,) if name and name not in HANDLED and ignored(name) is None else (),
        hints=_hints(told, name),
    )


def ignored(event: str) -> str | None:
    """Return why an event is ignored; None for one that is handled or that nobody foresaw."""
    name = event.upper()
    if name in HANDLED:
        return None
    return next((reason for start, reason in IGNORED.items() if name.startswith(start)), None)


def authentic(form: Form, application_token: str | Sequence[str], member: str | None = None) -> bool:
    """Tell whether the event bears our token (one of several while it is changed) and, where known, our portal's id.

    There is no signature (reference, 5.4): the token is all there is, so it is compared in constant time.
    """
    form = _mapping(form)
    tokens = (application_token,) if isinstance(application_token, str) else tuple(application_token)
    told = _text(form, ("auth", "application_token"))
    if not told:
        return False
    matches = [_same(told, token) for token in tokens if token]
    return any(matches) and (not member or _same(_text(form, ("auth", "member_id")), member))


def _hints(form: Mapping[str, Any], event: str) -> tuple[Hint, ...]:
    handled = HANDLED.get(event)
    if handled is None:
        return ()
    for place in handled.places:
        number = _number(_at(form, place))
        if number is not None:
            return (Hint(handled.kind, number, event, handled.origin),)
    return ()


def _mapping(form: Form) -> Mapping[str, Any]:
    return form if isinstance(form, Mapping) else dict(form)


def _text(form: Mapping[str, Any], place: tuple[str, ...]) -> str:
    value = _at(form, place)
    return value if isinstance(value, str) else ""


def _same(one: str, other: str) -> bool:
    # Bytes, because the comparison of texts accepts ASCII alone and a stranger may send anything.
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _at(form: Mapping[str, Any], place: tuple[str, ...]) -> Any:
    node: Any = form
    for name in place:
        if not isinstance(node, Mapping) or name not in node:
            return form.get(place[0] + "".join(f"[{part}]" for part in place[1:]))
        node = node[name]
    return node


def _number(value: Any) -> int | None:
    """Return the id, which docs and SDKs show as a text or a number; None for `undefined` and the like."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    # Longer than any id, and long enough to stall int().
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0 else None  # noqa: PLR2004
