"""How alarms of loss turned out: who came back by himself after them, and whom they missed.

Every measure sees the same purchases; an alarm itself is made of earlier ones only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics import deals as deal_metrics
from integrator.metrics import loss
from integrator.metrics.columns import COMPANY, CONTACT, client_key
from integrator.metrics.context import Context
from integrator.metrics.history import as_of
from integrator.metrics.money import converted
from integrator.metrics.purchases import purchase_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

_EPOCH = 719_163  # the ordinal of 1970-01-01
_FIXED_DAYS = (30, 60, 90, 180)
_INSTANTS = {"deals": ("created_at", "closed_at"), "stage_changes": ("at",)}
# Who has bought nothing for longer is lost by any measure, and would only flatter all of them.
CENSUS_DAYS = 365
THIRDS = ("all", "fast", "slow")


@dataclass(frozen=True, slots=True)
class Span:
    """Days in which alarms ring, both included, and how they are judged.

    An alarm was false if the client bought within `horizon` days after it; `end` is the last day of which is known.
    Clients with fewer than `purchases` purchases are left out.
    """

    since: date
    until: date
    end: date
    horizon: int = 180
    purchases: int = 2

    @property
    def census_day(self) -> date:
        """The last day of the span with the whole horizon behind it, else the first."""
        ripe = type(self.end).fromordinal(self.end.toordinal() - self.horizon)
        return max(self.since, min(self.until, ripe))

    @property
    def census_horizon(self) -> int:
        """How many days are known after the day of the census, at most the horizon."""
        return min(self.horizon, (self.end - self.census_day).days)


@dataclass(frozen=True, slots=True)
class Estimator:
    """A way to tell who is lost, with its number where it has one; `active` is the portal's own."""

    by: str
    number: float | None = None
    active: bool = False

    def context(self, context: Context) -> Context:
        """Return the context of a portal that has chosen this way."""
        params = {**context.params, "win_back.lost_by": self.by}
        if self.number is not None:
            params[loss.NUMBERS[self.by]] = self.number
        return replace(context, params=params)

    def __str__(self) -> str:
        sign = {"own_rhythm": " × ", "own_mean": " × "}.get(self.by, " ")
        return self.by if self.number is None else f"{self.by}{sign}{self.number:.4g}"


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms that rang in the span and how they turned out; of the immature ones the horizon is not over yet.

    Medians of days: silence when they rang, and from the alarm to the purchase of those who came back.
    """

    rang: int
    came_back: int
    never_came_back: int
    immature: int
    immature_back: int
    silent_days: float | None
    days_to_return: float | None

    @property
    def precision(self) -> float | None:
        """The share of ripe alarms after which nobody came back."""
        return share(self.never_came_back, self.came_back + self.never_came_back)


@dataclass(frozen=True, slots=True)
class Census:
    """Clients on one day: who was flagged by then, who bought again within the horizon after it.

    `silent_days` is the median silence at which the alarm rang for those who were lost and flagged.
    """

    clients: int
    lost: int
    flagged: int
    caught: int
    silent_days: float | None

    @property
    def false_alarms(self) -> int:
        """How many were flagged and bought again."""
        return self.flagged - self.caught

    @property
    def precision(self) -> float | None:
        """The share of the flagged who were lost."""
        return share(self.caught, self.flagged)

    @property
    def recall(self) -> float | None:
        """The share of the lost who were flagged."""
        return share(self.caught, self.lost)

    @property
    def false_alarm_rate(self) -> float | None:
        """The share of those who bought again that had been flagged."""
        return share(self.false_alarms, self.clients - self.lost)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One estimator: its alarms, and the census of all clients and of the thirds that buy fastest and slowest."""

    estimator: Estimator
    alarms: Alarms
    census: Mapping[str, Census]


def share(part: int, whole: int) -> float | None:
    """Return part / whole; None of nothing."""
    return part / whole if whole else None


def last_day(snapshot: Mapping[str, pl.DataFrame], context: Context) -> date | None:
    """Return the day of the latest record by now: until then the history is known; None where there is none."""
    latest = [
        snapshot[table].filter(pl.col(column) <= context.now)[column].max()
        for table, columns in _INSTANTS.items()
        for column in columns
    ]
    known: list[Any] = [instant for instant in latest if instant is not None]
    return max(known).astimezone(context.timezone).date() if known else None


