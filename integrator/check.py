"""`config check`: everything that can be found out about a portal before work begins, a line each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integrator.config import FIELD_NAMES
from integrator.errors import ConnectorError
from integrator.positions import suggest
from integrator.text import is_label, reasons

if TYPE_CHECKING:
    from integrator.config import Portal
    from integrator.domain import Directory
    from integrator.ports import Connector

SILENT_WITHOUT = {
    "client.quarter_volume": "who is a target client is judged by own revenue alone",
    "client.need_date": "a need in the near future makes nobody a target client",
    "client.industry": "no industry counts as not served, and clients are compared without it",
    "client.region": "no region counts as not served, and clients are compared without it",
    "client.partner": "partners are known by the deals they bring alone",
    "client.verified_at": "cards count as verified on the day they were created alone",
    "client.tax_number": "duplicate cards are found by phones and addresses alone",
    "client.blacklisted": "nobody is taken for blacklisted",
    "deal.referrer": "nobody is counted as having brought deals",
    "deal.reason_text": "free text about a refusal is not seen",
    "deal.margin": "clients are ranked by revenue, not by margin",
}


@dataclass(slots=True)
class Lines:
    """What to tell; `status` is the exit status that the worst of it asks for."""

    lines: list[str] = field(default_factory=list)
    status: int = 0

    def fine(self, text: str) -> None:
        """Tell something that is as it should be."""
        self.lines.append(f"ok: {text}")

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self.lines.append(f"note: {text}")

    def wrong(self, text: str, status: int = 1) -> None:
        """Tell something to be mended."""
        self.lines.append(f"wrong: {text}")
        self.status = max(self.status, status)


def portal(settings: Portal, connector: Connector) -> Lines:
    """Reach the portal and compare it with its configuration; nothing is written anywhere."""
    lines = Lines()
    try:
        account = connector.account()
        lines.fine(f'reached as "{account.name}" (account {account.id})')
        directory = connector.directory()
        missing = connector.fields_missing()
    except ConnectorError as error:
        lines.wrong(str(error), error.exit_status)
        return lines
    _people(lines, directory)
    _pipelines(lines, settings, directory)
    _reasons(lines, settings, directory)
    for sentence in missing:
        lines.wrong(sentence)
    _target(lines, settings)
    for name in FIELD_NAMES:
        if name not in settings.fields and name in SILENT_WITHOUT:
            lines.note(f"fields: {name} is not named: {SILENT_WITHOUT[name]}")
    return lines


def _target(lines: Lines, settings: Portal) -> None:
    """Tell what of the pack `target` is silent for want of a parameter."""
    from integrator.metrics.profile import ASKED, USUAL_VOLUME

    chosen, params = settings.rules.packs, settings.rules.params
    if chosen and "target" not in chosen:
        return
    if not params.get("target.min_quarter_volume") and settings.currency not in USUAL_VOLUME:
        lines.note(
            "rules.params: target.min_quarter_volume is not set: no volume makes a target client;"
            f" give the least volume per quarter in {settings.currency}"
        )
    unset = [name for name in ("target.hours_per_year", "target.hour_cost") if not params.get(name)]
    if unset:
        lines.note(f"rules.params: {' and '.join(unset)} not set: nobody is taken for uneconomic")
    asked = params.get("target.profile_fields")
    for name in asked if isinstance(asked, list | tuple) else ():
        if name not in ASKED:
            known = ", ".join(ASKED)
            lines.wrong(f'target.profile_fields: there is no field "{name}"{suggest(name, ASKED)} (fields: {known})')


def _people(lines: Lines, directory: Directory) -> None:
    active = sum(user.active for user in directory.users)
    if active:
        lines.fine(f"{active} active users, {len(directory.users) - active} deactivated")
    else:
        lines.wrong("no users can be read: give the token the rights of an administrator, or tasks go to nobody")


def _pipelines(lines: Lines, settings: Portal, directory: Directory) -> None:
    known = {pipeline.id: pipeline.name for pipeline in directory.pipelines}
    include = settings.pipelines.include
    if not include:
        listed = ", ".join(f"{number} ({name})" for number, name in known.items())
        lines.note(f"pipelines.include is not set: all count as sales: {listed}")
    for number in include:
        if number in known:
            lines.fine(f"pipeline {number} ({known[number]}) is pulled")


def _reasons(lines: Lines, settings: Portal, directory: Directory) -> None:
    names = [reason.name for reason in directory.loss_reasons]
    found = reasons.canonical_all(names, settings.loss_reasons.map)
    unmapped = [name for name in names if found[name] is None]
    lines.fine(f"{len(names) - len(unmapped)} of {len(names)} loss reasons are mapped")
    for name in unmapped:
        if is_label(name, settings.language):
            lines.note(
                f'"{name}" is an opinion, not a reason: leave it unmapped, managers are asked what stood in the way'
            )
            continue
        proposal = reasons.propose(name)
        hint = f'add to loss_reasons.map: "{name}": {proposal.code if proposal else "other"}'
        lines.note(f'the loss reason "{name}" maps to nothing; {hint}')
