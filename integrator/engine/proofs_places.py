"""Where in its file a part of a rule stands, found by reading the file again; and facts as a file would write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from integrator.engine.conditions import tests
from integrator.engine.given import AGO, USUAL
from integrator.engine.operators import OPERATORS
from integrator.errors import ConfigError, Problem
from integrator.positions import Document, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from integrator.domain import Condition, Metric, Test
    from integrator.engine.ruleset import Dimension, Rule, Source
    from integrator.positions import Location

MINOR_UNITS = 100
# Where below a rule the condition of its task stands.
TASK_ONLY: Location = ("then", "task", "only")


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a rule set, each read once."""

    _documents: dict[str, Document | None] = field(default_factory=dict)

    def document(self, file: str) -> Document | None:
        """Return the file as it stands; None where it cannot be read any more."""
        if file not in self._documents:
            try:
                self._documents[file] = read(Path(file))
            except ConfigError:
                self._documents[file] = None
        return self._documents[file]

    def of_rule(self, rule: Rule, message: str, below: Location = (), *, key: bool = False) -> Problem:
        """Return the message at a part of the rule, or at the rule where its file tells no more."""
        document = self.document(rule.source.file)
        path = _rule_path(document, rule.source) if document else None
        return _problem(document, path, below, rule.source, message, key=key)

    def of_dimension(self, dimension: Dimension, message: str, below: Location = (), *, key: bool = False) -> Problem:
        """Return the message at a part of the class."""
        document = self.document(dimension.source.file)
        path = ("classes", dimension.name) if below else None
        return _problem(document, path, below, dimension.source, message, key=key)

    def in_pack(self, source: Source, message: str, path: Location, *, key: bool = False) -> Problem:
        """Return the message at a part of the pack in whose file `source` stands."""
        return _problem(self.document(source.file), (), path, source, message, key=key)


def _rule_path(document: Document, source: Source) -> Location | None:
    rules = document.value.get("rules") if isinstance(document.value, dict) else None
    paths: list[Location] = [("rules", index) for index in range(len(rules) if isinstance(rules, list) else 0)]
    return next((path for path in paths if document.place(path) == (source.line, source.column)), None)


def _problem(
    document: Document | None, path: Location | None, below: Location, source: Source, message: str, *, key: bool
) -> Problem:
    if document is None or path is None:
        return Problem(source.file, source.line, source.column, message)
    return document.problem((*path, *below), message, key=key)


def parts(condition: Condition, path: Location) -> Iterator[tuple[Condition, Location]]:
    """Yield every part of the condition written at `path`, itself first, with the path of its own key."""
    joined = getattr(condition, "join", None)
    if joined is None:
        yield condition, (*path, condition.metric)  # type: ignore[union-attr]
        return
    yield condition, (*path, joined)
    for index, part in enumerate(condition.parts):  # type: ignore[union-attr]
        yield from parts(part, (*path, joined, index))


def said(test: Test, metrics: Mapping[str, Metric]) -> str:
    """Return the test as a short text, money in whole units."""
    metric = metrics.get(test.metric)
    values = [_written(one, metric) for one in test.value] if isinstance(test.value, tuple) else None
    value = test.other if test.other is not None else _flow(values or _written(test.value, metric))
    return f"{test.metric} {test.op} {value}"


def pasted(
    facts: Mapping[str, Any], expect: str, metrics: Mapping[str, Metric], conditions: Iterable[Condition]
) -> str:
    """Return the facts as an example that can be pasted into a rule; days gone by are counted as the conditions do."""
    aged = {test.metric for one in conditions for test in tests(one) if OPERATORS[test.op].takes == "days"}
    ago = {name: _ago(value) for name, value in facts.items() if name in aged}
    # What is yet to come, or long ago by parts of a day, is only long ago beside the instant it is counted from.
    beside = f", at: {USUAL.now.isoformat()}" if None in ago.values() else ""
    given = {name: _written(value, metrics.get(name)) for name, value in facts.items()}
    counted = {} if beside else {name: {AGO: days} for name, days in ago.items()}
    return f"- {{given: {_flow({**given, **counted})}, expect: {expect}{beside}}}"


def _ago(value: date) -> int | None:
    """Return how many whole days ago that was; None where it was not."""
    gone = (USUAL.now if isinstance(value, datetime) else USUAL.today) - value
    return gone.days if gone >= timedelta(0) and gone == timedelta(days=gone.days) else None


def _written(value: Any, metric: Metric | None) -> Any:
    if metric is None or metric.type != "money" or isinstance(value, bool):
        return _plain(value)
    units = Decimal(value) / MINOR_UNITS
    return int(units) if units == units.to_integral_value() else float(units)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | bool | int) or hasattr(value, "year") else float(value)


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=inf)
    return text.removesuffix("\n").removesuffix("\n...")
