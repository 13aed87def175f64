"""The last word on a deal: the latest note or result of a task, and whether it is a soft no (B5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import exists
from integrator.text import soft_no

if TYPE_CHECKING:
    from integrator.metrics.context import Base

_BLANK = ""
_MACHINES = ("note", "event")


def latest(base: Base) -> pl.DataFrame:
    """Return when something was last written on each open deal, and the soft no in it."""
    opened = base.deals.filter(pl.col("outcome") == "open").select(deal_id="id")
    words = pl.concat([_notes(base), _results(base)]).join(opened, on="deal_id", how="semi")
    words = words.filter(pl.col("text").str.strip_chars() != _BLANK)
    # Of several of one instant a result is the later word, then the higher number.
    last = words.sort("deal_id", "at", "rank", "number").group_by("deal_id", maintain_order=True).last()
    phrases = _phrases(last["text"].unique().to_list(), base.context.language)
    told = last.join(phrases, on="text", how="left")
    said = pl.col("soft_no_phrase").is_not_null()
    return told.select("soft_no_phrase", id="deal_id", last_word_at="at", soft_no_at=pl.when(said).then(pl.col("at")))


def _notes(base: Base) -> pl.DataFrame:
    notes = base.snapshot["notes"].filter(exists(base.context))
    return notes.select("deal_id", "text", number="id", at="created_at", rank=0)


def _results(base: Base) -> pl.DataFrame:
    """Return what was written as the results of the deals' to-dos that were done by now.

    What stands in amoCRM's notes of calls is left out: mostly the telephony writes it, not the seller.
    """
    done = base.snapshot["tasks"].filter(
        pl.col("entity_kind") == "deal",
        ~pl.col("origin").is_in(_MACHINES),
        pl.col("result") != _BLANK,
        pl.col("completed"),
        pl.col("completed_at") <= base.context.now,
    )
    return done.select(pl.col("entity_id").alias("deal_id"), text="result", number="id", at="completed_at", rank=1)


def _phrases(texts: list[str], language: str) -> pl.DataFrame:
    """Return the texts that are a soft no, with the phrase that says so."""
    found = {text: phrase for text in texts if (phrase := soft_no(text, language)) is not None}
    return pl.DataFrame(
        {"text": list(found), "soft_no_phrase": list(found.values())},
        schema={"text": pl.String, "soft_no_phrase": pl.String},
    )
