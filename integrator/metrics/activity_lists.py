"""What stands in a manager's morning: whom to call, and which deals were lost, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from integrator.metrics.columns import day, today

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrator.metrics.context import Base, Context

MOST_LINES = 40
_MINOR_UNITS = 100
_LONGEST_NAME = 40
_SHOWN = ("responsible_id", "kind", "id", "name", "last_contact_at", "revenue_365", "open_deals")
_WORDS = {
    "ru": {
        "company": "компания {id}",
        "contact": "контакт {id}",
        "deal": "сделка {id}",
        "touched": "последний контакт {day}",
        "untouched": "ещё не связывались",
        "bought": "за год купили на {money}",
        "open": "открытых сделок: {count}",
        "no_reason": "без причины",
        "label": "вместо причины мнение «{reason}»",
        "question": "Как можно было удержать?",
        "more": "И ещё {count}.",
    },
    "en": {
        "company": "company {id}",
        "contact": "contact {id}",
        "deal": "deal {id}",
        "touched": "last contact on {day}",
        "untouched": "not contacted yet",
        "bought": "bought for {money} in a year",
        "open": "open deals: {count}",
        "no_reason": "no reason",
        "label": "an opinion instead of a reason, “{reason}”",
        "question": "How could the client have been kept?",
        "more": "And {count} more.",
    },
}


def opportunity() -> pl.Expr:
    """True for clients who are not on their way through the process with us, and may be called."""
    barred = pl.col("blacklisted").fill_null(value=False) | pl.col("refusal_closes_door")
    return (pl.col("engaged_deals") == 0) & ~barred


def calls(base: Base, managers: pl.DataFrame) -> pl.DataFrame:
    """Return the best opportunities of each manager to call today, as many as are left of his quota.

    Left out are those with whom something is planned, those in contact or refusing a short time ago.
    Best: A, then who has an open deal, then B, C and the rest; of equal ones the longest untouched.
    """
    context = base.context
    left = managers.select(responsible_id="id", left="call_quota_left").filter(pl.col("left") > 0)
    chosen = base.clients.lazy().filter(opportunity() & _rested(context))
    wanted = chosen.join(left.lazy(), on="responsible_id")
    ranked = wanted.select(
        *_SHOWN, "key", "left", rank=_rank(context), untouched=pl.coalesce("last_contact_at", "created_at")
    ).sort("responsible_id", "rank", "untouched", "key")
    first = ranked.collect().with_columns(place=pl.int_range(pl.len()).over("responsible_id"))
    best = first.filter(pl.col("place") < pl.col("left"))
    return _told(best, "call_list", "call_list_count", lambda row: _call(row, context), context)


def refusals(base: Base, since: int) -> pl.DataFrame:
    """Return the deals of each manager lost from that day (since the epoch) to yesterday."""
    context = base.context
    lost = base.deals.filter(
        pl.col("outcome") == "lost",
        pl.col("closed_day").is_between(since, today(context) - 1),
        pl.col("responsible_id").is_not_null(),
    )
    named = lost.join(base.clients.select("key", client="name"), on="key", how="left")
    ordered = named.sort(["responsible_id", "amount", "id"], descending=[False, True, False], nulls_last=True)
    return _told(ordered, "lost_yesterday_list", "lost_yesterday", lambda row: _refusal(row, context), context)


def _rested(context: Context) -> pl.Expr:
    """True for clients with whom nothing is planned and nothing was lately."""
    contacted = pl.col("days_since_contact") < context.param("prospecting.rest_days")
    refused = today(context) - day("last_refusal_at", context) < context.param("prospecting.rest_after_refusal_days")
    lately = contacted.fill_null(value=False) | refused.fill_null(value=False)
    return pl.col("next_contact_on").is_null() & ~lately


def _rank(context: Context) -> pl.Expr:
    above = pl.col("abc_share_above")
    return (
        pl.when(above < context.param("win_back.abc_a_below"))
        .then(0)
        .when(pl.col("open_deals") > 0)
        .then(1)
        .when(above < context.param("win_back.abc_b_below"))
        .then(2)
        .when(above.is_not_null())
        .then(3)
        .otherwise(4)
    )


def _told(
    rows: pl.DataFrame, text: str, count: str, line: Callable[[dict[str, Any]], str], context: Context
) -> pl.DataFrame:
    """Return a text of lines and how many there are, by manager; rows are in order."""
    lines: dict[int, list[str]] = {}
    for row in rows.iter_rows(named=True):
        lines.setdefault(row["responsible_id"], []).append(line(row))
    columns = {
        "id": list(lines),
        text: [_joined(each, context) for each in lines.values()],
        count: [len(each) for each in lines.values()],
    }
    return pl.DataFrame(columns, schema={"id": pl.Int64, text: pl.String, count: pl.Int64})


def _joined(lines: list[str], context: Context) -> str:
    shown = lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        shown.append(_say("more", context, count=len(lines) - MOST_LINES))
    return "\n".join(shown)


def _call(row: dict[str, Any], context: Context) -> str:
    """Return `Вега-Строй: последний контакт 14 июля, за год купили на 480 000 ₽`."""
    at = row["last_contact_at"]
    known = [_say("touched", context, day=_day(at, context)) if at else _say("untouched", context)]
    if row["revenue_365"]:
        known.append(_say("bought", context, money=_money(row["revenue_365"], context)))
    if row["open_deals"]:
        known.append(_say("open", context, count=row["open_deals"]))
    return f"{_name(row['name'], row['kind'], row['id'], context)}: {', '.join(known)}"


def _refusal(row: dict[str, Any], context: Context) -> str:
    """Return `Вега-Строй, Поставка, 480 000 ₽: дорого. Как можно было удержать?`."""
    who = [_short(row["client"] or ""), _name(row["title"], "deal", row["id"], context)]
    if row["amount"]:
        who.append(_money(row["amount"], context))
    return f"{', '.join(part for part in who if part)}: {_reason(row, context)}. {_say('question', context)}"


def _reason(row: dict[str, Any], context: Context) -> str:
    words = _short(row["loss_reason_name"] or row["reason_text"] or "").rstrip(".")
    if not words:
        return _say("no_reason", context)
    return _say("label", context, reason=words) if row["reason_is_label"] else words


def _name(name: str | None, kind: str, number: int, context: Context) -> str:
    return _short(name or "") or _say(kind, context, id=number)


def _short(text: str) -> str:
    """Return the text on one line, cut at a word where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _say(key: str, context: Context, **words: object) -> str:
    return _WORDS[_language(context)][key].format(**words)


def _language(context: Context) -> str:
    return context.language if context.language in _WORDS else "en"


def _day(at: Any, context: Context) -> str:
    local = at.astimezone(context.timezone).date()
    return format_date(local, "d MMMM" if local.year == context.today.year else "d MMMM y", locale=_language(context))


def _money(minor: int, context: Context) -> str:
    """Return whole units with the currency's sign, as they are written in the portal's language."""
    language = _language(context)
    number = format_decimal(round(minor / _MINOR_UNITS), format="#,##0", locale=language).replace("\xa0", "\u202f")
    sign = get_currency_symbol(context.currency, locale=language) if context.currency else ""
    return f"{number}\u202f{sign}".rstrip() if language == "ru" else f"{sign}{number}"
