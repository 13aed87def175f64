"""When time alone may change what the rules come to about a client: never too late, at times too early."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.engine.coding import Age, Coding, Pair, Scale
from integrator.engine.conditions import tests
from integrator.engine.memory import HELD
from integrator.engine.operators import CLOCKS, DAY
from integrator.engine.ruleset import CLASS, OF_CLIENT
from integrator.metrics.columns import day, today
from integrator.metrics.growth import quarter_of
from integrator.metrics.motion import Motion, motion_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integrator.domain import Test
    from integrator.engine.coding import Axis
    from integrator.engine.ruleset import RuleSet
    from integrator.metrics import Context, Facts

KEY = ["kind", "id"]
_INSTANT = pl.Datetime("us", "UTC")
_NOBODY = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "at": _INSTANT})
# Where records say when they are of, by table, and whose they are: one of the future is not seen before its time.
_RECORDS: tuple[tuple[str, tuple[str, ...], str | None, str], ...] = (
    ("companies", ("created_at",), "company", "id"),
    ("contacts", ("created_at",), "contact", "id"),
    ("deals", ("created_at", "closed_at"), "deal", "id"),
    ("leads", ("created_at", "closed_at"), "lead", "id"),
    ("tasks", ("created_at", "completed_at"), None, "entity_id"),
    ("stage_changes", ("at",), "deal", "deal_id"),
    ("notes", ("created_at",), "deal", "deal_id"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules ask of the subjects of a kind: the axes on which facts are told apart, and what tasks are known by.

    `mixed` are metrics of deals that are compared with something of their clients that moves.
    """

    subject: str
    axes: tuple[Axis, ...]
    anchors: frozenset[str]
    mixed: frozenset[str] = frozenset()

    def motions(self) -> dict[str, Motion]:
        """Return how each metric that is read moves; classes follow from the others."""
        read = {name for axis in self.axes for name in axis.metrics} | self.anchors
        plain = {name for name in read if name not in CLOCKS.values() and not name.startswith(CLASS)}
        return {name: motion_of(self.subject, name) for name in sorted(plain)}


def asked_of(rules: RuleSet) -> tuple[Asked, Asked]:
    """Return what rules ask of clients and of deals; what rules about deals ask of their clients is asked of these."""
    of_clients, of_deals = (
        [test for stratum in rules.strata[name] for one in stratum.conditions.values() for test in tests(one)]
        for name in ("client", "deal")
    )
    lent = [_stripped(test) for test in of_deals if _of_client(test) == {True}]
    mixed = [_stripped(test) for test in of_deals if len(_of_client(test)) > 1]
    own = [test for test in of_deals if _of_client(test) == {False}]
    anchors = [
        frozenset(r.anchor for r in rules.rules if r.subject == name and r.anchor) for name in ("client", "deal")
    ]
    names = frozenset(name for test in mixed for name in (test.metric, test.other) if name)
    clients = Asked("client", Coding.of([*of_clients, *lent]).axes, anchors[0])
    return clients, Asked("deal", Coding.of(own).axes, anchors[1], names)


def _of_client(test: Test) -> set[bool]:
    return {name.startswith(OF_CLIENT) for name in (test.metric, test.other) if name}


def _stripped(test: Test) -> Test:
    other = test.other.removeprefix(OF_CLIENT) if test.other else None
    return replace(test, metric=test.metric.removeprefix(OF_CLIENT), other=other)


def foresee(
    rules: RuleSet,
    snapshot: Mapping[str, pl.DataFrame],
    facts: Facts,
    verdicts: Mapping[str, pl.DataFrame],
    context: Context,
) -> pl.DataFrame:
    """Return the kind and id of everybody for whom time alone may change something, and the instant (`at`).

    Deals count for their client; one that names none, or is not one of the facts, stands for itself.
    """
    clients, deals = rules.ready.get("foresight") or rules.ready.setdefault("foresight", asked_of(rules))
    motions = [*clients.motions().values(), *deals.motions().values()]
    whose = {"client": facts.clients.select(*KEY), "deal": _owners(facts.deals)}
    frames = {"client": _with_fields(facts.clients, clients, snapshot), "deal": facts.deals}
    parts = [_recorded(snapshot, context)]
    for asked in (clients, deals):
        frame, own = frames[asked.subject], whose[asked.subject]
        times = [*_times(rules, asked, frame, context), *_of_held(rules, verdicts[asked.subject], asked, context)]
        if asked is deals:
            times.append(_of_closed(facts.deals, motions, context))
        parts.append(own.with_columns(at=pl.min_horizontal(times)))
    if any(motion.due for motion in motions):
        parts.append(_agreed(snapshot, facts, context))
    nearest = pl.concat(parts).drop_nulls().group_by(*KEY).agg(pl.col("at").min())
    return nearest.with_columns(pl.col("at").to_physical()).sort(*KEY)


