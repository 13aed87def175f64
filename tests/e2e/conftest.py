"""Both emulators with one small business in them, and the product's commands against them."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from connectors.demo import amocrm, bitrix24, business
from connectors.demo import config as demo
from integrator import bootstrap
from integrator.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connectors.emulation.server import RunningServer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CUSTOMERS = 60
SCALE = 20.0


class FastClock:
    """Runs `SCALE` times as fast as this machine, from `NOW`, beside emulators that do the same."""

    begin = time.monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=(time.monotonic() - self.begin) * SCALE)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / SCALE)


def asked(request: urllib.request.Request) -> Any:
    """Return the answer to a read, asking again when a fault or the limiter came between."""
    for _ in range(50):
        with contextlib.suppress(OSError, HTTPException), urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")
        time.sleep(0.05)
    raise AssertionError(f"no answer from {request.full_url}")


@dataclass
class World:
    """Two CRMs and the configuration that leads to them."""

    servers: dict[str, RunningServer[Any]]
    config: Path
    database: str
    settings: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str, status: int = 0) -> Any:
        """Run a command; return what it printed."""
        done = CliRunner().invoke(main, [*arguments, "--config", str(self.config)], catch_exceptions=False)
        assert done.exit_code == status, done.output
        return done

    def look_twice(self) -> None:
        """Sync, let come about what the demo tells beyond its first day, and sync again."""
        self.run("sync")
        bootstrap.demo_events(self.servers)
        self.run("sync")

    def decisions(self, *arguments: str) -> dict[str, list[dict[str, Any]]]:
        """Return what `evaluate` prints, by portal."""
        lines = self.run("evaluate", "--format", "jsonl", *arguments).stdout.splitlines()
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in self.settings["portals"]}
        for line in map(json.loads, lines):
            found[line["portal"]].append(line)
        return found

    def work(self) -> dict[str, dict[str, Any]]:
        """Sync, evaluate and deliver; return what `deliver` says, by portal."""
        self.run("sync")
        self.run("evaluate", "--format", "table")
        return {row["portal"]: row for row in json.loads(self.run("deliver", "--format", "json").stdout)}

    def amocrm_tasks(self) -> list[dict[str, Any]]:
        """Return every task of amoCRM by its own API."""
        found: list[dict[str, Any]] = []
        url: str | None = f"{self.servers['amocrm'].url}/api/v4/tasks?limit=250"
        while url:
            body = asked(urllib.request.Request(url, headers={"Authorization": f"Bearer {demo.AMO_TOKEN}"}))
            found += body.get("_embedded", {}).get("tasks", [])
            url = body.get("_links", {}).get("next", {}).get("href")
        return found

    def bitrix24(self, method: str, **params: Any) -> Any:
        """Call Bitrix24 by its own API."""
        url = f"{self.servers['bitrix24'].url}/rest/{demo.B24_USER}/{demo.B24_SECRET}/{method}"
        body = json.dumps(params).encode()
        return asked(urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}))

    def bitrix24_tasks(self) -> list[dict[str, Any]]:
        """Return every task of Bitrix24 by its own API."""
        found: list[dict[str, Any]] = []
        start: int | None = 0
        select = ["ID", "TITLE", "DESCRIPTION", "STATUS", "UF_CRM_TASK"]
        while start is not None:
            answer = self.bitrix24("tasks.task.list", order={"ID": "ASC"}, select=select, start=start)
            found += answer["result"]["tasks"]
            start = answer.get("next")
        return found


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Make a world of so many customers (None: all); the emulators take `EmulatorOptions`, such as faults."""
    monkeypatch.setattr(bootstrap, "SystemClock", FastClock)
    monkeypatch.setattr(FastClock, "begin", time.monotonic())
    running: list[RunningServer[Any]] = []

    def make(database: str = database_url, *, customers: int | None = CUSTOMERS, **options: Any) -> World:
        built = business.build(demo.last_day(NOW), customers=customers)
        options = {"clock": NOW, "time_scale": SCALE, **options}
        secrets = {
            "amocrm": {"token": demo.AMO_TOKEN},
            "bitrix24": {"token": demo.B24_APP_TOKEN, "secret": demo.B24_SECRET, "user": demo.B24_USER},
        }
        servers = {}
        for crm, write in (("amocrm", amocrm.write), ("bitrix24", bitrix24.write)):
            write(built, tmp_path / crm)
            servers[crm] = bootstrap.emulator(crm, data=tmp_path / crm, **secrets[crm], **options)
            running.append(servers[crm])
        settings = demo.demo_config(servers["amocrm"].url, servers["bitrix24"].url, database)
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        return World(servers, path, database, settings)

    yield make
    for server in running:
        server.close()
