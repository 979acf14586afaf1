"""Amounts as outsiders write them, taken exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

from lending.errors import WrongExponent
from lending.money import Money, exponent_of


def exact(amount: Decimal, currency: str) -> Money:
    """The amount in minor units; WrongExponent if the currency has no such decimals.

    12.345 is no amount of USD and 1.5 none of JPY: rounding would book what nobody said.
    """
    money = Money.from_decimal(amount, currency)
    if money.amount != amount:
        raise WrongExponent(
            f"{currency} has {exponent_of(currency)} decimals.",
            hint="Give the amount in whole minor units of its currency.",
        )
    return money
