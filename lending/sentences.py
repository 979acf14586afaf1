"""Sentences with values in them that can be said in another language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lending.money import Money


class Sentence(str):
    """English as it stands, for the command line and the API; `template` and `values` for others.

    Sentence("Give 1 to %(most)s months.", most=60). Values are amounts, days, numbers, codes, or
    tuples of codes; whoever translates the template writes them in the reader's way.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Sentence:
        said = super().__new__(cls, template % {name: _plain(v) for name, v in values.items()})
        said.template, said.values = template, values
        return said


def _plain(value: object) -> str:
    match value:
        case Money(currency=currency):
            whole = value.amount == value.amount.to_integral_value()
            return f"{currency} {int(value.amount) if whole else value.amount:,}"
        case date():
            return value.isoformat()
        case int():
            return f"{value:,}"
        case tuple():
            return ", ".join(_plain(one) for one in value)
    return str(value)
