"""Why a subject is decided about as it is, and why not otherwise: the whole of it as text."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from integrator.domain import Truth
from integrator.engine.conditions import metrics_read
from integrator.wording import changes, fates, times, traces
from integrator.wording.grounds import grounds
from integrator.wording.labels import GROWING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from integrator.domain import PlannedTask, Subject
    from integrator.engine.explain import ClassVerdict, Judgement, RuleVerdict
    from integrator.engine.ruleset import Rule, RuleSet
    from integrator.store.standing import StoredFinding, Write
    from integrator.wording.speech import Speech

SHORT_HASH = len("sha256:") + 12


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known about one subject as of `at`.

    `why` tells in words why a fact is missing; `sources` from where it is known, by rule, since when rules that take
    time hold (`store` or `replayed`); `tasks` are those that should exist, `findings` and `writes` what is
    stored; `mode` and `pilots` say whose tasks are written; `wanted` is the one rule asked about; `past` when `at` was
    asked for, so that no task comes of it.
    """

    subject: Subject
    name: str
    at: datetime
    rules: RuleSet
    judgement: Judgement
    tasks: Sequence[PlannedTask]
    findings: Sequence[StoredFinding]
    writes: Sequence[Write]
    speech: Speech
    why: Callable[[str], str]
    mode: str = "on"
    pilots: frozenset[int] = frozenset()
    wanted: str | None = None
    past: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The subject's facts, its classes among them."""
        return self.judgement.facts


def text(told: Explanation) -> str:
    """Return the explanation as lines for a terminal."""
    return "\n".join([*_head(told), *_classes(told), *_score(told), *_rules(told), *_legend(told)])


def _head(told: Explanation) -> Iterator[str]:
    speech = told.speech
    yield f"{told.name} — {told.subject}" if told.name else str(told.subject)
    as_of = speech.either("на", "as of")
    rules = speech.either("правила", "rules")
    yield f"{as_of} {speech.clock(told.at)}; {rules} {told.rules.hash[:SHORT_HASH]}"


def _legend(told: Explanation) -> Iterator[str]:
    if told.judgement.rules:
        yield ""
        yield told.speech.either(
            "✓ верно   ✗ неверно   ? неизвестно   · верно, но решило не оно; в скобках — что увидено",
            "✓ true   ✗ false   ? unknown   · true, but it did not decide; what was seen stands in brackets",
        )
    if any(one.waits for one in told.judgement.rules):
        yield told.speech.either(
            "… верно, но ещё не столько дней, сколько нужно", "… true, but not for long enough yet"
        )


def _classes(told: Explanation) -> Iterator[str]:
    shown = [one for one in told.judgement.classes if told.wanted is None or told.wanted in one.dimension.order]
    if shown:
        yield ""
        yield told.speech.either("КЛАССЫ", "CLASSES")
    for one in shown:
        yield from _class(told, one)


def _class(told: Explanation, one: ClassVerdict) -> Iterator[str]:
    speech = told.speech
    title = speech.pick(one.dimension.title)
    if one.only is not None and one.only.truth is not Truth.TRUE:
        reason = traces.because(one.only, speech, told.why)
        yield f"  {title}: {speech.either('не определяется', 'does not apply')} ({reason})."
        return
    value = speech.pick(one.dimension.values[one.value]) if one.value is not None else speech.either("нет", "none")
    yield f"  {title}: {value}{_by(told, one)}."
    if one.passed:
        names = ", ".join(_name(told, told.rules.rule(full)) for full in one.passed)
        passed = speech.either("Пропущены, потому что не хватает данных", "Passed over, since facts are missing")
        yield f"    {passed}: {names}."


def _by(told: Explanation, one: ClassVerdict) -> str:
    if one.by is None:
        return told.speech.either(", потому что ни одно из правил не подошло", ", since none of the rules fits")
    verdict = next((each for each in told.judgement.rules if each.rule.full == one.by), None)
    if verdict is None:
        return told.speech.either(", решило правило ", ", by the rule ") + _name(told, told.rules.rule(one.by))
    return told.speech.either(", потому что ", ", because ") + _argument(told, verdict)


def _argument(told: Explanation, verdict: RuleVerdict) -> str:
    """Return the facts that decided, and where the derived ones among them come from."""
    if verdict.stays:
        return times.stays(told, verdict)
    reason = traces.because(verdict.trace, told.speech, told.why)
    derived = grounds(metrics_read(verdict.rule.when), told.facts, told.rules.params, told.speech)
    return ". ".join([reason, *(f"{line[:1].upper()}{line[1:]}" for line in derived)])


def _rules(told: Explanation) -> Iterator[str]:
    speech = told.speech
    ordered = sorted(told.judgement.rules, key=lambda one: _place(told, one))
    fired, silent = ([one for one in ordered if one.fired is wanted] for wanted in (True, False))
    if not told.judgement.rules:
        yield ""
        yield speech.either("Правил о таких пока нет.", "There are no rules about such subjects yet.")
    for title, verdicts in (
        (speech.either("СРАБОТАЛО", "FIRED"), fired),
        (speech.either("НЕ СРАБОТАЛО", "DID NOT FIRE"), silent),
    ):
        if verdicts:
            yield ""
            yield title
        for verdict in verdicts:
            yield from _rule(told, verdict)


