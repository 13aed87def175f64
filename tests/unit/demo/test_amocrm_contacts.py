"""Contacts made, goods and duplicates' keys, as the emulated amoCRM holds them and our connector reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from connectors import REGISTRY, MemoryBudgets
from connectors.amocrm.emulator import create
from connectors.demo import vocabulary as words
from connectors.demo.config import AMO_TOKEN, demo_config
from connectors.demo.model import Kind, Means
from connectors.emulation.server import EmulatorOptions
from integrator.domain import EntityKind, Identity, TaskKind, identity
from integrator.ports import PortalSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.demo.model import Business
    from integrator.ports import Connector, Row
    from tests.unit.demo.conftest import Folder

PORTAL = "demo-amocrm"
KINDS = {Means.CALL: TaskKind.CALL, Means.EMAIL: TaskKind.EMAIL, Means.MESSAGE: TaskKind.MESSAGE}
TODOS = {Kind.CALL: TaskKind.CALL, Kind.MEETING: TaskKind.MEETING, Kind.OTHER: TaskKind.TASK}


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 6, 5, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        """Nobody waits."""


@pytest.fixture(scope="module")
def connector(amo: Folder) -> Iterator[Connector]:
    fields = demo_config("", "", "")["portals"][PORTAL]["fields"]
    with create(EmulatorOptions(data=amo.path, token=AMO_TOKEN, rate_limit=False)) as server:
        named = {name: ids if isinstance(ids, dict) else {"deal": ids} for name, ids in fields.items()}
        texts = {name: {kind: str(number) for kind, number in ids.items()} for name, ids in named.items()}
        settings = PortalSettings(PORTAL, server.url, {"token": AMO_TOKEN}, fields=texts, limit=(1000, 1000))
        found = REGISTRY["amocrm"](settings, MemoryBudgets(), Clock())
        yield found
        found.close()


def rows(connector: Connector, kind: EntityKind) -> list[Row]:
    return [row for page in connector.pull(kind, None) for row in page.rows]


def test_who_talked_with_whom(whole: Business, connector: Connector) -> None:
    tasks = rows(connector, EntityKind.TASK)
    made = {
        (task.kind, task.incoming, task.entity_kind.value, task.entity_id, task.completed_at)
        for task in tasks
        if task.origin != "task"
    }
    told = {
        (KINDS[touch.means], touch.incoming, touch.owner.value, touch.owner_id, touch.at) for touch in whole.touches
    }
    assert made == told
    assert {kind for kind, *_ in made} == set(KINDS.values())
    for todo in whole.todos[:50]:
        assert [task.kind for task in tasks if (task.origin, task.id) == ("task", todo.id)] == [TODOS[todo.kind]]


def test_what_the_deals_sell(whole: Business, connector: Connector) -> None:
    goods = {product.id: product for product in rows(connector, EntityKind.PRODUCT)}
    assert {id_: (each.name, each.group_id, each.group) for id_, each in goods.items()} == {
        each.id: (each.name, str(each.group), words.GROUPS[each.group]) for each in whole.products
    }
    sold = {
        (basket.id, line.product_id, int(line.quantity), int(line.amount), line.name == goods[line.product_id].name)
        for basket in rows(connector, EntityKind.BASKET)
        for line in basket.lines
    }
    assert sold == {(line.deal_id, line.product_id, line.quantity, line.amount, True) for line in whole.lines}
    assert sold


def test_what_clients_are_known_by(whole: Business, connector: Connector) -> None:
    found = {company.id: company for company in rows(connector, EntityKind.COMPANY)}
    for company in whole.companies:
        told = (
            (Identity.PHONE, company.phone),
            (Identity.EMAIL, company.email),
            (Identity.TAX_NUMBER, company.profile.tax_number or ""),
        )
        assert set(found[company.id].keys) == {key for kind, word in told if (key := identity(PORTAL, kind, word))}
        assert found[company.id].fields.get("client.tax_number") == company.profile.tax_number
    owners: dict[str, list[int]] = {}
    for company in found.values():
        for key in company.keys:
            owners.setdefault(key, []).append(company.id)
    assert sum(len(ids) > 1 for ids in owners.values()) == 2, "two clients stand in the base twice"


def test_nothing_is_later_than_the_business(amo: Folder) -> None:
    end = datetime(2026, 11, 22, 9, tzinfo=UTC) - timedelta(hours=3)
    assert max(row["created_at"] for row in (*amo.rows("notes"), *amo.rows("events"))) <= end.timestamp()
