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
    """Return the snapshot with this client's rows only; the portal's dictionaries are whole."""
    kind, number = client
    company, contact = pl.col("company_id"), pl.col("contact_id")
    belongs = company == number if kind == "company" else contact == number
    deals, leads = (snapshot[table].filter(belongs) for table in ("deals", "leads"))
    companies = [*deals["company_id"].drop_nulls(), *([number] if kind == "company" else [])]
    contacts = [*deals["contact_id"].drop_nulls(), *([number] if kind == "contact" else [])]
    theirs = pl.col("company_id").is_in([number] if kind == "company" else [])
    kept = {
        "deals": deals,
        "leads": leads,
        "companies": snapshot["companies"].filter(pl.col("id").is_in(companies)),
        "contacts": snapshot["contacts"].filter(pl.col("id").is_in(contacts) | theirs),
        "tasks": snapshot["tasks"].filter(
            ((pl.col("entity_kind") == kind) & (pl.col("entity_id") == number))
            | ((pl.col("entity_kind") == "deal") & pl.col("entity_id").is_in(deals["id"].implode()))
        ),
        "own_tasks": snapshot["own_tasks"].filter(pl.col("subject") == f"client:{kind}:{number}"),
    }
    kept |= {name: snapshot[name].filter(pl.col(of).is_in(deals["id"].implode())) for name, of in OF_DEALS.items()}
    return {**snapshot, **kept}


def clients_of(found: Facts) -> dict[Client, dict[str, Any]]:
    """Return the clients' facts by who they are."""
    return {(row["kind"], row["id"]): row for row in found.clients.iter_rows(named=True)}


def alone(
    snapshot: Mapping[str, pl.DataFrame], context: Context, shared: Mapping[str, pl.DataFrame], client: Client
) -> dict[str, Any] | None:
    """Return the client's facts from his own rows and the stored tables; None where he is no client."""
    return clients_of(compute(rows_of(snapshot, client), context, Shared(stored=shared))).get(client)
