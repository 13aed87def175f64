"""How long a full pull takes beside the bound that the CRM's limiter sets, and beside fast_bitrix24.

    python benchmarks/sync.py [bitrix24-100k] [bitrix24-1m] [amocrm-100k]

The emulators run as processes of their own with the limiter on. A bound is arithmetic: Bitrix24 answers 50 requests at
once and 2 a second then, a batch of 50 pages of 50 rows each; amoCRM answers 7 a second, 250 rows each. fast_bitrix24
reads the same fields of the same deals from the same emulator in the same run (it stores nothing).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from connectors.demo import amocrm, bitrix24, business
from connectors.demo import config as demo

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = """
import sys, time
from fast_bitrix24 import Bitrix
b = Bitrix(sys.argv[1], verbose=False, respect_velocity_policy=True, ssl=False)
begin = time.perf_counter()
rows = b.get_all("crm.deal.list", params={"select": sys.argv[2].split(",")})
print(len(rows), time.perf_counter() - begin)
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def emulator(crm: str, data: Path) -> Iterator[str]:
    port = free_port()
    secrets = {
        "amocrm": ["--token", demo.AMO_TOKEN],
        "bitrix24": ["--secret", demo.B24_SECRET, "--user", str(demo.B24_USER), "--token", demo.B24_APP_TOKEN],
    }[crm]
    command = [sys.executable, "-m", "integrator", "emulate", crm, "--port", str(port), "--data", str(data), *secrets]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            wait_for(f"http://127.0.0.1:{port}/", running)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def wait_for(url: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            return
        if running.poll() is not None:
            raise SystemExit("the emulator ended")
        time.sleep(0.25)
    raise SystemExit("the emulator does not answer")


def measured(command: list[str]) -> tuple[float, float, str]:
    """Return seconds, peak memory in MB and stdout of one process."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        running = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(running.pid, 0)
        seconds = time.perf_counter() - begin
        out.seek(0)
        text = out.read().decode()
    if status:
        raise SystemExit(f"{command[:6]} failed: {text[-2000:]}")
    return seconds, usage.ru_maxrss / 1024, text


def pull(crm: str, url: str, folder: Path) -> tuple[float, float, Any]:
    """Return seconds, MB and the report of a full pull into a new database."""
    name = f"demo-{crm}"
    urls = {"amocrm": "http://127.0.0.1:9", "bitrix24": "http://127.0.0.1:9", crm: url}
    settings = demo.demo_config(urls["amocrm"], urls["bitrix24"], f"sqlite:///{folder / 'bench.db'}")
    (folder / "config.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "integrator", "sync", "--config", str(folder / "config.yaml"), "--portal", name]
    seconds, memory, text = measured([*command, "--format", "json"])
    return seconds, memory, json.loads(text)


def fast(url: str) -> float:
    """Return the seconds fast_bitrix24 takes to read the deals with the fields that our connector reads."""
    fields = ",".join(deal_fields())
    webhook = f"{url}/rest/{demo.B24_USER}/{demo.B24_SECRET}/"
    _, _, text = measured([sys.executable, "-c", FAST, webhook, fields])
    rows, seconds = re.findall(r"[\d.]+", text.splitlines()[-1])
    print(f"  fast_bitrix24: {rows} deals in {float(seconds):.1f} s")
    return float(seconds)


def deal_fields() -> list[str]:
    """Return the fields that our connector selects: its own and those that the configuration names."""
    from connectors.bitrix24.sources import DEALS

    portal = demo.demo_config("", "", "")["portals"]["demo-bitrix24"]
    named = [str(code) for name, code in portal["fields"].items() if name.startswith("deal.")]
    return [*DEALS.select, *named, portal["loss_reasons"]["field"]]


def run(crm: str, deals: int, bound: float, *, compare: bool = False) -> tuple[float, float]:
    print(f"{crm}, {deals:,} deals (bound {bound:.0f} s):", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = business.synthetic(
            clients=deals // 10, deals=deals, seed=1, today=datetime.now(UTC).date(), history=False
        )
        {"amocrm": amocrm, "bitrix24": bitrix24}[crm].write(source, folder / "data")
        with emulator(crm, folder / "data") as url:
            other = fast(url) if compare else None
        with emulator(crm, folder / "data") as url:
            seconds, memory, report = pull(crm, url, folder)
            stored = next(row["new"] for row in report if row["kind"] == "deal")
    print(
        f"  integrator sync: {stored:,} deals in {seconds:.1f} s = {seconds / bound:.2f} x bound, peak {memory:.0f} MB"
    )
    if other is not None:
        print(f"  ratio to fast_bitrix24: {seconds / other:.2f}")
    return seconds, memory


def main(wanted: list[str]) -> None:
    wanted = wanted or ["bitrix24-100k", "amocrm-100k", "bitrix24-1m"]
    memory = {}
    if "bitrix24-100k" in wanted:
        memory["100k"] = run("bitrix24", 100_000, max(0.0, (40 - 50) / 2) + 1, compare=True)[1]
    if "amocrm-100k" in wanted:
        run("amocrm", 100_000, 400 / 7)
    if "bitrix24-1m" in wanted:
        memory["1m"] = run("bitrix24", 1_000_000, (400 - 50) / 2)[1]
    if len(memory) == 2:
        print(f"peak memory, 1,000,000 against 100,000 deals: {memory['1m'] / memory['100k']:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
