"""All themes together on any small base: one client alone is what he is among all, and nothing knows the future."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import METRICS, compute
from tests.unit.metrics.alone import clients_of, facts_alone
from tests.unit.metrics.diaries import Diary, context, diaries

if TYPE_CHECKING:
    from integrator.metrics import Facts

FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OF_MANAGERS = [name for subject, name in METRICS if subject == "manager"]


def deals_of(found: Facts) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["entity"], row["id"]): row for row in found.deals.iter_rows(named=True)}


@FAST
@given(diary=diaries())
def test_one_client_alone_is_what_he_is_among_all(diary: Diary) -> None:
    whole = diary.snapshot()
    found = compute(whole, context())
    deals = deals_of(found)
    for client, row in clients_of(found).items():
        himself = facts_alone(whole, context(), found.shared, client)
        assert clients_of(himself)[client] == row
        own = {which: one for which, one in deals.items() if (one["client_kind"], one["client_id"]) == client}
        there = deals_of(himself)
        assert {which: there[which] for which in own} == own


@FAST
@given(diary=diaries())
def test_of_managers_nothing_is_known_from_one_client(diary: Diary) -> None:
    whole = diary.snapshot()
    found = compute(whole, context())
    alone = facts_alone(whole, context(), found.shared, ("company", 1)).managers
    assert alone.select("id", "name").equals(found.managers.select("id", "name"))
    assert alone.select(pl.col(OF_MANAGERS).is_null().all()).row(0) == (True,) * len(OF_MANAGERS)


@FAST
@given(diary=diaries(), back=st.integers(0, 600), hours=st.integers(0, 23))
def test_what_comes_after_now_changes_nothing(diary: Diary, back: int, hours: int) -> None:
    then = context().now - timedelta(days=back, hours=hours)
    early, late = (compute(diary.snapshot(synced), context(then)) for synced in (then, context().now))
    for subject in ("clients", "deals", "managers"):
        one, other = getattr(early, subject), getattr(late, subject)
        # What the CRM keeps without history is as of the last sync: who is active is such.
        assert one.drop("active", strict=False).equals(other.drop("active", strict=False))
