"""What an admin sees of `integrator rules check` and `rules test`, with the contract's exit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from integrator.cli import main
from tests.unit.engine.packfiles import dimension, pack, rule, write

if TYPE_CHECKING:
    from pathlib import Path

BIG = rule("big", "{purchase_count: {gte: 3}}", "{classify: a}")
GAP = pack(dimension("big", "a"), BIG)
NEVER = pack("", rule("mine", "{purchase_count: {lt: 0}}"))
LOOSE = pack(
    "", rule("mine", "{purchase_count: {gte: 3}}", examples="      - {given: {purchase_count: 3}, expect: fires}")
)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["rules", *arguments], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_a_gap_fails_the_check_at_its_class(tmp_path: Path) -> None:
    shop = write(tmp_path, GAP)
    status, out, said = run("check", str(shop))
    assert (status, out) == (2, "")
    assert said.startswith(f"{shop / 'pack.yaml'}:5:3: class size must give exactly one value to every client; ")
    assert said.endswith("for this one gets none: - {given: {purchase_count: 0}, expect: silent}\n")


def test_warnings_fail_only_where_they_are_asked_to(tmp_path: Path) -> None:
    shop = write(tmp_path, NEVER)
    status, out, said = run("check", str(shop))
    assert (status, out) == (0, "shop: 1 rule, no mistakes, 2 warnings\n")
    assert said.splitlines()[0] == (
        f"{shop / 'pack.yaml'}:5:5: warning: rule shop/mine can never be true: no client has such facts"
    )
    assert run("check", "--strict", str(shop))[0] == 2


def test_what_is_proved_is_said(tmp_path: Path) -> None:
    status, out, said = run("check", "--strict")
    assert (status, said) == (0, "")
    assert "win_back: 12 rules, no mistakes\n  class lifecycle: exactly one value for every client" in out


def test_a_condition_that_no_example_pins_is_a_note(tmp_path: Path) -> None:
    shop = write(tmp_path, LOOSE)
    status, out, said = run("test", str(shop))
    assert (status, out) == (0, "1 of 1 examples hold; 1 condition that no example pins\n")
    assert said.startswith(f"{shop / 'pack.yaml'}:8:12: note: rule shop/mine: no example pins ")
    assert run("test", "--strict", str(shop))[0] == 1
    assert run("test", "--strict")[0] == 0


def test_an_example_that_does_not_hold_fails_the_test(tmp_path: Path) -> None:
    shop = write(tmp_path, LOOSE.replace("expect: fires", "expect: silent"))
    status, out, said = run("test", str(shop))
    assert status == 1
    assert out.startswith("0 of 1 examples hold")
    assert "expected silent, got fires" in said
