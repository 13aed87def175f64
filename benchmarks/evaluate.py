"""How long a whole base takes from the mirror to stored decisions, split into its parts.

    python benchmarks/evaluate.py [100000] [1000000]

The base is random: clients with one to eight deals over three years, one in six refused. Each size runs in a process of
its own (processor seconds and peak memory are that process's); the first run stores every decision, the second finds
nothing changed. A part's share of the whole and the growth from one size to the next are what to compare: seconds are
this machine's, and under load those of the processor are steadier.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = 86_400_000_000
REASONS = [None, "1", "2", "3"]
PARTS = ("reading", "metrics", "inference", "writing")


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def deals(clients: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(1)
    now, number = micros(NOW), 0
    for client in range(1, clients + 1):
        rhythm = chance.randint(5, 200)
        last = now - chance.randint(0, 700) * DAY
        for back in range(chance.randint(1, 8)):
            number += 1
            closed = last - back * rhythm * DAY
            lost = chance.random() < 1 / 6
            reason = chance.choice(REASONS) if lost else None
            stage, outcome = ("143", "lost") if lost else ("142", "won")
            amount = chance.randint(1, 500) * 100_000
            yield (
                *("p", number, f"Сделка {number}", 31, stage, outcome, amount, "RUB", client, None, 1 + client % 8),
                *(closed - 20 * DAY, closed, closed, reason, None, "{}", closed + DAY),
            )


def fill(path: Path, clients: int) -> int:
    """Fill a new mirror; return how many deals it holds."""
    from integrator.store.database import open_database

    with open_database(f"sqlite:///{path}") as db:
        db.migrate()
    start = micros(NOW - timedelta(days=1200))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")

        def put(table: str, columns: str, rows: Any) -> None:
            marks = ",".join("?" * len(columns.split(",")))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

        put(
            "stages",
            "portal,place,pipeline_id,id,name,sort,outcome",
            [("p", 1, 31, "142", "won", 1, "won"), ("p", 2, 31, "143", "lost", 2, "lost")],
        )
        put(
            "loss_reasons",
            "portal,place,id,name",
            [("p", n, str(n), name) for n, name in enumerate(("Дорого", "Нецелевой", "Закрыли бизнес"), 1)],
        )
        put("users", "portal,place,id,name,active,department_ids", [("p", n, n, f"u{n}", 1, "[]") for n in range(1, 9)])
        put(
            "companies",
            "portal,id,name,responsible_id,created_at,updated_at,fields",
            (("p", n, f"ООО «Клиент {n}»", 1 + n % 8, start, start, "{}") for n in range(1, clients + 1)),
        )
        put(
            "deals",
            "portal,id,title,pipeline_id,stage_id,outcome,amount,currency,company_id,contact_id,responsible_id,"
            "created_at,updated_at,closed_at,loss_reason_id,source,fields,first_closed_seen_at",
            deals(clients),
        )
        return int(connection.execute("SELECT count(*) FROM deals").fetchone()[0])


def one(path: Path) -> dict[str, Any]:
    """Evaluate the mirror once, in this process."""
    from integrator import bootstrap, decide
    from integrator.config import Auth, Config, Portal
    from integrator.store.database import open_database

    portal = Portal(
        crm="amocrm",
        base_url="http://localhost",
        auth=Auth.model_validate({"long_lived_token": "x"}),
        loss_reasons={"map": {"Дорого": "price_high", "Закрыли бизнес": "closed_business"}},  # type: ignore[arg-type]
        tasks={"mode": "on"},  # type: ignore[arg-type]
    )
    with open_database(f"sqlite:///{path}") as db:
        rules = bootstrap.rule_set(Config(portals={"p": portal}), "p", path.parent)
        job = decide.Job("p", portal, rules, bootstrap.rule_engine(), NOW)
        result = decide.evaluate(db, job, lambda *_: None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": result.seconds,
        "processor": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
        "subjects": sum(result.subjects.values()),
        "tasks": sum(result.verdicts.values()),
        "engine": result.engine,
    }


def run(clients: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        count = fill(path, clients)
        print(f"{clients:,} clients, {count:,} deals", flush=True)
        totals = []
        for name in ("first run", "unchanged"):
            done = subprocess.run(
                [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout)
            total = sum(found["seconds"].values())
            totals.append(total)
            parts = ", ".join(f"{part} {found['seconds'][part]:.1f} s" for part in PARTS)
            print(f"  {name}: {clients / total:,.0f} clients/s in {total:.1f} s ({parts})")
            print(
                f"    processor {found['processor']:.1f} s, peak {found['peak']:.0f} MB, "
                f"{found['subjects']:,} decisions, {found['tasks']:,} tasks, {found['engine']}; "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        return totals[0]


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        print(json.dumps(one(Path(arguments[1]))))
        return
    sizes = [int(text) for text in arguments] or [100_000, 1_000_000]
    totals = [run(size) for size in sizes]
    if len(sizes) == 2:
        print(f"growth: {sizes[1] / sizes[0]:.0f} x the clients take {totals[1] / totals[0]:.1f} x the time")


if __name__ == "__main__":
    main(sys.argv[1:])
