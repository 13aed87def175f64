"""A portal in memory, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix24.emulator.events import Events
from connectors.bitrix24.emulator.gateway import Gateway
from connectors.bitrix24.emulator.oauth import OAuth
from connectors.bitrix24.emulator.operating import Operating
from connectors.bitrix24.emulator.state import State
from connectors.emulation.clock import EmulatorClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class Portal:
    def __init__(self, data: Path, **options: Any) -> None:
        self.state = State(data, EmulatorClock(datetime(2025, 6, 2, 9, tzinfo=UTC)), user=1)
        self.state.base_url = "http://127.0.0.1:1"
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.state.emit = lambda event, fields: self.told.append((event, fields))
        self.sent: list[tuple[str, bytes]] = []
        self.events = Events(self.state, lambda url, body, _headers: self.sent.append((url, body)))
        self.oauth = OAuth(self.state, "secret", 1)
        self.gateway = Gateway(self.state, self.events, self.oauth, 1, "secret", **options)

    def ask(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        return self.gateway.answer(f"1/secret/{method}", params, "")

    def result(self, method: str, **params: Any) -> Any:
        status, body = self.ask(method, **params)
        assert status == 200, body
        return body["result"]

    def refusal(self, method: str, **params: Any) -> tuple[int, Any, str]:
        status, body = self.ask(method, **params)
        return status, body["error"], body["error_description"]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Portal]:
    def build(limit: float | None = None, **options: Any) -> Portal:
        return Portal(tmp_path, operating=Operating(limit), **options)

    return build


@pytest.fixture
def portal(make: Callable[..., Portal]) -> Portal:
    return make()
