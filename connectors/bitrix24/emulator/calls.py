"""One call of a method: who asks, with what, and how a list is read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.filters import Column, Conditions, Reader, Row
from connectors.bitrix24.emulator.replies import PAGE, Reply, RestError

if TYPE_CHECKING:
    from connectors.bitrix24.emulator.collection import Query
    from connectors.bitrix24.emulator.events import Events
    from connectors.bitrix24.emulator.state import State

Resolve = Callable[[str], Column | None]


@dataclass(frozen=True, slots=True)
class Call:
    """A method's view of the portal and of its parameters; `app` says that an application asks, not a webhook."""

    state: State
    events: Events
    params: Mapping[str, Any] = field(default_factory=dict)
    user: int = 1
    app: bool = False

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter, in lower or in upper case: the documentation itself writes both."""
        value = self.params.get(name)
        if value is None:
            value = self.params.get(name.upper())
        return default if value is None else value

    def mapping(self, name: str) -> dict[str, Any]:
        """A parameter that is a map; an empty PHP array is one too."""
        value = self.get(name)
        if isinstance(value, list):
            return {str(number): item for number, item in enumerate(value)}
        return dict(value) if isinstance(value, Mapping) else {}

    def number(self, *names: str) -> int:
        """The first of these parameters that is a whole number, else 0."""
        for name in names:
            value = self.get(name)
            if isinstance(value, int) or (isinstance(value, str) and value.strip().lstrip("-").isdigit()):
                return int(value)
        return 0

    def fields(self, name: str = "fields") -> dict[str, Any]:
        """The fields to write; a refusal when they are no map."""
        value = self.get(name)
        if not isinstance(value, Mapping):
            raise RestError("", f"Parameter '{name}' must be array.")
        return dict(value)

    def select(self) -> list[str]:
        """The names asked for; none when everything is wanted."""
        value = self.get("select")
        if isinstance(value, Mapping):
            value = list(value.values())
        return [str(name) for name in value] if isinstance(value, list) else []


Method = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Window:
    """Where a page begins; an `uncounted` one (`start=-1`) has neither total nor next."""

    offset: int
    uncounted: bool

    @classmethod
    def legacy(cls, call: Call) -> Window:
        """The old methods know whole pages only: `start=10` is the first page."""
        start = call.number("start")
        return cls(max(0, start) // PAGE * PAGE, start == -1)

    @classmethod
    def exact(cls, call: Call) -> Window:
        """The newer methods begin where they are told to."""
        start = call.number("start")
        return cls(max(0, start), start == -1)


def read_filter(
    call: Call, name: str, resolve: Resolve, *, unknown: Callable[[str], None] = lambda _name: None, logic: bool = False
) -> Conditions:
    """The conditions of the call's `filter`; the legacy methods drop the fields they do not know."""
    value = call.get(name)
    if value is not None and not isinstance(value, Mapping | list):
        raise RestError("", f"Parameter '{name}' must be array.")
    return Reader(resolve, call.state.zone, unknown, logic, not logic).read(call.mapping(name))


def read_order(call: Call, resolve: Resolve) -> tuple[tuple[Column, bool], ...]:
    """The columns of the call's `order`, unknown ones dropped."""
    found = []
    for name, direction in call.mapping("order").items():
        column = resolve(name)
        if column is not None:
            found.append((column, str(direction).lower().startswith("desc")))
    return tuple(found)


def listed(call: Call, collection: str, query: Query, window: Window, shape: Callable[[list[Row]], Any]) -> Reply:
    """One page of a collection, shaped, with its total and where the next page begins."""
    rows, total = call.state[collection].page(query, window.offset, PAGE, count=not window.uncounted)
    after = window.offset + len(rows)
    more = not window.uncounted and after < total
    return Reply(shape(rows), total, after if more else None)
