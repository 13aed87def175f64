"""The funnel (C1), who teaches whom in it (C2), and whether that is skill or luck (C3).

A cohort is the deals created in the window: by the day of closing losses would come sooner than wins and hide them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.reports.changes import gone_through
from integrator.reports.shares import percent, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integrator.metrics import Context
    from integrator.reports.window import Window

STEPS = ("acquaintance", "presentation", "contract", "payment")
# Deals without a source, and of clients who have bought nothing yet.
UNKNOWN = "none"
_EVERY = -(2**31)  # below the place of any stage


@dataclass(frozen=True, slots=True)
class Passed:
    """How many deals entered a step, and how many of them passed it."""

    entered: int
    passed: int

    @property
    def rate(self) -> float | None:
        """The share that passed, in per cent; None where nothing entered."""
        return percent(self.passed, self.entered)

    def row(self) -> dict[str, Any]:
        """Return the step as reports give it."""
        low, high = wilson(self.passed, self.entered) or (None, None)
        return {
            "entered": self.entered,
            "passed": self.passed,
            "rate_pct": self.rate,
            "low_pct": low,
            "high_pct": high,
        }


def cohort(deals: pl.DataFrame, snapshot: Mapping[str, pl.DataFrame], context: Context, window: Window) -> pl.DataFrame:
    """Return the deals created in the window with `step`: how many of the four steps each has passed by now.

    `deals` are those of the sales pipelines as of now. Deals of a pipeline whose steps the portal does not name are
    left out. `undecided` is true for those that are open.
    """
    created = pl.col("created_at").dt.convert_time_zone(str(context.timezone)).dt.date()
    named = pl.col("pipeline_id").is_in(list(context.stages))
    born = deals.filter(created.is_between(window.since, window.until) & named)
    reached = _reached(born, snapshot, context)
    won = pl.when(pl.col("outcome") == "won").then(len(STEPS)).otherwise(0)
    joined = born.join(reached, on="id", how="left", maintain_order="left")
    return joined.with_columns(
        step=pl.max_horizontal(pl.col("step").fill_null(0), won),
        undecided=pl.col("outcome") == "open",
    )


def _reached(deals: pl.DataFrame, snapshot: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Return the furthest step of each deal's stages up to now; a loss is no stage."""
    changes = snapshot["stage_changes"].join(deals.select(deal_id="id"), on="deal_id", how="semi")
    later = changes.filter(pl.col("at") > context.now)["deal_id"].unique().implode()
    been = gone_through(snapshot, deals, context).select("pipeline_id", "stage_id", id="deal_id")
    # The stage of creation stands in no history of amoCRM: a deal that has not moved since tells it itself.
    stands = deals.filter(~pl.col("id").is_in(later)).select("pipeline_id", "stage_id", "id")
    steps = _steps(snapshot["stages"], context)
    found = pl.concat([been, stands]).join(steps, on=["pipeline_id", "stage_id"], how="inner")
    return found.group_by("id").agg(pl.col("step").max())


