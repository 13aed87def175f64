"""Random histories of a base, and the snapshots a mirror holds of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.unit.metrics.bases import MOSCOW, STAGES, frames

if TYPE_CHECKING:
    import polars as pl

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 12, 1, 9, 30, tzinfo=UTC)
OUTCOMES = {stage["id"]: stage["outcome"] for stage in STAGES}
RATES = [{"code": "RUB", "rate": "1", "is_base": True}, {"code": "USD", "rate": "90.55", "is_base": False}]
REASONS = [{"id": "1", "name": "Дорого"}, {"id": "2", "name": "Нецелевой"}, {"id": "3", "name": "Бизнес закрыт"}]


@dataclass(frozen=True)
class Story:
    """A deal with all that ever happened to it."""

    id: int
    company_id: int | None
    contact_id: int | None
    created_at: datetime
    changes: tuple[tuple[datetime, str], ...]  # stages, in order
    amount: int
    currency: str | None
    margin: str | None
    reason: str | None

    def outcomes(self) -> list[tuple[datetime, str]]:
        return [(moment, OUTCOMES[stage]) for moment, stage in self.changes]


def row(story: Story, synced: datetime, *, exact: bool) -> dict[str, Any]:
    """The deal as a CRM shows it at an instant: amoCRM keeps when it closed, Bitrix24 when it moved last."""
    seen = [(moment, stage) for moment, stage in story.changes if moment <= synced]
    outcome = OUTCOMES[seen[-1][1]] if seen else "open"
    closed_at = None
    if outcome != "open":
        closed_at = seen[-1][0]
        for moment, stage in reversed(seen):
            if OUTCOMES[stage] != outcome or not exact:
                break
            closed_at = moment
    return {
        "id": story.id,
        "pipeline_id": 1,
        "stage_id": seen[-1][1] if seen else "new",
        "outcome": outcome,
        "closed_at": closed_at,
        "amount": story.amount,
        "currency": story.currency,
        "margin": story.margin,
        "company_id": story.company_id,
        "contact_id": story.contact_id,
        "created_at": story.created_at,
        "loss_reason_id": story.reason,
    }


def snapshot(stories: list[Story], synced: datetime, *, exact: bool) -> dict[str, pl.DataFrame]:
    """What the mirror holds after a sync at an instant."""
    known = [story for story in stories if story.created_at <= synced]
    changes = [
        {"id": f"{story.id}{number:04}", "deal_id": story.id, "pipeline_id": 1, "stage_id": stage, "at": moment}
        for story in known
        for number, (moment, stage) in enumerate(story.changes)
        if moment <= synced
    ]
    return frames(
        deals=[row(story, synced, exact=exact) for story in known],
        stage_changes=changes,
        companies=[{"id": number, "name": f"Company {number}", "created_at": START} for number in range(1, 5)],
        contacts=[
            {"id": number, "name": f"Contact {number}", "company_id": 1 if number == 1 else None, "created_at": START}
            for number in range(1, 5)
        ],
        currencies=RATES,
        loss_reasons=REASONS,
    )


MOMENTS = st.integers(0, 900 * 24).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def stories(draw: st.DrawFn, *, reopened: bool = True) -> list[Story]:
    """Deals of a few clients, some won, some lost, some closed more than once."""
    count = draw(st.integers(0, 14))
    return [draw(story(number, reopened=reopened)) for number in range(1, count + 1)]


@st.composite
def story(draw: st.DrawFn, number: int, *, reopened: bool) -> Story:
    created = draw(MOMENTS)
    gaps = draw(st.lists(st.integers(1, 120 * 24), min_size=0, max_size=4 if reopened else 1))
    moments = [created + timedelta(hours=sum(gaps[: place + 1])) for place in range(len(gaps))]
    stages = draw(
        st.lists(st.sampled_from(["won", "won", "lost", "lost2", "talk"]), min_size=len(gaps), max_size=len(gaps))
    )
    company, contact = draw(st.sampled_from([(1, None), (2, 1), (3, 4), (None, 1), (None, 2), (None, None), (1, 2)]))
    return Story(
        id=number,
        company_id=company,
        contact_id=contact,
        created_at=created,
        changes=tuple(zip(moments, stages, strict=True)),
        amount=draw(st.sampled_from([0, 1, 100, 150, 1000, 100_00, 333_33])),
        currency=draw(st.sampled_from([None, "RUB", "USD", "XXX"])),
        margin=draw(st.sampled_from([None, "", "10,50", "1 000.005", "no", "7"])),
        reason=draw(st.sampled_from([None, "1", "2", "3"])),
    )


@st.composite
def regulars(draw: st.DrawFn) -> list[Story]:
    """A base of buyers with a rhythm each: enough for cohorts, with silences long enough for losses and returns."""
    base = []
    for client in range(1, draw(st.integers(1, 9)) + 1):
        moment = START + timedelta(days=draw(st.integers(0, 300)), hours=draw(st.integers(0, 23)))
        usual = draw(st.sampled_from([1, 5, 12, 30, 90]))
        amount = draw(st.sampled_from([1, 100, 1000, 8000, 50_000]))
        for stretch in draw(st.lists(st.sampled_from([0, 1, 1, 1.3, 1.34, 2, 4]), max_size=7)):
            moment += timedelta(days=int(usual * stretch), hours=draw(st.integers(0, 5)))
            base.append(purchase(len(base) + 1, client, moment, amount))
    return base


def purchase(number: int, client: int, moment: datetime, amount: int) -> Story:
    company, contact = (client // 2, None) if client % 2 else (None, client)
    return Story(number, company, contact, START, ((moment, "won"),), amount, None, None, None)


__all__ = ["MOSCOW", "NOW", "Story", "regulars", "snapshot", "stories"]
