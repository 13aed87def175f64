"""The decide step hands the rules what they need beside the facts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import polars as pl

from integrator import decide, metrics
from integrator.domain.packs import PackText
from integrator.engine.loader import load
from integrator.engine.reference import ReferenceEngine

PACK = """\
schema: 1
name: lately
title: {ru: "Недавно", en: "Lately"}
rules:
  - id: lately
    title: {ru: "Недавно", en: "Lately"}
    subject: client
    when: {last_purchase_on: {within_days: 1}}
    then: {score: 10}
"""


def test_days_gone_by_end_with_the_portals_day() -> None:
    rules = load([PackText("lately", "pack.yaml", PACK)], metrics.METRICS)
    clients = pl.DataFrame({"last_purchase_on": [date(2026, 1, 1), date(2026, 1, 2), None]})
    facts = SimpleNamespace(clients=clients, deals=pl.DataFrame({"id": [1]}), managers=pl.DataFrame({"id": [1]}))

    def fired(zone: str) -> list[bool]:
        portal = SimpleNamespace(zone=ZoneInfo(zone))
        late = datetime(2026, 1, 2, 22, tzinfo=UTC)
        job = decide.Job("p", cast("Any", portal), rules, ReferenceEngine(), late)
        return list(decide.verdicts_of(job, cast("Any", facts))["client"]["rule.lately/lately"])

    assert fired("Europe/Moscow") == [False, True, False]
    assert fired("UTC") == [True, True, False]
