"""An amoCRM account in memory, served over HTTP as the real service serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.amocrm.emulator.state import State
    from connectors.emulation.server import EmulatorOptions, RunningServer


def create(options: EmulatorOptions) -> RunningServer[State]:
    """The emulator listens in threads of its own until `close`; ValueError says what is wrong with its data."""
    from connectors.amocrm.emulator.app import start

    return start(options)
