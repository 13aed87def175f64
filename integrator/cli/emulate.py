"""`integrator emulate`: a local CRM."""

from __future__ import annotations

import errno
import math
import signal
import threading
from datetime import UTC
from pathlib import Path
from typing import Any

import click

from integrator import bootstrap
from integrator.cli.common import instant


@click.command()
@click.argument("crm", type=click.Choice(["amocrm", "bitrix24"]))
@click.option(
    "--port", type=click.IntRange(0, 65535), required=True, help="Where to listen on 127.0.0.1 (0: any free)."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="A folder with a JSON array a file.",
)
@click.option("--token", help="amoCRM: the accepted Bearer token. Bitrix24: the application_token in events.")
@click.option("--secret", help="amoCRM: the OAuth client secret. Bitrix24: the secret in the webhook's URL.")
@click.option("--user", type=int, default=1, show_default=True, help="Whose rights requests have.")
@click.option("--event-handler", metavar="URL", help="Where all events are sent.")
@click.option("--faults", default="", metavar="SPEC", help="Faults with probabilities, e.g. 429:0.05,lost_reply:0.02.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same faults.")
@click.option("--rate-limit", type=click.Choice(["on", "off"]), default="on", show_default=True)
@click.option("--clock", metavar="INSTANT", help="The emulator's clock starts here.")
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0.001),
    default=1.0,
    show_default=True,
    help="How many times as fast it runs.",
)
def emulate(crm: str, port: int, rate_limit: str, clock: str | None, **options: Any) -> None:
    """Serve a CRM's REST API from a folder of data and send its webhooks, until interrupted."""
    _sound(options["event_handler"], options["time_scale"])
    began = None if clock is None else instant(clock, UTC)
    try:
        server = bootstrap.emulator(crm, port=port, rate_limit=rate_limit == "on", clock=began, **options)
    except (OSError, ValueError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        said = f"Port {port} is taken by another program; name another, or 0 for any free." if taken else str(error)
        raise click.UsageError(said) from None
    click.echo(f"{crm} is served at {server.url}; open it in a browser, stop with Ctrl+C", err=True)
    wait_for_the_end()
    server.close()
    click.echo(f"{crm}: {server.traffic}", err=True)


def wait_for_the_end() -> None:
    """Return once the process is asked to end."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    while not over.wait(3600):
        pass


def _sound(event_handler: str | None, time_scale: float) -> None:
    if not math.isfinite(time_scale):
        raise click.BadParameter("no finite number", param_hint="--time-scale")
    if event_handler is not None and not event_handler.startswith(("http://", "https://")):
        raise click.BadParameter(
            f'"{event_handler}" is no address; write http://127.0.0.1:8080/...', param_hint="--event-handler"
        )
