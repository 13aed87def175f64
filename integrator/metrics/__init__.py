"""Facts about clients and deals as of an instant, computed column by column from a snapshot of the mirror."""

from integrator.metrics.catalogue import METRICS
from integrator.metrics.compute import compute
from integrator.metrics.context import DEFAULT_PARAMS, VERSION, Context, Facts

__all__ = ["DEFAULT_PARAMS", "METRICS", "VERSION", "Context", "Facts", "compute"]
