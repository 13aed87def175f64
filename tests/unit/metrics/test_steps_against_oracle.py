"""Steps, stays and contacts of any small base are what a plain reading of the methods gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrator.metrics import Context, Shared, compute
from tests.unit.metrics.alone import rows_of
from tests.unit.metrics.oracle import median
from tests.unit.metrics.worlds import MOSCOW, NOW, OUTCOMES, START, Story, snapshot, stories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tests.unit.metrics.bases import Client

FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Small bases have few stays: two are enough here.
PARAMS = {"next_step.usual_stay_minimum": 2, "next_step.cycle_minimum": 2, "prospecting.rest_days": 2}
USERS = [{"id": 7, "name": "Иванов", "active": True}, {"id": 8, "name": "Сидоров", "active": True}]
PLACES = [
    ("company", 1),
    ("company", 2),
    ("contact", 1),
    ("contact", 2),
    *(("deal", n) for n in range(1, 9)),
    ("lead", 1),
]


@dataclass(frozen=True)
class Deed:
    """A to-do or a contact with all that ever happened to it."""

    id: int
    place: tuple[str, int]
    origin: str
    kind: str
    incoming: bool
    created_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    responsible_id: int
    by_rule: bool

    def row(self, synced: datetime) -> dict[str, Any]:
        done = self.done_at is not None and self.done_at <= synced
        return {
            "origin": self.origin,
            "id": self.id,
            "entity_kind": self.place[0],
            "entity_id": self.place[1],
            "responsible_id": self.responsible_id,
            "kind": self.kind,
            "incoming": self.incoming,
            "due_at": self.due_at,
            "completed": done,
            "completed_at": self.done_at if done else None,
            "created_at": self.created_at,
        }

    def own(self) -> dict[str, Any]:
        kind, number = self.place
        prefix = "client:" if kind in {"company", "contact"} else ""
        return {"rule": "a/b", "subject": f"{prefix}{kind}:{number}", "remote_id": self.id, "state": "done"}

    @property
    def is_step(self) -> bool:
        agreed = self.kind in {"task", "call", "meeting"} and self.origin != "note"
        spare = timedelta(hours=1 if self.kind == "call" else 0)
        logged = self.done_at is not None and self.done_at <= min(NOW, self.created_at + spare)
        return agreed and not self.incoming and not self.by_rule and not logged


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    moments = st.integers(0, 760 * 24).map(lambda hours: START + timedelta(hours=hours))
    return [
        Deed(
            number,
            draw(st.sampled_from(PLACES)),
            draw(st.sampled_from(["task", "activity", "note"])),
            draw(st.sampled_from(["task", "call", "meeting", "email", "message"])),
            draw(st.booleans()),
            draw(moments),
            draw(st.none() | moments),
            draw(st.none() | moments),
            draw(st.sampled_from([7, 8])),
            draw(st.sampled_from([False, False, True])),
        )
        for number in range(1, draw(st.integers(0, 20)) + 1)
    ]


def mirror(world: list[Story], done: list[Deed], synced: datetime) -> dict[str, pl.DataFrame]:
    known = [deed for deed in done if deed.created_at <= synced]
    base = snapshot(world, synced, exact=True)
    rows = {
        "tasks": [deed.row(synced) for deed in known],
        "own_tasks": [deed.own() for deed in known if deed.by_rule],
        "users": USERS,
    }
    for name, found in rows.items():
        base[name] = pl.DataFrame(
            [{column: row.get(column) for column in base[name].columns} for row in found], schema=base[name].schema
        )
    base["companies"] = base["companies"].with_columns(responsible_id=pl.lit(7, dtype=pl.Int64))
    return base


def told(now: datetime) -> Context:
    stages = {1: {"presentation": "talk"}}
    return Context(now, MOSCOW, "RUB", params=PARAMS, stages=stages)


def day(instant: datetime) -> date:
    return instant.astimezone(MOSCOW).date()


def stays_of(story: Story) -> list[tuple[str, datetime, datetime | None]]:
    """The stages of a deal in order, with when it came and left; one without changes stands where its row says."""
    past = [(moment, stage) for moment, stage in story.changes if moment <= NOW]
    if not past or (past[0][0] > story.created_at + timedelta(minutes=1) and past[0][1] != "new"):
        past.insert(0, (story.created_at, "new"))
    merged = [each for number, each in enumerate(past) if not number or past[number - 1][1] != each[1]]
    ends = [moment for moment, _ in merged[1:]]
    return [(stage, moment, end) for (moment, stage), end in zip(merged, [*ends, None], strict=True)]


@FAST
@given(world=stories(), done=deeds())
def test_deals_stand_and_go_on_as_the_methods_say(world: list[Story], done: list[Deed]) -> None:
    found = compute(mirror(world, done, NOW), told(NOW)).deals.filter(pl.col("entity") == "deal")
    rows = {row["id"]: row for row in found.iter_rows(named=True)}
    known = [story for story in world if story.created_at <= NOW]
    usual = usual_stays(known)
    cycle = usual_cycle(known)
    for story in known:
        row = rows[story.id]
        check_steps(row, story, [deed for deed in done if deed.place == ("deal", story.id)], cycle)
        stage, entered, _ = stays_of(story)[-1]
        opened = row["outcome"] == "open"
        assert row["stage_days"] == ((day(NOW) - day(entered)).days if opened else None)
        assert row["stage_days_usual"] == (usual.get(stage) if opened else None)


def usual_stays(known: list[Story]) -> dict[str, int]:
    lengths: dict[str, list[int]] = {}
    for stage, entered, left in (stay for story in known for stay in stays_of(story)):
        if OUTCOMES[stage] == "open" and left is not None and (day(NOW) - day(left)).days < 365:
            lengths.setdefault(stage, []).append((day(left) - day(entered)).days)
    return {
        stage: sorted(each)[ceil(Fraction(8, 10) * len(each)) - 1] for stage, each in lengths.items() if len(each) >= 2
    }


def usual_cycle(known: list[Story]) -> float:
    lengths = []
    for story in known:
        outcome, since = state(story)
        if outcome == "won" and since and (day(NOW) - day(since)).days < 365:
            lengths.append(Fraction((day(since) - day(story.created_at)).days))
    return float(median(lengths)) if len(lengths) >= 2 else 30.0


def state(story: Story) -> tuple[str, datetime | None]:
    """How the deal stands at now, and since when it has stood so."""
    past = [(moment, str(OUTCOMES[stage])) for moment, stage in story.changes if moment <= NOW]
    outcome = "open"
    since: datetime | None = None
    for moment, now in past:
        if now != outcome:
            outcome, since = now, moment
    return outcome, since


def check_steps(row: dict[str, Any], story: Story, own: list[Deed], cycle: float) -> None:
    steps = [deed for deed in own if deed.is_step and deed.created_at <= NOW]
    opened = [deed for deed in steps if deed.done_at is None or deed.done_at > NOW]
    ahead = [deed.due_at for deed in opened if deed.due_at and deed.due_at >= NOW]
    overdue = [deed.due_at for deed in opened if deed.due_at and deed.due_at < NOW]
    finished = [deed.done_at for deed in steps if deed.done_at and deed.done_at <= NOW]
    assert (row["open_tasks"], row["tasks_overdue"]) == (len(opened), len(overdue))
    assert row["next_step_at"] == min(ahead, default=None)
    assert row["last_step_at"] == max([*overdue, *finished], default=story.created_at)
    after = (day(min(ahead)) - day(story.created_at)).days if ahead else None
    assert (row["next_step_after_days"], row["cycle_days"]) == (after, cycle)
    engaged = after is not None and after <= cycle
    assert row["engaged"] == (engaged if row["outcome"] == "open" else None)


@FAST
@given(world=stories(), done=deeds())
def test_contacts_of_clients_are_as_the_methods_say(world: list[Story], done: list[Deed]) -> None:
    found = compute(mirror(world, done, NOW), told(NOW)).clients
    for row in found.iter_rows(named=True):
        client: Client = (row["kind"], row["id"])
        deeds_of = [deed for deed in done if client in owners(deed, world) and deed.created_at <= NOW]
        past = [(deed.done_at, deed) for deed in deeds_of if deed.done_at and deed.done_at <= NOW]
        made = [at for at, deed in past if deed.kind in {"task", "call", "meeting"} or deed.incoming]
        assert row["last_contact_at"] == max(made, default=None)
        assert row["contacts_90"] == sum((day(NOW) - day(at)).days < 90 for at in made)


def owners(deed: Deed, world: list[Story]) -> list[Client]:
    kind, number = deed.place
    if kind == "contact":
        # The first contact of these worlds belongs to the first company.
        return [("contact", number), *([("company", 1)] if number == 1 else [])]
    if kind == "company":
        return [("company", number)]
    story = next((each for each in world if each.id == number and kind == "deal" and each.created_at <= NOW), None)
    if story is None:
        return []
    if story.company_id is not None:
        return [("company", story.company_id)]
    return [("contact", story.contact_id)] if story.contact_id is not None else []


@FAST
@given(world=stories(), done=deeds(), share=st.floats(0, 1))
def test_what_comes_after_now_changes_nothing(world: list[Story], done: list[Deed], share: float) -> None:
    moments = sorted([story.created_at for story in world] + [deed.created_at for deed in done]) or [NOW]
    middle = moments[int(share * (len(moments) - 1))]
    then, later = (compute(mirror(world, done, synced), told(middle)) for synced in (middle, max(NOW, middle)))
    assert then.deals.equals(later.deals)
    assert then.clients.equals(later.clients)
    assert then.managers.equals(later.managers)


@FAST
@given(world=stories(), done=deeds())
def test_one_client_alone_is_what_he_is_among_all(world: list[Story], done: list[Deed]) -> None:
    base = mirror(world, done, NOW)
    whole = compute(base, told(NOW))
    for kind, number in whole.clients.select("kind", "id").iter_rows():
        found = compute(rows_with_tasks(base, (kind, number)), told(NOW), Shared(stored=whole.shared))
        himself = (pl.col("kind") == kind) & (pl.col("id") == number)
        assert found.clients.filter(himself).to_dicts() == whole.clients.filter(himself).to_dicts()
        his = (pl.col("client_kind") == kind) & (pl.col("client_id") == number)
        assert found.deals.filter(his).to_dicts() == whole.deals.filter(his).to_dicts()


def rows_with_tasks(base: Mapping[str, pl.DataFrame], client: Client) -> dict[str, pl.DataFrame]:
    """The client's rows, with the tasks of his people and all tasks that rules made."""
    kept = rows_of(base, client)
    of = {"company": "companies", "contact": "contacts", "deal": "deals", "lead": "leads"}
    tasks = [
        base["tasks"].filter((pl.col("entity_kind") == kind) & pl.col("entity_id").is_in(kept[table]["id"].to_list()))
        for kind, table in of.items()
    ]
    return {**kept, "tasks": pl.concat(tasks), "own_tasks": base["own_tasks"]}


@FAST
@given(world=stories(), done=deeds())
def test_an_open_deal_has_at_most_one_flaw_in_its_next_step(world: list[Story], done: list[Deed]) -> None:
    found = compute(mirror(world, done, NOW), told(NOW)).deals.filter(pl.col("outcome") == "open")
    for row in found.iter_rows(named=True):
        flaws = [
            row["open_tasks"] == 0,
            row["open_tasks"] > 0 and row["tasks_overdue"] == row["open_tasks"],
            row["next_step_after_days"] is not None and row["next_step_after_days"] > row["cycle_days"],
        ]
        assert sum(flaws) <= 1
        assert not (row["engaged"] and any(flaws))
