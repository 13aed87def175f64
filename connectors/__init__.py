"""Speaks the CRMs: one folder a CRM, and the emulators that stand in for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from connectors.limits import MemoryBudgets

if TYPE_CHECKING:
    from integrator.ports import BudgetStore, Clock, Connector, PortalSettings


__all__ = ["REGISTRY", "ConnectorClass", "MemoryBudgets", "Registry"]


class ConnectorClass(Protocol):
    """What makes a connector to one portal."""

    def __call__(self, settings: PortalSettings, budgets: BudgetStore, clock: Clock) -> Connector:
        """Return a connector; nothing is sent yet."""


class Registry(Mapping[str, ConnectorClass]):
    """The connectors by the name that `crm:` gives in the configuration; a module is imported when it is asked for."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)

    def __getitem__(self, name: str) -> ConnectorClass:
        module, _, attribute = self._places[name].partition(":")
        return cast("ConnectorClass", getattr(import_module(module), attribute))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


REGISTRY = Registry(
    {
        "amocrm": "connectors.amocrm.connector:AmoCrmConnector",
        "bitrix24": "connectors.bitrix24.connector:Bitrix24Connector",
    }
)
