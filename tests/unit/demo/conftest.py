from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from connectors.demo import amocrm, bitrix24, business

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.demo.model import Business

TODAY = date(2026, 11, 22)


class Folder:
    """A data directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, name: str) -> list[dict[str, Any]]:
        return orjson.loads((self.path / f"{name}.json").read_bytes())

    def by_id(self, name: str) -> dict[int, dict[str, Any]]:
        return {int(row.get("ID") or row["id"]): row for row in self.rows(name)}


@pytest.fixture(scope="session")
def whole() -> Business:
    return business.build(TODAY)


@pytest.fixture(scope="session")
def amo(whole: Business, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("amocrm")
    amocrm.write(whole, path)
    return Folder(path)


@pytest.fixture(scope="session")
def b24(whole: Business, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("bitrix24")
    bitrix24.write(whole, path)
    return Folder(path)
