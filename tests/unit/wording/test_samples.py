"""The imagined subjects by which the document of rules shows its tasks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrator import metrics
from integrator.engine.ruleset import LANGUAGES, SUBJECTS
from integrator.wording import samples

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_metric_of_the_subject_is_there_in_its_type(subject: str, language: str) -> None:
    facts = samples.facts(subject, metrics.METRICS, NOW, language)
    types = {
        "integer": int, "number": int | float, "money": int, "boolean": bool, "string": str, "date": object,
        "instant": datetime,
    }  # fmt: skip
    for (of, name), metric in metrics.METRICS.items():
        if of == subject and facts[name] is not None:
            assert isinstance(facts[name], types[metric.type]), name


def test_nothing_is_left_of_metrics_that_are_gone() -> None:
    known = {name for _, name in metrics.METRICS}
    assert {*samples.TEXTS, *samples.FIGURES, *samples.MISSING, *samples.AHEAD} <= known


def test_what_lies_ahead_is_after_today() -> None:
    deal = samples.facts("deal", metrics.METRICS, NOW, "ru")
    assert deal["next_step_at"] > NOW > deal["closed_at"]
    assert deal["come_back_on"] > NOW.date()
