"""The command that replays a mirrored history: what it prints, what it refuses, and that it stores nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import func, select

from integrator.cli import main
from integrator.store.convert import to_micros
from integrator.store.database import open_database
from integrator.store.schema import COMPANIES, DEALS, METADATA, STAGES, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

LAST = datetime(2026, 6, 30, 12, tzinfo=UTC)
# Days before the last record on which companies 1, 2, 3 bought.
BOUGHT = {1: (200, 180, 160, 140, 0), 2: (200, 170, 140), 3: (60, 50, 40, 30, 20, 10)}
PACK = """\
schema: 1
name: mine
title: {ru: "Мои", en: "Mine"}
rules:
  - id: third
    title: {ru: "Третья покупка", en: "Third purchase"}
    subject: client
    severity: normal
    when: {purchase_count: {gte: 3}}
    anchor: last_purchase_on
    evidence: [purchase_count]
    then:
      finding: third_purchase
      task: {template: thank, due: {working_days: 1}}
    examples:
      - {given: {purchase_count: 3}, expect: fires}
      - {given: {purchase_count: 2}, expect: silent}
templates:
  thank:
    title: {ru: "Поблагодарите клиента", en: "Thank the client"}
    why: {ru: "Третья покупка", en: "Third purchase"}
    closes: {ru: "Закройте после звонка", en: "Complete it after the call"}
"""


def purchase(number: int, company: int, back: int) -> dict[str, Any]:
    at = to_micros(LAST - timedelta(days=back))
    return {
        "id": number,
        "title": f"d{number}",
        "pipeline_id": 31,
        "stage_id": "142",
        "outcome": "won",
        "amount": 100_00,
        "currency": "RUB",
        "company_id": company,
        "responsible_id": company,
        **dict.fromkeys(("created_at", "updated_at", "closed_at", "first_closed_seen_at"), at),
        "fields": "{}",
    }


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a mirrored portal `main` and an empty one."""
    address = f"sqlite:///{tmp_path / 'base.db'}"
    portal = {
        "crm": "amocrm",
        "base_url": "http://127.0.0.1:1",
        "auth": {"long_lived_token": "x"},
        "currency": "RUB",
        "timezone": "Europe/Moscow",
        # One pack: what the others would ask for is not counted here.
        "rules": {"packs": ["win_back"]},
    }
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({"database": address, "portals": {"main": portal, "bare": portal}}))
    deals = [(company, back) for company, days in BOUGHT.items() for back in days]
    tables = {
        USERS: [{"place": n, "id": n, "name": f"u{n}", "active": True, "department_ids": "[]"} for n in BOUGHT],
        STAGES: [{"place": 1, "pipeline_id": 31, "id": "142", "name": "won", "sort": 1, "outcome": "won"}],
        COMPANIES: [
            {"id": n, "name": f"c{n}", "responsible_id": n, "created_at": 0, "updated_at": 0, "fields": "{}"}
            for n in BOUGHT
        ],
        DEALS: [purchase(number, *one) for number, one in enumerate(deals, 1)],
    }
    with open_database(address) as db:
        db.migrate()
        with db.write() as connection:
            for table, rows in tables.items():
                connection.execute(table.insert(), [{"portal": "main", **row} for row in rows])
    return file


def run(config: Path, *arguments: str, status: int = 0) -> Result:
    whole = ["rules", "backtest", *arguments, "--config", str(config)]
    done = CliRunner().invoke(main, whole, catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done


MARCH = ("--portal", "main", "--from", "2026-02-20", "--to", "2026-03-20")


def test_it_tells_what_would_have_been_and_how_it_turned_out(config: Path) -> None:
    told = json.loads(run(config, *MARCH, "--horizon", "90", "--format", "json").stdout)
    assert (told["from"], told["to"], told["known_until"]) == ("2026-02-20", "2026-03-20", "2026-06-30")
    # Company 1 is lost after 27 days (10 March, back after 113), company 2 after 40 (23 March: after the last day).
    assert told["alarms"]["all"] == {
        "rang": 1,
        "came_back": 0,
        "never_came_back": 1,
        "immature": 0,
        "immature_back": 0,
        "precision": 1.0,
        "silent_days": 27.0,
        "days_to_return": None,
    }
    assert told["alarms"]["compared"] == told["estimators"][0]["alarms"]
    assert (told["estimators"][0]["estimator"], told["estimators"][0]["active"]) == ("own_rhythm × 1.333", True)
    whole = told["estimators"][0]["census"]["all"]
    assert (whole["clients"], whole["lost"], whole["flagged"], whole["days_of_warning"]) == (2, 2, 1, 63.0)
    assert any("as of the last sync" in note for note in told["notes"])


def test_a_pack_is_tried_on_history_before_it_is_applied(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drafts" / "mine"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    days = ("--portal", "main", "--from", "2026-06-01", "--to", "2026-06-30", "--with", str(folder), "--format", "json")
    told = json.loads(run(config, *days).stdout)
    thanks = [row for row in told["per_day"] if row["manager_id"] == "3"]
    # Company 3 bought for the third time on 21 May, then on 31 May, 10 June and 20 June.
    assert [(row["day"], row["tasks"]) for row in thanks] == [("2026-06-10", 1), ("2026-06-20", 1)]
    (rule,) = [row for row in told["rules"] if row["rule"] == "mine/third"]
    assert (rule["tasks"], rule["before"], rule["settled"]) == (3, 3, 1)
    (whole,) = [row for row in told["managers"] if row["manager_id"] == "3"]
    assert whole == {
        "manager_id": "3",
        "name": "u3",
        "tasks": 2,
        "a_day": 0.07,
        "peak": 1,
        "peak_day": "2026-06-10",
    }


def test_the_table_shows_all_parts(config: Path) -> None:
    shown = run(config, *MARCH, "--format", "table", "--step", "2").stdout
    for heading in ("New tasks by manager", "By rule", "Lost by these rules", "own_mean × 2", "one day in 2"):
        assert heading in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--portal", "main", "--from", "2026-03-20", "--to", "2026-03-19"), "is before --from"),
        (("--portal", "main", "--from", "20.03.2026", "--to", "2026-03-21"), "does not match the format"),
        (("--portal", "bare", "--from", "2026-03-20", "--to", "2026-03-21"), "run `integrator sync --portal bare`"),
        (("--portal", "main", "--from", "2026-07-20", "--to", "2026-07-21"), "the last record is of 2026-06-30"),
        (("--portal", "mian", "--from", "2026-03-20", "--to", "2026-03-21"), 'did you mean "main"?'),
        ((*MARCH, "--with", "nowhere"), "no such folder"),
    ],
)
def test_what_cannot_be_replayed_is_said(config: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in run(config, *arguments, status=2).output


def test_nothing_is_stored(config: Path) -> None:
    def counts() -> dict[str, int]:
        with open_database(yaml.safe_load(config.read_text())["database"]) as db, db.read() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in METADATA.tables.items()
            }

    before = counts()
    run(config, *MARCH, "--format", "json")
    assert counts() == before
