"""Where a derived figure comes from, told where the arithmetic can be shown: `121,3 дня = 91 день × 4/3`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from integrator.wording.speech import Speech

    Facts = Mapping[str, Any]

CLOSE = 1e-6


def grounds(names: Iterable[str], facts: Facts, params: Mapping[str, Any], speech: Speech) -> list[str]:
    """Return a sentence about each of the metrics whose making can be told, without full stops."""
    found = [GROUNDS[name](facts, params, speech) for name in dict.fromkeys(names) if name in GROUNDS]
    return [text for text in found if text]


def _param(params: Mapping[str, Any], name: str) -> float | None:
    value = params.get(f"win_back.{name}")
    return None if value is None or isinstance(value, bool) else float(Fraction(value))


def _period(facts: Facts, speech: Speech) -> str:
    period, source = facts.get("purchase_period_days"), facts.get("purchase_period_source")
    if period is None or source is None:
        return ""
    shown = f"{speech.label('purchase_period_days')}: {speech.value('purchase_period_days', period)}"
    if source == "own":
        times = speech.value("purchase_count", facts.get("purchase_count"))
        return f"{shown} ({speech.either(f'свой; покупок {times}', f'his own; {times} purchases')})"
    return f"{shown} ({speech.value('purchase_period_source', source)})"


def _multiple(name: str, param: str, facts: Facts, params: Mapping[str, Any], speech: Speech) -> str:
    """Return `name = period × param` where that is so."""
    value, period, factor = facts.get(name), facts.get("purchase_period_days"), _param(params, param)
    if value is None or period is None or factor is None or abs(period * factor - value) > CLOSE:
        return ""
    shown = speech.value("purchase_period_days", period)
    return f"{speech.label(name)}: {speech.value(name, value)} = {shown} × {speech.ratio(factor)}"


def _threshold(facts: Facts, params: Mapping[str, Any], speech: Speech) -> str:
    by = params.get("win_back.lost_by", "own_rhythm")
    if by == "own_rhythm":
        text = _multiple("lost_threshold_days", "lost_after_periods", facts, params, speech) or _bound(
            facts, params, speech
        )
        return "; ".join(part for part in (text, _period(facts, speech)) if part)
    return _bound(facts, params, speech)


def _bound(facts: Facts, params: Mapping[str, Any], speech: Speech) -> str:
    value = facts.get("lost_threshold_days")
    shown = f"{speech.label('lost_threshold_days')}: {speech.value('lost_threshold_days', value)}"
    if value is not None and value == _param(params, "lost_floor_days"):
        return shown + speech.either(" — меньше не бывает", ", the least there is")
    if value is not None and value == _param(params, "lost_ceiling_days"):
        return shown + speech.either(" — больше не ждут", ", the most that is waited")
    return ""


def _window(facts: Facts, params: Mapping[str, Any], speech: Speech) -> str:
    return _multiple("return_window_days", "return_periods", facts, params, speech)


GROUNDS: dict[str, Callable[[Facts, Mapping[str, Any], Speech], str]] = {
    "lost_threshold_days": _threshold,
    "return_window_days": _window,
    "purchase_period_days": lambda facts, _, speech: _period(facts, speech),
}


def definitions(names: Iterable[str], params: Mapping[str, Any], speech: Speech) -> list[tuple[str, str]]:
    """Return how those of the metrics are made that parameters have a part in, by name."""
    found = [(name, DEFINITIONS[name](params, speech)) for name in dict.fromkeys(names) if name in DEFINITIONS]
    return [(name, text) for name, text in found if text]


def _how_lost(params: Mapping[str, Any], speech: Speech) -> str:
    by = params.get("win_back.lost_by", "own_rhythm")
    after, mean, fixed = (
        _param(params, name) for name in ("lost_after_periods", "lost_mean_factor", "lost_fixed_days")
    )
    if by == "fixed_days" and fixed is not None:
        return speech.either(
            f"{speech.count(int(fixed), 'days')} у всех", f"{speech.count(int(fixed), 'days')} for all"
        )
    ways = {
        "own_rhythm": ("обычный промежуток × {after}", "usual interval × {after}"),
        "own_mean": ("средний промежуток клиента × {mean}", "the client's mean interval × {mean}"),
        "percentile_95": ("95-й процентиль промежутков клиента", "95th percentile of the client's intervals"),
    }
    if by not in ways or after is None:
        return ""
    text = speech.either(*ways[by]).format(after=speech.ratio(after), mean="" if mean is None else speech.ratio(mean))
    low, high = _param(params, "lost_floor_days"), _param(params, "lost_ceiling_days")
    if low is None or high is None:
        return text
    least, most = (speech.value("lost_threshold_days", end, genitive=True) for end in (low, high))
    return text + speech.either(
        f", но не меньше {least} и не больше {most}", f", but at least {least} and at most {most}"
    )


def _how_usual(params: Mapping[str, Any], speech: Speech) -> str:
    default, enough = _param(params, "default_period_days"), _param(params, "cohort_minimum")
    if default is None or enough is None:
        return ""
    days, least = speech.count(int(default), "days"), int(enough)
    return speech.either(
        "медиана промежутков между его покупками; с одной покупкой — клиентов того же класса ABC, "
        f"если их не меньше {least}, иначе всех клиентов, иначе {days}",
        "the median of the intervals between his purchases; with one purchase that of clients of the same "
        f"ABC class if there are at least {least}, else of all clients, else {days}",
    )


def _how_long(params: Mapping[str, Any], speech: Speech) -> str:
    factor = _param(params, "return_periods")
    if factor is None:
        return ""
    return speech.either(f"обычный промежуток × {speech.ratio(factor)}", f"usual interval × {speech.ratio(factor)}")


DEFINITIONS: dict[str, Callable[[Mapping[str, Any], Speech], str]] = {
    "lost_threshold_days": _how_lost,
    "purchase_period_days": _how_usual,
    "return_window_days": _how_long,
}