def purchases(snapshot: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Return one row per client and day of purchase as they stand at now, with the day of the next purchase."""
    standing = converted(as_of(snapshot, context), snapshot["currencies"], context)
    days = purchase_days(deal_metrics.measured(standing, snapshot["loss_reasons"], context))
    days = days.with_columns(loss.estimates(days, "own_mean").alias("mean"))
    same = pl.col("key") == pl.col("key").shift(-1)
    return days.with_columns(pl.col("day").cast(pl.Int64)).with_columns(
        next_day=pl.when(same).then(pl.col("day").shift(-1))
    )


def estimators(context: Context) -> tuple[Estimator, ...]:
    """Return the portal's own way to tell who is lost, and those it is to be compared with."""
    by = context.word("win_back.lost_by")
    own = Estimator(by, context.param(loss.NUMBERS[by]) if by in loss.NUMBERS else None)
    default = Context(context.now, context.timezone)
    rhythm, mean = (Estimator(way, default.param(loss.NUMBERS[way])) for way in ("own_rhythm", "own_mean"))
    others = (rhythm, *(Estimator("fixed_days", days) for days in _FIXED_DAYS), mean, Estimator("percentile_95"))
    return (replace(own, active=True), *(other for other in others if other != own))


def compare(
    days: pl.DataFrame, context: Context, span: Span, wanted: Iterable[Estimator] | None = None
) -> list[Comparison]:
    """Return how each estimator would have done on these purchases."""
    found = []
    for estimator in estimators(context) if wanted is None else wanted:
        silences = _rung(days, estimator.context(context)).filter(pl.col("position") + 1 >= span.purchases)
        rang = silences.filter(_between("rings", span) & (pl.col("rings") < _or_never("next_day")))
        found.append(
            Comparison(
                estimator, _alarms(rang.select("key", "silent", day="rings"), days, span), _census(silences, span)
            )
        )
    return found


def turned_out(alarms: Iterable[Mapping[str, Any]], days: pl.DataFrame, span: Span) -> Alarms:
    """Return how alarms that rang in the span turned out; rows have kind, id, day and silent (days)."""
    rows = [(row["kind"], row["id"], row["day"].toordinal() - _EPOCH, row["silent"]) for row in alarms]
    columns = {"kind": pl.String, "id": pl.Int64, "day": pl.Int64, "silent": pl.Float64}
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    is_company = pl.col("kind") == "company"
    key = pl.when(is_company).then(client_key(COMPANY, "id")).otherwise(client_key(CONTACT, "id"))
    return _alarms(frame.select("day", "silent", key=key), days, span)


def _rung(days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the days of purchase with the day on which the silence after them counts as a loss."""
    judged = days.with_columns(loss.estimates(days, context.word("win_back.lost_by")))
    judged = judged.with_columns(silent=loss.threshold(pl.col("estimate"), context).ceil())
    return judged.with_columns(rings=pl.col("day") + pl.col("silent").cast(pl.Int64))


def _alarms(rang: pl.DataFrame, days: pl.DataFrame, span: Span) -> Alarms:
    """Return how the alarms (key, day, silent) turned out."""
    bought = days.select("key", "day", back="day").sort("day")
    after = rang.sort("day").join_asof(
        bought, on="day", by="key", strategy="forward", allow_exact_matches=False, check_sortedness=False
    )
    horizon, end = span.horizon, _number(span.end)
    after = after.with_columns(ripe=pl.col("day") + horizon <= end, wait=pl.col("back") - pl.col("day"))
    within = (pl.col("wait") <= horizon).fill_null(value=False)
    ripe = after.filter(pl.col("ripe"))
    back = ripe.filter(within)
    green = after.filter(~pl.col("ripe"))
    return Alarms(
        rang=after.height,
        came_back=back.height,
        never_came_back=ripe.height - back.height,
        immature=green.height,
        immature_back=green["back"].count(),
        silent_days=_median(after["silent"]),
        days_to_return=_median(back["wait"]),
    )


def _census(silences: pl.DataFrame, span: Span) -> dict[str, Census]:
    """Return who of the clients was flagged on the day of the census, and who of them was lost."""
    today, horizon = _number(span.census_day), span.census_horizon
    lasting = (pl.col("day") <= today) & (today < _or_never("next_day")) & (pl.col("day") > today - CENSUS_DAYS)
    standing = silences.filter(lasting).select(
        "key",
        "silent",
        pace=pl.col("mean"),
        lost=_or_never("next_day") > today + horizon,
        flagged=(pl.col("rings") <= today).fill_null(value=False),
    )
    ordered = standing.sort("pace", "key", nulls_last=True)
    third = ordered["pace"].count() // 3
    paced = ordered.filter(pl.col("pace").is_not_null())
    parts = (ordered, paced.head(third), paced.tail(third))
    return {name: _counted(part) for name, part in zip(THIRDS, parts, strict=True)}


def _counted(clients: pl.DataFrame) -> Census:
    caught = clients.filter(pl.col("lost") & pl.col("flagged"))
    return Census(
        clients=clients.height,
        lost=int(clients["lost"].sum()),
        flagged=int(clients["flagged"].sum()),
        caught=caught.height,
        silent_days=_median(caught["silent"]),
    )


def _between(column: str, span: Span) -> pl.Expr:
    return pl.col(column).is_between(_number(span.since), min(_number(span.until), _number(span.end)))


def _or_never(column: str) -> pl.Expr:
    return pl.col(column).fill_null(2**40)


def _number(when: date) -> int:
    """Return the day as days since the epoch."""
    return when.toordinal() - _EPOCH


def _median(column: pl.Series) -> float | None:
    found: Any = column.median()
    return None if found is None else float(found)
