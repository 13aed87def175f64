"""What a hook of amoCRM says: which rows to read again. Pure; the body is a hint, never the truth (reference, 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrator.domain import EntityKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMPANY, CONTACT, DEAL, TASK = EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL, EntityKind.TASK

# Kinds of rows by the numbers that v2 used, in which notes still come.
ELEMENT_TYPES = {"1": CONTACT, "2": DEAL, "3": COMPANY}
TYPES = {"contact": CONTACT, "company": COMPANY}

# Where the row's id stands, by what the hook is about. Companies come under `contacts`, told apart by `type`;
# a change of the responsible comes as an update there, as an action of its own for leads (reference, 5.3).
HANDLED: Mapping[tuple[str, str], tuple[EntityKind, str]] = {
    **{("leads", action): (DEAL, "id") for action in ("add", "update", "status", "responsible", "delete", "restore")},
    # The digital pipeline's own, which carry ids only (reference, 5.6).
    **{("leads", action): (DEAL, "id") for action in ("mail_in", "call_in", "chat", "site_visit")},
    ("leads", "note"): (DEAL, "note.element_id"),
    **{("contacts", action): (CONTACT, "id") for action in ("add", "update", "delete", "restore", "responsible")},
    ("contacts", "note"): (CONTACT, "note.element_id"),
    **{("companies", action): (COMPANY, "id") for action in ("add", "update", "delete", "restore", "responsible")},
    ("companies", "note"): (COMPANY, "note.element_id"),
    **{("task", action): (TASK, "id") for action in ("add", "update", "delete", "responsible")},
    # An accepted request becomes a lead; a declined one concerns nobody.
    ("unsorted", "delete"): (DEAL, "accept_result.leads.0"),
}

# Known, and no business of the rules.
IGNORED: frozenset[tuple[str, str]] = frozenset(
    (root, action)
    for root, actions in {
        "customers": ("add", "update", "delete", "restore", "responsible", "note", "period"),
        "catalogs": ("add", "update", "delete"),
        "unsorted": ("add", "update"),
        "message": ("add", "update"),
        "talk": ("add", "update"),
        "chat_template_review": ("add",),
    }.items()
    for action in actions
)

_KEY = re.compile(r"([a-z_]{1,32})\[([a-z_]{1,32})\]\[(\d{1,6})\]\[([^\s]{1,200})\]", re.ASCII)
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hint:
    """A row that something happened to, and what that was (`leads.update`)."""

    kind: EntityKind
    id: int
    event: str


@dataclass(frozen=True, slots=True)
class Hook:
    """What a hook says; `account_id` is "" when it does not say whose it is, `unknown` are events in no table."""

    account_id: str
    subdomain: str
    events: tuple[str, ...]
    unknown: tuple[str, ...]
    hints: tuple[Hint, ...]


def parse(form: Iterable[tuple[str, str]]) -> Hook:
    """Return what the decoded form says, whichever envelope it came in and however odd it is."""
    pairs = list(form)
    plain = dict(pairs)
    groups = _groups(pairs)
    events = tuple(dict.fromkeys((root, action) for root, action, _index in groups))
    hints = (_hint(root, action, keys) for (root, action, _index), keys in groups.items())
    return Hook(
        account_id=plain.get("account[id]", ""),
        subdomain=plain.get("account[subdomain]", ""),
        events=tuple(".".join(event) for event in events),
        unknown=tuple(".".join(event) for event in events if event not in HANDLED and event not in IGNORED),
        hints=tuple(dict.fromkeys(hint for hint in hints if hint is not None)),
    )


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the values of each entry by its keys, joined by dots: several may come in one hook (reference, 5.2)."""
    groups: dict[tuple[str, str, str], dict[str, str]] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if match and match[1] != "account":
            groups.setdefault((match[1], match[2], match[3]), {})[match[4].replace("][", ".")] = value
    return groups


def _hint(root: str, action: str, keys: Mapping[str, str]) -> Hint | None:
    rule = HANDLED.get((root, action))
    if rule is None:
        return None
    kind, place = rule
    kind = TYPES.get(keys.get("type", ""), kind) if root == "contacts" else kind
    if action == "note":
        kind = ELEMENT_TYPES.get(keys.get("note.element_type", ""), kind)
    id_ = keys.get(place, "")
    return Hint(kind, int(id_), f"{root}.{action}") if _ID.fullmatch(id_) and int(id_) else None
