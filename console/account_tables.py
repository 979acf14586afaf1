"""Answers of `tideover account` for people: amounts as decimals, lists as tables, words for names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from lending.money import Money

_MINOR = "_minor"
_RATES = ("effective_annual_rate", "regulation_z_apr")
_NAME_WIDTH = 26


def print_answer(out: Console, answer: Mapping[str, Any], rows_are: str = "") -> None:
    """First what stands alone, then each group, then each list; `rows_are` names the rows.

    Left out are empty groups and lists, and columns of amounts that are zero in every row.
    """
    currency = answer["currency"]
    alone = {name: value for name, value in answer.items() if not isinstance(value, dict)}
    _print_pairs(out, alone, currency)
    for name, value in answer.items():
        title = rows_are if name == "rows" else _words(name)
        if isinstance(value, dict) and value:
            out.print(f"\n{title}", style="bold")
            _print_pairs(out, value, currency)
        elif isinstance(value, list) and value:
            out.print(f"\n{title}", style="bold")
            out.print(_table(value, currency))


def _print_pairs(out: Console, answer: Mapping[str, Any], currency: str, before: str = "") -> None:
    for name, value in answer.items():
        if isinstance(value, dict):
            _print_pairs(out, value, currency, f"{before}{_words(name)}: ")
        elif not isinstance(value, list):
            told = f"{before}{_words(name)}"
            shown = _shown(name, value, currency)
            out.print(f"{told:<{_NAME_WIDTH}} {shown}", markup=False, soft_wrap=True)


def _table(rows: Sequence[Mapping[str, Any]], currency: str) -> Table:
    """Text folds rather than being cut off: half a key is of no use."""
    names = [name for name in rows[0] if not _is_nothing(name, rows)]
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in names:
        is_number = name.endswith(_MINOR) or isinstance(rows[0][name], int)
        if name.endswith("_on"):
            table.add_column(_words(name), no_wrap=True)
        else:
            table.add_column(
                _words(name), justify="right" if is_number else "left", overflow="fold"
            )
    for row in rows:
        table.add_row(*(_shown(name, row[name], currency) for name in names))
    return table


def _is_nothing(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return name.endswith(_MINOR) and all(row[name] == 0 for row in rows)


def _words(name: str) -> str:
    return name.removesuffix(_MINOR).replace("_", " ")


def _shown(name: str, value: Any, currency: str) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() if name.endswith(_MINOR):
            return f"{Money(value, currency).amount:,f}"
        case str() if name in _RATES:
            return f"{Decimal(value) * 100:.4f} %"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
