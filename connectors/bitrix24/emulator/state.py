"""Everything the emulated portal holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator import changes, defaults, loading
from connectors.bitrix24.emulator.collection import Collection
from connectors.bitrix24.emulator.dates import MOSCOW, offset_of, written
from connectors.bitrix24.emulator.filters import Column, Row
from connectors.bitrix24.emulator.schema import Field, fields, user_field

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from connectors.emulation.clock import EmulatorClock

# The file of --data -> the kind of its rows.
KINDS = {
    "user": "user",
    "department": "department",
    "crm.category": "category",
    "crm.status": "status",
    "crm.company": "company",
    "crm.contact": "contact",
    "crm.deal": "deal",
    "crm.lead": "lead",
    "crm.company.userfield": "userfield",
    "crm.contact.userfield": "userfield",
    "crm.deal.userfield": "userfield",
    "crm.lead.userfield": "userfield",
    "crm.product": "product",
    "crm.productsection": "productsection",
    "crm.productrow": "productrow",
    "crm.stagehistory": "stagehistory",
    "crm.activity": "activity",
    "crm.timeline.comment": "comment",
    "tasks.task": "task",
}
# Leads name their stage otherwise in the history, so theirs stands apart.
LEAD_HISTORY = "crm.stagehistory.lead"
_LOWER_ID = frozenset({"category", "task"})

Emit = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a funnel, or of leads (`funnel` None)."""

    code: str
    funnel: int | None
    sort: int
    semantic: str


class State:
    """The rows of the portal, its clock and its lock. Whoever reads or writes holds `lock`."""

    def __init__(self, data: Path, clock: EmulatorClock, *, user: int = 1) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.user = user
        self.emit: Emit = lambda _event, _fields: None
        self.base_url = ""
        self.zone: tzinfo = MOSCOW
        self.collections = {name: Collection(id_field=_id_field(kind)) for name, kind in KINDS.items()}
        self.collections[LEAD_HISTORY] = Collection()
        self.multifield_ids = count(1_000_001)
        with loading.calm():
            self._load(data)
        with loading.told(data / "crm.currency.json"):
            self.currencies = list(loading.rows(data / "crm.currency.json"))
        self.calendar = loading.one(data / "calendar.settings.json") or defaults.calendar()
        self._stages_of: tuple[int, dict[tuple[bool, str], Stage]] | None = None
        for name in ("crm.deal", "crm.lead"):
            field = "STATUS_ID" if name == "crm.lead" else "STAGE_ID"
            self[name].ranks[field] = self._rank(lead=name == "crm.lead")

    def __getitem__(self, name: str) -> Collection:
        return self.collections[name]

    def _load(self, data: Path) -> None:
        with loading.told(data / "crm.stagehistory.json"):
            self._load_history(data)
        for name in sorted(KINDS.keys() - {"crm.stagehistory"}):
            path = data / f"{name}.json"
            with loading.told(path):
                self[name].load(loading.rows(path))
        if not len(self["crm.category"]):
            self["crm.category"].load(defaults.categories())
        if not len(self["crm.status"]):
            self["crm.status"].load(defaults.statuses(row["id"] for row in self["crm.category"]))
        self.zone = self._own_zone()
        for collection in self.collections.values():
            collection.zone = self.zone

    def _load_history(self, data: Path) -> None:
        leads: list[Row] = []

        def of_deals() -> Any:
            for row in loading.rows(data / "crm.stagehistory.json"):
                if "STATUS_ID" in row:
                    leads.append(row)
                else:
                    yield row

        self["crm.stagehistory"].load(of_deals())
        self[LEAD_HISTORY].load(leads)

    def _own_zone(self) -> tzinfo:
        """The portal's offset: the one its newest deal or client is written in."""
        for name in ("crm.deal", "crm.company", "crm.contact", "crm.lead"):
            rows = self[name].rows
            if rows:
                zone = offset_of(rows[max(rows)].get("DATE_CREATE"))
                if zone is not None:
                    return zone
        return MOSCOW

    def now(self) -> str:
        """The portal's time as it writes it."""
        return written(self.clock.now(), self.zone)

    def fields(self, name: str) -> dict[str, Field]:
        """The fields of a collection: the built-in ones, the portal's own, and whatever its rows have besides."""
        found = dict(fields(KINDS[name]))
        if f"{name}.userfield" in KINDS:
            for row in self[f"{name}.userfield"]:
                found[row["FIELD_NAME"]] = user_field(row)
        for extra in self[name].names - found.keys():
            if extra.startswith(("UF_", "PARENT_ID_")):
                found[extra] = Field(extra, "string")
        return found

    def column(self, name: str, field: str) -> Column | None:
        """The column a filter of this collection means, or None when there is no such field."""
        known = fields(KINDS[name]).get(field) or (
            self.fields(name).get(field) if field[:3] in ("UF_", "PAR") else None
        )
        return None if known is None else Column(known.name, known.kind)

    def stage(self, code: str, *, lead: bool = False) -> Stage | None:
        """The stage with this id, or None."""
        return self._stages().get((lead, code))

    def first_stage(self, funnel: int | None) -> Stage | None:
        """Where a new deal of the funnel (a new lead: None) begins."""
        own = [
            stage for (lead, _), stage in self._stages().items() if stage.funnel == funnel and lead is (funnel is None)
        ]
        return min(own, key=lambda stage: stage.sort, default=None)

    def add(self, name: str, written_fields: Mapping[str, Any], *, user: int | None = None) -> int:
        """The id of a new row, made as if a person of the portal had made it: with events and all."""
        with self.lock:
            return changes.add(self, name, written_fields, user or self.user)

    def update(self, name: str, number: int, written_fields: Mapping[str, Any], *, user: int | None = None) -> None:
        """The row has these fields, and what follows from them (KeyError when there is no such row)."""
        with self.lock:
            changes.update(self, name, number, written_fields, user or self.user)

    def delete(self, name: str, number: int) -> None:
        """The row is gone, and the portal says so (KeyError when there is no such row)."""
        with self.lock:
            changes.delete(self, name, number)

    def _stages(self) -> dict[tuple[bool, str], Stage]:
        statuses = self["crm.status"]
        if self._stages_of is None or self._stages_of[0] != statuses.version:
            self._stages_of = (statuses.version, dict(_read_stages(statuses)))
        return self._stages_of[1]

    def _rank(self, *, lead: bool) -> Callable[[Any], Any]:
        # `order[STAGE_ID]` goes by the stages' SORT, not by their ids [on-premise source of the crm module].
        def rank(code: Any) -> int:
            stage = self.stage(str(code), lead=lead)
            return stage.sort if stage else 0

        return rank


def _id_field(kind: str) -> str:
    return "id" if kind in _LOWER_ID else "ID"


def _read_stages(rows: Collection) -> Any:
    for row in rows:
        entity = str(row.get("ENTITY_ID", ""))
        lead = entity == "STATUS"
        if not lead and not entity.startswith("DEAL_STAGE"):
            continue
        tail = entity.removeprefix("DEAL_STAGE").removeprefix("_")
        funnel = None if lead else int(tail) if tail.isdigit() else 0
        code = str(row["STATUS_ID"])
        yield (lead, code), Stage(code, funnel, int(row.get("SORT") or 0), row.get("SEMANTICS") or "P")
