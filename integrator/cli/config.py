"""`integrator init` and `integrator config`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import click

from integrator import bootstrap, check
from integrator import config as configuration
from integrator.cli.common import chosen, load, print_rows, with_config, with_format
from integrator.errors import ConfigError, IntegratorError


@click.command()
@with_config
def init(config_path: Path) -> None:
    """Write config.yaml from the example; an existing one is left as it is."""
    if config_path.exists():
        raise ConfigError(
            f"{config_path} exists already and was left as it is; remove it or name another with --config"
        )
    try:
        config_path.write_text(example(), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{config_path} cannot be written: {error.strerror}") from None
    click.echo(f"{config_path} is written; fill it in, then run: integrator config check", err=True)


def example() -> str:
    """Return the text of the example configuration, from the package or the checkout."""
    packaged = resources.files("integrator") / "config.example.yaml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")


@click.group("config")
def config() -> None:
    """Show and check the configuration."""


@config.command()
@with_config
@with_format("json", "jsonl", "table")
def show(config_path: Path, format_: str | None) -> None:
    """Print every setting with its source; secrets are masked."""
    loaded, sources = configuration.load_with_sources(config_path)
    rows: list[dict[str, Any]] = [
        {"setting": key, "value": value, "source": source}
        for key, value, source in configuration.shown(loaded, sources)
    ]
    print_rows(rows, chosen(format_, "json"))


@config.command("check")
@with_config
@click.option("--portal", "portal_name", metavar="P", help="Only this portal; without it, all.")
def check_(config_path: Path, portal_name: str | None) -> None:
    """Load the configuration and the rules, reach each portal, and say in one line each what is wrong."""
    config, portals = load(config_path, portal_name)
    clock = bootstrap.SystemClock()
    status = 0
    for name, portal in portals.items():
        try:
            rules = bootstrap.rule_set(config, name, config_path.parent)
            click.echo(f"{name}: ok: {len(rules.rules)} rules of {len(rules.packs)} packs")
            with bootstrap.connected_alone(name, portal, clock) as connector:
                told = check.portal(portal, connector)
        except IntegratorError as error:
            told = check.Lines()
            told.wrong(str(error), error.exit_status)
        for line in told.lines:
            click.echo(f"{name}: {line}")
        status = max(status, told.status)
    if status:
        raise SystemExit(status)
