"""`integrator rules schema`: what editors read to complete and check packs."""

from __future__ import annotations

import json

import click

from integrator import bootstrap


@click.command()
def schema() -> None:
    """Print the JSON Schema of packs; editors read it as `schema.json` beside the packs."""
    click.echo(json.dumps(bootstrap.rules_schema(), ensure_ascii=False, indent=1))
