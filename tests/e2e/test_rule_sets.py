"""The life of a rule set, by the commands that an admin runs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from integrator.cli import main
from integrator.store.database import open_database
from integrator.store.schema import DEALS, PORTALS, STAGES, USERS

if TYPE_CHECKING:
    from pathlib import Path

SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
PORTAL = "main"
DEAL_COUNT = 30
PACK = """\
schema: 1
name: mine
title: {ru: "Мои", en: "Mine"}
rules:
  - id: big
    title: {ru: "Крупная сделка", en: "A big deal"}
    subject: deal
    severity: low
    when: {amount: {gte: 100}}
    anchor: created_at
    then:
      finding: big_deal
      task: {template: look, due: {working_days: 1}}
    examples: [{given: {amount: 1000000}, expect: fires}]
templates:
  look:
    title: {ru: "Посмотрите", en: "Look"}
    why: {ru: "Крупная", en: "Big"}
    closes: {ru: "Само", en: "By itself"}
"""

GAP = """\
schema: 1
name: mine
title: {ru: "Мои", en: "Mine"}
classes:
  size:
    title: {ru: "Размер", en: "Size"}
    subject: client
    assigns: exactly_one
    values: {small: {ru: "мал", en: "small"}, large: {ru: "велик", en: "large"}}
    order: [small, large]
rules:
  - id: small
    title: {ru: "Мал", en: "Small"}
    subject: client
    severity: low
    when: {purchase_count: {lt: 3}}
    then: {classify: small}
  - id: large
    title: {ru: "Велик", en: "Large"}
    subject: client
    severity: low
    when: {purchase_count: {gt: 3}}
    then: {classify: large}
