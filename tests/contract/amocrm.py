"""An emulated amoCRM account with a connector to it, as the tests of the connector start them."""

import json
import time
from datetime import UTC, datetime, timedelta

from connectors import REGISTRY, MemoryBudgets
from connectors.amocrm.emulator import create
from connectors.emulation.server import EmulatorOptions
from integrator.ports import PortalSettings

THEN = datetime(2025, 1, 1, tzinfo=UTC)
BEFORE = int(THEN.timestamp()) - 100_000
TOKEN = "long-lived-token"
STATUSES = [
    {"id": 11, "name": "Новая", "sort": 10},
    {"id": 142, "name": "Успех", "sort": 10000},
    {"id": 143, "name": "Отказ", "sort": 11000},
]


class QuickClock:
    """Ours, far from the CRM's; nobody waits by it."""

    def __init__(self):
        self.time = datetime(2031, 5, 5, tzinfo=UTC)

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += timedelta(seconds=seconds)


class RealClock:
    def now(self):
        return datetime.now(UTC)

    def sleep(self, seconds):
        time.sleep(seconds)


def lead(id_, **more):
    return {
        "id": id_, "name": f"Сделка {id_}", "price": id_, "pipeline_id": 31, "status_id": 11, "responsible_user_id": 7,
        "created_at": BEFORE + id_, "updated_at": BEFORE + id_,
        "_embedded": {"contacts": [{"id": 5, "is_main": True}], "companies": [{"id": 4}]},
    } | more  # fmt: skip


def company(id_):
    return {"id": id_, "name": f"К {id_}", "created_at": BEFORE + id_, "updated_at": BEFORE + id_}


def task(id_, **more):
    return {
        "id": id_, "text": f"Дело {id_}", "entity_id": 10, "entity_type": "leads", "responsible_user_id": 7,
        "complete_till": BEFORE, "created_at": BEFORE + id_, "updated_at": BEFORE + id_,
    } | more  # fmt: skip


def starter(folder, running):
    """Return what starts an emulator with these collections and a connector to it; both are added to `running`."""

    def make(clock=None, settings=None, **options):
        files = {"account": {"id": 77, "name": "Ромашка", "subdomain": "x"}, "leads": [lead(10)]}
        files["pipelines"] = [
            {"id": id_, "name": f"П{id_}", "sort": id_, "_embedded": {"statuses": STATUSES}} for id_ in (31, 32)
        ]
        files["users"] = [
            {"id": 7, "name": "Анна", "rights": {"is_active": True, "is_admin": True, "group_id": 3}},
            {"id": 8, "name": "Борис", "rights": {"is_active": False}},
        ]
        known = EmulatorOptions.__dataclass_fields__
        files |= {name: rows for name, rows in options.items() if name not in known}
        for name, rows in files.items():
            (folder / f"{name}.json").write_text(json.dumps(rows), "utf-8")
        chosen = {"token": TOKEN, "rate_limit": False, "clock": THEN, "user": 7}
        chosen |= {name: value for name, value in options.items() if name in known}
        server = create(EmulatorOptions(data=folder, **chosen))
        portal = {"name": "main", "base_url": server.url, "secrets": {"token": TOKEN}} | (settings or {})
        connector = REGISTRY["amocrm"](PortalSettings(**portal), MemoryBudgets(), clock or QuickClock())
        running.extend((connector, server))
        return server, connector

    return make
