"""The command `integrator`."""

from __future__ import annotations

import sys
from typing import Any

import click

from integrator.cli import (
    backtest,
    config,
    demo,
    document,
    emulate,
    explain,
    outbox,
    preview,
    report,
    rules,
    schema,
    versions,
    work,
)
from integrator.errors import IntegratorError


class Program(click.Group):
    """Turns the product's own errors into one paragraph and the exit status of its kind."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it with its status, its text on stderr."""
        try:
            return super().invoke(ctx)
        except IntegratorError as error:
            click.echo(str(error), err=True)
            sys.exit(error.exit_status)
        except KeyboardInterrupt:
            sys.exit(130)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="integrator")
def main() -> None:
    """Keep what sales departments lose: rules beside amoCRM/Kommo and Bitrix24 that put tasks into them."""


for command in (
    config.init,
    config.config,
    demo.demo,
    emulate.emulate,
    work.sync,
    work.evaluate,
    work.deliver,
    explain.explain,
    outbox.outbox,
    report.report,
    rules.rules,
):
    main.add_command(command)

for command in (
    versions.apply,
    versions.history,
    versions.diff,
    versions.restore,
    preview.preview,
    backtest.backtest,
    document.document,
    schema.schema,
):
    rules.rules.add_command(command)