def _score(told: Explanation) -> Iterator[str]:
    """Yield the subject's points and the rules that gave them."""
    points = told.judgement.score
    if points is None or told.wanted is not None:
        return
    given = [one for one in told.judgement.rules if one.fired and one.rule.score]
    parts = ", ".join(f"{_name(told, one.rule)} {one.rule.score:+d}" for one in given)
    yield ""
    yield f"{told.speech.either('БАЛЛЫ', 'POINTS')}: {points}{f' ({parts})' if parts else ''}"


def _place(told: Explanation, verdict: RuleVerdict) -> tuple[int, int]:
    """Return where the rule stands: classes as they are decided, each in its order, then what stands alone."""
    for at, one in enumerate(told.judgement.classes):
        if verdict.rule.full in one.dimension.order:
            return at, one.dimension.order.index(verdict.rule.full)
    return len(told.judgement.classes), 0


def _rule(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    yield f"  {_sign(verdict)} {told.speech.pick(verdict.rule.title)}  [{verdict.rule.full}]"
    body = _fired(told, verdict) if verdict.fired else _silent(told, verdict)
    for line in body:
        yield f"      {line}"
    if verdict.fired or verdict.trace.parts:
        for line in traces.lines(verdict.trace, told.speech, told.why):
            yield f"        {line}"


def _sign(verdict: RuleVerdict) -> str:
    if verdict.waits:
        return "…"
    if verdict.holds:
        return traces.SIGNS[Truth.TRUE] if verdict.fired else "·"
    return traces.SIGNS[verdict.trace.truth]


def _fired(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    # What classifies is argued for beside its class.
    if verdict.rule.dimension is None:
        yield f"{told.speech.either('Потому что', 'Because')} {_argument(told, verdict)}."
    yield from since(told, verdict)
    yield from fates.lines(told, verdict)


def since(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    """Yield since when the rule holds: the fact that began the episode, the day of the bound, the stored finding."""
    speech, rule = told.speech, verdict.rule
    begun = told.facts.get(rule.anchor or "")
    if begun is not None:
        name, shown = speech.label(rule.anchor or ""), speech.value(rule.anchor or "", begun)
        if isinstance(begun, date):
            yield speech.either(f"Эпизод начался: {name}, {shown}.", f"The episode began: {name}, {shown}.")
        else:
            yield speech.either(f"Эпизод длится, пока {name}: {shown}.", f"The episode lasts while {name}: {shown}.")
    yield from times.lines(told, verdict)
    reached = None if verdict.held else crossed(verdict, speech.today)
    if reached is not None:
        yield speech.either("Условие верно с ", "It holds since ") + f"{speech.value('', reached)}."
    for one in told.findings:
        if one.rule == rule.full and one.since <= told.at and (one.cleared_at is None or one.cleared_at > told.at):
            noted = speech.either("Находка записана", "The finding was stored on")
            yield f"{noted} {speech.clock(one.since)}."


def crossed(verdict: RuleVerdict, today: date) -> date | None:
    """Return the day since which a rule of one test on a growing number of days holds; None of any other rule."""
    test, seen = verdict.trace.test, verdict.trace.seen
    if test is None or test.metric not in GROWING or test.op not in {"gt", "gte"} or not isinstance(seen, int):
        return None
    bound = verdict.trace.seen_other if test.other is not None else test.value
    if not isinstance(bound, int | float):
        return None
    first = math.ceil(bound) if test.op == "gte" else math.floor(bound) + 1
    return today - timedelta(days=seen - first)


def _silent(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    speech = told.speech
    reason = traces.because(verdict.trace, speech, told.why)
    if verdict.waits:
        yield speech.either(
            f"Верно ({reason}), но ещё недостаточно долго.", f"It holds ({reason}), not long enough yet."
        )
    elif verdict.earlier is not None:
        earlier = _name(told, told.rules.rule(verdict.earlier))
        yield speech.either(
            f"Условие верно ({reason}), но раньше решило {earlier}.",
            f"It holds ({reason}), but {earlier} decided before.",
        )
    elif verdict.trace.truth is Truth.UNKNOWN:
        yield speech.either(f"Не хватает данных: {reason}.", f"Facts are missing: {reason}.")
    elif verdict.trace.truth is Truth.FALSE:
        yield speech.either(f"Нет, потому что {reason}.", f"No, because {reason}.")
    else:
        yield speech.either(
            f"Условие верно ({reason}), но класс для него не определяется.",
            f"It holds ({reason}), but the class does not apply.",
        )
    yield from times.lines(told, verdict)
    yield from _ways(told, verdict)
    yield from fates.past(told, verdict.rule, set())


def _ways(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    speech = told.speech
    if not verdict.flips and not verdict.waits:
        yield speech.either(
            "Одного или двух изменений мало, чтобы правило сработало.", "One or two changes would not make it fire."
        )
    for at, one in enumerate(verdict.flips):
        # Of what takes two changes at once, one way is hint enough.
        if at == 0 or len(one.changes) == 1:
            lead = speech.either("или", "or") if at else speech.either("Сработало бы:", "It would fire:")
            yield f"{lead} {changes.flip(one, speech)}"


def _name(told: Explanation, rule: Rule) -> str:
    return told.speech.quoted(told.speech.pick(rule.title))
