"""What an editor says while one types is what the loader says afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from integrator import metrics, packs
from integrator.cli import main
from integrator.engine.loader import load
from integrator.engine.operators import OPERATORS
from integrator.engine.schema import schema
from integrator.errors import RuleErrors

from .test_loader import BROKEN, MARK, METRICS, ODD, PACK, RAW, Keys, places, replaced, write

if TYPE_CHECKING:
    from pathlib import Path

EDITOR = Draft202012Validator(schema(METRICS))
SHIPPED = Draft202012Validator(schema(metrics.METRICS))


class AsEditors(Keys):
    """YAML as editors read it: days and instants are texts."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in Keys.yaml_implicit_resolvers.items()
    }


def told(validator: Draft202012Validator, text: str) -> list[str]:
    document = yaml.load(text, AsEditors)  # noqa: S506 a safe loader, less the dates
    return [error.message for error in validator.iter_errors(document)]


def test_the_schema_is_sound_and_asks_every_operator() -> None:
    made = schema(metrics.METRICS)
    Draft202012Validator.check_schema(made)
    tests = [found for name, found in made["$defs"].items() if name.endswith("_test")]
    assert {op for test in tests for op in test["properties"]} == set(OPERATORS)


def test_the_schema_that_ships_is_fresh() -> None:
    shipped = (packs.shipped() / "schema.json").read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["rules", "schema"])
    assert done.output == shipped, "run `integrator rules schema > rules/schema.json`"
    assert json.loads(shipped) == schema(metrics.METRICS)


@pytest.mark.parametrize("file", packs.find([packs.shipped()]), ids=lambda file: file.parent.name)
def test_shipped_packs_tell_editors_of_the_schema_and_are_valid(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schema.json\n")
    assert told(SHIPPED, text) == []


WHEN = "{purchase_count: {gte: $least}}"
GOOD = [
    "{purchase_count: {between: [1, $least]}}",
    "{days_silent: {gt: 2.5}}",
    "{revenue: {gte: {amount: 10.5, currency: RUB}}}",
    "{revenue: {in: [1, {amount: 10, currency: RUB}]}}",
    "{last_purchase_on: {older_than_days: 30}}",
    "{last_purchase_on: {within_days: $least}}",
    "{last_purchase_on: {between: [2026-01-01, 2026-02-01]}}",
    "{last_refusal_at: {lt: 2026-01-01T09:00:00+03:00}}",
    "{last_refusal_at: {within_days: 0}}",
    "{blacklisted: {ne: true}}",
    "{none: [{blacklisted: {exists: false}}, {any: [{class.care: {not_in: [much]}}]}]}",
    "{days_silent: {lt: {metric: lost_threshold_days}}}",
]


@pytest.mark.parametrize("when", [WHEN, *GOOD])
def test_a_sound_condition_is_sound_for_both(when: str, tmp_path: Path) -> None:
    text = PACK.replace("only: {purchase_count: {gte: 1}}", "only: {purchase_count: {gte: 0}}")
    text = (
        text.replace(WHEN, when) if "class.care" not in when else text.replace("{blacklisted: {exists: false}}", when)
    )
    assert told(EDITOR, text) == []
    load([write(tmp_path, text)], METRICS)


# What the form of a file cannot say: what other parts of it, the portal or the metrics have to do with it.
BEYOND = {
    'that of its folder, "shop"', '"shop.least" is 30, it must be at most 9',
    'must be a number, also as a fraction "4/3"',
    'no value of "size" "smal", did you mean "small"?', 'no rule of this pack "bigg", did you mean "big"?',
    "about each deal, the class about each client", "stands in the order of several classes (size, care)",
    'rule "big" stands twice', 'did you mean "least"?', "cannot be compared with", 'never "bigg", did you mean "big"?',
    'no class "class.sise" of a client, did you mean "class.size"?', "at most two decimals",
    "no class of this pack names it", 'no value of "size" "huge"',
    'no template in this pack "cal", did you mean "call"?', 'did you mean "class.size"?', "template:",
    'no filter "clap", did you mean "clip"?', 'no metric "clients", did you mean "client"?', 'did you mean "revenue"?',
    "other files cannot be included", "care → care", 'key "name" stands twice', "the first is the greater",
    "no word that must be there", 'not "цена!"', 'no list among this pack\'s phrases "dear"', "the phrase",
    'no chain in this pack "bak", did you mean "back"?', 'no template in this pack "offr", did you mean "offer"?',
    'this pack has no list "cause", did you mean "causes"?',
    "only where the rule fires", "the rule has no task",
    "cannot be read: missing ): (a", "look-around and back references do not exist", "$share",
}  # fmt: skip


def test_a_mistake_of_form_is_told_to_editors_too() -> None:
    unseen = set()
    for old, new, message in BROKEN:
        try:
            found = told(EDITOR, PACK.replace(old, new, 1).replace(MARK, ""))
        except yaml.YAMLError:
            continue
        if not found:
            unseen.add("$share" if "$share" in new else message)
    assert unseen == BEYOND


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(places(RAW)), st.sampled_from((*ODD, "4/3", "won", 7, ["won"], {"days_ago": 3}, {"exists": True}))
)
def test_what_the_loader_takes_editors_take(tmp_path: Path, path: tuple[Any, ...], new: Any) -> None:
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    text = yaml.safe_dump(replaced(RAW, path, new), allow_unicode=True)
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    try:
        load([folder], METRICS)
    except RuleErrors:
        return
    assert told(EDITOR, text) == []
