"""How long full pulls take, beside fast_bitrix24 and beside the bound that the CRM's limiter sets.

    python benchmarks/sync.py [bitrix24-100k] [amocrm-100k] [bitrix24-1m]

Emulators run as processes of their own with the limiter on, a new one for each measurement, since a bucket that is full
slows down whoever comes next. Writing their data and loading it do not count.

- fast_bitrix24 reads the same fields of the same deals as our connector, which makes domain rows of them, page by page;
  neither stores anything. They take turns, and the best of each is compared: what else runs on the machine only adds.
- A bound is arithmetic: Bitrix24 answers 50 requests at once and 2 a second then, a batch of 50 pages of 50 rows each;
  amoCRM answers 7 a second, 250 rows each. `integrator sync` also reads clients, tasks, comments and dictionaries, so
  its time is shown beside the bound of the deals alone and of all rows that it stored.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from connectors.bitrix24.sources import DEALS
from connectors.demo import amocrm, bitrix24, business
from connectors.demo import config as demo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROUNDS = 3
# With a client for each hundred of them, and a task on two thirds of the open ones, 100,000 rows: 400 pages.
AMOCRM_DEALS = 96_500
# Rows a request, requests at once, and requests a second then.
LIMITS = {"amocrm": (250, 0, 7), "bitrix24": (2500, 50, 2)}
FAST = """
import sys, time
from fast_bitrix24 import Bitrix
portal = Bitrix(sys.argv[1], verbose=False, respect_velocity_policy=True, ssl=False)
begin = time.perf_counter()
rows = portal.get_all("crm.deal.list", params={"select": sys.argv[2].split(",")})
print(len(rows), time.perf_counter() - begin)
"""
OURS = """
import sys, time
from pathlib import Path
from integrator import bootstrap, config
from integrator.domain import EntityKind
portal = config.load(Path(sys.argv[1])).portals["demo-bitrix24"]
with bootstrap.connected_alone("demo-bitrix24", portal, bootstrap.SystemClock()) as connector:
    begin = time.perf_counter()
    rows = sum(len(page.rows) for page in connector.pull(EntityKind.DEAL, None))
    print(rows, time.perf_counter() - begin)
"""


@dataclass
class Emulator:
    """A CRM that is being served; what it was asked is known once it has ended."""

    url: str
    requests: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Full:
    """A full `integrator sync`: seconds, and its peak memory in MB."""

    seconds: float
    memory: float


def write(crm: str, deals: int, folder: Path) -> None:
    today = datetime.now(UTC).date()
    source = business.synthetic(clients=deals // 100, deals=deals, seed=1, today=today, history=False)
    {"amocrm": amocrm, "bitrix24": bitrix24}[crm].write(source, folder)


@contextlib.contextmanager
def base(crm: str, deals: int) -> Iterator[Path]:
    """Yield a folder with a CRM's rows.

    Written by a process of its own: the system counts the peak of whoever starts a process as the process's.
    """
    with tempfile.TemporaryDirectory() as temporary:
        writer = multiprocessing.get_context("spawn").Process(target=write, args=(crm, deals, Path(temporary) / crm))
        writer.start()
        writer.join()
        if writer.exitcode:
            raise SystemExit("the data cannot be written")
        yield Path(temporary) / crm


@contextlib.contextmanager
def emulator(crm: str, data: Path) -> Iterator[Emulator]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    secrets = {
        "amocrm": ["--token", demo.AMO_TOKEN],
        "bitrix24": ["--secret", demo.B24_SECRET, "--user", str(demo.B24_USER), "--token", demo.B24_APP_TOKEN],
    }[crm]
    command = [sys.executable, "-m", "integrator", "emulate", crm, "--port", port, "--data", str(data), *secrets]
    served = Emulator(f"http://127.0.0.1:{port}")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            wait_for(served.url, running)
            yield served
        finally:
            running.terminate()
            # Its last line: "bitrix24: 42 requests, 0 refused".
            numbers = [int(word) for word in running.communicate()[1].splitlines()[-1].split() if word.isdigit()]
            served.requests, served.refused = numbers if len(numbers) == 2 else (-1, -1)


def wait_for(url: str, running: subprocess.Popen[str]) -> None:
    for _ in range(2400):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            return
        if running.poll() is not None:
            raise SystemExit("the emulator ended")
        time.sleep(0.25)
    raise SystemExit("the emulator does not answer")


def measured(command: list[str]) -> tuple[Full, str]:
    """Return seconds, peak memory and stdout of one process."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as trouble:
        running = subprocess.Popen(command, stdout=out, stderr=trouble)
        _, status, usage = os.wait4(running.pid, 0)
        seconds = time.perf_counter() - begin
        out.seek(0)
        trouble.seek(0)
        if status:
            raise SystemExit(f"{command[1:3]} failed: {trouble.read().decode()[-2000:]}")
        return Full(seconds, usage.ru_maxrss / 1024), out.read().decode()


