"""Which requests and which hooks go wrong: drawn by probability, the same for the same seed."""

from __future__ import annotations

import random
import threading
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUEST_FAULTS = ("429", "500", "502", "504", "reset", "lost_reply", "late_apply", "slow", "html")
HOOK_FAULTS = ("lost_hook", "double_hook", "late_hook")

SLOW_SECONDS = 5.0
LATE_SECONDS = 10.0


class Faults:
    """Draws at most one fault for a request and at most one for a delivery of a hook."""

    def __init__(self, probabilities: Mapping[str, float], seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._request = _Wheel(probabilities, REQUEST_FAULTS, f"request {seed}")
        # A wheel of its own: how many requests were made must not change which hooks get lost.
        self._hook = _Wheel(probabilities, HOOK_FAULTS, f"hook {seed}")

    @classmethod
    def parse(cls, spec: str, seed: int = 1) -> Faults:
        """The faults of a text like `429:0.05,reset:0.02`; ValueError says what is wrong with it."""
        probabilities: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in spec.split(","))):
            name, _, number = (piece.strip() for piece in part.partition(":"))
            if name in probabilities:
                raise ValueError(f"The fault {name} is given twice.")
            probabilities[_known(name)] = _probability(name, number)
        return cls(probabilities, seed)

    def request(self) -> str | None:
        """The fault of the next request, or None."""
        with self._lock:
            return self._request.draw()

    def hook(self) -> str | None:
        """The fault of the next delivery of a hook, or None."""
        with self._lock:
            return self._hook.draw()


class _Wheel:
    def __init__(self, probabilities: Mapping[str, float], names: tuple[str, ...], seed: str) -> None:
        self._names = tuple(name for name in names if probabilities.get(name))
        self._bounds = tuple(accumulate(probabilities[name] for name in self._names))
        if self._bounds and self._bounds[-1] > 1 + 1e-9:
            raise ValueError(f"The probabilities of {', '.join(self._names)} add up to more than 1.")
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, guards nothing

    def draw(self) -> str | None:
        value = self._random.random()
        return next((name for name, bound in zip(self._names, self._bounds, strict=True) if value < bound), None)


def _known(name: str) -> str:
    known = (*REQUEST_FAULTS, *HOOK_FAULTS)
    if name not in known:
        raise ValueError(f"There is no fault {name!r}; there are {', '.join(known)}.")
    return name


def _probability(name: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"The fault {name} needs a probability, as in {name}:0.05, not {number!r}.") from None
    if not 0 <= value <= 1:
        raise ValueError(f"The probability of {name} must be between 0 and 1, not {number}.")
    return value
