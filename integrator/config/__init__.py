"""The configuration file as frozen models; every mistake is told at its line, and a secret never shows."""

from integrator.config.loading import MASK, database_of, load, load_with_sources, shown
from integrator.config.models import FIELD_NAMES, Auth, Config, Portal

__all__ = ["FIELD_NAMES", "MASK", "Auth", "Config", "Portal", "database_of", "load", "load_with_sources", "shown"]
