"""What one client's rows are, and what he alone is found to be with what the whole base told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from integrator.metrics import Context, Facts, Shared, compute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.metrics.bases import Client

OF_DEALS = {"stage_changes": "deal_id", "notes": "deal_id", "basket_lines": "deal_id"}


def rows_of(snapshot: Mapping[str, pl.DataFrame], client: Client) -> dict[str, pl.DataFrame]:
    """Return the snapshot with this client's rows only, as the store finds them; the dictionaries are whole.

    His are his card, the people of his company, the deals and leads that name him, and what hangs on any of these.
    """
    kind, number = client
    own, works_there = pl.col("id") == number, pl.col("company_id") == number
    named = works_there if kind == "company" else pl.col("contact_id") == number
    kept = {
        "companies": snapshot["companies"].filter(own if kind == "company" else pl.lit(value=False)),
        "contacts": snapshot["contacts"].filter(works_there if kind == "company" else own),
        **{table: snapshot[table].filter(named) for table in ("deals", "leads")},
    }
    numbers = {
        "company": kept["companies"]["id"],
        "contact": kept["contacts"]["id"],
        "deal": kept["deals"]["id"],
        "lead": kept["leads"]["id"],
    }
    hangs = [
        (pl.col("entity_kind") == name) & pl.col("entity_id").is_in(ids.implode()) for name, ids in numbers.items()
    ]
    subjects = [
        f"client:{name}:{one}" if name in {"company", "contact"} else f"{name}:{one}"
        for name, ids in numbers.items()
        for one in ids
    ]
    kept["tasks"] = snapshot["tasks"].filter(pl.any_horizontal(hangs))
    kept["own_tasks"] = snapshot["own_tasks"].filter(pl.col("subject").is_in(subjects))
    kept |= {name: snapshot[name].filter(pl.col(of).is_in(numbers["deal"].implode())) for name, of in OF_DEALS.items()}
    return {**snapshot, **kept}


def clients_of(found: Facts) -> dict[Client, dict[str, Any]]:
    """Return the clients' facts by who they are."""
    return {(row["kind"], row["id"]): row for row in found.clients.iter_rows(named=True)}


def facts_alone(
    snapshot: Mapping[str, pl.DataFrame], context: Context, shared: Mapping[str, pl.DataFrame], client: Client
) -> Facts:
    """Return what the client's own rows and the stored tables tell."""
    return compute(rows_of(snapshot, client), context, Shared(stored=shared))


def alone(
    snapshot: Mapping[str, pl.DataFrame], context: Context, shared: Mapping[str, pl.DataFrame], client: Client
) -> dict[str, Any] | None:
    """Return the client's facts from his own rows and the stored tables; None where he is no client."""
    return clients_of(facts_alone(snapshot, context, shared, client)).get(client)
