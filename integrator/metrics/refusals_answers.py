"""What refusals name that we have, and what sellers answered when they were asked for their own cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import instant, joined
from integrator.text import Catalogue, cause_in, items

if TYPE_CHECKING:
    from integrator.metrics.context import Base, Context

RANGE = "product_mismatch"
ASKED, CAUSES = "refusals/seller_cause", ("refusals", "seller_causes")
_NOTHING = {"catalogue_item": pl.String, "catalogue_match": pl.Int64}


def of_deals(base: Base) -> pl.DataFrame:
    """Return the deals with the item of the catalogue that their refusal names, and the seller's own cause."""
    return joined(joined(base.deals, _items(base), on="id"), _causes(base), on="id")


def _items(base: Base) -> pl.DataFrame:
    """Return by deal the item of the catalogue that the refusal says we lack, and how well it fits (to 100)."""
    empty = pl.DataFrame(schema={"id": pl.Int64, **_NOTHING})
    if base.deals["reason_text"].null_count() == base.deals.height:
        return empty
    lost = (pl.col("outcome") == "lost") & pl.col("reason_text").is_not_null()
    texts = base.deals[["id", "outcome", "reason_text", "loss_reason"]].filter(lost)
    named = (pl.col("loss_reason") == RANGE).fill_null(value=False)
    rows = [row for row in texts.select("id", "reason_text", named).iter_rows() if items(row[1], named=row[2])]
    products = base.snapshot["products"]["name"].drop_nulls()
    if products.is_empty() or not rows:
        return empty
    catalogue = Catalogue(products.to_list())
    matches = [(id_, catalogue.named_in(text, named=ranged)) for id_, text, ranged in rows]
    return pl.DataFrame(
        [(id_, match.name, match.score) for id_, match in matches if match], schema=empty.schema, orient="row"
    )


def _causes(base: Base) -> pl.DataFrame:
    """Return by deal the code of the cause that its seller named in the result of our latest task about it."""
    causes = _texts(base.context)
    schema = {"id": pl.Int64, "seller_cause": pl.String}
    own = base.snapshot["own_tasks"]
    own = own.filter(pl.col("rule") == ASKED) if causes else own.clear()
    if own.is_empty():
        return pl.DataFrame(schema=schema)
    number = pl.col("subject").str.extract(r"^deal:(\d+)$").cast(pl.Int64)
    asked = own.select(id=number, remote="remote_id").drop_nulls()
    done = (pl.col("origin") == "task") & (pl.col("completed_at") <= instant(base.context.now))
    results = base.snapshot["tasks"].filter(done, ~pl.col("cleared")).select("completed_at", "result", remote="id")
    told = asked.join(results, on="remote").sort("id", "completed_at").select("id", "result").iter_rows()
    named = {id_: code for id_, result in told if (code := cause_in(result, causes))}
    return pl.DataFrame(list(named.items()), schema=schema, orient="row")


def _texts(context: Context) -> tuple[tuple[str, str], ...]:
    """Return the causes that the pack lists: codes with their texts in the portal's language."""
    listed = context.lists.get(CAUSES, {})
    return tuple((code, texts.get(context.language, texts["en"])) for code, texts in listed.items())
