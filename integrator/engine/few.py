"""Few subjects at once: one by one, which takes less than sorting them into kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.engine.holding import Held
from integrator.engine.memory import HELD, STATE
from integrator.engine.ruleset import CLASS, SCORE
from integrator.engine.single import evaluate_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.engine.moment import Moment
    from integrator.engine.ruleset import RuleSet
    from integrator.ports import RuleEngine

# From about so many rows on, kinds of subjects are told apart faster than each is judged by himself.
FEW = 100


def evaluate_few(
    rules: RuleSet,
    subject: str,
    facts: pl.DataFrame,
    engine: RuleEngine,
    moment: Moment | None = None,
    before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return what `classes.evaluate` returns."""
    known = [{}] * facts.height if before is None else [_known(row) for row in before.iter_rows(named=True)]
    found = [
        evaluate_one(rules, subject, row, engine, moment, held)
        for row, held in zip(facts.iter_rows(named=True), known, strict=True)
    ]
    return pl.DataFrame(
        [
            pl.Series(name, [_plain(row[name]) for row in found], dtype=kind)
            for name, kind in _columns(rules, subject).items()
            if name not in facts.columns
        ]
    )


def _known(row: Mapping[str, Any]) -> dict[str, Held]:
    return {name.removeprefix(HELD): Held(**_told(state)) for name, state in row.items() if state is not None}


def _told(state: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "fires": bool(state["fires"])}


def _plain(value: Any) -> Any:
    return {"since": value.since, "last": value.last, "fires": value.fires} if isinstance(value, Held) else value


def _columns(rules: RuleSet, subject: str) -> dict[str, Any]:
    """Return the columns of the verdicts in their order."""
    own = [rule for rule in rules.rules if rule.subject == subject]
    strata = rules.strata[subject]
    classes = [f"{CLASS}{name}" for stratum in strata for name in stratum.dimensions]
    verdicts = [name for rule in own for name in (f"rule.{rule.full}", *([f"task.{rule.full}"] if rule.task else []))]
    held = [f"{HELD}{full}" for stratum in strata for full in stratum.timed]
    score = [f"{CLASS}{SCORE}"] if any(rule.score for rule in own) else []
    return {
        **dict.fromkeys(classes, pl.String),
        **dict.fromkeys(verdicts, pl.Boolean),
        **dict.fromkeys(held, STATE),
        **dict.fromkeys(score, pl.String),
    }
