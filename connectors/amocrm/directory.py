"""The portal's dictionaries, and what the configuration names but the CRM does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.amocrm import mapping
from connectors.amocrm.api import PAGE_SIZE, PLURAL, reader
from connectors.amocrm.walk import forwards
from integrator.domain import Account, Directory, EntityKind
from integrator.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.amocrm.api import Json
    from connectors.amocrm.mapping import Layout
    from connectors.http import Session
    from integrator.domain import LossReason, Pipeline, User
    from integrator.ports import PortalSettings

SUB_REASON = "deal.sub_reason"
NO_USERS = "The token may not read the users (only an administrator's may): people are known by their ids only."
NO_LISTS = "The token may not read lists: where goods are kept in them, give its user the right to lists."
NAMED_FIELDS = (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL)


def read_account(session: Session) -> Account:
    """Return the account: the cheapest request there is (reference, 3.11)."""
    body = session.get("api/v4/account", {"with": "datetime_settings"})
    if not isinstance(body, dict) or "id" not in body:
        raise PermanentError(f"{session.host} did not answer with an account: is base_url the account's own address?")
    return mapping.account(body)


@dataclass(frozen=True, slots=True)
class Found:
    """The dictionaries, the stages of what is no deal yet, and a sentence for each that the token may not read."""

    directory: Directory
    unsorted: frozenset[int]
    warnings: tuple[str, ...]


def read_directory(session: Session, layout: Layout) -> Found:
    """Return the dictionaries."""
    rows = list(_all(session, "leads/pipelines", "pipelines"))
    pipelines = tuple(map(mapping.pipeline, rows))
    users, warnings = _users(session)
    sub_reason = layout.named(EntityKind.DEAL, SUB_REASON)
    fields = _fields(session, EntityKind.DEAL) if layout.reason_source == mapping.FIELD or sub_reason else {}
    found = Directory(
        account=read_account(session),
        users=users,
        pipelines=pipelines,
        loss_reasons=_loss_reasons(session, layout, pipelines, fields),
        sub_reasons=mapping.options(fields.get(sub_reason or "", {})),
    )
    return Found(found, mapping.unsorted(rows), warnings)


def read_unsorted(session: Session) -> frozenset[int]:
    """Return the stages in which requests wait until somebody accepts them."""
    return mapping.unsorted(_all(session, "leads/pipelines", "pipelines"))


def missing(session: Session, settings: PortalSettings, layout: Layout) -> list[str]:
    """Return a sentence for each configured field or pipeline that the CRM does not have."""
    known_pipelines = {row["id"] for row in _all(session, "leads/pipelines", "pipelines")}
    found = [f"pipelines.include: there is no pipeline {each}." for each in sorted(layout.pipelines - known_pipelines)]
    found += _lists_refused(session)
    for kind in NAMED_FIELDS:
        named = [(ids[kind], f"fields.{name}") for name, ids in sorted(settings.fields.items()) if kind in ids]
        if kind is EntityKind.DEAL and layout.reason_source == mapping.FIELD and layout.reason_field:
            named.append((layout.reason_field, "loss_reasons.field"))
        if named:
            known = _fields(session, kind)
            found += [f"{where}: {PLURAL[kind]} have no field {id_}." for id_, where in named if str(id_) not in known]
    return found


def _lists_refused(session: Session) -> tuple[str, ...]:
    try:
        session.get("api/v4/catalogs", {"limit": 1})
    except PermanentError:
        return (NO_LISTS,)
    return ()


def _users(session: Session) -> tuple[tuple[User, ...], tuple[str, ...]]:
    """Return the users, deactivated ones included; none, and why, where the token may not read them."""
    try:
        return tuple(mapping.user(row) for row in _all(session, "users", "users")), ()
    except PermanentError:
        # Integrations that are not the account's own never may (reference, 1.1).
        return (), (NO_USERS,)


def _loss_reasons(
    session: Session, layout: Layout, pipelines: Sequence[Pipeline], fields: Mapping[str, Json]
) -> tuple[LossReason, ...]:
    if layout.reason_source == mapping.STAGE:
        return mapping.failed_stages(pipelines)
    if layout.reason_source == mapping.FIELD:
        return mapping.options(fields.get(layout.reason_field or "", {}))
    return tuple(mapping.loss_reason(row) for row in _all(session, "leads/loss_reasons", "loss_reasons"))


def _fields(session: Session, kind: EntityKind) -> dict[str, Json]:
    """Return the fields of a kind by id and by code: either may stand in the configuration."""
    rows = list(_all(session, f"{PLURAL[kind]}/custom_fields", "custom_fields"))
    return {str(key): row for row in rows for key in (row.get("code"), row["id"]) if key}


def _all(session: Session, path: str, plural: str) -> Iterator[Json]:
    """Yield the rows of a dictionary; they are few and hardly ever change."""
    for _page, sheet in forwards(reader(session, path, plural, {}, PAGE_SIZE), plural):
        yield from sheet.rows
