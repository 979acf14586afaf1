"""What a payment provider must promise, whoever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lending.errors import TideoverError
from lending.money import Money
from lending.pay_orders import PayOrder


class ProviderAway(TideoverError):
    """The provider does not answer, or not sensibly. The same order may be tried again."""


class ProviderRefused(TideoverError):
    """The provider will not take this payment as it is: trying again changes nothing."""


class ForeignLink(TideoverError):
    """The provider gave a link to a host that is not on the list of allowed ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A page that is ready to take a payment."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the page says and where it leads back to. Nothing here tells of a debt.

    `choices` are amounts to choose from; only a provider of the house itself is told of them.
    """

    title: str
    language: str
    success_url: str
    cancel_url: str
    choices: Mapping[str, Money] = field(default_factory=dict)


class Checkout(Protocol):
    """A provider with a page of its own.

    `open` makes the page for an order, or gives the one made before: the order's id is the key, so
    that a repeated call never makes a second payment. `is_own`: the provider is part of this
    installation. Raises ProviderAway and ProviderRefused, and nothing else.
    """

    @property
    def name(self) -> str: ...

    @property
    def is_own(self) -> bool: ...

    async def open(self, order: PayOrder, about: About) -> Session: ...