def _owners(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.select(kind=pl.coalesce("client_kind", "entity"), id=pl.coalesce("client_id", "id"))


def _with_fields(clients: pl.DataFrame, asked: Asked, snapshot: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the clients with the fields of their cards that may count from a later day on."""
    fields = sorted({motion.ahead[0] for motion in asked.motions().values() if motion.ahead})
    cards = [
        snapshot[table].select("id", *(pl.col(name).alias(f"written.{name}") for name in fields), kind=pl.lit(kind))
        for table, kind in (("companies", "company"), ("contacts", "contact"))
    ]
    return clients.join(pl.concat(cards), on=KEY, how="left", maintain_order="left") if fields else clients


def _times(rules: RuleSet, asked: Asked, frame: pl.DataFrame, context: Context) -> Iterator[pl.Series]:
    """Yield the next instant at which each row may lie on another side of what is asked, by days and by instants."""
    made = rules.ready.get(("foresight", asked.subject))
    if made is None or made[0] != context.today:
        made = rules.ready["foresight", asked.subject] = (context.today, _days(asked, frame, context))
    yield _midnights(frame, made[1], context)
    instants = [axis for axis in asked.axes if isinstance(axis, Age) and frame.schema.get(axis.metric) == _INSTANT]
    if instants:
        passed = [one for axis in instants for one in _passing(axis, context)]
        yield frame.select(at=pl.min_horizontal(passed).cast(_INSTANT)).to_series()


def _days(asked: Asked, frame: pl.DataFrame, context: Context) -> list[pl.Expr]:
    """Return in how many days each row may lie on another side, one expression for everything that may make it so."""
    motions = asked.motions()
    days = [one for name, motion in motions.items() for one in _by_motion(name, motion, frame, context)]
    keyed = {name for name in asked.anchors if motions[name].age} | asked.mixed
    days += [pl.when(pl.col(name).is_not_null()).then(1) for name in sorted(keyed) if name in frame.columns]
    for axis in asked.axes:
        if isinstance(axis, Age):
            days += _aging(axis, context) if frame.schema.get(axis.metric) == pl.Date else []
        elif any(motions[name].age for name in axis.metrics if name in motions):
            days += _crossings(axis, motions)
    return days


def _by_motion(name: str, motion: Motion, frame: pl.DataFrame, context: Context) -> Iterator[pl.Expr]:
    """Yield in how many days the metric may be another, whatever is asked of it."""
    if motion.daily:
        yield pl.when(pl.col(name).is_not_null()).then(1)
    if motion.wanes:
        yield pl.when(pl.col(name) if frame.schema[name] == pl.Boolean else pl.col(name) > 0).then(1)
    if motion.on:
        beginning, days = motion.on
        left = _day(beginning, frame, context) + (math.ceil(context.param(days)) if days else 0) - today(context)
        yield pl.when(left > 0).then(left)
    if motion.ahead:
        field, taken = motion.ahead
        yield pl.when(pl.col(f"written.{field}").is_not_null() & pl.col(taken).is_null()).then(1)
    if motion.quarter:
        following = quarter_of(quarter_of(context.today) + timedelta(days=100))
        yield pl.lit((following - context.today).days)


def _day(name: str, frame: pl.DataFrame, context: Context) -> pl.Expr:
    return pl.col(name).to_physical() if frame.schema[name] == pl.Date else day(name, context)


def _crossings(axis: Axis, motions: Mapping[str, Motion]) -> Iterator[pl.Expr]:
    """Yield in how many days a metric that grows by one a day lies on another side."""
    if isinstance(axis, Scale):
        value = pl.col(axis.metric)
        for mark, above in axis.marks:
            first = math.floor(mark) + 1 if above else math.ceil(mark)
            yield pl.when(value < first).then(first - value)
    elif isinstance(axis, Pair):
        one, other = (pl.col(name) for name in axis.metrics)
        if motions[axis.metric].age == motions[axis.other].age:
            return  # both grow alike
        grows, stands = (one, other) if motions[axis.metric].age else (other, one)
        yield pl.when(grows < stands).then((stands - grows).ceil()).when(grows == stands).then(1)


def _aging(axis: Age, context: Context) -> Iterator[pl.Expr]:
    """Yield in how many days a day is longer ago than is asked."""
    for mark, _ in axis.scale.marks:
        left = (pl.col(axis.metric) - context.today).dt.total_days() + mark // DAY + 1
        yield pl.when(left > 0).then(left)


def _passing(axis: Age, context: Context) -> Iterator[pl.Expr]:
    """Yield when an instant is longer ago than is asked."""
    for mark, _ in axis.scale.marks:
        passed = pl.col(axis.metric) + timedelta(microseconds=mark + 1)
        yield pl.when(passed > context.now).then(passed)


def _of_closed(deals: pl.DataFrame, motions: list[Motion], context: Context) -> pl.Series:
    """Return when the next window opens or ends for each deal that was closed."""
    marks = {
        mark if isinstance(mark, int) else math.floor(context.param(mark)) + 1
        for motion in motions
        for mark in motion.closed
    }
    age = pl.col("days_since_closed")
    return _midnights(deals, [pl.when(age < mark).then(mark - age) for mark in sorted(marks)], context)


def _of_held(rules: RuleSet, verdicts: pl.DataFrame, asked: Asked, context: Context) -> Iterator[pl.Series]:
    """Yield when each rule that takes time has waited, or stayed, for as long as it should."""
    now = pl.lit(context.today)
    for rule in rules.rules:
        if not rule.takes_time or rule.subject != asked.subject:
            continue
        state = pl.col(HELD + rule.full).struct
        since, last, fires = (state.field(name) for name in ("since", "last", "fires"))
        waited, past = ((now - one).dt.total_days() for one in (since, last))
        waits = since.is_not_null() & ~fires
        days = [pl.when(waits).then(((rule.for_days or 0) - waited).clip(lower_bound=1))]
        if rule.keep and rule.keep.days is not None:
            stays = since.is_null() & fires
            days.append(pl.when(stays).then((rule.keep.days - past).clip(lower_bound=1)))
        yield _midnights(verdicts, days, context)


def _recorded(snapshot: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Return when records are seen that are of the future yet."""
    parts = [_NOBODY]
    for table, columns, kind, number in _RECORDS:
        whose = {"kind": pl.col("entity_kind") if kind is None else pl.lit(kind), "id": pl.col(number)}
        for column in columns:
            latest: Any = snapshot[table][column].max()
            if latest is not None and latest > context.now:
                later = snapshot[table].filter(pl.col(column) > context.now)
                parts.append(later.select(**whose, at=pl.col(column)))
    return pl.concat(parts)


def _agreed(snapshot: Mapping[str, pl.DataFrame], facts: Facts, context: Context) -> pl.DataFrame:
    """Return when what was agreed next with each client, on any of his deals, falls due."""
    latest: Any = snapshot["tasks"]["due_at"].max()
    if latest is None or latest < context.now:
        return _NOBODY
    opened = snapshot["tasks"].filter((pl.col("due_at") >= context.now) & ~pl.col("completed").fill_null(value=False))
    whose = _owners(facts.deals).hstack(facts.deals.select(entity_kind="entity", entity_id="id"))
    owned = opened.select("entity_kind", "entity_id", "due_at").join(whose, on=["entity_kind", "entity_id"], how="left")
    return owned.select(
        kind=pl.coalesce("kind", "entity_kind"),
        id=pl.coalesce("id", "entity_id"),
        at=pl.col("due_at") + timedelta(microseconds=1),
    )


def _midnights(frame: pl.DataFrame, days: Sequence[pl.Expr], context: Context) -> pl.Series:
    """Return for each row the beginning of the first of the days, told as how many there are until then."""
    if not days:
        return pl.Series("at", [None], dtype=_INSTANT).new_from_index(0, frame.height)
    everywhere = pl.repeat(None, pl.len(), dtype=pl.Int64)
    left = frame.select(left=pl.min_horizontal([everywhere, *(one.cast(pl.Int64) for one in days)]))["left"]
    ahead = left.drop_nulls().unique().to_list()
    begins = [_begin(context, number) for number in ahead]
    return left.replace_strict(ahead, pl.Series(begins, dtype=_INSTANT), default=None, return_dtype=_INSTANT).alias(
        "at"
    )


def _begin(context: Context, days: int) -> datetime:
    midnight = datetime.combine(context.today + timedelta(days=days), time(), context.timezone)
    return midnight.astimezone(UTC)
