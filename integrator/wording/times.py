"""Rules that wait and rules that stay, as sentences: since when, how many of the days are over, until what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from integrator.wording import conditions, traces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrator.engine.explain import RuleVerdict
    from integrator.wording.explanation import Explanation

# From where it is known since when a rule holds.
SOURCES = {
    "store": ("Дни посчитаны по сохранённым решениям.", "The days are counted from the store."),
    "replayed": ("Дни восстановлены по датам записей CRM.", "The days are replayed from dated records."),
}


def lines(told: Explanation, verdict: RuleVerdict) -> Iterator[str]:
    """Yield since when the condition of a rule that takes time holds, how long it stays, and how that is known."""
    held = verdict.held
    if held is None or (held.since is None and not held.fires):
        return
    if held.since is not None:
        yield f"{_since(told, verdict, held.since)}."
    # A class has its argument beside it.
    if verdict.stays and (verdict.rule.dimension is not None or not verdict.fired):
        yield f"{_upper(stays(told, verdict))}."
    source = SOURCES.get(told.sources.get(verdict.rule.full, ""))
    if source is not None:
        yield told.speech.either(*source)


def _since(told: Explanation, verdict: RuleVerdict, since: date) -> str:
    speech, needed = told.speech, verdict.rule.for_days
    day = speech.value("", since)
    text = speech.either(f"Условие верно с {day}", f"It holds since {day}")
    # No more days are replayed than decide.
    text += "" if verdict.waits else speech.either(" или раньше", " or earlier")
    if needed is None:
        return text
    over = (speech.today - since).days
    of = speech.count(needed, "days", genitive=True)
    text += speech.either(f": {over} из {of}", f": {over} of {of}")
    if not verdict.waits:
        return text
    due = speech.value("", since + timedelta(days=needed))
    return text + speech.either(f", сработает {due}, если не изменится", f", it fires on {due} if nothing changes")


def stays(told: Explanation, verdict: RuleVerdict) -> str:
    """Return why a rule goes on whose condition does not hold any more, and until what."""
    speech, keep, held = told.speech, verdict.rule.keep, verdict.held
    parts = []
    if held is not None and held.last is not None:
        last = speech.value("", held.last)
        parts.append(speech.either(f"условие было верно {last} и остаётся в силе", f"it held on {last} and is kept"))
        if keep is not None and keep.days is not None:
            # The first day on which it is not kept any more.
            end = speech.value("", held.last + timedelta(days=keep.days))
            parts.append(speech.either(f"до {end}", f"up to {end}"))
    if keep is not None and keep.until is not None and verdict.until is not None:
        until = conditions.sentence(keep.until, speech)
        now = traces.because(verdict.until, speech, told.why)
        parts.append(
            speech.either(f"пока не станет верно: {until} (сейчас: {now})", f"until this holds: {until} (now: {now})")
        )
    return ", ".join(parts)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
