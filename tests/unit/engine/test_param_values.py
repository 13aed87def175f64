"""A parameter that is a word may list the words it can be."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from integrator import metrics, packs
from integrator.engine.loader import load
from integrator.errors import Problem, RuleErrors

if TYPE_CHECKING:
    from pathlib import Path

PACK = dedent("""\
    schema: 1
    name: shop
    title: {ru: "Лавка", en: "Shop"}
    params:
      how: {type: string, default: slow, values: [slow, fast], doc: {ru: "Как", en: "How"}}
    rules: []
""")


def messages(tmp_path: Path, text: str) -> list[str]:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleErrors) as caught:
        load([folder / "pack.yaml"], metrics.METRICS)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("default: slow", "default: slw", '"shop.how" is "slw", did you mean "slow"? (known: slow, fast)'),
        ("[slow, fast]", "slow", '"values" must be a list'),
        ("[slow, fast]", "[slow, 3]", '"values" must be a name'),
        ("type: string, default: slow", "type: integer, default: 3", "only a string has a list of values"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, written: str, instead: str, message: str) -> None:
    assert any(message in found for found in messages(tmp_path, PACK.replace(written, instead)))


def test_a_portals_word_must_be_one_of_them() -> None:
    def blame(path: tuple[str | int, ...], text: str) -> Problem:
        return Problem("config.yaml", 7, 3, text)

    with pytest.raises(RuleErrors) as caught:
        load(packs.find(), metrics.METRICS, params={"win_back.lost_by": "own_rythm"}, blame=blame)
    (problem,) = caught.value.problems
    assert 'did you mean "own_rhythm"?' in problem.message
    assert load(packs.find(), metrics.METRICS, params={"win_back.lost_by": "own_mean"}).params["win_back.lost_by"] == (
        "own_mean"
    )
