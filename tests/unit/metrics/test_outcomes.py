"""How alarms turned out: on bases small enough to count by hand, and on a real one against figures known elsewhere."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from integrator.metrics import Context, outcomes
from integrator.metrics.outcomes import Alarms, Census, Estimator, Span
from tests.unit.metrics.bases import MOSCOW, deal, frames

if TYPE_CHECKING:
    from types import ModuleType

TOP = Path(__file__).parents[3]
LATER = datetime(2030, 1, 1, tzinfo=UTC)
WAYS = (
    Estimator("own_rhythm", 4 / 3),
    Estimator("fixed_days", 60),
    Estimator("fixed_days", 90),
    Estimator("own_mean", 2),
    Estimator("percentile_95"),
)


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_of_backtest", TOP / "benchmarks" / "backtest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_cdnow_gives_the_figures_that_were_measured_elsewhere() -> None:
    """Customers with four purchases, split at the end of September 1997; 60 days and the mean × 2 are known figures."""
    module = benchmark()
    trial = module.TRIALS["cdnow"]
    context = Context(LATER, module.ZoneInfo(trial.zone), "USD")
    base = module.snapshot(module.cdnow(module.CDNOW), "USD")
    days = outcomes.purchases(base, context)
    assert (len(base["deals"]), days["key"].n_unique()) == (6919, 2357)
    end = outcomes.last_day(base, context)
    assert end == date(1998, 6, 30)
    span = Span(date(1997, 7, 3), trial.split, end, trial.horizon, purchases=4)
    assert (span.census_day, span.census_horizon) == (trial.split, 273)
    found = {str(one.estimator): one for one in outcomes.compare(days, context, span, WAYS)}
    counts = {
        name: [(part.clients, part.lost, part.flagged, part.caught) for part in one.census.values()]
        for name, one in found.items()
    }
    assert counts == {
        "own_rhythm × 1.333": [(293, 84, 165, 65), (97, 36, 75, 34), (97, 19, 28, 9)],
        "fixed_days 60": [(293, 84, 132, 61), (97, 36, 61, 32), (97, 19, 25, 10)],
        "fixed_days 90": [(293, 84, 86, 48), (97, 36, 52, 29), (97, 19, 9, 7)],
        "own_mean × 2": [(293, 84, 110, 54), (97, 36, 67, 33), (97, 19, 7, 5)],
        "percentile_95": [(293, 84, 111, 55), (97, 36, 62, 32), (97, 19, 8, 4)],
    }
    for name, figures in trial.published.items():
        parts = found[name].census.values()
        measured = [rate for part in parts for rate in (part.false_alarm_rate, part.recall)]
        assert measured == pytest.approx(figures, abs=0.006)
    rang = {name: (one.alarms.rang, one.alarms.came_back, one.alarms.never_came_back) for name, one in found.items()}
    assert rang["own_rhythm × 1.333"] == (202, 166, 36)
    assert rang["own_mean × 2"] == (103, 72, 31)


def bought(company: int, *days: str) -> list[dict[str, Any]]:
    return [deal(100 * company + place, "won", f"{day} 12:00", company_id=company) for place, day in enumerate(days, 1)]


def judged(span: Span, estimator: Estimator, *deals: list[dict[str, Any]]) -> outcomes.Comparison:
    context = Context(LATER, MOSCOW, "RUB")
    days = outcomes.purchases(frames(deals=[one for some in deals for one in some]), context)
    (found,) = outcomes.compare(days, context, span, [estimator])
    return found


def span(since: str, until: str, end: str, horizon: int = 30, purchases: int = 2) -> Span:
    return Span(*(date.fromisoformat(day) for day in (since, until, end)), horizon, purchases)


BY_TWENTY_DAYS = Estimator("fixed_days", 20)


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("2025-01-30", (0, 0, 0, 0, 0)),  # rings on 31 January
        ("2025-01-31", (0, 0, 0, 0, 0)),
        ("2025-02-01", (1, 1, 0, 0, 0)),
        ("2025-03-02", (1, 1, 0, 0, 0)),
        ("2025-03-03", (1, 0, 1, 0, 0)),
        (None, (1, 0, 1, 0, 0)),
    ],
)
def test_an_alarm_was_false_if_he_bought_within_the_horizon(back: str | None, expected: tuple[int, ...]) -> None:
    deals = bought(1, "2025-01-01", "2025-01-11", *([back] if back else []))
    alarms = judged(span("2025-01-31", "2025-01-31", "2025-06-01"), BY_TWENTY_DAYS, deals).alarms
    assert (
        alarms.rang,
        alarms.came_back,
        alarms.never_came_back,
        alarms.immature,
        alarms.immature_back,
    ) == expected


def test_alarms_outside_the_days_or_of_one_purchase_are_not_counted() -> None:
    deals = [bought(1, "2025-01-01", "2025-01-11"), bought(2, "2025-01-11")]
    for since, until, rang in (("2025-02-01", "2025-03-01", 0), ("2025-01-01", "2025-01-30", 0)):
        assert judged(span(since, until, "2025-06-01"), BY_TWENTY_DAYS, *deals).alarms.rang == rang
    assert judged(span("2025-01-01", "2025-06-01", "2025-06-01"), BY_TWENTY_DAYS, *deals).alarms.rang == 1


def test_an_alarm_whose_horizon_is_not_over_is_counted_apart() -> None:
    deals = [bought(1, "2025-01-01", "2025-01-11"), bought(2, "2025-01-01", "2025-01-11", "2025-02-05")]
    alarms = judged(span("2025-01-31", "2025-01-31", "2025-03-01"), BY_TWENTY_DAYS, *deals).alarms
    assert alarms == Alarms(2, 0, 0, immature=2, immature_back=1, silent_days=20, days_to_return=None)
    assert alarms.precision is None
    ripe = judged(span("2025-01-31", "2025-01-31", "2025-03-02"), BY_TWENTY_DAYS, *deals).alarms
    assert ripe == Alarms(2, 1, 1, immature=0, immature_back=0, silent_days=20, days_to_return=5)
    assert ripe.precision == 0.5


def test_the_census_tells_who_was_flagged_and_who_was_lost() -> None:
    deals = [
        bought(1, "2025-01-01", "2025-01-11"),  # flagged and lost
        bought(2, "2025-01-01", "2025-01-11", "2025-02-15"),  # flagged, bought again
        bought(3, "2025-01-01", "2025-01-20"),  # lost, not flagged
        bought(4, "2025-01-01", "2025-01-20", "2025-02-15", "2025-09-01"),  # neither
        bought(5, "2023-01-01", "2023-01-11"),  # silent for more than a year: no longer asked about
        bought(6, "2025-01-11"),  # one purchase
        bought(7, "2025-02-02", "2025-02-03"),  # not yet a client
    ]
    found = judged(span("2025-01-01", "2025-01-31", "2025-12-01"), BY_TWENTY_DAYS, *deals)
    whole = found.census["all"]
    assert whole == Census(clients=4, lost=2, flagged=2, caught=1, silent_days=20)
    assert (whole.precision, whole.recall, whole.false_alarm_rate, whole.false_alarms) == (0.5, 0.5, 0.5, 1)
    assert [found.census[third].clients for third in ("fast", "slow")] == [1, 1]


def test_the_census_is_taken_on_the_last_day_whose_horizon_is_known() -> None:
    assert span("2025-01-01", "2025-03-01", "2025-12-01").census_day == date(2025, 3, 1)
    late = span("2025-01-01", "2025-03-01", "2025-03-11")
    assert (late.census_day, late.census_horizon) == (date(2025, 2, 9), 30)
    early = span("2025-03-01", "2025-03-11", "2025-03-11")
    assert (early.census_day, early.census_horizon) == (date(2025, 3, 1), 10)


def test_the_portals_own_way_stands_first_and_once() -> None:
    usual = outcomes.estimators(Context(LATER, MOSCOW))
    assert [str(one) for one in usual] == [
        "own_rhythm × 1.333",
        *(f"fixed_days {days}" for days in (30, 60, 90, 180)),
        "own_mean × 2",
        "percentile_95",
    ]
    assert [one.active for one in usual] == [True, *[False] * 6]
    set_otherwise = {"win_back.lost_by": "fixed_days", "win_back.lost_fixed_days": 60}
    own = outcomes.estimators(Context(LATER, MOSCOW, params=set_otherwise))
    assert [str(one) for one in own if one.active] == ["fixed_days 60"]
    assert sorted(map(str, own)) == sorted(map(str, usual))
    wider = outcomes.estimators(Context(LATER, MOSCOW, params={"win_back.lost_after_periods": 2}))
    assert [str(one) for one in wider][:2] == ["own_rhythm × 2", "own_rhythm × 1.333"]


def test_the_last_day_is_that_of_the_last_record() -> None:
    context = Context(LATER, MOSCOW)
    assert outcomes.last_day(frames(), context) is None
    base = frames(
        deals=bought(1, "2025-01-01"),
        stage_changes=[
            {"id": "1", "deal_id": 101, "pipeline_id": 1, "stage_id": "won", "at": LATER - timedelta(days=9)},
            {"id": "2", "deal_id": 101, "pipeline_id": 1, "stage_id": "won", "at": LATER + timedelta(days=9)},
        ],
    )
    assert outcomes.last_day(base, context) == date(2029, 12, 23)
