"""Facts about clients and deals as of an instant, computed column by column from a snapshot of the mirror."""

from integrator.metrics.catalogue import DEFAULT_PARAMS, METRICS
from integrator.metrics.compute import compute
from integrator.metrics.context import VERSION, Base, Context, Facts
from integrator.metrics.shared import Shared

__all__ = ["DEFAULT_PARAMS", "METRICS", "VERSION", "Base", "Context", "Facts", "Shared", "compute"]
