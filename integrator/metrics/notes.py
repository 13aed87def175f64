"""What the admin is told about rows that the metrics could not take in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.domain.reasons import BY_CODE, SUB_REASONS
from integrator.text import canonical_all, is_label, normal, propose, sub_reason

if TYPE_CHECKING:
    from integrator.metrics.context import Context

_SENTENCES = {
    "unmapped": {
        "ru": "Причина «{name}» ни с чем не сопоставлена, отказов с ней: {count}. Добавьте её в loss_reasons.map.",
        "en": 'The reason "{name}" is not mapped; refusals with it: {count}. Add it to loss_reasons.map.',
    },
    "opinion": {
        "ru": "«{name}» — мнение, а не причина, отказов с ним: {count}. Сопоставлять не нужно: спросим, что помешало.",
        "en": '"{name}" is an opinion, not a reason; refusals with it: {count}. Leave it: managers are asked.',
    },
    "proposal": {"ru": " Похоже на {code} ({title}).", "en": " It looks like {code} ({title})."},
    "unmapped_sub": {
        "ru": "Уточнение «{name}» ни с чем не сопоставлено, отказов с ним: {count}. Добавьте его в sub_reasons.map.",
        "en": 'The sub-reason "{name}" is not mapped; refusals with it: {count}. Add it to sub_reasons.map.',
    },
    "unrated": {
        "ru": "Нет курса валюты {name}: сделок, не вошедших в суммы: {count}.",
        "en": "There is no rate for {name}; deals left out of sums: {count}.",
    },
    "undated": {
        "ru": "Нет даты закрытия: закрытых сделок, не вошедших в покупки и отказы клиентов: {count}.",
        "en": "No date of closing; closed deals left out of clients' purchases and refusals: {count}.",
    },
}


def notes(deals: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> tuple[str, ...]:
    """Return a sentence for each thing left out, those that concern most deals first."""
    lost = deals.select("outcome", "loss_reason_name", "loss_reason", "sub_reason").filter(pl.col("outcome") == "lost")
    undated = deals.select((pl.col("outcome") != "open") & pl.col("closed_at").is_null()).to_series().sum()
    return (
        *_unmapped(lost, loss_reasons, context),
        *_unmapped_sub(lost, context),
        *(_say("unrated", context, name=name, count=count) for name, count in _counts(deals["unrated"])),
        *((_say("undated", context, count=undated),) if undated else ()),
    )


def _unmapped(lost: pl.DataFrame, loss_reasons: pl.DataFrame, context: Context) -> list[str]:
    """Return a sentence for each reason of the portal that maps to nothing, used or not, with what it may mean."""
    used = dict(_counts(lost.filter(pl.col("loss_reason").is_null())["loss_reason_name"]))
    listed = [
        name.strip() or number for number, name in loss_reasons.select("id", pl.col("name").fill_null("")).iter_rows()
    ]
    codes = canonical_all(listed, context.reason_map)
    names = sorted({*used, *(name for name in listed if codes[name] is None)})
    names.sort(key=lambda name: -used.get(name, 0))
    return [_unmapped_one(name, used.get(name, 0), context) for name in names]


def _unmapped_one(name: str, count: int, context: Context) -> str:
    if is_label(name, context.language):
        return _say("opinion", context, name=name, count=count)
    return _say("unmapped", context, name=name, count=count) + _proposal(name, context)


def _proposal(name: str, context: Context) -> str:
    """Return what the reason seems to mean, as the rest of a sentence; empty where nothing is to be guessed."""
    found = propose(name)
    return _say("proposal", context, code=found.code, title=BY_CODE[found.code].name(context.language)) if found else ""


def _unmapped_sub(lost: pl.DataFrame, context: Context) -> list[str]:
    """Return a sentence for each sub-reason in use that maps to nothing."""
    known = {normal(name) for name in (*context.sub_reason_map, *SUB_REASONS)}
    words = lost["sub_reason"].str.strip_chars()
    return [
        _say("unmapped_sub", context, name=name, count=count)
        for name, count in _counts(words.filter(words != ""))
        if normal(name) not in known and sub_reason(name) is None
    ]


def _counts(names: pl.Series) -> list[tuple[str, int]]:
    """Return how often each name occurs, the most frequent first."""
    counted = names.drop_nulls().alias("name").value_counts().sort(["count", "name"], descending=[True, False])
    return [(str(name), int(count)) for name, count in counted.iter_rows()]


def _say(key: str, context: Context, **words: object) -> str:
    """Return the sentence in the portal's language, English where we do not write it."""
    sentence = _SENTENCES[key]
    return sentence.get(context.language, sentence["en"]).format(**words)
