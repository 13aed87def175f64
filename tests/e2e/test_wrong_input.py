"""What a new user does wrong: each a paragraph that says what to do, with the contract's exit status."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from integrator.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import World

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    return done.exit_code, done.stderr or done.stdout


def edited(world: World, old: str, new: str) -> str:
    text = world.config.read_text(encoding="utf-8")
    assert old in text
    world.config.write_text(text.replace(old, new), encoding="utf-8")
    return str(world.config)


def test_no_configuration(tmp_path: Path) -> None:
    status, said = run("sync", "--config", str(tmp_path / "config.yaml"))
    assert status == 2
    assert "integrator init" in said
    assert list(tmp_path.iterdir()) == []


def test_init_writes_once_and_never_over(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    assert run("init", "--config", str(path))[0] == 0
    path.write_text("mine", encoding="utf-8")
    status, said = run("init", "--config", str(path))
    assert (status, path.read_text(encoding="utf-8")) == (2, "mine")
    assert "left as it is" in said


def test_the_example_asks_for_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMO_TOKEN", raising=False)
    path = tmp_path / "config.yaml"
    run("init", "--config", str(path))
    status, said = run("config", "check", "--config", str(path))
    assert status == 2
    assert 'the environment variable "AMO_TOKEN" is not set' in said


@SQLITE
def test_a_typo_is_told_with_its_place(world: Callable[..., World]) -> None:
    status, said = run("sync", "--config", edited(world(), "base_url", "base_urll"))
    assert status == 2
    assert 'unknown key "base_urll", did you mean "base_url"?' in said


@SQLITE
def test_an_unknown_portal(world: Callable[..., World]) -> None:
    status, said = run("sync", "--config", str(world().config), "--portal", "demo-amocr")
    assert status == 2
    assert 'did you mean "demo-amocrm"?' in said


@SQLITE
def test_a_wrong_token(world: Callable[..., World]) -> None:
    status, said = run("sync", "--portal", "demo-amocrm", "--config", edited(world(), "demo-token", "wr0ng-token"))
    assert status == 3
    assert "token" in said
    assert "wr0ng-token" not in said


@SQLITE
def test_a_wrong_webhook_secret_never_shows(world: Callable[..., World]) -> None:
    status, said = run("sync", "--portal", "demo-bitrix24", "--config", edited(world(), "demosecret", "wr0ngsecret"))
    assert status == 3
    assert "wr0ngsecret" not in said


@SQLITE
def test_a_crm_that_does_not_answer(world: Callable[..., World]) -> None:
    here = world()
    here.servers["amocrm"].close()
    status, said = run("sync", "--portal", "demo-amocrm", "--config", str(here.config))
    assert status == 3
    assert "127.0.0.1" in said


@SQLITE
def test_an_unknown_pack(world: Callable[..., World]) -> None:
    here = world()
    status, said = run("evaluate", "--config", edited(here, "    rules:\n", "    rules:\n      packs: [refusal]\n"))
    assert status == 2
    assert 'did you mean "refusals"?' in said


@SQLITE
def test_a_database_of_a_newer_version_is_left_alone(world: Callable[..., World], tmp_path: Path) -> None:
    here = world()
    here.run("sync", "--portal", "demo-amocrm")
    path = here.database.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE integrator_version SET version_num = '9999'")
        connection.commit()
    status, said = run("sync", "--config", str(here.config))
    assert status == 2
    assert "newer" in said
    assert "upgrade" in said


@pytest.mark.parametrize(
    ("address", "expected", "database_url"),
    [
        ("postgresql+psycopg://u:pw-s3cret@127.0.0.1:1/none", 3, "sqlite"),
        ("sqlite:////nonexistent/folder/x.db", 3, "sqlite"),
        ("mysql://u@h/d", 2, "sqlite"),
    ],
    indirect=["database_url"],
)
def test_a_database_that_cannot_be_used(world: Callable[..., World], address: str, expected: int) -> None:
    here = world(address)
    status, said = run("sync", "--config", str(here.config))
    assert status == expected
    assert "pw-s3cret" not in said
    assert len(said.strip().splitlines()) <= 3


def test_a_broken_rule_file_is_told_with_its_place(tmp_path: Path) -> None:
    pack = tmp_path / "mine" / "pack.yaml"
    pack.parent.mkdir()
    pack.write_text("schema: 1\nname: mine\ntitel: {ru: а, en: a}\n", encoding="utf-8")
    status, said = run("rules", "check", str(pack))
    assert status == 2
    assert f'{pack}:3:1: unknown key "titel", did you mean "title"?' in said


def test_the_shipped_packs_hold() -> None:
    assert run("rules", "check")[0] == 0
    assert run("rules", "test")[0] == 0


def test_a_subject_that_is_none(tmp_path: Path) -> None:
    status, said = run("evaluate", "--subject", "company:1", "--config", str(tmp_path / "c.yaml"))
    assert status == 2
    assert "client:company:ID" in said


@SQLITE
def test_half_a_mirror_decides_nothing(world: Callable[..., World]) -> None:
    here = world(faults="500:1.0")
    assert run("sync", "--portal", "demo-amocrm", "--config", str(here.config))[0] == 3
    status, said = run("evaluate", "--portal", "demo-amocrm", "--config", str(here.config))
    assert status == 2
    assert "integrator sync --portal demo-amocrm" in said
