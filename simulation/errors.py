"""Errors of the simulation."""

from __future__ import annotations

from lending.errors import TideoverError


class SimulationError(TideoverError):
    """The base of this package's errors."""


class BadBehaviour(SimulationError):
    """A file of behaviour that cannot be used."""


class NothingToSimulate(SimulationError):
    """There is no portfolio with something due."""
