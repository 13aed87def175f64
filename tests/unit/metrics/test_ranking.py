"""D3 of a base too large for a knot each, and of one client alone."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import Context, compute, ranking
from integrator.metrics.ranking import CURVE, ranked
from integrator.metrics.shared import Shared
from tests.unit.metrics.alone import alone, clients_of
from tests.unit.metrics.bases import MOSCOW
from tests.unit.metrics.worlds import NOW, Story, regulars, snapshot, stories

FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALUES = st.lists(st.one_of(st.integers(0, 30), st.integers(1, 10**9)), min_size=1, max_size=120)


def base(values: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"key": range(len(values)), "value_365": values}, schema={"key": pl.Int64, "value_365": pl.Int64}
    )


def exact(values: list[int]) -> list[str]:
    """The letters by the definition, in whole numbers."""
    order = sorted(range(len(values)), key=lambda key: (-values[key], key % 2, key // 2))
    total, above, letters = sum(values), 0, [""] * len(values)
    for key in order:
        letters[key] = "A" if above * 10 < total * 8 or not total else "B" if above * 100 < total * 95 else "C"
        above += values[key]
    return letters


@FAST
@given(values=VALUES, steps=st.sampled_from([1, 2, 5, 16]))
def test_a_coarse_curve_never_moves_a_client_over_a_bound(values: list[int], steps: int) -> None:
    context = Context(NOW, MOSCOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_STEPS", steps)
        shared = Shared()
        found = ranked(base(values), context, shared)
    assert found["abc"].to_list() == exact(values)
    for row in found.iter_rows(named=True):
        himself = base(values).filter(pl.col("key") == row["key"])
        assert ranked(himself, context, Shared(stored=shared.found)).row(0, named=True) == row


@FAST
@given(
    values=VALUES, steps=st.sampled_from([2, 16, 4096]), worth=st.lists(st.integers(0, 10**9), min_size=2, max_size=6)
)
def test_who_is_worth_more_is_never_ranked_lower(values: list[int], steps: int, worth: list[int]) -> None:
    context = Context(NOW, MOSCOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_STEPS", steps)
        shared = Shared()
        ranked(base(values), context, shared)
    known = Shared(stored=shared.found)
    newcomer = [
        ranked(pl.DataFrame({"key": [10**6], "value_365": [value]}), context, known)["abc_share_above"].item()
        for value in sorted(worth)
    ]
    assert newcomer == sorted(newcomer, reverse=True)


def test_a_curve_stays_small_and_near() -> None:
    values = [10**12 // (place + 1) for place in range(100_000)]
    shared = Shared()
    found = ranked(base(values), Context(NOW, MOSCOW), shared)
    above = (pl.Series(values).cum_sum() - pl.Series(values)) / sum(values)
    assert shared.found[CURVE].height < 4200
    assert ((above - found["abc_share_above"]).abs()).max() < 1 / 4096  # type: ignore[operator]


def test_a_newcomer_to_a_base_of_none_is_at_the_top() -> None:
    context, shared = Context(NOW, MOSCOW), Shared()
    ranked(base([1]).clear(), context, shared)
    assert ranked(base([5]), context, Shared(stored=shared.found))["abc"].to_list() == ["A"]


@FAST
@given(world=stories() | regulars(), by=st.sampled_from(["own_rhythm", "percentile_95", "own_mean"]))
def test_one_client_alone_is_what_he_is_among_all(world: list[Story], by: str) -> None:
    whole: Any = snapshot(world, NOW, exact=True)
    context = Context(NOW, MOSCOW, "RUB", params={"win_back.lost_by": by})
    found = compute(whole, context)
    for client, row in clients_of(found).items():
        assert alone(whole, context, found.shared, client) == row
