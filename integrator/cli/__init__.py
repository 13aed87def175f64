"""The command line: one function a command; data goes to stdout, everything else to stderr."""

from integrator.cli.main import main

__all__ = ["main"]