"""


@dataclass
class Shop:
    """One portal with a pack of its own; its mirror holds thirty open deals."""

    folder: Path
    database: str

    @property
    def file(self) -> Path:
        return self.folder / "own" / "mine" / "pack.yaml"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def write(self, amount: float) -> None:
        self.file.write_text(PACK.replace("gte: 100}", f"gte: {amount}}}"), encoding="utf-8")

    def spoil(self) -> None:
        self.file.write_text(PACK.replace("anchor:", "ancor:"), encoding="utf-8")

    def configure(self, **rules: Any) -> None:
        portal = {"crm": "amocrm", "base_url": "http://127.0.0.1:1", "auth": {"long_lived_token": "x"}}
        portal |= {"tasks": {"mode": "on"}, "rules": {"paths": ["./own"], "packs": ["mine"], **rules}}
        settings = {"database": self.database, "portals": {PORTAL: portal}}
        self.config.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def run(self, *arguments: str, status: int = 0) -> Any:
        given = [*arguments, "--portal", PORTAL, "--config", str(self.config)]
        done = CliRunner().invoke(main, given, catch_exceptions=False)
        assert done.exit_code == status, done.output
        return done

    def evaluate(self, *arguments: str) -> tuple[str, str]:
        """Return the hash that decided and what stderr said."""
        done = self.run("evaluate", "--format", "jsonl", "--subject", "manager:1", *arguments)
        return json.loads(done.stdout)["ruleset"], done.stderr

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("rules", "history", "--format", "json").stdout)
        return found

    def hashes(self) -> list[str]:
        return [row["hash"] for row in self.history()]


@pytest.fixture
def shop(migrated_url: str, tmp_path: Path) -> Shop:
    deal = {"title": "", "pipeline_id": 31, "stage_id": "1", "outcome": "open", "amount": 100_000, "currency": "RUB"}
    deal |= {"responsible_id": 1, "created_at": 1, "updated_at": 1, "fields": "{}"}
    rows: dict[Any, list[dict[str, Any]]] = {
        PORTALS: [{"last_sync_at": 1}],
        USERS: [{"place": 1, "id": 1, "name": "Анна", "active": True, "department_ids": "[]"}],
        STAGES: [{"place": 1, "pipeline_id": 31, "id": "1", "name": "", "sort": 1, "outcome": "open"}],
        DEALS: [{"id": number, **deal} for number in range(DEAL_COUNT)],
    }
    with open_database(migrated_url) as db, db.write() as connection:
        for table, held in rows.items():
            connection.execute(table.insert(), [{"portal": PORTAL, **row} for row in held])
    made = Shop(tmp_path, migrated_url)
    made.file.parent.mkdir(parents=True)
    made.write(100)
    made.configure()
    return made


def test_the_life_of_a_rule_set(shop: Shop) -> None:
    first, said = shop.evaluate()
    assert (shop.hashes(), said) == ([first], "")
    shown = {"portal": PORTAL, "hash": first, "state": "active", "comment": "first", "packs": ["mine"], "params": []}
    assert shop.history()[0].items() >= shown.items()

    shop.write(200)
    second, said = shop.evaluate()
    assert second != first
    assert f"mine changed; applied as {second[:19]}" in said
    assert shop.evaluate() == (second, "")

    shop.spoil()
    kept, said = shop.evaluate()
    assert kept == second
    assert f'{shop.file}:10:5: unknown key "ancor", did you mean "anchor"?' in said
    assert f"{second[:19]}, applied before, stays in force" in said
    assert str(shop.file) in shop.run("rules", "apply", status=2).stderr
    assert shop.hashes() == [second, first]

    shop.write(300)
    shop.run("rules", "restore", first[7:19], "--comment", "it was better")
    assert [row["state"] for row in shop.history()] == ["active, files wait", "", ""]
    assert shop.history()[0]["comment"] == "it was better"
    kept, said = shop.evaluate()
    assert kept == first
    assert "the files wait for `integrator rules apply`" in said

    told = shop.run("rules", "diff", first, "files").stdout
    assert f"--- {first[:19]}/mine/pack.yaml\n+++ files/mine/pack.yaml\n" in told
    assert "-    when: {amount: {gte: 100}}\n+    when: {amount: {gte: 300}}\n" in told

    applied = json.loads(shop.run("rules", "apply", "--comment", "more").stdout)
    third = applied[0]["hash"]
    assert applied == [{"portal": PORTAL, "hash": third, "state": "applied", "packs": ["mine"]}]
    assert json.loads(shop.run("rules", "apply").stdout)[0]["state"] == "was active already"
    assert shop.hashes() == [third, first, second, first]
    shop.write(400)
    assert shop.evaluate()[0] not in (first, second, third)
    assert shop.run("rules", "diff", second, third).stdout.count("\n-") == 1


@SQLITE
def test_without_watch_files_wait(shop: Shop) -> None:
    shop.configure(watch=False)
    first = shop.evaluate()[0]
    shop.write(200)
    assert shop.evaluate() == (first, "")
    shop.run("rules", "apply")
    assert shop.evaluate()[0] == shop.hashes()[0] != first


@SQLITE
def test_a_dry_run_tries_changed_files_and_applies_nothing(shop: Shop) -> None:
    tried = shop.evaluate("--dry-run")[0]
    assert shop.hashes() == []
    assert shop.evaluate()[0] == tried
    shop.write(200)
    other, said = shop.evaluate("--dry-run")
    assert other != tried
    assert "tries the files without applying them" in said
    assert shop.hashes() == [tried]


@SQLITE
def test_without_active_rules_a_broken_file_ends_the_command(shop: Shop) -> None:
    shop.spoil()
    assert f"{shop.file}:10:5:" in shop.run("evaluate", status=2).stderr
    assert shop.history() == []


@SQLITE
def test_a_class_with_a_gap_is_not_applied(shop: Shop) -> None:
    first = shop.evaluate()[0]
    shop.file.write_text(GAP, encoding="utf-8")
    kept, said = shop.evaluate()
    assert kept == first
    assert f"{shop.file}:" in said
    assert "stays in force" in said
    for arguments in (["apply"], ["preview", "--with", str(shop.file)]):
        assert "size" in shop.run("rules", *arguments, status=2).stderr
    assert shop.hashes() == [first]


@SQLITE
def test_parameters_of_the_portal_are_part_of_the_rule_set(shop: Shop) -> None:
    shop.configure(packs=["mine", "win_back"])
    first = shop.evaluate()[0]
    shop.configure(packs=["mine", "win_back"], params={"win_back.lost_after_periods": 1.5})
    second, said = shop.evaluate()
    assert "parameters changed" in said
    assert "+win_back.lost_after_periods: 1.5\n" in shop.run("rules", "diff", first, second).stdout
    assert shop.history()[0]["params"] == ["win_back.lost_after_periods=1.5"]
    shop.run("rules", "restore", first)
    assert shop.evaluate()[0] == first
    shop.configure(packs=["mine", "win_back"], params={"win_back.lost_after_periods": "much"})
    shop.run("rules", "apply", status=2)
    assert shop.evaluate()[0] == first


@SQLITE
def test_a_comment_in_a_file_is_kept_though_the_rules_mean_the_same(shop: Shop) -> None:
    first = shop.evaluate()[0]
    shop.file.write_text("# mine\n" + PACK, encoding="utf-8")
    assert shop.evaluate()[0] == first
    assert shop.hashes() == [first, first]
    assert "+# mine" not in shop.run("rules", "diff", first, "files").stdout


@SQLITE
def test_a_path_beside_the_files_is_applied_and_watched(shop: Shop, tmp_path: Path) -> None:
    first = shop.evaluate()[0]
    beside = tmp_path / "new" / "mine" / "pack.yaml"
    beside.parent.mkdir(parents=True)
    beside.write_text(PACK.replace("gte: 100}", "gte: 500}"), encoding="utf-8")
    shop.run("rules", "apply", str(beside.parent.parent))
    second = shop.evaluate()[0]
    assert second == shop.hashes()[0] != first
    beside.write_text(PACK.replace("gte: 100}", "gte: 600}"), encoding="utf-8")
    assert shop.evaluate()[0] not in (first, second)
    shop.run("rules", "apply")
    assert shop.evaluate()[0] == first


@SQLITE
def test_the_preview_says_what_applying_would_do_and_stores_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.write(10**9)
    shop.evaluate()
    new = tmp_path / "new" / "mine"
    new.mkdir(parents=True)
    (new / "pack.yaml").write_text(PACK, encoding="utf-8")
    found = json.loads(shop.run("rules", "preview", "--with", str(new)).stdout)[0]
    count = found["tasks"]["new"]
    assert count == found["findings"][0]["appear"] == DEAL_COUNT
    assert [(row["manager_id"], row["name"], row["new"]) for row in found["tasks"]["managers"]] == [
        ("1", "Анна", count)
    ]
    assert len(found["findings"][0]["appear_examples"]) == 20
    assert shop.hashes() == [found["before"]]
    shop.run("rules", "preview", "--with", str(new), "--fail-above", str(count), "--format", "table")
    said = shop.run("rules", "preview", "--with", str(new), "--fail-above", str(count - 1), status=1).stderr
    assert f"{count} new tasks, more than --fail-above {count - 1}" in said
    shop.run("rules", "apply", str(new))
    shop.run("evaluate")
    assert shop.hashes()[0] == found["after"]
    rows = json.loads(shop.run("outbox", "list", "--format", "json").stdout)
    assert len(rows) == count


@SQLITE
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["restore", "feed"], 'no portal has "feed" in its history; `integrator rules history` lists'),
        (["diff", "files", "feed"], 'no portal has "feed" in its history'),
        (["preview", "--with", "nowhere"], "nowhere:1:1: no such folder"),
        (["apply", "."], "there is no pack.yaml here or one folder below"),
        (["restore", ""], "begins 2 hashes"),
    ],
)
def test_what_is_not_there_is_told(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for amount in (1, 2):
        shop.write(amount)
        shop.evaluate()
    assert told in shop.run("rules", *arguments, status=2).stderr


def test_two_programs_that_apply_the_same_files_at_once_agree(shop: Shop) -> None:
    command = [sys.executable, "-m", "integrator", "rules", "apply", "--config", str(shop.config)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [one.communicate(timeout=60) for one in running]
    assert [one.returncode for one in running] == [0, 0], told
    assert sorted(json.loads(out)[0]["state"] for out, _ in told) == ["applied", "was active already"]
    assert len(shop.history()) == 1
