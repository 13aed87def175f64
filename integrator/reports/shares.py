"""Shares, with the interval in which the true one lies."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054  # of the normal distribution: 95 % lie within


def percent(part: float, whole: float) -> float | None:
    """Return part of whole in per cent, not rounded; None of nothing."""
    return part * 100 / whole if whole else None


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share in per cent; None of nothing.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.
    """
    if not whole:
        return None
    share = part / whole
    middle = share + Z * Z / (2 * whole)
    reach = Z * sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    scale = 100 / (1 + Z * Z / whole)
    # Rounding must not push a certainty beyond 0 or 100.
    return max(0.0, (middle - reach) * scale), min(100.0, (middle + reach) * scale)
