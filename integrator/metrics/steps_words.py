"""The last word on a deal: the latest note or result of a task, and whether it is a soft no (B5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import INSTANT, Schema, exists, instant, joined
from integrator.text import soft_no

if TYPE_CHECKING:
    from integrator.metrics.context import Base

_BLANK = ""
_MACHINES = ("note", "event")
_WORDS: Schema = {"soft_no_phrase": pl.String, "id": pl.Int64, "last_word_at": INSTANT, "soft_no_at": INSTANT}


def latest(base: Base) -> pl.DataFrame:
    """Return when something was last written on each open deal, and the soft no in it."""
    deals = base.deals[["id", "outcome"]]
    opened = deals.filter(pl.col("outcome") == "open")["id"]
    if opened.is_empty():
        return pl.DataFrame(schema=_WORDS)
    opened = opened.implode()
    parts = [part for part in (_notes(base, opened), _results(base, opened)) if not part.is_empty()]
    if not parts:
        return pl.DataFrame(schema=_WORDS)
    # Of several of one instant a result is the later word, then the higher number.
    words = pl.concat(parts).sort("id", "at", "rank", "number")
    last = words.unique("id", keep="last", maintain_order=True)
    phrases = _phrases(last["text"].unique().to_list(), base.context.language)
    said = pl.col("soft_no_phrase").is_not_null()
    told = joined(last, phrases, on="text")
    return told.select("soft_no_phrase", "id", last_word_at="at", soft_no_at=pl.when(said).then(pl.col("at")))


def _notes(base: Base, opened: pl.Series) -> pl.DataFrame:
    written = pl.col("text").str.strip_chars() != _BLANK
    notes = base.snapshot["notes"].filter(exists(base.context), written, pl.col("deal_id").is_in(opened))
    return notes.select("text", id="deal_id", number="id", at="created_at", rank=0)


def _results(base: Base, opened: pl.Series) -> pl.DataFrame:
    """Return what was written as the results of the deals' to-dos that were done by now.

    What stands in amoCRM's notes of calls is left out: mostly the telephony writes it, not the seller.
    """
    done = base.snapshot["tasks"].filter(
        pl.col("entity_kind") == "deal",
        ~pl.col("origin").is_in(_MACHINES),
        pl.col("result").str.strip_chars() != _BLANK,
        pl.col("completed"),
        ~pl.col("cleared"),
        pl.col("completed_at") <= instant(base.context.now),
        pl.col("entity_id").is_in(opened),
    )
    return done.select(text="result", id="entity_id", number="id", at="completed_at", rank=1)


def _phrases(texts: list[str], language: str) -> pl.DataFrame:
    """Return the texts that are a soft no, with the phrase that says so."""
    found = {text: phrase for text in texts if (phrase := soft_no(text, language)) is not None}
    return pl.DataFrame(
        {"text": list(found), "soft_no_phrase": list(found.values())},
        schema={"text": pl.String, "soft_no_phrase": pl.String},
    )
