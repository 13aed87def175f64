"""What commands share: options, output in three formats, progress on stderr."""

from __future__ import annotations

import getpass
import socket
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from integrator import config as configuration
from integrator.errors import IntegratorError
from integrator.store.rulesets import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from integrator.config import Config, Portal
    from integrator.ports import Progress as Watcher

Command = TypeVar("Command", bound="Callable[..., Any]")
# Of a table that goes to a file.
WIDTH = 160
# Of an instant asked for: beyond them sums of days leave the calendar.
YEARS = range(1971, 2970)
errors = Console(stderr=True, highlight=False)

with_config = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="INTEGRATOR_CONFIG",
    default=Path("config.yaml"),
    show_default="$INTEGRATOR_CONFIG or ./config.yaml",
    help="The configuration file.",
)
with_portal = click.option("--portal", "portal_name", metavar="P", help="Only this portal; without it, all.")


def with_format(*formats: str) -> Callable[[Command], Command]:
    """Add --format with these choices."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=None,
        help=f"How to print data; by default table on a terminal, else {formats[0]}.",
    )


def chosen(format_: str | None, otherwise: str) -> str:
    """Return the format asked for, else a table for people and `otherwise` for programs."""
    return format_ or ("table" if sys.stdout.isatty() else otherwise)


def load(path: Path, portal_name: str | None = None) -> tuple[Config, dict[str, Portal]]:
    """Return the configuration and the portals asked for."""
    config = configuration.load(path)
    if portal_name is None:
        return config, config.portals
    return config, {portal_name: config.portal_named(portal_name)}


def print_rows(rows: Sequence[Mapping[str, Any]], format_: str, columns: Sequence[str] = ()) -> None:
    """Print rows as a JSON array, JSON lines or a table."""
    if format_ == "json":
        print_json(rows)
    elif format_ == "jsonl":
        for row in rows:
            print_json(row)
    else:
        print_table(rows, columns or tuple(rows[0] if rows else ()))


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str) + b"\n")
    sys.stdout.buffer.flush()


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
    """Print rows as a table; numbers stand to the right."""
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        numeric = bool(rows) and all(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    width = None if sys.stdout.isatty() else WIDTH
    Console(highlight=False, width=width).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@contextmanager
def progress(portal: str) -> Iterator[Watcher]:
    """Show long work on stderr while it lasts, when that is a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        lines: dict[str, Any] = {}

        def watch(done: int, total: int | None, what: str) -> None:
            if what not in lines:
                lines[what] = bar.add_task(f"{portal}: {what}", total=total)
            bar.update(lines[what], completed=done, total=total)

        yield watch


def signed(comment: str = "") -> Note:
    """Return who is at work on this machine, now, and why."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that no user has.
        user = "unknown"
    return Note(comment, f"{user}@{socket.gethostname()}", datetime.now(UTC))


def instant(text: str | None, zone: tzinfo) -> datetime:
    """Return `--at` (without an offset: in that zone), or now when absent, with the zone's offset at it."""
    if text is None:
        value = datetime.now(UTC)
    else:
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise click.BadParameter(f'"{text}" is no instant; write 2026-11-22 or 2026-11-22T09:00:00+03:00') from None
    if value.year not in YEARS:
        raise click.BadParameter(f'"{text}" lies outside the years {YEARS[0]} to {YEARS[-1]}')
    local = value.replace(tzinfo=value.tzinfo or zone).astimezone(UTC).astimezone(zone)
    # A plain offset: the columns of the metrics are not compared with instants of a named zone.
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))


@contextmanager
def each_on_its_own(failures: list[IntegratorError], portal: str) -> Iterator[None]:
    """Let the other portals go on when one fails; its error is told and kept."""
    try:
        yield
    except IntegratorError as error:
        errors.print(f"{portal}: {error}", markup=False, soft_wrap=True)
        failures.append(error)


def finish(failures: Sequence[IntegratorError]) -> None:
    """End with the gravest status of the portals that failed."""
    if failures:
        sys.exit(max(error.exit_status for error in failures))
