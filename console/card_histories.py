"""Card histories from a CSV file, one account a line: docs/early-warning.md names the columns."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lending.behaviour import CYCLES, Cycle, History
from lending.errors import TideoverError
from lending.money import exponent_of

MONTHS = range(1, CYCLES + 1)
PEOPLE = ("sex", "education", "marriage", "age")
"""Columns about the person: read for the fairness table only, and never part of a history."""

RAW = (
    "limit_bal",
    *(f"{name}_{month}" for name in ("pay_status", "bill_amt", "pay_amt") for month in MONTHS),
)
_OUTCOME = "default_next_month"


class BadHistoryFile(TideoverError):
    """A file of card histories that cannot be read; the message names the line and the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHistory:
    """One line. `missed`: of the month that follows. `raw`: the columns of `RAW` as they stand."""

    id: str
    history: History
    missed: bool
    raw: tuple[float, ...]
    person: dict[str, str]


def read_card_histories(path: Path, currency: str) -> list[CardHistory]:
    """Every line of the file. Raises BadHistoryFile; then nothing is given."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_header(reader.fieldnames or ())
            return [_read(row, reader.line_num, currency) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise BadHistoryFile(
            f"{path.name} cannot be read ({type(error).__name__}).", hint="Give a UTF-8 CSV file."
        ) from None


def _check_header(names: object) -> None:
    missing = [name for name in ("id", *RAW, _OUTCOME) if name not in names]  # type: ignore[operator]
    if missing:
        raise BadHistoryFile(
            f"The file lacks the columns {', '.join(missing)}.",
            hint="docs/early-warning.md lists them.",
        )


def _read(row: dict[str, str], line: int, currency: str) -> CardHistory:
    scale = 10 ** exponent_of(currency)

    def minor(name: str) -> int:
        return int(_number(row, name, line) * scale)

    behind = [max(0, int(_number(row, f"pay_status_{month}", line))) for month in MONTHS]
    cycles = tuple(
        Cycle(balance=minor(f"bill_amt_{month}"), paid=minor(f"pay_amt_{month}"), behind=late)
        for month, late in zip(MONTHS, behind, strict=True)
    )
    limit = minor("limit_bal")
    try:
        history = History(cycles=cycles, limit=limit)
    except TideoverError:
        raise BadHistoryFile(
            f"Line {line}: limit_bal must be above zero.", hint="Correct the file."
        ) from None
    outcome = _number(row, _OUTCOME, line)
    if outcome not in (0, 1):
        raise BadHistoryFile(f"Line {line}: {_OUTCOME} must be 0 or 1.", hint="Correct the file.")
    return CardHistory(
        id=row["id"],
        history=history,
        missed=outcome == 1,
        raw=tuple(float(_number(row, name, line)) for name in RAW),
        person={name: row[name] for name in PEOPLE if row.get(name)},
    )


def _number(row: dict[str, str], name: str, line: int) -> Decimal:
    try:
        value = Decimal(row[name])
    except (InvalidOperation, TypeError):
        raise BadHistoryFile(
            f"Line {line}: {name} is not a number.", hint="Correct the file."
        ) from None
    if not value.is_finite():
        raise BadHistoryFile(f"Line {line}: {name} is not a number.", hint="Correct the file.")
    return value