def _steps(stages: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return how many steps lie at or before each stage of a pipeline whose steps are named."""
    rows = []
    for pipeline, named in context.stages.items():
        own = stages.filter((pl.col("pipeline_id") == pipeline) & (pl.col("outcome") != "lost"))
        places: dict[str, int] = dict(own.select("id", pl.col("sort").fill_null(0)).iter_rows())
        bounds = _bounds(named, places)
        rows += [(pipeline, stage, sum(place >= bound for bound in bounds)) for stage, place in places.items()]
    return pl.DataFrame(rows, schema={"pipeline_id": pl.Int64, "stage_id": pl.String, "step": pl.Int32}, orient="row")


def _bounds(named: Mapping[str, str], places: Mapping[str, int]) -> list[int]:
    """Return the place from which each step is passed; a step that is not named is passed with the one before."""
    bounds: list[int] = []
    for step in STEPS:
        bound = places.get(named.get(step, ""))
        bounds.append((bounds[-1] if bounds else _EVERY) if bound is None else bound)
    return bounds


def passed(deals: pl.DataFrame) -> list[Passed]:
    """Return the steps of these deals of a cohort."""
    counts = [deals.height, *(int((deals["step"] >= number).sum()) for number in range(1, len(STEPS) + 1))]
    return [Passed(entered, through) for entered, through in pairwise(counts)]


def funnel(deals: pl.DataFrame, plan: Sequence[float], active: frozenset[int]) -> dict[str, Any]:
    """Return the funnel of a cohort by manager, and who teaches whom; `active` are the users who work here."""
    managers = {number: _of(deals, number) for number in _managers(deals)}
    steps = {number: passed(own) for number, own in managers.items()}
    return {
        "steps": [{"name": name, "plan_pct": float(goal)} for name, goal in zip(STEPS, plan, strict=True)],
        "managers": [
            {
                "manager_id": _id(number),
                "steps": [step.row() for step in steps[number]],
                "deals": own.height,
                "undecided_pct": percent(int(own["undecided"].sum()), own.height),
            }
            for number, own in managers.items()
        ],
        "mentoring": mentoring({number: one for number, one in steps.items() if number in active}, plan),
        "total": {
            "steps": [step.row() for step in passed(deals)],
            "deals": deals.height,
            "undecided_pct": percent(int(deals["undecided"].sum()), deals.height),
        },
    }


def mix(deals: pl.DataFrame, abc: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what each manager was given: his deals by source and by his clients' value (`abc`: key and class).

    One may have had the harder list.
    """
    known = deals.join(abc, on="key", how="left").with_columns(pl.col("source", "abc").fill_null(UNKNOWN))
    return [
        {
            "manager_id": _id(number),
            **{
                name: dict(own.group_by(name).len().sort("len", name, descending=[True, False]).iter_rows())
                for name in ("source", "abc")
            },
        }
        for number, own in ((one, _of(known, one)) for one in _managers(deals))
    ]


def weekly(deals: pl.DataFrame, context: Context, plan: Sequence[float]) -> list[dict[str, Any]]:
    """Return the funnel of the deals created in each week, from Monday on, against the plan."""
    created = pl.col("created_at").dt.convert_time_zone(str(context.timezone)).dt.date()
    weeks = deals.with_columns(week=created.dt.truncate("1w"))
    return [
        {
            "week": week,
            "deals": (own := weeks.filter(pl.col("week") == week)).height,
            "steps": [step.row() for step in passed(own)],
            "plan_pct": list(plan),
            "undecided_pct": percent(int(own["undecided"].sum()), own.height),
        }
        for week in weeks["week"].unique().sort()
    ]


def mentoring(steps: Mapping[int | None, Sequence[Passed]], plan: Sequence[float]) -> list[dict[str, Any]]:
    """Return for every step who teaches those below plan: the manager with the best rate.

    Of equal ones he with more deals, then the lower id. `significant` where his interval lies above the pupil's.
    """
    found = []
    for at, (name, goal) in enumerate(zip(STEPS, plan, strict=True)):
        rates = [(one[at].rate, -one[at].entered, number, one[at]) for number, one in steps.items()]
        known = sorted(
            ((-rate, more, number, one) for rate, more, number, one in rates if rate is not None),
            key=lambda ranked: (*ranked[:2], ranked[2] or 0),
        )
        for behind, _, pupil, his in known[1:]:
            if -behind < goal and behind > known[0][0]:
                found.append(
                    {
                        "step": name,
                        "teacher_id": _id(known[0][2]),
                        "pupil_id": _id(pupil),
                        "significant": _above(known[0][3], his),
                    }
                )
    return found


def _above(teacher: Passed, pupil: Passed) -> bool:
    his, other = wilson(teacher.passed, teacher.entered), wilson(pupil.passed, pupil.entered)
    return his is not None and other is not None and his[0] > other[1]


def _of(deals: pl.DataFrame, manager: int | None) -> pl.DataFrame:
    return deals.filter(pl.col("responsible_id").eq_missing(manager))


def _managers(deals: pl.DataFrame) -> list[int | None]:
    return deals["responsible_id"].unique().sort(nulls_last=True).to_list()


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