def configured(crm: str, url: str, folder: Path) -> str:
    """Return the configuration file of a new database and this CRM; the other CRM is nowhere."""
    urls = {"amocrm": "http://127.0.0.1:9", "bitrix24": "http://127.0.0.1:9", crm: url}
    settings = demo.demo_config(urls["amocrm"], urls["bitrix24"], f"sqlite:///{folder / 'bench.db'}")
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return str(path)


def fast(data: Path, deals: int) -> float:
    """Return the seconds that fast_bitrix24 takes for the deals."""
    with emulator("bitrix24", data) as crm:
        webhook = f"{crm.url}/rest/{demo.B24_USER}/{demo.B24_SECRET}/"
        _, text = measured([sys.executable, "-c", FAST, webhook, ",".join(deal_fields())])
    return seconds_of("fast_bitrix24", text, deals, crm)


def ours(data: Path, deals: int) -> float:
    """Return the seconds that our connector takes for the deals."""
    with tempfile.TemporaryDirectory() as folder, emulator("bitrix24", data) as crm:
        _, text = measured([sys.executable, "-c", OURS, configured("bitrix24", crm.url, Path(folder))])
    return seconds_of("our connector", text, deals, crm)


def seconds_of(who: str, text: str, deals: int, crm: Emulator) -> float:
    rows, seconds = text.split()[-2:]
    if int(rows) != deals:
        raise SystemExit(f"{who} read {rows} deals of {deals}")
    print(f"  {who}: {float(seconds):.2f} s, {crm.requests} requests, {crm.refused} refused", flush=True)
    return float(seconds)


def deal_fields() -> list[str]:
    """Return the fields that our connector selects: its own and those that the configuration names."""
    portal = demo.demo_config("", "", "")["portals"]["demo-bitrix24"]
    named = [str(code) for name, code in portal["fields"].items() if name.startswith("deal.")]
    return [*DEALS.select, *named, portal["loss_reasons"]["field"]]


def bound(crm: str, counts: Iterable[int]) -> float:
    """Return the seconds that the limiter asks for to read so many rows of each kind."""
    rows, at_once, per_second = LIMITS[crm]
    return max(0, sum(-(-count // rows) for count in counts) - at_once) / per_second


def sync(kind: str, data: Path, deals: int) -> Full:
    """Print and return what a full `integrator sync` takes, from starting the command to its end."""
    with tempfile.TemporaryDirectory() as folder, emulator(kind, data) as crm:
        path = configured(kind, crm.url, Path(folder))
        command = [sys.executable, "-m", "integrator", "sync", "--config", path, "--portal", f"demo-{kind}"]
        found, text = measured([*command, "--format", "json"])
    stored = {row["kind"]: row["new"] for row in json.loads(text)}
    if stored["deal"] != deals:
        raise SystemExit(f"integrator sync stored {stored['deal']} deals of {deals}")
    told = ", ".join(f"{number:,} {name}" for name, number in stored.items() if number)
    print(f"  integrator sync (all kinds, stored): {found.seconds:.1f} s, peak {found.memory:.0f} MB; {told}")
    print(f"    {crm.requests} requests, {crm.refused} refused")
    for what, counts in {"the deals alone": [deals], "all rows": stored.values()}.items():
        if least := bound(kind, counts):
            print(f"    {found.seconds / least:.2f} x the limiter's bound for {what}, {least:.1f} s", flush=True)
    return found


def bitrix24_100k() -> Full:
    print("Bitrix24, 100,000 deals")
    with base("bitrix24", 100_000) as data:
        rounds = [(fast(data, 100_000), ours(data, 100_000)) for _ in range(ROUNDS)]
        theirs, own = (min(each) for each in zip(*rounds, strict=True))
        print(f"  our connector / fast_bitrix24: {own:.2f} s / {theirs:.2f} s = {own / theirs:.2f}")
        return sync("bitrix24", data, 100_000)


def amocrm_100k() -> Full:
    print("amoCRM, 100,000 rows: deals, and the clients and tasks of as many")
    with base("amocrm", AMOCRM_DEALS) as data:
        return sync("amocrm", data, AMOCRM_DEALS)


def bitrix24_1m() -> Full:
    print("Bitrix24, 1,000,000 deals")
    with base("bitrix24", 1_000_000) as data:
        return sync("bitrix24", data, 1_000_000)


CASES = {"bitrix24-100k": bitrix24_100k, "amocrm-100k": amocrm_100k, "bitrix24-1m": bitrix24_1m}


def main(wanted: list[str]) -> None:
    found = {name: CASES[name]() for name in wanted or CASES}
    if {"bitrix24-100k", "bitrix24-1m"} <= found.keys():
        ratio = found["bitrix24-1m"].memory / found["bitrix24-100k"].memory
        print(f"peak memory of integrator sync, 1,000,000 deals / 100,000: {ratio:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
