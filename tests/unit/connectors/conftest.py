from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.http import Credentials, Session
from connectors.limits import Budget, Limit, MemoryBudgets

SECRET = "s3/кр ет+x"
BASE = "http://crm.test"


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.start = self.time = datetime(2026, 11, 22, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    @property
    def passed(self) -> float:
        return (self.time - self.start).total_seconds()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_session(clock: FakeClock) -> Iterator[Callable[..., Session]]:
    made: list[Session] = []

    def make(base: str = BASE, **more: object) -> Session:
        budget = Budget(MemoryBudgets(), "main", Limit(0.0, 1), clock)
        made.append(Session(base, budget, clock, Credentials((SECRET,)), **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for session in made:
        session.close()
